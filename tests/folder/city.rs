//! The embedded city, and the same as a folder.

use crate::files::{city_folder, link, path_of};
use crate::server::Server;

/// Each collection with its count and its geometry.
pub const CITY: [(&str, u64, Option<&str>); 14] = [
    ("adressen", 4361, Some("point")),
    ("bahn", 5, Some("line")),
    ("bevoelkerung", 72, None),
    ("bezirke", 3, Some("polygon")),
    ("einrichtungen", 64, Some("point")),
    ("flaechen", 257, Some("polygon")),
    ("gebaeude", 4393, Some("polygon")),
    ("gewaesser", 6, Some("polygon")),
    ("kitas", 18, Some("point")),
    ("orte", 41, Some("point")),
    ("quartiere", 9, Some("polygon")),
    ("schulen", 12, Some("point")),
    ("spielplaetze", 22, Some("polygon")),
    ("strassen", 976, Some("line")),
];

#[test]
fn every_collection_is_listed_with_its_count() {
    let server = Server::ready(&[]);
    let document = server.get("/collections").json();
    let listed: Vec<(&str, u64, Option<&str>)> = document["collections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let id = one["id"].as_str().unwrap();
            (id, one["veedel:count"].as_u64().unwrap(), one["veedel:geometry"].as_str())
        })
        .collect();
    assert_eq!(listed, CITY);
    for one in document["collections"].as_array().unwrap() {
        assert_eq!(one["veedel:state"], "ready");
        assert_eq!(one.get("veedel:report"), None, "{one}");
        let itself = server.get(path_of(&server, link(one, "self").unwrap()));
        assert_eq!(itself.json(), *one);
        let items = server.get(path_of(&server, link(one, "items").unwrap())).json();
        assert_eq!(items["numberMatched"], one["veedel:count"]);
        if let Some(tilejson) = link(one, "describedby") {
            assert_eq!(server.get(path_of(&server, tilejson)).status, 200);
        }
    }
    assert_eq!(document["veedel:sources"][0]["notServed"], serde_json::json!([]));
    assert_eq!(server.get("/ready").json()["ready"], 14);
}

#[test]
fn the_folder_and_the_embedded_city_give_the_same_bytes() {
    let embedded = Server::ready(&[]);
    let folder = Server::ready(&[city_folder().to_str().unwrap()]);
    let same = |path: &str| {
        let (left, right) = (embedded.get(path), folder.get(path));
        assert_eq!((left.status, left.body == right.body), (right.status, true), "{path}");
        left
    };
    for (id, _, geometry) in CITY {
        let features = |server: &Server| {
            let mut document = server.get(&format!("/collections/{id}/items?limit=10000")).json();
            document["features"].take()
        };
        assert_eq!(features(&embedded), features(&folder), "{id}");
        if geometry.is_some() {
            for tile in ["0/0/0", "11/1066/688", "14/8532/5504", "17/68258/44035"] {
                same(&format!("/xyz/{id}/{tile}"));
            }
        }
    }
    let all = "gebaeude,strassen,schulen,adressen,quartiere";
    let sizes: Vec<usize> = ["12/2133/1376", "13/4266/2752", "14/8532/5504"]
        .map(|tile| same(&format!("/xyz/{all}/{tile}")).body.len())
        .to_vec();
    assert!(sizes.iter().any(|size| *size > 1000), "the tiles are of the city: {sizes:?}");
}

#[test]
fn a_collection_says_whether_the_map_shows_it_at_first() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("veedel.toml");
    std::fs::write(&config, "[collections.adressen]\nvisible_at_first = false\n").unwrap();
    let server = Server::ready(&["--config", config.to_str().unwrap()]);
    for (id, is_visible) in [("adressen", false), ("schulen", true)] {
        let document = server.get(&format!("/collections/{id}")).json();
        assert_eq!(document["veedel:visibleAtFirst"], is_visible, "{id}");
    }
}
