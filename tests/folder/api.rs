//! The description of the API held against the server it describes, and the documents about collections.

use serde_json::Value;

use crate::files::{fgb, link, replace};
use crate::http::method;
use crate::server::{Answer, Server};

pub const PLANNING: &[&str] = &["--config", "examples/rheinfurt/veedel.toml"];

/// The document, with an answer of planning for an example where one is named by its id.
pub fn described(server: &Server) -> Value {
    let api = server.get("/api").json();
    let own = &api["paths"]["/processes/{processId}/execution"]["post"];
    let body = &own["requestBody"]["content"]["application/json"]["example"];
    let answer = server.post("/processes/coverage/execution", body);
    let id = answer.header("content-location").rsplit('/').next().unwrap().to_owned();
    let given = format!("\"name\":\"resultId\",\"example\":\"{id}\"");
    serde_json::from_str(&api.to_string().replace("\"name\":\"resultId\"", &given)).unwrap()
}

/// An operation of the document.
pub struct Operation {
    pub path: String,
    pub verb: String,
    pub document: Value,
}

pub fn operations(api: &Value) -> Vec<Operation> {
    let mut operations = vec![];
    for (path, verbs) in api["paths"].as_object().unwrap() {
        for (verb, document) in verbs.as_object().unwrap() {
            operations.push(Operation {
                path: path.clone(),
                verb: verb.to_uppercase(),
                document: document.clone(),
            });
        }
    }
    operations
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => crate::files::step(text),
        Value::Array(items) => items.iter().map(written).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

impl Operation {
    pub fn parameters(&self) -> &[Value] {
        self.document["parameters"].as_array().unwrap()
    }

    /// The address with the examples of what is required, and of the optional parameters that `wanted` takes.
    pub fn address(&self, wanted: impl Fn(&str) -> bool) -> String {
        let mut path = self.path.clone();
        let mut query = vec![];
        for parameter in self.parameters() {
            let name = parameter["name"].as_str().unwrap();
            let example = || written(&parameter["example"]);
            if parameter["in"] == "path" {
                assert!(!parameter["example"].is_null(), "{}: {name} has no example", self.path);
                path = path.replace(&format!("{{{name}}}"), &example());
            } else if parameter["required"] == true || wanted(name) {
                query.push(format!("{}={}", crate::files::step(name), example()));
            }
        }
        assert!(!path.contains('{'), "{path}: a step is not described");
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    fn ask(&self, server: &Server, wanted: impl Fn(&str) -> bool) -> (String, Answer) {
        let address = self.address(wanted);
        let answer = match self.document["requestBody"]["content"]["application/json"].get("example") {
            Some(body) => server.post(&address, body),
            None => server.get(&address),
        };
        (address, answer)
    }
}

#[test]
fn every_address_is_described_and_every_example_runs() {
    let server = Server::ready(PLANNING);
    let api = described(&server);
    let mut asked = 0;
    for operation in operations(&api) {
        let optional = |parameter: &&Value| parameter["required"] != true && !parameter["example"].is_null();
        let names = operation.parameters().iter().filter(optional);
        let mut wanted: Vec<&str> = names.map(|parameter| parameter["name"].as_str().unwrap()).collect();
        wanted.push("");
        for one in wanted {
            // The questions of planning need what only their own description says; changes come without end.
            let is_question = operation.path.ends_with("/execution") && operation.verb == "GET";
            if is_question || operation.path == "/changes" {
                continue;
            }
            let (address, answer) = operation.ask(&server, |name| name == one);
            let status = answer.status.to_string();
            let described = operation.document["responses"].get(&status);
            assert!(described.is_some(), "{address}: {status} is not described: {}", answer.text());
            assert!(answer.status < 300, "{} {address}: {}", operation.verb, answer.text());
            let media = answer.header("content-type").split("; charset").next().unwrap().to_owned();
            let content = &described.unwrap()["content"];
            let any = content.get("*/*").is_some() || media.starts_with("application/openmetrics-text");
            assert!(answer.status == 204 || any || content.get(&media).is_some(), "{address}: {media}");
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
}

#[test]
fn what_is_not_described_is_not_done() {
    let server = Server::ready(PLANNING);
    let api = described(&server);
    for path in api["paths"].as_object().unwrap().keys() {
        let own: Vec<Operation> = operations(&api).into_iter().filter(|one| one.path == *path).collect();
        let mut allowed: Vec<&str> = own.iter().flat_map(|one| verbs(&one.verb)).copied().collect();
        allowed.push("OPTIONS");
        let address = own[0].address(|_| false);
        let address = address.split('?').next().unwrap();
        assert_eq!(method(&server, "OPTIONS", address).header("allow"), allowed.join(", "), "{address}");
        for verb in ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(|it| !allowed.contains(it)) {
            let answer = method(&server, verb, address);
            assert_eq!(
                (answer.status, answer.header("allow")),
                (405, &*allowed.join(", ")),
                "{verb} {address}"
            );
        }
    }
}

fn verbs(described: &str) -> &'static [&'static str] {
    if described == "GET" { &["GET", "HEAD"] } else { &["POST"] }
}

/// The router is made of the table that the description is made of, and of nothing else.
#[test]
fn there_is_one_table_of_addresses() {
    let mut read = vec![];
    // What the operator's socket answers is not on the network, and so not in its description.
    let on_the_network = |file: &std::path::PathBuf| !file.ends_with("operator.rs");
    for file in sources("src/web").into_iter().filter(on_the_network) {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        assert!(!code.contains(".route(\""), "{} adds an address beside the table", file.display());
        for part in code.split(".take(\"").skip(1) {
            read.push((file.display().to_string(), part.split('"').next().unwrap().to_owned()));
        }
    }
    // And whatever parameter any of them reads is described somewhere.
    let api = Server::ready(PLANNING).get("/api").json();
    let described: Vec<String> = operations(&api)
        .iter()
        .flat_map(Operation::parameters)
        .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
        .collect();
    assert!(read.len() > 10, "{read:?}");
    for (file, name) in read {
        assert!(described.contains(&name), "{file} reads {name}, which /api does not describe");
    }
}

fn sources(folder: &str) -> Vec<std::path::PathBuf> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(sources(path.to_str().unwrap())),
            false if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            false => {}
        }
    }
    found
}

