//! Level of detail at the edge that people see: tiles of low zooms, of more points than they can hold.

use std::collections::{BTreeMap, BTreeSet};

use super::imported;
use crate::mvt;
use crate::server::Server;

/// 30,000 points, two thirds of them in a small part; each thousandth is of weight.
fn points() -> String {
    let mut seed = 1u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / f64::from(1u32 << 31)
    };
    let mut text = String::from("id,lon,lat,gewicht,art,name\n");
    for id in 0..30_000 {
        let spread = if id % 3 == 0 { 0.3 } else { 0.05 };
        let (x, y) = (6.85 + next() * spread, 50.85 + next() * spread * 0.6);
        let weight = if id % 1000 == 0 { 1000 + id } else { id % 7 };
        let kind = if id % 10 == 1 { "nebensache" } else { "sache" };
        text += &format!("{id},{x:.7},{y:.7},{weight},{kind},Ort {id}\n");
    }
    text
}

fn served(settings: &str) -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let (file, out, config) =
        (folder.path().join("orte.csv"), folder.path().join("out"), folder.path().join("veedel.toml"));
    std::fs::write(&file, points()).unwrap();
    imported(&[file.to_str().unwrap(), "--into", out.to_str().unwrap()], &out.join("import-report.json"));
    std::fs::write(&config, format!("[collections.orte]\ntitle = \"Orte\"\n{settings}\n")).unwrap();
    let server = Server::ready(&[out.to_str().unwrap(), "--config", config.to_str().unwrap()]);
    (folder, server)
}

/// The tiles of a zoom that hold the points, and the features of each.
fn tiles(server: &Server, zoom: u32) -> BTreeMap<[u32; 2], Vec<mvt::Feature>> {
    let number = |lon: f64, lat: f64| {
        let (side, lat) = (f64::from(1u32 << zoom), lat.to_radians());
        let y = (1.0 - (lat.tan() + 1.0 / lat.cos()).ln() / std::f64::consts::PI) / 2.0;
        [((lon + 180.0) / 360.0 * side) as u32, (y * side) as u32]
    };
    let ([west, north], [east, south]) = (number(6.85, 51.03), number(7.15, 50.85));
    let mut all = BTreeMap::new();
    for (x, y) in (west..=east).flat_map(|x| (north..=south).map(move |y| (x, y))) {
        let answer = server.get(&format!("/xyz/orte/{zoom}/{x}/{y}"));
        if answer.status == 200 {
            let mut layers = mvt::read(&answer.body, &format!("{zoom}/{x}/{y}"));
            all.insert([x, y], layers.remove("orte").unwrap());
        }
    }
    all
}

fn ids(features: &[mvt::Feature]) -> BTreeSet<u64> {
    features.iter().filter_map(|feature| feature.id).collect()
}

#[test]
fn what_a_zoom_shows_the_next_shows_too_and_in_the_end_all() {
    let (_folder, server) = served("");
    let mut before = BTreeSet::new();
    for zoom in 8..=15 {
        let tiles = tiles(&server, zoom);
        let shown: BTreeSet<u64> = tiles.values().flat_map(|features| ids(features)).collect();
        assert!(before.is_subset(&shown), "zoom {zoom}");
        for (place, features) in &tiles {
            // 64 × 64 cells, and those in the buffer around; points do not outgrow their cells.
            assert!(
                features.len() <= 66 * 66 || shown.len() == 30_000,
                "{zoom} {place:?}: {}",
                features.len()
            );
        }
        before = shown;
    }
    assert!(before.len() == 30_000, "{}", before.len());
    let answer = server.get("/xyz/orte/9/265/171");
    assert!(answer.header("veedel-tile-thinned").starts_with("orte="), "{:?}", answer.headers);
    // Everywhere something: the sparse part is not emptied for the dense one's sake.
    let sparse = server.get("/collections/orte/items?bbox=7.0,50.95,7.15,51.03&limit=1").json();
    assert!(sparse["numberMatched"].as_u64().unwrap() > 1000);
    let shown: usize = tiles(&server, 11).values().map(Vec::len).sum();
    assert!(shown > 5000, "{shown}");
}

#[test]
fn those_of_weight_come_first_and_rules_let_others_wait() {
    let (_folder, server) = served(
        "rank = \"gewicht\"\ncolumn_zooms = { name = 13 }\nvalue_zooms = { art = { nebensache = 14 } }",
    );
    let low: Vec<mvt::Feature> = tiles(&server, 11).into_values().flatten().collect();
    let heavy = (0..30u64).map(|number| number * 1000).collect::<BTreeSet<u64>>();
    let missing = heavy.difference(&ids(&low)).count();
    // Two of weight may lie in one cell of 8 pixels, some 200 m at this zoom.
    assert!(missing <= 3, "{missing} of 30 are missing");
    assert!(low.iter().all(|feature| !feature.attributes.contains_key("name")));
    let kinds = |features: &[mvt::Feature]| -> BTreeSet<String> {
        features.iter().map(|feature| feature.attributes["art"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&low), ["sache".to_owned()].into());
    let [middle, deep] =
        [13, 15].map(|zoom| tiles(&server, zoom).into_values().flatten().collect::<Vec<_>>());
    assert_eq!((kinds(&middle).len(), kinds(&deep).len()), (1, 2));
    assert!(middle.iter().all(|feature| feature.attributes.contains_key("name")));
    let total = ids(&deep).len();
    assert_eq!(total, 30_000);
}

#[test]
fn a_rule_about_a_column_that_is_not_there_is_said() {
    let (_folder, server) = served("rank = \"einwohner\"");
    server.wait_for("the warning", |server| {
        server.log().contains("\"einwohner\", which it does not have").then_some(())
    });
}
