//! The labels of areas: one point for each feature, inside it, in one tile of each zoom, the same at all zooms.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use geo::{BoundingRect, Contains, Distance, Euclidean, Point};
use serde_json::Value;

use crate::files::{all_features, city_folder, fgb, geometry, replace, some_of_the_city};
use crate::mvt;
use crate::server::Server;

/// A place in degrees as tile numbers with fraction.
fn tile_at(place: Point, zoom: u8) -> [f64; 2] {
    let side = f64::from(1u32 << zoom);
    let y = (std::f64::consts::FRAC_PI_4 + place.y().to_radians() / 2.0).tan().ln();
    [(place.x() / 360.0 + 0.5) * side, (0.5 - y / std::f64::consts::TAU) * side]
}

/// The place in degrees of a point of a tile.
fn place_of([x, y]: [u32; 2], [dx, dy]: [i32; 2], zoom: u8) -> Point {
    let side = f64::from(1u32 << zoom);
    let [x, y] =
        [(f64::from(x) + f64::from(dx) / 4096.0) / side, (f64::from(y) + f64::from(dy) / 4096.0) / side];
    let latitude = (std::f64::consts::PI * (1.0 - 2.0 * y)).sinh().atan().to_degrees();
    Point::new(x * 360.0 - 180.0, latitude)
}

/// Where the labels of a collection are at a zoom, by id; each must be there once in all tiles of its box.
fn labels(
    server: &Server,
    id: &str,
    bounds: geo::Rect,
    zoom: u8,
) -> BTreeMap<u64, (Point, BTreeMap<String, Value>)> {
    let [west, north] = tile_at(Point::new(bounds.min().x, bounds.max().y), zoom).map(|number| number as u32);
    let [east, south] = tile_at(Point::new(bounds.max().x, bounds.min().y), zoom).map(|number| number as u32);
    let mut found = BTreeMap::new();
    for x in west.saturating_sub(1)..=east + 1 {
        for y in north.saturating_sub(1)..=south + 1 {
            let answer = server.get(&format!("/xyz/{id}:labels/{zoom}/{x}/{y}"));
            assert!(matches!(answer.status, 200 | 204 | 404), "{}", answer.text());
            if answer.status != 200 {
                continue;
            }
            let about = format!("{id} {zoom}/{x}/{y}");
            for feature in &mvt::read(&answer.body, &about)[&format!("{id}:labels")] {
                assert_eq!((feature.kind, feature.runs[0].len()), (1, 1), "{about}: a point");
                let at = feature.runs[0][0];
                assert!(
                    at.iter().all(|number| (0..=4096).contains(number)),
                    "{about}: {at:?} is another tile's"
                );
                let label = (place_of([x, y], at, zoom), feature.attributes.clone());
                let before = found.insert(feature.id.unwrap(), label);
                assert!(before.is_none(), "{about}: the label of {:?} is there twice", feature.id);
            }
        }
    }
    found
}

/// The areas of a collection by id, and the box of all.
fn areas(server: &Server, id: &str) -> (BTreeMap<u64, geo::Geometry>, geo::Rect) {
    let all: BTreeMap<u64, geo::Geometry> =
        all_features(server, id, "").iter().map(|one| (one["id"].as_u64().unwrap(), geometry(one))).collect();
    let everything = geo::GeometryCollection::from_iter(all.values().cloned());
    (all, everything.bounding_rect().unwrap())
}

/// Holds for one collection and these zooms, of which the last must show all areas.
fn held(server: &Server, id: &str, zooms: &[u8]) -> usize {
    let (areas, bounds) = areas(server, id);
    let last = *zooms.last().unwrap();
    let places = labels(server, id, bounds, last);
    assert_eq!(places.keys().collect::<Vec<_>>(), areas.keys().collect::<Vec<_>>(), "{id}: each has a label");
    for (key, (place, _)) in &places {
        assert!(areas[key].contains(place), "{id} {key}: {place:?} is not inside");
    }
    for zoom in zooms {
        for (key, (place, attributes)) in labels(server, id, bounds, *zoom) {
            let (there, same) = &places[&key];
            // A unit of the tile, in degrees.
            let unit = 360.0 / f64::from(1u32 << zoom) / 4096.0;
            assert!(Euclidean.distance(&place, there) <= 2.0 * unit, "{id} {key} moves at zoom {zoom}");
            assert_eq!(&attributes, same, "{id} {key}");
        }
    }
    areas.len()
}

