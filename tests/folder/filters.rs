//! Filters, order and selection of items over HTTP: CQL2 as QGIS and scripts send it, both spellings, GET and POST.

use std::time::Instant;

use serde_json::{Value, json};

use crate::files::{all_features, link, path_of, step};
use crate::server::Server;

fn get(server: &Server, collection: &str, query: &str) -> Value {
    let path = format!("/collections/{collection}/items?{query}");
    let answer = server.get(&path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

fn matched(server: &Server, collection: &str, filter: &str) -> u64 {
    get(server, collection, &format!("limit=1&filter={}", step(filter)))["numberMatched"].as_u64().unwrap()
}

fn count(features: &[Value], holds: impl Fn(&Value) -> bool) -> u64 {
    features.iter().filter(|feature| holds(&feature["properties"])).count() as u64
}

#[test]
fn filters_count_what_brute_force_counts() {
    let server = Server::ready(&[]);
    let schools = all_features(&server, "schulen", "");
    let text = |value: &Value| value.as_str().map(str::to_lowercase);
    let count = |holds: &dyn Fn(&Value) -> bool| count(&schools, holds);
    let filter = |filter: &str| matched(&server, "schulen", filter);
    assert_eq!(filter("schulart = 'Gymnasium'"), count(&|one| one["schulart"] == "Gymnasium"));
    assert_eq!(
        filter("\"schulart\" <> 'Gymnasium'"),
        count(&|one| one["schulart"].is_string() && one["schulart"] != "Gymnasium")
    );
    assert_eq!(filter("plaetze > 300"), count(&|one| one["plaetze"].as_i64().is_some_and(|it| it > 300)));
    assert_eq!(
        filter("plaetze / 2 + 0.5 > 150.5"),
        count(&|one| one["plaetze"].as_i64().is_some_and(|it| it > 300))
    );
    assert_eq!(
        filter("plaetze BETWEEN 100 AND 400 AND NOT (barrierefrei = TRUE)"),
        count(&|one| one["plaetze"].as_i64().is_some_and(|it| (100..=400).contains(&it))
            && one["barrierefrei"] == false)
    );
    assert_eq!(filter("barrierefrei"), count(&|one| one["barrierefrei"] == true));
    assert_eq!(filter("barrierefrei IS NULL"), count(&|one| one["barrierefrei"].is_null()));
    assert_eq!(
        filter("CASEI(name) LIKE CASEI('%SCHULE%')"),
        count(&|one| text(&one["name"]).is_some_and(|it| it.contains("schule")))
    );
    assert_eq!(
        filter("gegruendet < DATE('1970-01-01')"),
        count(&|one| one["gegruendet"].as_str().is_some_and(|it| it < "1970-01-01"))
    );
    assert_eq!(filter("T_BEFORE(gegruendet, DATE('1970-01-01'))"), filter("gegruendet < DATE('1970-01-01')"));
    assert_eq!(
        filter("schulart IN ('Gymnasium','Grundschule')"),
        count(&|one| one["schulart"] == "Gymnasium" || one["schulart"] == "Grundschule")
    );
    let everything = schools.len() as u64;
    assert_eq!(filter("TRUE"), everything);
    assert_eq!(filter("S_INTERSECTS(geom,BBOX(-180,-90,180,90))"), everything);
    assert_eq!(filter("S_DISJOINT(geometry,BBOX(-180,-90,180,90))"), 0);
}

#[test]
fn spatial_filters_agree_with_bbox_and_each_other() {
    let server = Server::ready(&[]);
    for (bbox, collection) in [
        ("7.45,50.72,7.47,50.74", "gebaeude"),
        ("7.44,50.72,7.5,50.76", "strassen"),
        ("7.45,50.72,7.47,50.74", "adressen"),
    ] {
        let by_bbox =
            get(&server, collection, &format!("limit=1&bbox={bbox}"))["numberMatched"].as_u64().unwrap();
        let [west, south, east, north] = bbox.split(',').collect::<Vec<_>>().try_into().unwrap();
        let polygon =
            format!("POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))");
        let by_filter = matched(&server, collection, &format!("S_INTERSECTS(geom,BBOX({bbox}))"));
        assert!(by_bbox > 0 && by_bbox == by_filter, "{collection}: {by_bbox} {by_filter}");
        // The sides of the polygon are straight in the stored system and those of the box are not.
        let by_polygon = matched(&server, collection, &format!("S_INTERSECTS(geom,{polygon})"));
        assert!(by_polygon.abs_diff(by_bbox) <= 1 + by_bbox / 50, "{collection}: {by_polygon} {by_bbox}");
        let all = get(&server, collection, "limit=1")["numberMatched"].as_u64().unwrap();
        assert_eq!(matched(&server, collection, &format!("S_DISJOINT(geom,{polygon})")), all - by_polygon);
        let within = matched(&server, collection, &format!("S_WITHIN(geom,{polygon})"));
        assert_eq!(within, matched(&server, collection, &format!("S_CONTAINS({polygon},geom)")));
        assert!(within <= by_polygon);
    }
    // In the stored system, with its URI.
    let crs = "filter-crs=http://www.opengis.net/def/crs/EPSG/0/25832";
    let all =
        format!("limit=1&{crs}&filter={}", step("S_INTERSECTS(geom,BBOX(300000,5500000,500000,5700000))"));
    assert_eq!(get(&server, "schulen", &all)["numberMatched"], 12);
    let school = get(&server, "schulen", "limit=1&crs=http://www.opengis.net/def/crs/EPSG/0/25832");
    let at = &school["features"][0]["geometry"]["coordinates"];
    let exact = format!("{crs}&filter={}", step(&format!("S_EQUALS(geom,POINT({} {}))", at[0], at[1])));
    assert_eq!(get(&server, "schulen", &exact)["features"][0]["id"], school["features"][0]["id"]);
}

#[test]
fn json_and_post_ask_the_same() {
    let server = Server::ready(&[]);
    let filter = json!({"op": "and", "args": [
        {"op": "like", "args": [{"op": "casei", "args": [{"property": "schulart"}]}, {"op": "casei", "args": ["G%"]}]},
        {"op": ">", "args": [{"property": "plaetze"}, 100]},
    ]});
    let text = "CASEI(schulart) LIKE CASEI('G%') AND plaetze > 100";
    let expected = get(&server, "schulen", &format!("filter={}", step(text)));
    let by_json =
        get(&server, "schulen", &format!("filter-lang=cql2-json&filter={}", step(&filter.to_string())));
    assert_eq!(by_json["features"], expected["features"]);
    let body = json!({"filter": filter, "sortby": ["-plaetze", "name"], "limit": 2, "properties": ["name", "plaetze"]});
    let mut page = server.post("/collections/schulen/items/search", &body).json();
    let by_get = get(
        &server,
        "schulen",
        &format!("limit=2&sortby=-plaetze,name&properties=name,plaetze&filter={}", step(text)),
    );
    assert_eq!(page["features"], by_get["features"]);
    let mut found = 0;
    loop {
        found += page["features"].as_array().unwrap().len() as u64;
        let links = page["links"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["rel"] == "next") else { break };
        assert_eq!(next["method"], "POST");
        page = server.post(path_of(&server, next["href"].as_str().unwrap()), &next["body"]).json();
    }
    assert_eq!(Some(found), expected["numberMatched"].as_u64());

    // A filter that no address would hold.
    let names: Vec<String> = (0..900).map(|number| format!("'{number:040}'")).collect();
    let long = format!("name IN ({}) OR plaetze > 100", names.join(","));
    let answer = server.post("/collections/schulen/items/search", &json!({"filter": long}));
    assert_eq!(
        (answer.status, &answer.json()["numberMatched"]),
        (200, &json!(matched(&server, "schulen", "plaetze > 100")))
    );
    for (body, parameter) in [
        (json!([]), "body"),
        (json!({"filter": {"op": "x"}}), "filter"),
        (json!({"limit": {}}), "limit"),
        (json!({"nothing": 1}), "nothing"),
    ] {
        let answer = server.post("/collections/schulen/items/search", &body);
        assert_eq!((answer.status, answer.json()["parameter"].as_str()), (400, Some(parameter)), "{body}");
    }
}

#[test]
fn items_are_sorted_and_paged_both_ways() {
    let server = Server::ready(&[]);
    let all = get(&server, "schulen", "sortby=-plaetze,%2Bname&limit=100");
    let features = all["features"].as_array().unwrap().clone();
    let key = |one: &Value| one["properties"]["plaetze"].as_i64().unwrap_or(i64::MAX);
    assert!(features.is_sorted_by(|left, right| key(left) >= key(right)));
    assert!(link(&all, "prev").is_none() && link(&all, "next").is_none());
    let mut page = get(&server, "schulen", "sortby=-plaetze,name&limit=5");
    let (mut forward, mut pages) = (vec![], vec![]);
    loop {
        forward.extend(page["features"].as_array().unwrap().clone());
        pages.push(page["features"].clone());
        match link(&page, "next") {
            Some(next) => page = server.get(path_of(&server, next)).json(),
            None => break,
        }
    }
    assert_eq!(forward, features);
    for expected in pages.iter().rev().skip(1) {
        let previous = link(&page, "prev").expect("a page before").to_owned();
        page = server.get(path_of(&server, &previous)).json();
        assert_eq!(page["features"], *expected);
    }
    assert!(link(&page, "prev").is_none());
    let offset = get(&server, "schulen", "sortby=-plaetze,name&limit=5&offset=3");
    assert_eq!(offset["features"].as_array().unwrap()[..], features[3..8]);
    let next = link(&offset, "next").unwrap();
    assert!(!next.contains("offset"));
    assert_eq!(server.get(path_of(&server, next)).json()["features"].as_array().unwrap()[..], features[8..]);
}

#[test]
fn properties_are_selected_and_words_and_times_found() {
    let server = Server::ready(&[]);
    let names = |query: &str| -> Vec<String> {
        let page = get(&server, "schulen", query);
        page["features"][0]["properties"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names("properties=plaetze,name"), ["name", "plaetze"]);
    let all = names("");
    assert_eq!(names("exclude-properties=name").len(), all.len() - 1);
    assert_eq!(names("exclude=name,geom").len(), all.len() - 1);
    assert_eq!(get(&server, "schulen", "exclude=geom")["features"][0]["geometry"], Value::Null);
    let skipped = get(&server, "schulen", "skip-geometry=true&properties=name");
    assert_eq!((&skipped["features"][0]["geometry"], &skipped["numberMatched"]), (&Value::Null, &json!(12)));
    // A filter may ask for what is not written, its geometry too.
    let filtered = "skip-geometry=true&properties=name&bbox=7,50,8,51&plaetze=1&filter=S_INTERSECTS(geom,BBOX(7,50,8,51))";
    assert_eq!(get(&server, "schulen", filtered)["numberMatched"], 0);
    let features = all_features(&server, "schulen", "");
    let name = features[0]["properties"]["name"].as_str().unwrap();
    let found = get(&server, "schulen", &format!("q={}", step(&name.to_uppercase())));
    assert!(found["features"].as_array().unwrap().iter().any(|one| one["id"] == features[0]["id"]), "{name}");
    assert_eq!(get(&server, "schulen", "q=gibtesnicht")["numberMatched"], 0);
    let year = |one: &Value| one["gegruendet"].as_str().map(|date| date.to_owned());
    let before = count(&features, |one| year(one).is_some_and(|date| *date <= *"1969-12-31"));
    // A feature without a time is of any.
    let timeless = count(&features, |one| year(one).is_none());
    let by =
        |datetime: &str| get(&server, "schulen", &format!("datetime={datetime}"))["numberMatched"].as_u64();
    assert_eq!(by("../1969-12-31"), Some(before + timeless));
    assert_eq!(by("0000-01-01T00:00:00Z/1969-12-31T23:59:59Z"), Some(before + timeless));
    assert_eq!(by("1970-01-01/.."), Some(features.len() as u64 - before));
    // Features without a time are not asked about it.
    assert_eq!(
        get(&server, "strassen", "datetime=1970-01-01&limit=1")["numberMatched"],
        get(&server, "strassen", "limit=1")["numberMatched"]
    );
}

#[test]
fn tiles_and_planning_take_filters() {
    let server = Server::ready(&[]);
    let tile = |query: &str| server.get(&format!("/xyz/gebaeude/14/8532/5503{query}"));
    let whole = tile("");
    let none = tile(&format!("?filter={}", step("FALSE")));
    let all = tile(&format!("?filter={}", step("TRUE")));
    let some = tile(&format!("?filter={}", step("id < 1000")));
    assert_eq!((whole.status, none.status, some.status), (200, 204, 200));
    assert_eq!(whole.body, all.body);
    assert!(some.body.len() < whole.body.len());
    // Kept apart from the tile without.
    assert_eq!(tile("").body, whole.body);
    assert_eq!(tile(&format!("?filter={}", step("id < 1000"))).body, some.body);
    for filter in ["nichts = 1", "id <"] {
        let answer = tile(&format!("?filter={}", step(filter)));
        assert_eq!((answer.status, answer.json()["parameter"].as_str()), (400, Some("filter")), "{filter}");
    }
}

#[test]
fn hostile_filters_are_refused_at_once_and_the_server_goes_on() {
    let server = Server::ready(&[]);
    let pid = server.pid();
    let ring = |count: usize| {
        (0..count).map(|index| format!("{} 50", 7.0 + index as f64 / 1e6)).collect::<Vec<_>>().join(",")
    };
    let hostile = [
        "(".repeat(100_000),
        "NOT ".repeat(50_000),
        format!("plaetze IN (1{})", ",1".repeat(100_000)),
        format!("S_INTERSECTS(geom,POLYGON(({})))", ring(100_000)),
        format!("S_INTERSECTS(geom,POLYGON(({})))", ring(9_000)),
        "S_INTERSECTS(geom,POINT(NaN 50))".into(),
        "S_INTERSECTS(geom,POLYGON((7 50,8 50,8 51,7 51)))".into(),
        "S_INTERSECTS(geom,POLYGON((7 50,8 51,8 50,7 51,7 50)))".into(),
        "pg_sleep(3) = 1".into(),
        format!("name = {}", "casei(".repeat(20_000)),
    ];
    for filter in hostile {
        let began = Instant::now();
        let answer = server.post("/collections/schulen/items/search", &json!({"filter": filter}));
        let shown: String = filter.chars().take(60).collect();
        assert!(matches!(answer.status, 400 | 413), "{shown}: {}", answer.status);
        assert!(began.elapsed().as_secs() < 3, "{shown}: {:?}", began.elapsed());
    }
    let nested = format!("{}true{}", r#"{"op":"not","args":["#.repeat(40), "]}".repeat(40));
    let nested: Value = serde_json::from_str(&nested).unwrap();
    assert_eq!(server.post("/collections/schulen/items/search", &json!({"filter": nested})).status, 400);
    assert_eq!((server.pid(), server.get("/health").status), (pid, 200));
}

#[test]
fn what_is_wrong_names_its_parameter() {
    let server = Server::ready(&[]);
    for (query, parameter) in [
        ("filter=name%20%3D", "filter"),
        ("filter=nmae%3D1", "filter"),
        ("filter=", "filter"),
        ("filter=TRUE&filter-lang=sql", "filter-lang"),
        ("filter=TRUE&filter-crs=EPSG:1", "filter-crs"),
        ("filter-lang=cql2-json&filter=TRUE", "filter"),
        ("sortby=nichts", "sortby"),
        ("sortby=", "sortby"),
        ("sortby=geom", "sortby"),
        ("properties=nichts", "properties"),
        ("properties=name&exclude=name", "exclude"),
        ("exclude-properties=nichts", "exclude-properties"),
        ("skip-geometry=1", "skip-geometry"),
        ("zoom-level=-1", "zoom-level"),
        ("zoom-level=23", "zoom-level"),
        ("datetime=gestern", "datetime"),
        ("q=,", "q"),
        ("offset=-1", "offset"),
        ("offset=1&cursor=WyJmIiwiMSIsW10sW11d", "offset"),
        ("sortby=name&cursor=WyJmIiwiMSIsW10sW11d", "cursor"),
    ] {
        let answer = server.get(&format!("/collections/schulen/items?{query}"));
        assert_eq!((answer.status, answer.json()["parameter"].as_str()), (400, Some(parameter)), "{query}");
    }
}

#[test]
fn a_filter_has_so_many_bytes_levels_nodes_items_vertices_and_parts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    let limited = |limit: &str| {
        std::fs::write(&file, format!("[limits]\n{limit}\n")).unwrap();
        Server::ready(&["--config", file.to_str().unwrap()])
    };
    let list = |count: usize| format!("plaetze IN (1{})", ",1".repeat(count - 1));
    let points = |count: usize| format!("S_INTERSECTS(geom,MULTIPOINT(7 51{}))", ",7 51".repeat(count - 1));
    let lines = |count: usize| {
        format!("S_INTERSECTS(geom,MULTILINESTRING((7 51,8 52){}))", ",(7 51,8 52)".repeat(count - 1))
    };
    let text = |bytes: usize| format!("name = '{}'", "x".repeat(bytes - "name = ''".len()));
    let nested = |levels: usize| format!("{}plaetze = 1{}", "(".repeat(levels), ")".repeat(levels));
    // Column, list and relation are nodes as well as the items.
    for (limit, at, beyond) in [
        ("filter_bytes = \"256 B\"", text(256), text(257)),
        ("filter_depth = 8", nested(8), nested(9)),
        ("filter_nodes = 16", list(13), list(14)),
        ("filter_items = 5", list(5), list(6)),
        ("filter_vertices = 6", points(6), points(7)),
        ("filter_parts = 3", lines(3), lines(4)),
    ] {
        let server = limited(limit);
        let status = |filter: &str| {
            let body = json!({"filter": filter, "filter-lang": "cql2-text"});
            let posted = server.post("/collections/schulen/items/search", &body).status;
            let asked = server.get(&format!("/collections/schulen/items?filter={}", step(filter))).status;
            assert_eq!(posted, asked, "{limit}");
            asked
        };
        assert_eq!((status(&at), status(&beyond)), (200, 400), "{limit}");
    }
}

#[test]
fn every_function_that_is_listed_can_be_called() {
    let server = Server::ready(&[]);
    let list = server.get("/functions").json();
    let functions = list["functions"].as_array().unwrap();
    assert_eq!(functions.len(), 5);
    for function in functions {
        let name = function["name"].as_str().unwrap();
        let column = if function["args"][0]["type"][0] == "string" { "name" } else { "plaetze" };
        for filter in [
            format!("{name}({column}) > 1"),
            format!("NOT ({name}({column}) BETWEEN 0 AND 0)"),
            format!("{name}({column}) * 2 = 2 * {name}({column})"),
        ] {
            let found =
                get(&server, "schulen", &format!("filter={}", step(&filter)))["numberMatched"].as_u64();
            assert!(found.is_some_and(|found| found > 0), "{filter}: {found:?}");
        }
    }
}
