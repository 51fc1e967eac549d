//! Features in every format: read by GDAL, they are what GeoJSON says; headers say what a body cannot.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::city::CITY;
use crate::files::{city_folder, link, link_headers, path_of};
use crate::server::Server;

const EPSG_25832: &str = "http://www.opengis.net/def/crs/EPSG/0/25832";

/// The formats with the endings of their files, and what GDAL calls those that it can read.
const FORMATS: [(&str, &str, Option<&str>); 7] = [
    ("json", "geojson", Some("GeoJSON")),
    ("jsonfg", "fg.json", None),
    ("csv", "csv", Some("CSV")),
    ("ndjson", "ndjson", Some("GeoJSONSeq")),
    ("geojsonseq", "geojsonl", Some("GeoJSONSeq")),
    ("flatgeobuf", "fgb", Some("FlatGeobuf")),
    ("gpkg", "gpkg", Some("GPKG")),
];

/// A file as GDAL reads it, by the value of `key`; None where GDAL's programs are not installed.
fn by_gdal(file: &Path, key: &str, options: &[&str]) -> Option<BTreeMap<String, Value>> {
    let mut command = Command::new("ogr2ogr");
    command.args(["-f", "GeoJSON", "/vsistdout/"]).arg(file).args(["-lco", "SIGNIFICANT_FIGURES=17"]);
    let output = command.args(options).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let features = document["features"].as_array().unwrap().clone();
    let count = features.len();
    let by_key = |feature: Value| {
        let id = &feature["properties"][key];
        (plain(if id.is_null() { &feature["id"] } else { id }), feature)
    };
    let features: BTreeMap<String, Value> = features.into_iter().map(by_key).collect();
    assert_eq!(features.len(), count, "{key} is a key of {}", file.display());
    Some(features)
}

fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        println!("skipped: {program} is not installed");
    }
    there
}

/// A value as a text that is the same however a format typed it: numbers by value, dates in ISO 8601, JSON without
/// spaces.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => if *value { "1" } else { "0" }.into(),
        Value::Number(number) => plain_number(number.as_f64().unwrap()),
        Value::String(text) => plain_text(text),
        other => other.to_string(),
    }
}

fn plain_number(number: f64) -> String {
    format!("{}", (number * 1e9).round() / 1e9)
}

fn plain_text(text: &str) -> String {
    match text {
        "true" | "True" => return "1".into(),
        "false" | "False" => return "0".into(),
        _ => {}
    }
    if let Ok(number) = text.parse::<f64>() {
        return plain_number(number);
    }
    if text.starts_with(['{', '[']) {
        return serde_json::from_str::<Value>(text).map_or_else(|_| text.into(), |value| value.to_string());
    }
    // GDAL's 2024/01/31 10:00:00+00, 2024-01-31T10:00:00Z, 2024-01-31: without zone and without midnight.
    let iso = text.replace('/', "-").replace(' ', "T");
    let is_date = iso.len() >= 10 && iso.as_bytes()[4] == b'-' && iso[..4].parse::<u32>().is_ok();
    if !is_date {
        return text.into();
    }
    let trimmed = iso.trim_end_matches("+00").trim_end_matches("+00:00").trim_end_matches('Z');
    trimmed.trim_end_matches("T00:00:00").into()
}

/// All numbers of a geometry, sorted: rings may begin elsewhere and run the other way.
fn coordinates(value: &Value, numbers: &mut Vec<f64>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| coordinates(item, numbers)),
        Value::Object(members) => {
            ["coordinates", "geometries"]
                .iter()
                .filter_map(|name| members.get(*name))
                .for_each(|value| coordinates(value, numbers));
        }
        Value::Number(number) => numbers.push(number.as_f64().unwrap()),
        _ => {}
    }
}

fn sorted(geometry: &Value) -> Vec<f64> {
    let mut numbers = vec![];
    coordinates(geometry, &mut numbers);
    numbers.sort_by(f64::total_cmp);
    numbers
}