#[test]
fn concave_areas_rings_and_areas_of_several_parts_hold_their_labels() {
    // A horseshoe, a ring, and two parts of which the second is the larger; whose centres of mass lie outside.
    let shapes = [
        "POLYGON((392000 5620000,392300 5620000,392300 5620900,392700 5620900,392700 5620000,393000 5620000,393000 5621000,392000 5621000,392000 5620000))",
        "POLYGON((394000 5620000,396000 5620000,396000 5622000,394000 5622000,394000 5620000),(394300 5620300,395700 5620300,395700 5621700,394300 5621700,394300 5620300))",
        "MULTIPOLYGON(((397000 5620000,397100 5620000,397100 5620100,397000 5620100,397000 5620000)),((399000 5620000,400000 5620000,400000 5621000,399000 5621000,399000 5620000)))",
    ];
    let features: Vec<(&str, &str)> = shapes.iter().map(|shape| (*shape, "Gebiet")).collect();
    let folder = tempfile::tempdir().unwrap();
    replace(folder.path(), "gebiete.fgb", &fgb(&features, true));
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    assert_eq!(held(&server, "gebiete", &[0, 5, 9, 10, 11, 12, 13, 14]), 3);
    let (areas, bounds) = areas(&server, "gebiete");
    let places = labels(&server, "gebiete", bounds, 14);
    let parts = match &areas[&3] {
        geo::Geometry::MultiPolygon(parts) => parts.0.clone(),
        other => panic!("{other:?}"),
    };
    assert!(parts[1].contains(&places[&3].0), "in the larger part");
    assert_eq!(places[&1].1, [("name".to_owned(), Value::from("Gebiet"))].into());
}

#[test]
fn the_quarters_of_the_invented_city_hold_their_labels_at_every_zoom() {
    let server = Server::ready(&[city_folder().to_str().unwrap()]);
    for id in ["quartiere", "bezirke"] {
        assert!(held(&server, id, &[8, 10, 12, 13, 14]) > 2);
    }
}

