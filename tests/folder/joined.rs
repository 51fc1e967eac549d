//! Tiles of joined lines: the same lines as those of the features, in fewer and longer pieces.

use std::collections::BTreeMap;

use crate::files::city_folder;
use crate::mvt::{self, Feature};
use crate::server::Server;

/// The length of a feature's lines, in units of the tile.
fn length(feature: &Feature) -> f64 {
    let step = |pair: &[[i32; 2]]| {
        let [dx, dy] = [0, 1].map(|axis| f64::from(pair[1][axis] - pair[0][axis]));
        dx.hypot(dy)
    };
    feature.runs.iter().flat_map(|run| run.windows(2)).map(step).sum()
}

/// The number and the length of the lines by kind and name of the street.
fn by_street(features: &[Feature]) -> BTreeMap<String, (usize, f64)> {
    let mut streets: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    for feature in features {
        let key = format!("{:?} {:?}", feature.attributes.get("art"), feature.attributes.get("name"));
        let street = streets.entry(key).or_default();
        street.0 += feature.runs.len();
        street.1 += length(feature);
    }
    streets
}

#[test]
fn lines_are_joined_and_none_is_lost() {
    let server = Server::ready(&[city_folder().to_str().unwrap()]);
    let document = server.get("/xyz/strassen.json").json();
    let bounds: Vec<f64> =
        document["bounds"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
    let (longitude, latitude) = ((bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0);
    // From zoom 16 on, tiles have all features with all vertices.
    let side = f64::from(1u32 << 16);
    let x = ((longitude / 360.0 + 0.5) * side) as u32;
    let y = (std::f64::consts::FRAC_PI_4 + latitude.to_radians() / 2.0).tan().ln();
    let y = ((0.5 - y / std::f64::consts::TAU) * side) as u32;
    let (mut pieces, mut lines) = (0, 0);
    for (x, y) in (x - 3..x + 3).flat_map(|x| (y - 3..y + 3).map(move |y| (x, y))) {
        let plain = server.get(&format!("/xyz/strassen/16/{x}/{y}"));
        let joined = server.get(&format!("/xyz/strassen/16/{x}/{y}?join=art,name"));
        assert_eq!(plain.status, joined.status);
        if plain.status != 200 {
            continue;
        }
        let about = format!("{x}/{y}");
        let plain = by_street(&mvt::read(&plain.body, &about)["strassen"]);
        let features = &mvt::read(&joined.body, &about)["strassen"];
        let joined = by_street(features);
        assert_eq!(features.len(), joined.len(), "{about}: one feature for each street");
        assert!(features.iter().all(|one| one.id.is_none() && one.attributes.len() <= 2));
        assert_eq!(plain.keys().collect::<Vec<_>>(), joined.keys().collect::<Vec<_>>(), "{about}");
        for (street, (count, length)) in &plain {
            let (fewer, same) = joined[street];
            assert!(fewer <= *count, "{about} {street}");
            // Points on a straight line are left out, which rounding makes slightly longer or shorter.
            assert!((same - length).abs() <= 2.0 + length * 0.01, "{about} {street}: {same} {length}");
            pieces += count;
            lines += fewer;
        }
    }
    assert!(lines * 4 < pieces * 3, "{pieces} pieces are {lines} lines");
    let described = server.get("/xyz/strassen.json?join=art,name").json();
    let fields: Vec<&String> = described["vector_layers"][0]["fields"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["name", "art"]);
    assert!(described["tiles"][0].as_str().unwrap().ends_with("?join=art,name"));
}

#[test]
fn what_cannot_be_joined_is_said() {
    let server = Server::ready(&[city_folder().to_str().unwrap()]);
    for (address, word) in [
        ("/xyz/strassen/14/8532/5503?join=", "has no column"),
        ("/xyz/strassen/14/8532/5503?join=art,none", "has no column \"none\""),
        ("/xyz/schulen/14/8532/5503?join=name", "has no lines"),
        ("/xyz/strassen,schulen/14/8532/5503?join=name", "has no lines"),
        ("/xyz/quartiere:labels/14/8532/5503?join=name", "has no lines"),
    ] {
        let answer = server.get(address);
        assert_eq!(answer.status, 400, "{address}: {}", answer.text());
        let problem = answer.json();
        assert_eq!(problem["parameter"], "join", "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(word), "{problem}");
    }
}

#[test]
fn a_border_between_two_areas_is_drawn_once() {
    let server = Server::ready(&[city_folder().to_str().unwrap()]);
    let bounds = server.get("/xyz/quartiere.json").json()["bounds"].as_array().unwrap().clone();
    let bounds: Vec<f64> = bounds.iter().map(|number| number.as_f64().unwrap()).collect();
    let (longitude, latitude) = ((bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0);
    let mut shared = 0;
    for zoom in [11, 13, 15] {
        let side = f64::from(1u32 << zoom);
        let x = ((longitude / 360.0 + 0.5) * side) as u32;
        let y = (std::f64::consts::FRAC_PI_4 + latitude.to_radians() / 2.0).tan().ln();
        let y = ((0.5 - y / std::f64::consts::TAU) * side) as u32;
        let answer = server.get(&format!("/xyz/quartiere:borders,quartiere/{zoom}/{x}/{y}"));
        let layers = mvt::read(&answer.body, &format!("{zoom}/{x}/{y}"));
        let steps = |name: &str| -> Vec<[[i32; 2]; 2]> {
            let features = layers.get(name).into_iter().flatten();
            features
                .flat_map(|feature| &feature.runs)
                .flat_map(|run| run.windows(2))
                .map(|pair| if pair[0] <= pair[1] { [pair[0], pair[1]] } else { [pair[1], pair[0]] })
                .collect()
        };
        let mut once = steps("quartiere:borders");
        let all = once.len();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), all, "{zoom}: a border is drawn twice");
        let features = layers.get("quartiere:borders").into_iter().flatten();
        for feature in features {
            assert!(feature.attributes.is_empty() && feature.id.is_none());
        }
        let mut rings = steps("quartiere");
        let with_repeats = rings.len();
        rings.sort_unstable();
        rings.dedup();
        shared += with_repeats - rings.len();
    }
    assert!(shared > 0, "the areas of the test share no border");
    assert_eq!(server.get("/xyz/strassen:borders/14/8532/5503").status, 404);
}