/// The same features, attributes and coordinates; `is_exact` where the format keeps types of geometry.
fn assert_same(ours: &BTreeMap<String, Value>, theirs: &BTreeMap<String, Value>, what: &str) {
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{what}");
    for (key, ours) in ours {
        let theirs = &theirs[key];
        assert_eq!(ours["geometry"]["type"], theirs["geometry"]["type"], "{what} {key}");
        assert_eq!(sorted(&ours["geometry"]), sorted(&theirs["geometry"]), "{what} {key}");
        let ours = ours["properties"].as_object().unwrap();
        for (name, value) in ours {
            let theirs = theirs["properties"].get(name).unwrap_or(&theirs["id"]);
            assert_eq!(plain(value), plain(theirs), "{what} {key} {name}: {value} {theirs}");
        }
    }
}

/// The key column of a collection of the city, for collections of one.
fn key_of(id: &str) -> &'static str {
    if id == "kitas" { "kita_id" } else { "id" }
}

fn keyed(document: &Value, key: &str) -> BTreeMap<String, Value> {
    let features = document["features"].as_array().unwrap();
    features.iter().map(|feature| (plain(&feature["properties"][key]), feature.clone())).collect()
}

#[test]
fn gdal_reads_of_every_format_what_geojson_says() {
    if !is_there("ogr2ogr") {
        return;
    }
    let server = Server::ready(&[]);
    let folder = tempfile::tempdir().unwrap();
    for (id, count, word) in CITY.into_iter().filter(|(id, ..)| *id != "bevoelkerung") {
        let key = key_of(id);
        let crs = format!("crs={EPSG_25832}");
        let document = server.get(&format!("/collections/{id}/items?limit=10000&{crs}")).json();
        let ours = keyed(&document, key);
        assert_eq!(ours.len() as u64, count);
        for (name, extension, driver) in FORMATS {
            let Some(driver) = driver else { continue };
            let answer = server.get(&format!("/collections/{id}/download.{extension}?{crs}"));
            assert_eq!(answer.status, 200, "{id} {name}: {}", answer.text());
            let file = folder.path().join(format!("{id}.{extension}"));
            std::fs::write(&file, &answer.body).unwrap();
            let options: &[&str] = if driver == "CSV" { &["-oo", "AUTODETECT_TYPE=YES"] } else { &[] };
            let theirs = by_gdal(&file, key, options).unwrap();
            assert_same(&ours, &theirs, &format!("{id} as {name}"));
            if ["FlatGeobuf", "GPKG"].contains(&driver) {
                describes_itself(&file, count, word.unwrap());
            }
        }
    }
}