#[test]
fn labels_have_a_layer_and_a_tilejson_of_their_own_and_only_areas_have_them() {
    let folder = some_of_the_city(&["quartiere", "schulen", "bevoelkerung"]);
    let config = folder.path().join("veedel.toml");
    std::fs::write(&config, "[collections.quartiere]\nhide = \"name\"\nmax_zoom = 14\n").unwrap();
    let server = Server::ready(&["--config", config.to_str().unwrap(), folder.path().to_str().unwrap()]);
    let document = server.get("/xyz/quartiere:labels,quartiere.json").json();
    let layers = document["vector_layers"].as_array().unwrap();
    let ids: Vec<&str> = layers.iter().map(|layer| layer["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["quartiere", "quartiere:labels"]);
    assert_eq!(
        (&layers[0]["geometry_type"], &layers[1]["geometry_type"]),
        (&"polygon".into(), &"point".into())
    );
    assert_eq!(layers[0]["fields"], layers[1]["fields"]);
    assert!(layers[1]["fields"].get("name").is_none(), "what is hidden is in no label");
    // The description leads to it, and its template to tiles that hold both.
    let collection = server.get("/collections/quartiere").json();
    let links = collection["links"].as_array().unwrap();
    let link = links.iter().find(|link| link["title"] == "TileJSON 3.0, with labels").unwrap();
    let path = crate::files::path_of(&server, link["href"].as_str().unwrap());
    assert_eq!(server.get(path).json(), document);
    let template = document["tiles"][0].as_str().unwrap().strip_prefix(&server.base).unwrap().to_owned();
    let tile = |zoom: u8| {
        let [x, y] = tile_at(Point::new(7.46, 50.73), zoom).map(|number| number as u32);
        template
            .replace("{z}", &zoom.to_string())
            .replace("{x}", &x.to_string())
            .replace("{y}", &y.to_string())
    };
    let layers = mvt::read(&server.get(&tile(10)).body, "both");
    assert_eq!(layers.keys().collect::<Vec<_>>(), ["quartiere", "quartiere:labels"]);
    assert!(layers["quartiere:labels"].iter().all(|feature| !feature.attributes.contains_key("name")));
    assert_eq!(server.get(&tile(15)).status, 404);
    for id in ["schulen:labels", "bevoelkerung:labels", "nichts:labels", ":labels", "quartiere:labels:labels"]
    {
        assert_eq!(server.get(&format!("/xyz/{id}/8/0/0")).status, 404, "{id}");
    }
    std::fs::write(&config, "[collections.quartiere]\nhidden = true\n").unwrap();
    let hidden = Server::ready(&["--config", config.to_str().unwrap(), folder.path().to_str().unwrap()]);
    let unknown = hidden.get("/xyz/nichts:labels/8/133/86").text().replace("nichts", "quartiere");
    assert_eq!(hidden.get("/xyz/quartiere:labels/8/133/86").text(), unknown);
}

#[test]
fn a_collection_that_is_called_like_labels_goes_before() {
    let folder = some_of_the_city(&["quartiere"]);
    replace(folder.path(), "quartiere:labels.fgb", &crate::files::one_point("eigen"));
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let layers = mvt::read(&server.get("/xyz/quartiere:labels/0/0/0").body, "own");
    assert_eq!(layers["quartiere:labels"][0].attributes["name"], "eigen");
}

#[test]
fn the_stadtteile_of_cologne_hold_their_labels() {
    let data = std::env::var_os("VEEDEL_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), Into::into);
    let file = data.join("koeln/Stadtteil.shp");
    if !file.is_file() {
        println!("skipped: there is no {} here", file.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let imported = Command::new(env!("CARGO_BIN_EXE_veedel"))
        .arg("import")
        .arg(&file)
        .args(["--key", "STT_NR", "--into"])
        .arg(folder.path())
        .output()
        .unwrap();
    if !imported.status.success() {
        println!("skipped: {}", String::from_utf8_lossy(&imported.stderr));
        return;
    }
    let config = folder.path().join("veedel.toml");
    std::fs::write(&config, "[limits]\ntile_time = \"5m\"\n").unwrap();
    let server = Server::ready(&["--config", config.to_str().unwrap(), folder.path().to_str().unwrap()]);
    let (quarters, bounds) = areas_by_name(&server);
    assert_eq!(quarters.len(), 86);
    let mut before: BTreeMap<String, Point> = BTreeMap::new();
    for zoom in [13, 12, 11, 10, 9] {
        let found = places_by_name(&server, bounds, zoom);
        let unit = 360.0 / f64::from(1u32 << zoom) / 4096.0;
        for (name, place) in &found {
            assert!(quarters[name].contains(place), "{name} at {zoom}");
            let moved = before.get(name).map_or(0.0, |there| Euclidean.distance(there, place));
            assert!(moved <= 2.0 * unit, "{name} moves at zoom {zoom}");
        }
        if zoom == 13 {
            assert_eq!(found.len(), 86);
            before = found;
        }
    }
}

fn areas_by_name(server: &Server) -> (BTreeMap<String, geo::Geometry>, geo::Rect) {
    let name = |one: &Value| one["properties"]["stt_name"].as_str().unwrap().to_owned();
    let all: BTreeMap<String, geo::Geometry> =
        all_features(server, "stadtteil", "").iter().map(|one| (name(one), geometry(one))).collect();
    let bounds = geo::GeometryCollection::from_iter(all.values().cloned()).bounding_rect().unwrap();
    (all, bounds)
}

/// The labels of the Stadtteile by name, each once.
fn places_by_name(server: &Server, bounds: geo::Rect, zoom: u8) -> BTreeMap<String, Point> {
    let [west, north] = tile_at(Point::new(bounds.min().x, bounds.max().y), zoom).map(|number| number as u32);
    let [east, south] = tile_at(Point::new(bounds.max().x, bounds.min().y), zoom).map(|number| number as u32);
    let mut found = BTreeMap::new();
    for (x, y) in (west..=east).flat_map(|x| (north..=south).map(move |y| (x, y))) {
        let answer = server.get(&format!("/xyz/stadtteil:labels/{zoom}/{x}/{y}"));
        if answer.status == 204 {
            continue;
        }
        for feature in &mvt::read(&answer.body, "stadtteil")["stadtteil:labels"] {
            let name = feature.attributes["stt_name"].as_str().unwrap().to_owned();
            let place = place_of([x, y], feature.runs[0][0], zoom);
            assert!(found.insert(name.clone(), place).is_none(), "{name} is there twice at zoom {zoom}");
        }
    }
    found
}
