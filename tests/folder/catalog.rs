//! The catalogue as clients of catalogues read it: DCAT-AP.de in both syntaxes, OGC API – Records, the page.

use std::collections::BTreeSet;

use oxjsonld::JsonLdParser;
use oxrdf::Triple;
use oxttl::TurtleParser;
use serde_json::Value;

use crate::server::Server;

const PLANNING: &[&str] = &["--config", "examples/rheinfurt/veedel.toml"];
const RECORDS: &str = "/collections/catalog/items";

fn triples(server: &Server, path: &str) -> BTreeSet<String> {
    let turtle = server.get(&format!("{path}?f=ttl"));
    assert_eq!(turtle.header("content-type"), "text/turtle");
    let text = |triple: Triple| triple.to_string().replace(&server.base, "https://geo.example.org");
    let read: BTreeSet<String> =
        TurtleParser::new().for_slice(turtle.text().as_bytes()).map(|triple| text(triple.unwrap())).collect();
    let json = server.get(&format!("{path}?f=jsonld"));
    assert_eq!(json.header("content-type"), "application/ld+json");
    let other: BTreeSet<String> = JsonLdParser::new()
        .for_slice(json.text().as_bytes())
        .map(|quad| text(quad.unwrap().into()))
        .collect();
    assert_eq!(read, other, "both syntaxes say the same");
    read
}

/// Where the first link of this relation and type leads to.
fn link(document: &Value, rel: &str, media_type: Option<&str>) -> String {
    let is_it = |link: &&Value| link["rel"] == rel && media_type.is_none_or(|wanted| link["type"] == wanted);
    let found = document["links"].as_array().unwrap().iter().find(is_it);
    found.unwrap_or_else(|| panic!("no link {rel}: {document}"))["href"].as_str().unwrap().to_owned()
}

#[test]
fn dcat_says_what_is_configured_and_nothing_else() {
    let server = Server::ready(PLANNING);
    let dataset = triples(&server, &format!("{RECORDS}/kitas"));
    let own: Vec<&String> = dataset.iter().filter(|line| !line.contains("#service>")).collect();
    insta::assert_snapshot!(own.into_iter().cloned().collect::<Vec<_>>().join("\n"));
    let catalog = triples(&server, "/catalog");
    let ids = |predicate: &str| catalog.iter().filter(|line| line.contains(predicate)).count();
    let collections = server.get("/collections").json()["collections"].as_array().unwrap().len();
    assert_eq!(ids("dcat#dataset>"), collections);
    assert_eq!(ids("dcat#servesDataset>"), collections);
    // Nobody has said when the streets were published, under which IRI GovData knows the city, or where it lies.
    assert!(!catalog.iter().any(|line| line.contains("strassen> <http://purl.org/dc/terms/issued>")));
    assert!(!catalog.iter().any(|line| line.contains("contributorID")));
    assert!(dataset.iter().all(|line| line.contains("#service>") || catalog.contains(line)));
}

#[test]
fn what_is_hidden_is_in_no_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, "[collections.kitas]\nhidden = true\n[collections.schulen]\nhide = \"name\"\n")
        .unwrap();
    let server = Server::ready(&["--config", file.to_str().unwrap()]);
    let records = format!("{RECORDS}?limit=100");
    for path in ["/catalog?f=ttl", "/catalog?f=jsonld", "/catalog?f=json", "/catalog?f=html", &records] {
        let text = server.get(path).text();
        assert!(text.contains("schulen") && !text.contains("kitas"), "{path}");
    }
    assert_eq!(server.get(&format!("{RECORDS}/kitas")).status, 404);
    assert_eq!(server.get(&format!("{RECORDS}/kitas?f=ttl")).status, 404);
}

