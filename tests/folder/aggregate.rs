//! Counts and sums by columns and areas: what brute force over all features says.

use std::collections::BTreeMap;

use geo::Intersects;
use serde_json::{Value, json};

use crate::files::{all_features, geometry, link, path_of, step};
use crate::server::Server;

fn aggregate(server: &Server, path: &str) -> Value {
    let answer = server.get(&format!("/collections/{path}"));
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

#[test]
fn groups_are_those_of_brute_force() {
    let server = Server::ready(&[]);
    let mut expected: BTreeMap<(String, String), Vec<i64>> = BTreeMap::new();
    for school in all_features(&server, "schulen", "") {
        let of = |name: &str| school["properties"][name].as_str().unwrap_or("\u{10ffff}").to_owned();
        let places = school["properties"]["plaetze"].as_i64();
        expected.entry((of("traeger"), of("schulart"))).or_default().extend(places);
    }
    let made = "count,count(plaetze),sum(plaetze),min(plaetze),max(plaetze),avg(plaetze),median(plaetze)";
    let document =
        aggregate(&server, &format!("schulen/aggregate?group-by=traeger,schulart&aggregate={made}"));
    assert_eq!(
        (&document["numberMatched"], &document["numberOfGroups"]),
        (&12.into(), &expected.len().into())
    );
    for (group, ((operator, kind), places)) in document["groups"].as_array().unwrap().iter().zip(&expected) {
        let text = |value: &str| if value == "\u{10ffff}" { Value::Null } else { value.into() };
        assert_eq!(group["group"], json!({ "traeger": text(operator), "schulart": text(kind) }));
        let values = &group["values"];
        let sum: i64 = places.iter().sum();
        assert_eq!(values["count(plaetze)"], places.len());
        let of_places = |value: i64| if places.is_empty() { Value::Null } else { value.into() };
        assert_eq!(values["sum(plaetze)"], of_places(sum));
        assert_eq!(values["min(plaetze)"], places.iter().min().map_or(Value::Null, |value| (*value).into()));
        assert_eq!(values["max(plaetze)"], places.iter().max().map_or(Value::Null, |value| (*value).into()));
        if !places.is_empty() {
            let mean = values["avg(plaetze)"].as_f64().unwrap();
            assert!((mean - sum as f64 / places.len() as f64).abs() < 1e-9, "{group}");
        }
    }
    let all = aggregate(&server, "schulen/aggregate");
    assert_eq!(all["groups"], json!([{ "group": {}, "values": { "count": 12 } }]));
    let none = aggregate(&server, "schulen/aggregate?name=niemand&aggregate=count,sum(plaetze)");
    assert_eq!(none["groups"], json!([{ "group": {}, "values": { "count": 0, "sum(plaetze)": null } }]));
    let filtered = aggregate(&server, "schulen/aggregate?schulart=Gymnasium&group-by=schulart");
    let matched =
        server.get("/collections/schulen/items?schulart=Gymnasium&limit=1").json()["numberMatched"].take();
    assert_eq!(
        filtered["groups"],
        json!([{ "group": { "schulart": "Gymnasium" }, "values": { "count": matched } }])
    );
}

#[test]
fn every_address_lies_in_the_area_that_holds_it() {
    let server = Server::ready(&[]);
    let areas = all_features(&server, "quartiere", "");
    let shapes: Vec<(String, geo::Geometry)> = areas
        .iter()
        .map(|area| (area["properties"]["name"].as_str().unwrap().to_owned(), geometry(area)))
        .collect();
    let mut expected: BTreeMap<String, u64> = shapes.iter().map(|(name, _)| (name.clone(), 0)).collect();
    let mut outside = 0;
    for address in all_features(&server, "adressen", "") {
        let point = geometry(&address);
        match shapes.iter().find(|(_, shape)| shape.intersects(&point)) {
            Some((name, _)) => *expected.get_mut(name).unwrap() += 1,
            None => outside += 1,
        }
    }
    let document = aggregate(&server, "adressen/aggregate?group-by-area=quartiere&area-columns=name");
    let groups = document["groups"].as_array().unwrap();
    let found: BTreeMap<String, u64> = groups
        .iter()
        .filter(|group| !group["area"].is_null())
        .map(|group| {
            let name = group["area"]["properties"]["name"].as_str().unwrap().to_owned();
            (name, group["values"]["count"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(found, expected);
    let beyond = groups.iter().find(|group| group["area"].is_null());
    assert_eq!(beyond.map_or(0, |group| group["values"]["count"].as_u64().unwrap()), outside);
    // Lines and areas count where a point on or in them lies; none is lost.
    for id in ["strassen", "gebaeude", "spielplaetze"] {
        let document = aggregate(&server, &format!("{id}/aggregate?group-by-area=bezirke"));
        let counts = document["groups"].as_array().unwrap().iter();
        let sum: u64 = counts.map(|group| group["values"]["count"].as_u64().unwrap()).sum();
        assert_eq!(document["numberMatched"], sum, "{id}");
    }
}

#[test]
fn the_same_groups_come_in_every_format() {
    let server = Server::ready(&[]);
    let query = "schulen/aggregate?group-by=schulart&aggregate=count,sum(plaetze)";
    let document = aggregate(&server, query);
    let csv = server.get(path_of(&server, link_to(&document, "text/csv")));
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let text = csv.text();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("schulart,count,sum(plaetze)"));
    for (line, group) in lines.zip(document["groups"].as_array().unwrap()) {
        let plain = |value: &Value| {
            value.as_str().map_or_else(|| value.to_string().replace("null", ""), str::to_owned)
        };
        let cells =
            [&group["group"]["schulart"], &group["values"]["count"], &group["values"]["sum(plaetze)"]];
        assert_eq!(line, cells.map(plain).join(","));
    }
    let page = server.get_with(&format!("/collections/{query}"), &[("Accept", "text/html")]);
    assert!(page.text().contains("<th scope=\"col\">sum(plaetze)</th>"), "{}", page.text());
    let book = server.get(&format!("/collections/{query}&f=xlsx"));
    assert_eq!((book.status, &book.body[..2]), (200, b"PK".as_slice()));
    let semicolons = server.get(&format!("/collections/{query}&f=csv&csv-separator=semicolon")).text();
    assert!(semicolons.starts_with("schulart;count;sum(plaetze)\r\n"), "{semicolons}");
    assert!(link(&document, "collection").unwrap().ends_with("/collections/schulen"));
}

fn link_to<'a>(document: &'a Value, media_type: &str) -> &'a str {
    let links = document["links"].as_array().unwrap();
    links.iter().find(|link| link["type"] == media_type).unwrap()["href"].as_str().unwrap()
}

#[test]
fn what_cannot_be_aggregated_is_an_error_that_names_it() {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    let text = "[limits]\naggregate_groups = 100\naggregate_columns = 2\nspreadsheet_bytes = \"1 KiB\"\n\
                [collections.schulen]\nhide = \"traeger\"\n[collections.gewaesser]\nhidden = true\n\
                [roles.areas.viertel]\ncollection = \"quartiere\"\nid = \"name\"\n\
                [roles.population]\ncollection = \"bevoelkerung\"\nlevel = \"viertel\"\narea = \"gebiet\"\n\
                date = \"stichtag\"\ngroup = \"altersgruppe\"\npersons = \"anzahl\"\n";
    std::fs::write(&file, text).unwrap();
    let server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    for (path, status, parameter) in [
        ("schulen/aggregate?group-by=nichts", 400, "group-by"),
        ("schulen/aggregate?group-by=traeger", 400, "group-by"),
        ("schulen/aggregate?aggregate=sum(traeger)", 400, "aggregate"),
        ("schulen/aggregate?aggregate=sum(name)", 400, "aggregate"),
        ("schulen/aggregate?aggregate=mode(plaetze)", 400, "aggregate"),
        ("schulen/aggregate?aggregate=count,count(id),max(id)", 400, "aggregate"),
        ("schulen/aggregate?group-by-area=gewaesser", 404, "group-by-area"),
        ("schulen/aggregate?group-by-area=nirgends", 404, "group-by-area"),
        ("schulen/aggregate?area-columns=name", 400, "area-columns"),
        ("schulen/aggregate?group-by-area=bezirke&area-columns=x", 400, "area-columns"),
        ("schulen/aggregate?limit=1", 400, "limit"),
        ("schulen/aggregate?f=pdf", 400, "f"),
        ("schulen/aggregate?csv-bom=true", 400, "csv-bom"),
        ("schulen/aggregate?nothing=1", 400, "nothing"),
        ("gebaeude/aggregate?group-by=id", 413, ""),
        ("schulen/aggregate?group-by=id,name&f=xlsx", 413, "f"),
        ("gewaesser/aggregate", 404, ""),
        // Whoever may not see the persons may not sum them either.
        ("bevoelkerung/aggregate?aggregate=sum(anzahl)", 404, ""),
    ] {
        let answer = server.get(&format!("/collections/{path}"));
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        let document = answer.json();
        assert_eq!(document["parameter"].as_str().unwrap_or_default(), parameter, "{path}: {document}");
    }
    let odd = server.get(&format!("/collections/schulen/aggregate?group-by={}", step("\"name\",\"id\"")));
    assert_eq!(odd.json()["numberOfGroups"], 12);
}