/// What strict readers (OGC's tests, QGIS) stumble over.
#[test]
fn the_description_is_openapi_3_0_as_clients_read_it() {
    let server = Server::ready(&[]);
    let answer = server.get("/api");
    assert_eq!(answer.header("content-type"), "application/vnd.oai.openapi+json;version=3.0");
    let api = answer.json();
    assert_eq!(api["openapi"], "3.0.3");
    let mut ids: Vec<String> = vec![];
    for operation in operations(&api) {
        ids.push(operation.document["operationId"].as_str().unwrap().to_owned());
        for parameter in operation.parameters() {
            assert!(parameter.get("$ref").is_none(), "{}: written out", operation.path);
            if parameter["in"] == "query" {
                assert_eq!((&parameter["style"], &parameter["explode"]), (&"form".into(), &false.into()));
            }
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "operation ids are unique");
    every(&api, &mut |name, value| match (name, value) {
        ("enum", Value::Array(values)) => assert!(!values.is_empty(), "an empty enum is invalid"),
        ("$ref", Value::String(to)) => {
            assert!(api.pointer(to.trim_start_matches('#')).is_some(), "{to} is nowhere");
        }
        _ => {}
    });
    let limit = &api["components"]["parameters"]["limit"]["schema"];
    assert_eq!(
        (&limit["minimum"], &limit["maximum"], &limit["default"]),
        (&1.into(), &10000.into(), &100.into())
    );
    let items = &api["paths"]["/collections/schulen/items"]["get"]["parameters"];
    let named = |name: &str| items.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(named("limit")["schema"], *limit);
    assert_eq!(named("bbox")["schema"]["type"], "array");
    assert_eq!(named("plaetze")["schema"]["type"], "integer");
    assert_eq!(named("gegruendet")["schema"]["format"], "date");
    assert!(api["info"]["x-veedel-limits"].as_array().unwrap().len() > 20);
    // As clients ask for it.
    for accept in
        ["application/vnd.oai.openapi+json;version=3.0, application/json", "application/openapi+json"]
    {
        assert_eq!(server.get_with("/api", &[("accept", accept)]).status, 200, "{accept}");
    }
    let page = server.get("/api?f=html");
    assert!(page.header("content-type").starts_with("text/html"), "{}", page.text());
}

fn every(value: &Value, look: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            look(name, value);
            every(value, look);
        }),
        Value::Array(items) => items.iter().for_each(|item| every(item, look)),
        _ => {}
    }
}

