//! Features as GeoJSON: what RFC 7946 wants, boxes in four systems, equality on each type of column.

use geo::{CoordsIter, Intersects, Winding};
use serde_json::Value;

use crate::city::CITY;
use crate::files::{all_features, city_folder, fgb, geometry, replace, step};
use crate::server::Server;

const EPSG: &str = "http://www.opengis.net/def/crs/EPSG/0/";

fn matched(server: &Server, path: &str) -> u64 {
    let answer = server.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()["numberMatched"].as_u64().unwrap()
}

#[test]
fn all_features_are_geojson() {
    let server = Server::ready(&[]);
    for (id, count, word) in CITY {
        let answer = server.get(&format!("/collections/{id}/items?limit=10000"));
        assert_eq!(answer.header("content-type"), "application/geo+json");
        assert_eq!(answer.header("content-crs"), "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
        let document = answer.json();
        assert_eq!(document["type"], "FeatureCollection");
        assert_eq!(
            (document["numberMatched"].as_u64(), document["numberReturned"].as_u64()),
            (Some(count), Some(count))
        );
        let features = document["features"].as_array().unwrap();
        assert_eq!(features.len() as u64, count);
        for feature in features {
            assert_eq!(feature["type"], "Feature");
            assert!(feature["properties"].is_object() && !feature["id"].is_null(), "{feature}");
            if word.is_none() {
                assert_eq!(feature["geometry"], Value::Null);
                continue;
            }
            let shape = geometry(feature);
            assert!(shape.coords_iter().all(|at| (6.0..8.0).contains(&at.x) && (50.0..52.0).contains(&at.y)));
            polygons(&shape).for_each(|polygon| {
                assert!(polygon.exterior().is_closed() && polygon.exterior().is_ccw(), "{feature}");
                assert!(polygon.interiors().iter().all(|ring| ring.is_closed() && ring.is_cw()), "{feature}");
            });
        }
        let one = &features[features.len() / 2];
        let itself = feature_path(id, one);
        let mut alone = server.get(&itself).json();
        assert!(alone.as_object_mut().unwrap().remove("links").is_some());
        assert_eq!(alone, *one, "{itself}");
    }
}

fn polygons(shape: &geo::Geometry) -> Box<dyn Iterator<Item = &geo::Polygon> + '_> {
    match shape {
        geo::Geometry::Polygon(polygon) => Box::new(std::iter::once(polygon)),
        geo::Geometry::MultiPolygon(polygons) => Box::new(polygons.iter()),
        _ => Box::new(std::iter::empty()),
    }
}

/// The address of a feature.
pub fn feature_path(id: &str, feature: &Value) -> String {
    let fid = feature["id"].as_str().map_or_else(|| feature["id"].to_string(), str::to_owned);
    format!("/collections/{}/items/{}", step(id), step(&fid))
}

#[test]
fn boxes_count_what_brute_force_counts() {
    let server = Server::ready(&[]);
    for id in ["gebaeude", "strassen", "adressen", "quartiere"] {
        for (code, is_north_first) in
            [(None, false), (Some(4326), true), (Some(3857), false), (Some(25832), false)]
        {
            let (crs, bbox_crs) = match code {
                None => (String::new(), String::new()),
                Some(code) => (format!("&crs={EPSG}{code}"), format!("&bbox-crs={EPSG}{code}")),
            };
            let swapped = |shape: geo::Geometry| {
                use geo::MapCoords;
                let swap = |at: geo::Coord| if is_north_first { geo::Coord { x: at.y, y: at.x } } else { at };
                shape.map_coords(swap)
            };
            let features = all_features(&server, id, &crs);
            let shapes: Vec<geo::Geometry> = features.iter().map(geometry).map(swapped).collect();
            let points: Vec<geo::Coord> = shapes.iter().flat_map(geo::Geometry::coords_iter).collect();
            for (first, second) in [(1, 3), (7, 20), (10, 11), (50, 90), (200, 33)] {
                let pick = |number: usize| points[points.len() * (number % 97) / 97];
                // Off the vertices by a little, so that rounding in the last digit decides nothing.
                let side = if code.is_none_or(|code| code == 4326) { 1.0e-6 } else { 0.1 };
                let (a, b) = (pick(first), pick(second));
                let grown = geo::Coord { x: side * 1.7, y: side * 1.3 };
                let area = geo::Rect::new(a, b);
                let area = geo::Rect::new(area.min() - grown, area.max() + grown);
                let expected = shapes.iter().filter(|shape| shape.intersects(&area)).count() as u64;
                let (low, high) = (area.min(), area.max());
                let numbers = if is_north_first {
                    [low.y, low.x, high.y, high.x]
                } else {
                    [low.x, low.y, high.x, high.y]
                };
                let bbox = numbers.map(|number| number.to_string()).join(",");
                let path = format!("/collections/{id}/items?limit=1&bbox={bbox}{bbox_crs}");
                assert_eq!(matched(&server, &path), expected, "{path}");
                assert!(expected > 0);
            }
        }
    }
    // A table is in every box.
    let all = matched(&server, "/collections/bevoelkerung/items?limit=1");
    assert_eq!(matched(&server, "/collections/bevoelkerung/items?limit=1&bbox=0,0,1,1"), all);
    assert_eq!(matched(&server, "/collections/schulen/items?bbox=-180,-90,180,90"), 12);
    assert_eq!(matched(&server, "/collections/schulen/items?bbox=170,-90,8,90"), 12);
    assert_eq!(matched(&server, "/collections/schulen/items?bbox=170,-90,6,90"), 0);
}

