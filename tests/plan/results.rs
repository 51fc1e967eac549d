//! Answers under an address of their own, and as tiles.

use serde_json::{Value, json};

use crate::city::{copy_with, serve, serve_copy};
use crate::mvt;
use crate::server::{Answer, Server};

const QUESTION: &str = "/processes/coverage/execution?facilities=schulen&distance=500&ages=6,10";

fn path_of<'a>(server: &Server, address: &'a str) -> &'a str {
    address.strip_prefix(&server.base).unwrap_or_else(|| panic!("{address}"))
}

/// The features of all tiles of a zoom that the TileJSON's bounds reach, layer by layer.
fn features(server: &Server, tilejson: &Value, zoom: u32) -> Vec<(String, mvt::Feature)> {
    let bounds: Vec<f64> = serde_json::from_value(tilejson["bounds"].clone()).unwrap();
    let side = f64::from(1u32 << zoom);
    let column = |lon: f64| ((lon + 180.0) / 360.0 * side) as u32;
    let row = |lat: f64| {
        let lat = lat.to_radians();
        ((1.0 - (lat.tan() + 1.0 / lat.cos()).ln() / std::f64::consts::PI) / 2.0 * side) as u32
    };
    let template = tilejson["tiles"][0].as_str().unwrap();
    let mut found = vec![];
    for x in column(bounds[0])..=column(bounds[2]) {
        for y in row(bounds[3])..=row(bounds[1]) {
            let address = template.replace("{z}", &zoom.to_string());
            let address = address.replace("{x}", &x.to_string()).replace("{y}", &y.to_string());
            let tile = server.get(path_of(server, &address));
            if tile.status == 200 {
                assert_eq!(tile.header("content-type"), "application/vnd.mapbox-vector-tile");
                let layers = mvt::read(&tile.body, &address);
                found.extend(layers.into_iter().flat_map(|(name, features)| {
                    features.into_iter().map(move |feature| (name.clone(), feature))
                }));
            }
        }
    }
    found
}

fn ask(server: &Server) -> (Answer, Value) {
    let answer = server.get(QUESTION);
    let document = answer.json();
    (answer, document)
}

#[test]
fn an_answer_has_an_address_that_gives_it_again_in_every_format() {
    let (server, _file) = serve("exact = true");
    let (answer, document) = ask(&server);
    let address = answer.header("content-location").to_owned();
    let id = document["result"]["id"].as_str().unwrap();
    assert_eq!(path_of(&server, &address), format!("/results/{id}"));
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let again = server.get(path_of(&server, &address));
    assert_eq!(again.json(), document);
    let (etag, path) = (again.header("etag").to_owned(), path_of(&server, &address));
    assert_eq!(server.get_with(path, &[("If-None-Match", &etag)]).status, 304);
    for (format, media_type) in [
        ("csv", "text/csv"),
        ("geojson", "application/geo+json"),
        ("xlsx", "spreadsheetml"),
        ("gpkg", "geopackage"),
    ] {
        let (first, kept) =
            (server.get(&format!("{QUESTION}&f={format}")), server.get(&format!("{path}?f={format}")));
        assert!(kept.header("content-type").contains(media_type), "{}", kept.header("content-type"));
        assert!(["xlsx", "gpkg"].contains(&format) || first.body == kept.body, "{format}");
    }
    // The same question has the same address however it is asked, another question another.
    let inputs = json!({ "facilities": { "collection": "schulen" }, "group": { "ages": [6, 10] },
        "within": { "distance": 500 } });
    let posted = server.post("/processes/coverage/execution", &json!({ "inputs": inputs }));
    assert_eq!(posted.header("content-location"), address);
    let other = server.get(&QUESTION.replace("500", "501"));
    assert_ne!(other.header("content-location"), address);
}

/// A table of a file as `ogr2ogr` reads it.
fn table(file: &std::path::Path, name: &str) -> Vec<Value> {
    let output = std::process::Command::new("ogr2ogr")
        .args(["-f", "GeoJSON", "/vsistdout/"])
        .arg(file)
        .arg(name)
        .output()
        .unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    read["features"].as_array().unwrap().clone()
}

#[test]
fn a_geopackage_of_an_answer_has_its_areas_its_cells_and_its_evidence() {
    if std::process::Command::new("ogr2ogr").arg("--version").output().is_err() {
        println!("skipped: ogr2ogr is not installed");
        return;
    }
    let (server, _file) = serve("exact = true");
    let (_, document) = ask(&server);
    let answer = server.get(&format!("{QUESTION}&f=gpkg"));
    let name = answer.header("content-disposition");
    assert!(name.starts_with("attachment") && name.contains(".gpkg"), "{name}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.gpkg");
    std::fs::write(&file, &answer.body).unwrap();
    let written = table(&file, "area");
    let asked = document["areas"].as_array().unwrap();
    assert_eq!(written.len(), asked.len());
    for area in asked {
        let same = written.iter().find(|row| row["properties"]["id"] == area["id"]).unwrap();
        assert_eq!(same["properties"]["uncovered"].as_f64(), area["uncovered"].as_f64(), "{area}");
        assert!(same["geometry"]["coordinates"].is_array(), "{same}");
    }
    assert!(!table(&file, "unserved").is_empty());
    let evidence = table(&file, "Nachweis");
    assert!(
        evidence.iter().any(|line| line["properties"]["value"] == document["summary"]["de"]),
        "{evidence:?}"
    );
}

