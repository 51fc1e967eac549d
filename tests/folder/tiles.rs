//! Tiles of the whole city at many places: valid, complete, with the attributes of the items.

use std::collections::{BTreeMap, BTreeSet};

use geo::Intersects;
use serde_json::Value;

use crate::city::CITY;
use crate::files::{all_features, geometry};
use crate::mvt;
use crate::server::{Answer, Server};

/// Half of Web Mercator's world in metres.
const HALF: f64 = 20_037_508.342_789_244;

type Tile = (u32, u32, u32);

fn get(server: &Server, ids: &str, (z, x, y): Tile) -> Answer {
    let answer = server.get(&format!("/xyz/{ids}/{z}/{x}/{y}"));
    assert!(matches!(answer.status, 200 | 204), "{ids} {z}/{x}/{y}: {} {}", answer.status, answer.text());
    assert_eq!(answer.status == 204, answer.body.is_empty());
    answer
}

/// The tile's square in EPSG:3857, grown by `units` of its 4096.
fn square((z, x, y): Tile, units: f64) -> geo::Rect {
    let side = 2.0 * HALF / f64::from(1u32 << z);
    let (west, north) = (f64::from(x) * side - HALF, HALF - f64::from(y) * side);
    let margin = units * side / 4096.0;
    geo::Rect::new((west - margin, north - side - margin), (west + side + margin, north + margin))
}

/// The tiles over the city: all of the low zooms, and at the deeper ones a patch around each of some points.
fn places(server: &Server) -> Vec<Tile> {
    let bbox = &server.get("/collections/bezirke").json()["extent"]["spatial"]["bbox"][0];
    let bbox: Vec<f64> = bbox.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    let tile = |z: u32, lon: f64, lat: f64| -> (u32, u32) {
        let count = f64::from(1u32 << z);
        let north = lat.to_radians().tan().asinh() / std::f64::consts::PI;
        (((lon + 180.0) / 360.0 * count) as u32, ((1.0 - north) / 2.0 * count) as u32)
    };
    let mut places = vec![];
    for z in 0..=14 {
        let ((west, north), (east, south)) = (tile(z, bbox[0], bbox[3]), tile(z, bbox[2], bbox[1]));
        places.extend((west..=east).flat_map(|x| (north..=south).map(move |y| (z, x, y))));
    }
    for (part, z) in
        [0.2, 0.35, 0.5, 0.65, 0.8].into_iter().flat_map(|part| (15..=22).map(move |z| (part, z)))
    {
        let (lon, lat) = (bbox[0] + (bbox[2] - bbox[0]) * part, bbox[1] + (bbox[3] - bbox[1]) * part);
        let (x, y) = tile(z, lon, lat);
        places.extend([(z, x, y), (z, x + 1, y), (z, x, y + 1)]);
    }
    places
}

/// What an item's properties are as attributes of a tile.
fn attributes(item: &Value, id: Option<&str>) -> BTreeMap<String, Value> {
    let properties = item["properties"].as_object().unwrap();
    let kept = properties.iter().filter(|(name, value)| !value.is_null() && Some(name.as_str()) != id);
    kept.map(|(name, value)| match value {
        Value::Object(_) | Value::Array(_) => (name.clone(), Value::Null),
        value => (name.clone(), value.clone()),
    })
    .collect()
}

/// Numbers by value, JSON by its being text.
fn is_same(item: &Value, tile: &Value) -> bool {
    match (item, tile) {
        (Value::Null, Value::String(json)) => serde_json::from_str::<Value>(json).is_ok(),
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (left, right) => left == right,
    }
}