#[test]
fn equality_counts_what_brute_force_counts_for_each_type() {
    let server = Server::ready(&[]);
    for (id, _, _) in CITY {
        let features = all_features(&server, id, "");
        let columns: Vec<String> = features[0]["properties"].as_object().unwrap().keys().cloned().collect();
        for column in &columns {
            let value = |feature: &Value| feature["properties"][column].clone();
            let some: Vec<Value> = features.iter().map(value).filter(|value| !value.is_null()).collect();
            for picked in [some.first(), some.get(some.len() / 2), some.last()].into_iter().flatten() {
                if picked.is_array() || picked.is_object() {
                    continue;
                }
                let text = picked.as_str().map_or_else(|| picked.to_string(), str::to_owned);
                let expected = features.iter().filter(|feature| value(feature) == *picked).count() as u64;
                let path = format!("/collections/{id}/items?limit=3&{}={}", step(column), step(&text));
                assert_eq!(matched(&server, &path), expected, "{path}");
            }
        }
    }
}

#[test]
fn equality_is_typed() {
    let server = Server::ready(&[]);
    let count = |filter: &str| matched(&server, &format!("/collections/{filter}"));
    let features = all_features(&server, "schulen", "");
    let free = features.iter().filter(|one| one["properties"]["barrierefrei"] == true).count() as u64;
    assert_eq!(count("schulen/items?barrierefrei=true"), free);
    assert_eq!(count("schulen/items?barrierefrei=1"), free);
    let open = features.iter().filter(|one| one["properties"]["barrierefrei"].is_null()).count() as u64;
    assert_eq!(count("schulen/items?barrierefrei=false"), 12 - free - open);
    // A NULL equals nothing, not even the empty text.
    assert_eq!(count("schulen/items?traeger="), 0);
    let kita = &all_features(&server, "kitas", "")[0]["properties"];
    let id = kita["kita_id"].as_str().unwrap();
    // Decimals are compared by value, not by their digits.
    assert!(count(&format!("kitas/items?aussenflaeche=0{}0", kita["aussenflaeche"])) >= 1);
    assert_eq!(count(&format!("kitas/items?kita_id={}", id.to_uppercase())), 1);
    assert_eq!(count("bevoelkerung/items?stichtag=2024-12-31"), 72);
    assert_eq!(count("bevoelkerung/items?gebiet=M%C3%BChlenbusch&altersgruppe=unter+3"), 1);
    for (id, filter, column) in [
        ("schulen", "barrierefrei=ja", "barrierefrei"),
        ("schulen", "plaetze=viele", "plaetze"),
        ("schulen", "gegruendet=gestern", "gegruendet"),
        ("schulen", "gegruendet=2023-02-30", "gegruendet"),
        ("kitas", "kita_id=1", "kita_id"),
        ("kitas", "aussenflaeche=1,5", "aussenflaeche"),
        ("kitas", "aktualisiert=2024-01-01", "aktualisiert"),
        ("schulen", "Name=x", "Name"),
        ("schulen", "geom=x", "geom"),
        ("schulen", "nmae=x", "nmae"),
        ("schulen", "name=a&name=b", "name"),
        ("schulen", "bbox=1,2,3", "bbox"),
        ("schulen", "bbox=7,51,6,nan", "bbox"),
        ("schulen", "bbox=6,52,7,51", "bbox"),
        ("schulen", "crs=EPSG:2180", "crs"),
        ("schulen", "bbox=1,2,3,4&bbox-crs=x", "bbox-crs"),
        ("schulen", "cursor=%2B", "cursor"),
        ("schulen", "f=gml", "f"),
        ("schulen", "limit=0", "limit"),
        ("schulen", "limit=-1", "limit"),
        ("schulen", "limit=x", "limit"),
        ("schulen", "limit=1.5", "limit"),
        ("schulen", "limit=", "limit"),
    ] {
        let answer = server.get(&format!("/collections/{id}/items?{filter}"));
        assert_eq!(
            (answer.status, answer.json()["parameter"].as_str()),
            (400, Some(column)),
            "{id} {filter}"
        );
    }
}