#[test]
fn an_answer_knows_that_its_data_have_moved_on() {
    let folder = copy_with(&[]).unwrap();
    let (server, _file) = serve_copy(&folder, "exact = true");
    let (answer, first) = ask(&server);
    let path = path_of(&server, answer.header("content-location")).to_owned();
    let is_current = |server: &Server| {
        let again = server.get(&path);
        let is_current = again.json()["result"]["isCurrent"].as_bool().unwrap();
        assert_eq!(again.header("veedel-result-current"), is_current.to_string());
        is_current
    };
    assert!(is_current(&server));
    // Read again, and the same.
    let loaded = |server: &Server| server.get("/collections/schulen").json()["veedel:loadedAt"].clone();
    let before = loaded(&server);
    let file = folder.path().join("schulen.fgb");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(folder.path().join("schulen.new"), bytes).unwrap();
    std::fs::rename(folder.path().join("schulen.new"), &file).unwrap();
    server.wait_for("another reading", |server| (loaded(server) != before).then_some(()));
    assert!(is_current(&server));
    // One number is another.
    let file = folder.path().join("bevoelkerung.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    let changed = text.replacen(",20,", ",21,", 1);
    assert_ne!(text, changed);
    std::fs::write(folder.path().join("bevoelkerung.new"), changed).unwrap();
    std::fs::rename(folder.path().join("bevoelkerung.new"), &file).unwrap();
    server.wait_for("newer data", |server| (!is_current(server)).then_some(()));
    let mut again = server.get(&path).json();
    again["result"]["isCurrent"] = true.into();
    assert_eq!(again, first, "the figures stay");
    assert_eq!(server.get(&format!("{path}?f=csv")).header("veedel-result-current"), "false");
    assert_ne!(path_of(&server, ask(&server).0.header("content-location")), path);
}

#[test]
fn the_unserved_are_a_layer_of_tiles() {
    let (server, _file) = serve("exact = true");
    let (_, document) = ask(&server);
    let links = document["result"]["links"].as_array().unwrap();
    let tilejson = links.iter().find(|link| link["rel"] == "tiles").unwrap()["href"].as_str().unwrap();
    let tilejson = server.get(path_of(&server, tilejson)).json();
    let layers: Vec<&str> = tilejson["vector_layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["id"].as_str().unwrap())
        .collect();
    assert_eq!(layers, ["area", "unserved"]);
    let found = features(&server, &tilejson, 12);
    let geojson = server.get(&format!("{QUESTION}&f=geojson")).json();
    let served = geojson["features"].as_array().unwrap();
    for part in ["area", "unserved"] {
        let tiles: f64 = found
            .iter()
            .filter(|(layer, _)| layer == part)
            .map(|(_, feature)| feature.attributes["persons"].as_f64().unwrap())
            .sum();
        let whole: f64 = served
            .iter()
            .filter(|feature| feature["properties"]["part"] == part)
            .map(|feature| feature["properties"]["persons"].as_f64().unwrap())
            .sum();
        // A feature at a seam is in both tiles.
        assert!(whole > 0.0 && tiles >= whole - 0.01, "{part}: {tiles} of {whole}");
    }
}

#[test]
fn what_is_suppressed_stays_so_in_tiles_and_what_is_gone_is_said_to_be() {
    let (server, _file) = serve("");
    let (_, document) = ask(&server);
    let id = document["result"]["id"].as_str().unwrap();
    let tilejson = server.get(&format!("/results/{id}/xyz.json")).json();
    let found = features(&server, &tilejson, 12);
    let mut suppressed = 0;
    for (_, feature) in &found {
        for key in ["persons", "covered", "uncovered"] {
            let value = feature.attributes.get(key);
            assert!(value.is_none_or(|value| value.as_f64().unwrap() % 5.0 == 0.0), "{feature:?}");
        }
        suppressed += usize::from(feature.attributes.get("suppressed") == Some(&json!(true)));
    }
    assert!(suppressed > 0, "a city so small has cells of a few");
    for path in ["/results/0123456789abcdef0123456789abcdef", "/results/x/xyz/0/0/0", "/results/x/xyz.json"] {
        let answer = server.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("ask the question again"), "{}", answer.text());
    }
    assert_eq!(server.get(&format!("/results/{id}/xyz/0/1/0")).status, 404);
    assert_eq!(server.get(&format!("/results/{id}?f=pdf")).status, 400);
    assert_eq!(server.get(&format!("/results/{id}?unknown=1")).status, 400);
}

#[test]
fn what_is_about_one_place_is_not_kept_and_without_room_nothing_is() {
    let (server, _file) = serve("exact = true");
    let home = server.get("/collections/adressen/items?limit=1").json()["features"][0].clone();
    let at = &home["geometry"]["coordinates"];
    let path = format!("/processes/nearest/execution?facilities=schulen&point={},{}", at[0], at[1]);
    let answer = server.get(&path);
    assert_eq!((answer.status, answer.header("content-location")), (200, ""));
    assert!(answer.json()["result"].is_null());
    let (small, _file) = serve("exact = true\n[limits]\nresults_bytes = \"64 KiB\"");
    let answer = small.get(QUESTION);
    assert_eq!((answer.status, answer.header("content-location")), (200, ""));
}

#[test]
fn another_configuration_forgets_what_was_answered_under_the_one_before() {
    let (server, file) = serve("exact = true");
    let (answer, _) = ask(&server);
    let path = path_of(&server, answer.header("content-location")).to_owned();
    assert_eq!(server.get(&path).status, 200);
    let text = std::fs::read_to_string(file.path()).unwrap();
    std::fs::write(file.path(), text.replace("exact = true", "exact = false")).unwrap();
    assert!(
        std::process::Command::new("kill")
            .args(["-HUP", &server.pid().to_string()])
            .status()
            .unwrap()
            .success()
    );
    server.wait_for("the answer to go", |server| (server.get(&path).status == 404).then_some(()));
}