#[test]
fn the_landing_page_has_the_links_that_clients_look_for() {
    let server = Server::ready(&[]);
    let landing = server.get("/?f=json").json();
    let links = landing["links"].as_array().unwrap();
    for (rel, media_type, path) in [
        ("self", "application/json", "/?f=json"),
        ("alternate", "text/html", "/?f=html"),
        ("service-desc", "application/vnd.oai.openapi+json;version=3.0", "/api"),
        ("service-doc", "text/html", "/api?f=html"),
        ("conformance", "application/json", "/conformance"),
        ("http://www.opengis.net/def/rel/ogc/1.0/conformance", "application/json", "/conformance"),
        ("data", "application/json", "/collections"),
    ] {
        let found = links.iter().find(|link| link["rel"] == rel).unwrap_or_else(|| panic!("{rel}"));
        assert_eq!(found["type"], media_type, "{rel}");
        assert_eq!(found["href"], format!("{}{path}", server.base), "{rel}");
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    let german = server.get_with("/?f=json", &[("accept-language", "de")]).json();
    let english = server.get_with("/?f=json", &[("accept-language", "en")]).json();
    assert_ne!(german["description"], english["description"]);
    let classes = server.get("/conformance").json()["conformsTo"].clone();
    for class in ["ogcapi-common-3/1.0/conf/schemas", "ogcapi-features-5/1.0/conf/schemas"] {
        let class = format!("http://www.opengis.net/spec/{class}");
        assert!(classes.as_array().unwrap().contains(&class.as_str().into()), "{class}");
    }
}

#[test]
fn collections_say_where_and_when_and_in_which_systems() {
    let server = Server::ready(&[]);
    let schools = server.get("/collections/schulen").json();
    let systems: Vec<&str> =
        schools["crs"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    assert_eq!(systems[0], "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    assert!(systems.contains(&schools["storageCrs"].as_str().unwrap()));
    for code in [4326, 3857, 25832, 25833, 4258, 4647] {
        assert!(systems.contains(&&*format!("http://www.opengis.net/def/crs/EPSG/0/{code}")), "{code}");
    }
    assert_eq!(schools["itemCount"], 12);
    let [from, to] = [0, 1].map(|end| schools["extent"]["temporal"]["interval"][0][end].as_str().unwrap());
    let features = crate::files::all_features(&server, "schulen", "");
    let mut days: Vec<&str> =
        features.iter().filter_map(|one| one["properties"]["gegruendet"].as_str()).collect();
    days.sort_unstable();
    assert_eq!(from, format!("{}T00:00:00Z", days[0]));
    assert_eq!(to, format!("{}T23:59:59Z", days[days.len() - 1]));
    assert!(server.get("/collections/strassen").json()["extent"].get("temporal").is_none());
    for step in ["schema", "queryables", "sortables"] {
        let href = link(&schools, &format!("http://www.opengis.net/def/rel/ogc/1.0/{step}")).unwrap();
        assert_eq!(href, format!("{}/collections/schulen/{step}", server.base));
    }
}

#[test]
fn schemas_say_what_columns_are_for() {
    let server = Server::ready(&[]);
    let answer = server.get_with("/collections/schulen/schema", &[("accept", "application/schema+json")]);
    assert_eq!(answer.header("content-type"), "application/schema+json");
    let schema = answer.json();
    let property = |name: &str| schema["properties"][name].clone();
    assert_eq!((&property("id")["x-ogc-role"], &property("id")["type"]), (&"id".into(), &"integer".into()));
    assert_eq!(property("gegruendet")["x-ogc-role"], "primary-instant");
    assert_eq!(property("gegruendet")["format"], "date");
    assert_eq!(property("traeger")["title"], "Träger");
    let geometry = property("geom");
    assert_eq!(
        (&geometry["x-ogc-role"], &geometry["format"]),
        (&"primary-geometry".into(), &"geometry-point".into())
    );
    assert_eq!(geometry["title"], "Geometrie");
    let english = server.get_with("/collections/schulen/schema", &[("accept-language", "en")]);
    assert_eq!(english.json()["properties"]["geom"]["title"], "Geometry");
    let queryables = server.get("/collections/schulen/queryables").json();
    let geometry = &queryables["properties"]["geom"];
    assert_eq!(geometry["$ref"], "https://geojson.org/schema/Point.json");
    assert!(geometry.get("type").is_none(), "{geometry}");
    assert_eq!(queryables["$id"], format!("{}/collections/schulen/queryables", server.base));
    let sortables = server.get("/collections/schulen/sortables").json();
    assert!(sortables["properties"].get("geom").is_none() && sortables["properties"].get("name").is_some());
    // Each feature has these properties and no others.
    for (id, _, _) in crate::city::CITY {
        let schema = server.get(&format!("/collections/{id}/schema")).json();
        let properties = schema["properties"].as_object().unwrap();
        let columns: Vec<&String> = properties
            .iter()
            .filter(|(_, one)| one["x-ogc-role"] != "primary-geometry")
            .map(|(name, _)| name)
            .collect();
        let feature = &server.get(&format!("/collections/{id}/items?limit=1")).json()["features"][0];
        let own: Vec<&String> = feature["properties"].as_object().unwrap().keys().collect();
        assert_eq!(own, columns, "{id}");
    }
    for path in ["/collections/fehlt/schema", "/collections/schulen/schemas"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    assert_eq!(server.get("/collections/schulen/queryables?f=html").status, 400);
}

#[test]
fn a_geometry_column_gives_way_to_an_attribute_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    replace(folder.path(), "x.fgb", &fgb(&[("POINT(392622 5620879)", "a")], true));
    replace(folder.path(), "x.schema.toml", b"geometry = \"name\"\n");
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let schema = server.get("/collections/x/schema").json();
    assert_eq!(schema["properties"]["name"]["type"], "string", "{schema}");
    assert_eq!(schema["properties"]["geometry"]["x-ogc-role"], "primary-geometry", "{schema}");
}

#[test]
fn very_many_collections_are_described_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    let document = |most: usize| {
        std::fs::write(&file, format!("[limits]\napi_collections = {most}\n")).unwrap();
        let server = Server::ready(&["--config", file.to_str().unwrap()]);
        let answer = server.get("/api");
        let tag = answer.header("etag").to_owned();
        assert_eq!(server.get_with("/api", &[("if-none-match", &tag)]).status, 304);
        assert_eq!(server.get("/api").body, answer.body);
        (server.get("/collections").json()["collections"].as_array().unwrap().len(), answer.json())
    };
    let (count, _) = document(100);
    let (_, each) = document(count);
    let (_, together) = document(count - 1);
    assert!(each["paths"]["/collections/schulen/items"].is_object());
    assert!(together["paths"]["/collections/schulen/items"].is_null());
    let items = &together["paths"]["/collections/{collectionId}/items"]["get"]["parameters"];
    assert_eq!(items[0]["name"], "collectionId");
}