#[test]
fn stored_coordinates_are_given_to_the_bit() {
    use flatgeobuf::FallibleStreamingIterator;
    let server = Server::ready(&[]);
    for id in ["schulen", "strassen", "gebaeude"] {
        let answer = server.get(&format!("/collections/{id}/items?limit=10000&crs={EPSG}25832"));
        assert_eq!(answer.header("content-crs"), format!("<{EPSG}25832>"));
        let served = answer.json();
        let mut bits: Vec<Vec<[u64; 2]>> = vec![];
        for feature in served["features"].as_array().unwrap() {
            let shape = geometry(feature);
            bits.push(sorted(shape.coords_iter().map(|at| [at.x.to_bits(), at.y.to_bits()]).collect()));
        }
        let file = std::fs::File::open(city_folder().join(format!("{id}.fgb"))).unwrap();
        let reader = flatgeobuf::FgbReader::open(std::io::BufReader::new(file)).unwrap();
        let mut features = reader.select_all_seq().unwrap();
        let mut stored: Vec<Vec<[u64; 2]>> = vec![];
        while let Some(feature) = features.next().unwrap() {
            use geozero::ToGeo;
            let shape = feature.to_geo().unwrap();
            stored.push(sorted(shape.coords_iter().map(|at| [at.x.to_bits(), at.y.to_bits()]).collect()));
        }
        bits.sort_unstable();
        stored.sort_unstable();
        assert_eq!(bits.len(), stored.len());
        assert!(bits == stored, "{id}: a coordinate differs");
    }
}

fn sorted(mut points: Vec<[u64; 2]>) -> Vec<[u64; 2]> {
    points.sort_unstable();
    points
}