#[test]
fn tiles_are_valid_and_complete_and_carry_the_items_attributes() {
    let server = Server::ready(&["--no-thinning"]);
    let places = places(&server);
    assert!(places.len() > 100, "{}", places.len());
    let crs = "&crs=http://www.opengis.net/def/crs/EPSG/0/3857";
    let mut seen = 0;
    for (id, _, word) in CITY.into_iter().filter(|(_, _, word)| word.is_some()) {
        let items = all_features(&server, id, crs);
        let shapes: Vec<geo::Geometry> = items.iter().map(geometry).collect();
        let key = (id != "kitas").then_some("id");
        let by_name = |item: &Value| match key {
            Some(key) => item["properties"][key].to_string(),
            None => item["properties"]["kita_id"].as_str().unwrap().to_owned(),
        };
        let by_name: BTreeMap<String, usize> =
            items.iter().enumerate().map(|(at, item)| (by_name(item), at)).collect();
        for &place in &places {
            let about = format!("{id} {place:?}");
            let mut layers = mvt::read(&get(&server, id, place).body, &about);
            let features = layers.remove(id).unwrap_or_default();
            assert!(layers.is_empty(), "{about}: {layers:?}");
            let mut found = BTreeSet::new();
            for feature in &features {
                let name = match key {
                    Some(_) => feature.id.expect("an id").to_string(),
                    None => feature.attributes["kita_id"].as_str().unwrap().to_owned(),
                };
                let at = by_name[&name];
                let expected = attributes(&items[at], key);
                assert!(expected.keys().eq(feature.attributes.keys()), "{about} {name}: {feature:?}");
                for (column, value) in &expected {
                    let drawn = &feature.attributes[column];
                    assert!(is_same(value, drawn), "{about} {name} {column}: {value} {drawn}");
                }
                let kind = match word {
                    Some("point") => 1,
                    Some("line") => 2,
                    _ => 3,
                };
                assert_eq!(feature.kind, kind, "{about}");
                assert!(found.insert(at), "{about}: {name} twice");
            }
            seen += found.len();
            check_complete(&shapes, &found, place, word == Some("point"), &about);
        }
    }
    assert!(seen > 20_000, "{seen}");
}

/// Nothing but what reaches the tile with its buffer, and all of it that rounding cannot have taken away:
/// points at each zoom, other shapes where a unit of the tile is centimetres.
fn check_complete(
    shapes: &[geo::Geometry],
    found: &BTreeSet<usize>,
    place: Tile,
    is_point: bool,
    about: &str,
) {
    // A step of the world grid is 1 cm at the equator; a unit of deeper tiles is less.
    let slack = 1.0 + if place.0 > 18 { f64::from(1u32 << (place.0 - 18)) } else { 0.0 };
    let (outer, inner) = (square(place, 64.0 + slack), square(place, 64.0 - 2.0 * slack));
    for at in found {
        assert!(shapes[*at].intersects(&outer), "{about}: {at} does not reach the tile");
    }
    if is_point || place.0 >= 16 {
        let inner_is_box = place.0 < 22;
        for (at, shape) in shapes.iter().enumerate().filter(|_| inner_is_box) {
            let must = shape.intersects(&inner);
            assert!(!must || found.contains(&at), "{about}: {at} is missing");
        }
    }
}

#[test]
fn composites_do_not_depend_on_the_order_of_their_names() {
    let server = Server::ready(&[]);
    let tile = (14, 8532, 5504);
    let both = get(&server, "schulen,strassen", tile).body;
    assert_eq!(both, get(&server, "strassen,schulen", tile).body);
    assert_eq!(both, get(&server, "strassen,schulen,strassen,rheinfurt.schulen", tile).body);
    let layers = mvt::read(&both, "both");
    let alone: Vec<usize> = ["schulen", "strassen"].map(|id| get(&server, id, tile).body.len()).to_vec();
    assert_eq!(both.len(), alone.iter().sum::<usize>());
    assert!(layers.len() <= 2);
    let collections: Vec<&str> =
        CITY.iter().filter(|(_, _, word)| word.is_some()).map(|(id, _, _)| *id).collect();
    let joined = collections.join(",");
    let layers = mvt::read(&get(&server, &joined, (12, 2133, 1376)).body, "all");
    assert!(layers.keys().all(|name| collections.contains(&name.as_str())));
    let repeated = vec!["schulen"; 40].join(",");
    assert_eq!(server.get(&format!("/xyz/{repeated}/14/8532/5504")).body, get(&server, "schulen", tile).body);
}

#[test]
fn sixteen_collections_make_a_tile_and_seventeen_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..17).map(|number| format!("c{number:02}")).collect();
    for name in &names {
        crate::files::replace(folder.path(), &format!("{name}.fgb"), &crate::files::one_point(name));
    }
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let answer = get(&server, &names[..16].join(","), (0, 0, 0));
    assert_eq!(mvt::read(&answer.body, "16").len(), 16);
    for path in [format!("/xyz/{}/0/0/0", names.join(",")), format!("/xyz/{}.json", names.join(","))] {
        let answer = server.get(&path);
        assert_eq!((answer.status, answer.json()["parameter"].as_str()), (400, Some("collections")));
    }
}