#[test]
fn records_are_linked_from_the_beginning_and_found_by_each_parameter() {
    let server = Server::ready(PLANNING);
    let landing = server.get("/?f=json").json();
    let catalog = link(&landing, "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog", None);
    assert!(catalog.ends_with("/catalog"), "{catalog}");
    // The service's own metadata, whose type must not hide the description of the API.
    let descriptions: Vec<&str> = landing["links"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|link| link["rel"] == "service-desc")
        .map(|link| link["type"].as_str().unwrap())
        .collect();
    let wanted = ["application/vnd.oai.openapi+json;version=3.0", "application/vnd.iso.19139+xml"];
    assert_eq!(descriptions, wanted);

    let document = server.get("/catalog").json();
    assert_eq!((&document["type"], &document["itemType"]), (&"Collection".into(), &"record".into()));
    let items = link(&document, "items", None);
    assert!(items.ends_with(RECORDS), "{items}");
    let all = server.get(&format!("{RECORDS}?limit=100")).json();
    let linked = document["links"].as_array().unwrap().iter().filter(|link| link["rel"] == "item").count();
    assert_eq!((&all["numberMatched"], all["features"].as_array().unwrap().len()), (&linked.into(), linked));

    let found = |query: &str| -> Vec<String> {
        let answer = server.get(&format!("{RECORDS}?limit=100&{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let page = answer.json();
        page["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(found("q=KINDERTAGESEINRICHTUNGEN%20mit"), ["kitas"]);
    assert_eq!(found("q=mit%20kindertageseinrichtungen"), Vec::<String>::new(), "in the order of the words");
    assert_eq!(found("q=gibtesnicht,kita"), ["kitas"]);
    assert_eq!(found("ids=schulen,kitas"), ["kitas", "schulen"]);
    assert_eq!(found("ids="), Vec::<String>::new());
    assert_eq!(found("externalIds=rheinfurt-kitas"), ["kitas"]);
    assert_eq!(found("type=dataset").len(), linked);
    assert!(found("type=service").is_empty());
    assert!(found("bbox=0,0,1,1").is_empty());
    assert!(!found("bbox=-180,-90,180,90").contains(&"bevoelkerung".to_owned()), "a table is nowhere");
    assert!(!found("datetime=2020-01-01/2025-12-31").contains(&"kitas".to_owned()));
    assert!(found("datetime=2026-05-01").contains(&"kitas".to_owned()));

    let mut walked = vec![];
    let mut next = format!("{RECORDS}?limit=4");
    loop {
        let page = server.get(&next).json();
        walked.extend(page["features"].as_array().unwrap().iter().map(|one| one["id"].clone()));
        let links = page["links"].as_array().unwrap();
        match links.iter().find(|link| link["rel"] == "next") {
            Some(link) => next = link["href"].as_str().unwrap().replace(&server.base, ""),
            None => break,
        }
    }
    let ids: Vec<Value> = all["features"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert_eq!(walked, ids);
    for (query, parameter) in [
        ("q=", "q"),
        ("bbox=1,2", "bbox"),
        ("datetime=gestern", "datetime"),
        ("limit=0", "limit"),
        ("offset=-1", "offset"),
        ("crs=x", "crs"),
        ("f=ttl", "f"),
    ] {
        let answer = server.get(&format!("{RECORDS}?{query}"));
        assert_eq!((answer.status, answer.json()["parameter"].as_str()), (400, Some(parameter)), "{query}");
    }
}

#[test]
fn a_record_says_who_what_where_when_and_how_to_have_it() {
    let server = Server::ready(PLANNING);
    let record = server.get(&format!("{RECORDS}/kitas")).json();
    let properties = &record["properties"];
    assert_eq!(properties["title"], "Kitas");
    assert_eq!(properties["themes"][0]["concepts"][0]["id"], "EDUC");
    assert_eq!(properties["externalIds"][0]["value"], "rheinfurt-kitas");
    assert_eq!(properties["contacts"][0]["organization"], "Stadt Rheinfurt");
    assert_eq!(record["time"]["interval"], serde_json::json!(["2026-01-01", ".."]));
    assert_eq!(record["geometry"]["type"], "Polygon");
    assert!(link(&record, "enclosure", Some("application/flatgeobuf")).ends_with("/download.fgb"));
    let english = server.get_with(&format!("{RECORDS}/kitas"), &[("accept-language", "en")]);
    assert_eq!(english.header("content-language"), "en");
    assert_eq!(english.json()["properties"]["title"], "Day care");
    // The collection itself is in the reader's language as well, and links to its metadata as INSPIRE and GDI-DE ask.
    let collection = server.get_with("/collections/kitas", &[("accept-language", "en")]);
    assert_eq!(collection.header("content-language"), "en");
    let collection = collection.json();
    assert_eq!(collection["title"], "Day care");
    assert_eq!(link(&collection, "data-desc", None), "https://www.example.org/kitas.xml");
    assert_eq!(
        link(&collection, "describedby", Some("application/xml")),
        "https://www.example.org/kitas.xml"
    );
    assert!(link(&collection, "tag", None).ends_with("GovernmentalService"));
    assert!(link(&collection, "describedby", Some("application/geo+json")).ends_with("/items/kitas"));
    let schema = |language: &str| {
        server.get_with("/collections/kitas/schema", &[("accept-language", language)]).json()
    };
    assert_eq!((&schema("de")["title"], &schema("en")["title"]), (&"Kitas".into(), &"Day care".into()));
    let places = &schema("en")["properties"]["plaetze"];
    assert_eq!((&places["title"], &places["description"]), (&"Places".into(), &"Licensed places.".into()));
    assert_eq!(schema("de")["properties"]["plaetze"]["x-ogc-unit"], "Plätze");
    let codes = &schema("en")["properties"]["traeger"]["oneOf"];
    assert!(codes.as_array().unwrap().iter().any(|code| code["title"] == "City"), "{codes}");
    let page = server.get("/catalog?f=html").text();
    assert!(page.contains("municipality_key") && page.contains("Stadt Rheinfurt"), "{page}");
    let page = server.get(&format!("{RECORDS}/kitas?f=html")).text();
    assert!(page.contains("2026-01-31") && page.contains("GeoPackage"), "{page}");
}