#[test]
fn axes_are_in_the_order_of_the_system() {
    let server = Server::ready(&[]);
    let point = |crs: &str| -> Vec<f64> {
        let document = server.get(&format!("/collections/schulen/items/1?crs={crs}")).json();
        let numbers = document["geometry"]["coordinates"].as_array().unwrap();
        numbers.iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let crs84 = point("http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    let latlon = point(&format!("{EPSG}4326"));
    assert_eq!(vec![crs84[1], crs84[0]], latlon);
    assert!(point(&format!("{EPSG}25832"))[0] < point(&format!("{EPSG}25832"))[1]);
}

#[test]
fn heights_stay_and_odd_geometries_are_counted_and_served() {
    let folder = tempfile::tempdir().unwrap();
    let (x, y) = (392_622.5, 5_620_879.25);
    let heights = format!("LINESTRING Z({x} {y} 51.5,{} {y} 52.25)", x + 10.0);
    replace(folder.path(), "hoehen.fgb", &fgb(&[(&heights, "h")], true));
    let line = |points: &[(f64, f64)]| geo::LineString::from(points.to_vec());
    let odd: Vec<(geo::Geometry, &str)> = vec![
        (geo::Point::new(x, y).into(), "gut"),
        (geo::Point::new(f64::NAN, f64::NAN).into(), "nan"),
        (line(&[(0.0, 0.0), (f64::INFINITY, 1.0)]).into(), "unendlich"),
        (line(&[]).into(), "leer"),
        (geo::Polygon::new(line(&[(x, y), (x + 1.0, y + 1.0), (x, y)]), vec![]).into(), "flach"),
        (geo::Point::new(1e300, 1e300).into(), "fern"),
    ];
    let crs = flatgeobuf::FgbCrs { code: 25832, ..Default::default() };
    replace(folder.path(), "seltsam.fgb", &crate::files::fgb_of(odd, true, false, crs));
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let line = &server.get(&format!("/collections/hoehen/items/1?crs={EPSG}25832")).json()["geometry"];
    assert_eq!(line["coordinates"], serde_json::json!([[x, y, 51.5], [x + 10.0, y, 52.25]]));
    let inner = server.get("/collections/hoehen/items/1").json();
    assert_eq!(inner["geometry"]["coordinates"][1][2], 52.25);

    let about = server.get("/collections/seltsam").json();
    assert_eq!((about["veedel:state"].as_str(), about["veedel:count"].as_u64()), (Some("ready"), Some(6)));
    let report = about["veedel:report"].as_str().expect("a report");
    for word in ["NaN or infinity", "empty"] {
        assert!(report.contains(word), "{report}");
    }
    server.says("NaN or infinity");
    let items = server.get("/collections/seltsam/items").json();
    assert_eq!(items["numberMatched"], 6);
    assert_eq!(items["features"][0]["properties"]["name"], "gut");
    assert!(!items["features"][0]["geometry"].is_null() && items["features"][1]["geometry"].is_null());
    for path in [
        "/xyz/seltsam/0/0/0",
        "/xyz/seltsam/14/8532/5504",
        "/xyz/seltsam.json",
        "/collections/seltsam?f=html",
    ] {
        assert!(server.get(path).status < 300, "{path}");
    }
}

#[test]
fn every_vertex_lies_in_the_extent_that_is_told() {
    let server = Server::ready(&[]);
    for collection in server.get("/collections").json()["collections"].as_array().unwrap() {
        let extent: [f64; 4] =
            match serde_json::from_value(collection["extent"]["spatial"]["bbox"][0].clone()) {
                Ok(extent) => extent,
                Err(_) => continue,
            };
        let id = collection["id"].as_str().unwrap();
        fn check(coordinates: &Value, extent: [f64; 4], id: &str) {
            match coordinates.as_array().unwrap().as_slice() {
                [x, y, ..] if x.is_number() => {
                    let [x, y] = [x, y].map(|number| number.as_f64().unwrap());
                    let [west, south, east, north] = extent;
                    assert!(
                        west <= x && x <= east && south <= y && y <= north,
                        "{id}: {x} {y} not in {extent:?}"
                    );
                }
                parts => parts.iter().for_each(|part| check(part, extent, id)),
            }
        }
        for feature in all_features(&server, id, "") {
            if let Some(coordinates) = feature["geometry"].get("coordinates") {
                check(coordinates, extent, id);
            }
        }
    }
}

/// All rings and lines of a geometry in GeoJSON, each with whether it is a ring.
fn runs(geometry: &Value) -> Vec<(bool, Vec<Value>)> {
    let kind = geometry["type"].as_str().unwrap();
    let depth = if kind.starts_with("Multi") { 2 } else { 1 };
    let depth = depth - usize::from(kind.ends_with("LineString"));
    let mut found = vec![geometry["coordinates"].clone()];
    for _ in 0..depth {
        found = found.iter().flat_map(|list| list.as_array().unwrap().clone()).collect();
    }
    let is_ring = kind.ends_with("Polygon");
    found.into_iter().map(|run| (is_ring, run.as_array().unwrap().clone())).collect()
}

#[test]
fn geometries_are_simplified_for_a_zoom_and_none_is_lost() {
    let server = Server::ready(&[]);
    let mut saved = 0;
    for id in ["gewaesser", "bezirke", "quartiere", "strassen"] {
        let exact = all_features(&server, id, "");
        let mut before = usize::MAX;
        for zoom in [22, 15, 12, 9, 0] {
            let drawn = all_features(&server, id, &format!("&zoom-level={zoom}"));
            assert_eq!(drawn.len(), exact.len(), "{id} {zoom}");
            let mut vertices = 0;
            for (one, whole) in drawn.iter().zip(&exact) {
                assert_eq!((&one["id"], &one["properties"]), (&whole["id"], &whole["properties"]));
                let (one, whole) = (runs(&one["geometry"]), runs(&whole["geometry"]));
                assert_eq!(one.len(), whole.len(), "{id} {zoom}: a ring is gone");
                for ((is_ring, run), (_, whole)) in one.iter().zip(&whole) {
                    assert!(run.len() >= if *is_ring { 4 } else { 2 }, "{id} {zoom}: {run:?}");
                    assert_eq!(run.first() == run.last(), whole.first() == whole.last());
                    // Of the true vertices some, each as exact as before.
                    assert!(run.iter().all(|point| whole.contains(point)), "{id} {zoom}");
                    vertices += run.len();
                }
            }
            assert!(vertices <= before, "{id} {zoom}: {vertices} vertices, {before} at a deeper zoom");
            saved += before.saturating_sub(vertices).min(vertices);
            before = vertices;
        }
    }
    assert!(saved > 100, "hardly anything is simplified: {saved}");
    let one = |query: &str| server.get(&format!("/collections/gewaesser/items/1{query}")).body.len();
    assert!(one("?zoom-level=8") < one(""), "one feature is simplified as well");
}