/// What `ogrinfo` says of a file: count, system, type of geometry, and a spatial filter that finds some.
fn describes_itself(file: &Path, count: u64, word: &str) {
    let ask = |more: &[&str]| {
        let output =
            Command::new("ogrinfo").args(["-ro", "-so", "-al"]).args(more).arg(file).output().unwrap();
        assert!(output.stderr.is_empty(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let about = ask(&[]);
    assert!(about.contains(&format!("Feature Count: {count}\n")), "{about}");
    assert!(about.contains("ID[\"EPSG\",25832]]"), "{about}");
    let kinds = about.lines().find_map(|line| line.strip_prefix("Geometry: ")).unwrap().to_lowercase();
    let word = if word == "line" { "line string" } else { word };
    assert!(kinds.contains(word) || kinds.contains("unknown"), "{word}: {about}");
    let nowhere = ask(&["-spat", "0", "0", "1", "1"]);
    assert!(nowhere.contains("Feature Count: 0\n"), "{nowhere}");
}

#[test]
fn boxes_find_in_a_file_what_they_find_in_items() {
    if !is_there("ogr2ogr") {
        return;
    }
    let server = Server::ready(&[]);
    let folder = tempfile::tempdir().unwrap();
    let crs = format!("crs={EPSG_25832}");
    for extension in ["fgb", "gpkg"] {
        let file = folder.path().join(format!("gebaeude.{extension}"));
        let answer = server.get(&format!("/collections/gebaeude/download.{extension}?{crs}"));
        std::fs::write(&file, &answer.body).unwrap();
        if extension == "gpkg" {
            let rtree = b"CREATE VIRTUAL TABLE \"rtree_gebaeude_geom\"";
            assert!(answer.body.windows(rtree.len()).any(|bytes| bytes == rtree));
        }
        for (x, y, side) in [
            (392_000.0, 5_620_000.0, 300.0),
            (392_600.0, 5_620_800.0, 50.0),
            (391_000.0, 5_619_000.0, 4000.0),
        ] {
            let numbers = [x, y, x + side, y + side].map(|number: f64| number.to_string());
            let query = format!("bbox={}&bbox-crs={EPSG_25832}", numbers.join(","));
            let document =
                server.get(&format!("/collections/gebaeude/items?limit=10000&{crs}&{query}")).json();
            let [a, b, c, d] = &numbers;
            let theirs = by_gdal(&file, "id", &["-spat", a, b, c, d]).unwrap();
            assert_same(&keyed(&document, "id"), &theirs, &format!("{extension} {query}"));
        }
    }
}

/// What is downloaded as FlatGeobuf is served again as it was: its index, types and key by our own reader, which
/// believes no length.
#[test]
fn what_is_downloaded_is_served_again() {
    let server = Server::ready(&[]);
    let folder = tempfile::tempdir().unwrap();
    for id in ["strassen", "schulen", "spielplaetze", "bezirke"] {
        let answer = server.get(&format!("/collections/{id}/download.fgb?crs={EPSG_25832}"));
        std::fs::write(folder.path().join(format!("{id}.fgb")), &answer.body).unwrap();
        // The sidecar has the types and titles that a file cannot say.
        let sidecar = format!("{id}.schema.toml");
        std::fs::copy(city_folder().join(&sidecar), folder.path().join(&sidecar)).unwrap();
    }
    let again = Server::ready(&[folder.path().to_str().unwrap()]);
    for id in ["strassen", "schulen", "spielplaetze", "bezirke"] {
        let features = |server: &Server| {
            let path = format!("/collections/{id}/items?limit=10000&crs={EPSG_25832}");
            server.get(&path).json()["features"].take()
        };
        assert_eq!(features(&server), features(&again), "{id}");
    }
}

#[test]
fn headers_say_what_a_body_cannot() {
    let server = Server::ready(&[]);
    for (name, extension, _) in FORMATS {
        let answer = server.get(&format!("/collections/schulen/items?f={name}&limit=5&crs={EPSG_25832}"));
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        assert_eq!(answer.header("content-crs"), format!("<{EPSG_25832}>"));
        let links = link_headers(&answer);
        if name.starts_with("json") {
            let document = answer.json();
            assert_eq!(
                (document["numberMatched"].as_u64(), document["numberReturned"].as_u64()),
                (Some(12), Some(5))
            );
            assert!(link(&document, "next").unwrap().contains(&format!("f={name}")), "{document}");
            continue;
        }
        assert_eq!(
            (answer.header("ogc-numbermatched"), answer.header("ogc-numberreturned")),
            ("12", "5"),
            "{name}"
        );
        let file = format!("attachment; filename=\"schulen.{extension}\"");
        assert_eq!(answer.header("content-disposition"), file);
        let media_type = answer.header("content-type").split(';').next().unwrap().to_owned();
        let next = links.iter().find(|link| link.contains("rel=\"next\"")).unwrap();
        assert!(next.contains(&format!("type=\"{media_type}\"")), "{next}");
        let href = next.split(['<', '>']).nth(1).unwrap();
        let second = server.get(path_of(&server, href));
        assert_eq!((second.status, second.header("ogc-numberreturned")), (200, "5"), "{name}");
        assert_ne!(second.body, answer.body, "{name}");
        assert_eq!(second.header("content-type"), answer.header("content-type"));
    }
    for (accept, expected) in [
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/flatgeobuf", "application/flatgeobuf"),
        ("application/geopackage+sqlite3", "application/geopackage+sqlite3"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("application/fg+json", "application/fg+json"),
    ] {
        let answer = server.get_with("/collections/schulen/items?limit=1", &[("Accept", accept)]);
        assert_eq!((answer.status, answer.header("content-type")), (200, expected));
    }
    assert_eq!(server.get_with("/collections/schulen/items", &[("Accept", "image/png")]).status, 406);
}

#[test]
fn every_format_looks_as_it_is_meant() {
    let server = Server::ready(&[]);
    let text = |query: &str| {
        let answer = server.get(&format!("/collections/{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.text().replace(&server.base, "http://server").replace("\r\n", "\n")
    };
    insta::assert_snapshot!(text("kitas/items?f=csv&limit=2"), @r#"
    kita_id,name,traeger,plaetze,aussenflaeche,oeffnungszeiten,angebote,aktualisiert,WKT
    0c82b132-8bc1-4d83-994e-8a2ebd3e59b6,Kita Mäusenest II,Kirchenkreis Erle,70,1196.58,"{""fr"": [""06:00"", ""15:00""], ""mo-do"": [""06:00"", ""16:30""], ""ganztägig"": true}","[""Integration"",""Wald""]",2024-02-25T15:30:00Z,"POINT(7.458248618 50.747098442)"
    175b877e-f58c-4766-b6ee-fc5b2090dfc7,Kita Grüne Strolche,Kirchenkreis Erle,110,1100.24,,"[""U3"",""Ü3"",""Integration"",""Sprache, musisch"",""Wald""]",2024-07-28T09:30:00Z,"POINT(7.478154712 50.732494746)"
    "#);
    let german = "csv-separator=semicolon&csv-decimal=comma&csv-geometry=xy&csv-bom=true";
    let german = text(&format!("kitas/items?f=csv&limit=2&crs={EPSG_25832}&{german}"));
    insta::assert_snapshot!(german.strip_prefix('\u{feff}').unwrap(), @r#"
    kita_id;name;traeger;plaetze;aussenflaeche;oeffnungszeiten;angebote;aktualisiert;x;y
    0c82b132-8bc1-4d83-994e-8a2ebd3e59b6;Kita Mäusenest II;Kirchenkreis Erle;70;1196,58;"{""fr"": [""06:00"", ""15:00""], ""mo-do"": [""06:00"", ""16:30""], ""ganztägig"": true}";"[""Integration"",""Wald""]";2024-02-25T15:30:00Z;391231,474;5622835,22
    175b877e-f58c-4766-b6ee-fc5b2090dfc7;Kita Grüne Strolche;Kirchenkreis Erle;110;1100,24;;"[""U3"",""Ü3"",""Integration"",""Sprache, musisch"",""Wald""]";2024-07-28T09:30:00Z;392602,354;5621182,341
    "#);
    let table = text("bevoelkerung/items?f=csv&limit=2&csv-separator=tab").replace('\t', "|");
    insta::assert_snapshot!(table, @r"
    gebiet|altersgruppe|anzahl|stichtag
    Altstadt/Markt|10 bis 17|1090|2024-12-31
    Altstadt/Markt|18 bis 29|2534|2024-12-31
    ");
    insta::assert_snapshot!(text("kitas/items?f=ndjson&limit=1"), @r#"{"type":"Feature","id":"0c82b132-8bc1-4d83-994e-8a2ebd3e59b6","geometry":{"type":"Point","coordinates":[7.458248618,50.747098442]},"properties":{"kita_id":"0c82b132-8bc1-4d83-994e-8a2ebd3e59b6","name":"Kita Mäusenest II","traeger":"Kirchenkreis Erle","plaetze":70,"aussenflaeche":1196.58,"oeffnungszeiten":{"fr": ["06:00", "15:00"], "mo-do": ["06:00", "16:30"], "ganztägig": true},"angebote":["Integration","Wald"],"aktualisiert":"2024-02-25T15:30:00Z"}}"#);
}

#[test]
fn text_sequences_are_separated_and_lines_are_lines() {
    let server = Server::ready(&[]);
    let sequence = server.get("/collections/kitas/items?f=geojsonseq").text();
    let texts: Vec<&str> = sequence.split('\u{1e}').skip(1).collect();
    assert_eq!(texts.len(), 18);
    let lines = server.get("/collections/kitas/items?f=ndjson").text();
    assert_eq!(lines.lines().count(), 18);
    for (text, line) in texts.iter().zip(lines.lines()) {
        assert_eq!(text.trim_end(), line);
        assert_eq!(serde_json::from_str::<Value>(line).unwrap()["type"], "Feature");
    }
}

#[test]
fn whole_collections_are_linked_and_come_whole() {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(&file, "[limits]\npage_default = 10\npage_maximum = 10\n").unwrap();
    let server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    let document = server.get("/collections/adressen").json();
    let links = document["links"].as_array().unwrap();
    let enclosures: Vec<&Value> = links.iter().filter(|link| link["rel"] == "enclosure").collect();
    assert_eq!(enclosures.len(), FORMATS.len());
    for link in enclosures {
        let answer = server.get(path_of(&server, link["href"].as_str().unwrap()));
        assert_eq!(answer.status, 200, "{link}: {}", answer.text());
        assert!(answer.header("content-disposition").starts_with("attachment"), "{link}");
        assert_eq!(answer.header("content-type").split(';').next(), link["type"].as_str());
        if link["type"].as_str().unwrap().ends_with("geo+json") {
            assert_eq!(answer.json()["features"].as_array().unwrap().len(), 4361);
            assert_eq!(answer.json()["numberReturned"], 4361);
        } else if link["type"] == "text/csv" {
            assert_eq!(answer.text().lines().count(), 4362);
        }
    }
    let some = server.get("/collections/schulen/download.csv?schulart=Gymnasium");
    assert_eq!(
        some.text().lines().count() as u64,
        1 + some.header("ogc-numbermatched").parse::<u64>().unwrap()
    );
    for (path, status) in [
        ("schulen/download.gml", 404),
        ("schulen/download.", 404),
        ("schulen/download", 404),
        ("schulen/nothing", 404),
        ("nothing/download.csv", 404),
        ("schulen/download.csv?limit=1", 400),
        ("schulen/download.csv?f=json", 400),
        ("schulen/download.csv?nothing=1", 400),
        ("schulen/download.fgb?csv-bom=true", 400),
        ("bezirke/download.csv?csv-geometry=xy", 400),
        ("schulen/items/1?f=csv", 406),
    ] {
        let answer = server.get(&format!("/collections/{path}"));
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

#[test]
fn a_temporary_file_has_an_end_and_leaves_nothing() {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(&file, "[limits]\nspool_bytes = \"256 KiB\"\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(&["--config", file.path().to_str().unwrap()], |command| {
        command.env("TMPDIR", folder.path());
    });
    server.wait_ready();
    for extension in ["fgb", "gpkg"] {
        let small = server.get(&format!("/collections/schulen/download.{extension}"));
        assert_eq!(small.status, 200, "{}", small.text());
        assert_eq!(small.header("content-length"), small.body.len().to_string());
        let large = server.get(&format!("/collections/gebaeude/download.{extension}"));
        assert_eq!(large.status, 413, "{extension}: {}", large.body.len());
        assert!(large.text().contains("262144 bytes"), "{}", large.text());
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