#[test]
fn what_is_no_tile_says_so() {
    let server = Server::ready(&[]);
    for path in [
        "0/0/1",
        "3/8/0",
        "23/0/0",
        "3/0/99999999999999999999",
        "99999999999/0/0",
        "1/-1/0",
        "1/0/-1",
        "-1/0/0",
        "3/0/-99999999999999999999",
        "0/0/0/0",
        "0/0",
    ] {
        assert_eq!(server.get(&format!("/xyz/schulen/{path}")).status, 404, "{path}");
    }
    for (path, parameter) in [
        ("a/0/0", "z"),
        ("1/x/0", "x"),
        ("1/0/y", "y"),
        ("1/0/1.5", "y"),
        ("1/-/0", "x"),
        ("1/+1/0", "x"),
        ("1/%2D/0", "x"),
        ("1/0/1e1", "y"),
        ("1/0/1.pbf", "y"),
    ] {
        let answer = server.get(&format!("/xyz/schulen/{path}"));
        assert_eq!((answer.status, answer.json()["parameter"].as_str()), (400, Some(parameter)), "{path}");
    }
    let empty = server.get("/xyz/schulen/10/0/0");
    assert_eq!((empty.status, empty.body.len()), (204, 0));
    assert_eq!(server.get("/xyz/bevoelkerung/0/0/0").status, 404);
    let unknown = server.get("/xyz/gibtsnicht/0/0/0");
    assert_eq!(unknown.status, 404);
    for ids in ["schulen,gibtsnicht", "gibtsnicht,schulen", "schulen,gibtsnicht,strassen"] {
        assert_eq!(server.get(&format!("/xyz/{ids}/0/0/0")).body, unknown.body, "{ids}");
    }
    assert_eq!(server.get("/xyz/schulen,/0/0/0").status, 404);
    assert_eq!(server.get("/xyz/schulen/0/0/0?token=1").json()["parameter"], "token");
}

#[test]
fn a_tilejson_is_one() {
    let server = Server::ready(&[]);
    for (id, _, word) in CITY.into_iter().filter(|(_, _, word)| word.is_some()) {
        let document = server.get(&format!("/xyz/{id}.json")).json();
        check_tilejson(&server, &document);
        let layers = document["vector_layers"].as_array().unwrap();
        assert_eq!((layers.len(), layers[0]["id"].as_str()), (1, Some(id)));
        assert_eq!(layers[0]["geometry_type"].as_str(), word);
        let items = all_features(&server, id, "");
        let columns = items[0]["properties"].as_object().unwrap().keys();
        let fields = layers[0]["fields"].as_object().unwrap();
        let expected: BTreeSet<&String> = columns.filter(|name| *name != "id").collect();
        assert_eq!(fields.keys().collect::<BTreeSet<_>>(), expected, "{id}");
    }
    let both = server.get("/xyz/strassen,schulen.json").json();
    check_tilejson(&server, &both);
    assert_eq!(both["vector_layers"].as_array().unwrap().len(), 2);
    assert_eq!(server.get("/xyz/strassen.json.json").status, 404);
}

fn check_tilejson(server: &Server, document: &Value) {
    assert_eq!(document["tilejson"], "3.0.0");
    let template = document["tiles"][0].as_str().unwrap();
    assert!(template.starts_with(&server.base) && template.ends_with("/{z}/{x}/{y}"), "{template}");
    let bounds: Vec<f64> =
        document["bounds"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    assert!(bounds.len() == 4 && bounds[0] <= bounds[2] && bounds[1] <= bounds[3], "{bounds:?}");
    assert!((6.0..8.0).contains(&bounds[0]) && (50.0..52.0).contains(&bounds[1]), "{bounds:?}");
    let (low, high) = (document["minzoom"].as_u64().unwrap(), document["maxzoom"].as_u64().unwrap());
    assert!(low <= high && high <= 30);
    let centre = document["center"].as_array().unwrap();
    assert!(centre.len() == 3 && (low..=high).contains(&centre[2].as_u64().unwrap()));
    for layer in document["vector_layers"].as_array().unwrap() {
        assert!(layer["id"].is_string() && layer["fields"].is_object());
    }
    assert!(document["attribution"].as_str().unwrap().contains("Rheinfurt"));
    let (z, x, y) = (low.to_string(), "0".to_owned(), "0".to_owned());
    let path = template.replace("{z}", &z).replace("{x}", &x).replace("{y}", &y);
    // Too small to see at zoom 0, and so an empty tile.
    assert!(matches!(server.get(crate::files::path_of(server, &path)).status, 200 | 204));
}

#[test]
fn the_deepest_zoom_is_configurable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, "[limits]\ntile_zoom = 15\n").unwrap();
    let server = Server::ready(&["--config", file.to_str().unwrap()]);
    assert_eq!(server.get("/xyz/quartiere.json").json()["maxzoom"], 15);
    let status = |zoom: u32| {
        let deeper = zoom - 14;
        server.get(&format!("/xyz/quartiere/{zoom}/{}/{}", 8532 << deeper, 5503 << deeper)).status
    };
    assert_eq!((status(14), status(15), status(16)), (200, 200, 404));
}
