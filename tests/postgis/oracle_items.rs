//! Our answers to boxes, and our coordinates, held against what PostGIS says of the same rows.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::server::Server;
use crate::tools::{Feature, Numbers, TOWN, features, id, json, key, step, system, town};

/// The box of the town in a system: west, south, east, north.
fn extent(code: u32) -> [f64; 4] {
    let text = town().sql(&format!(
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
         FROM (SELECT ST_Extent(ST_Transform(geom, {code})) AS e FROM bezirke) e"
    ));
    let numbers: Vec<f64> = text.split('|').map(|number| number.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

/// Boxes of all sizes over and around the town, some degenerate.
fn boxes(code: u32) -> Vec<[f64; 4]> {
    let [west, south, east, north] = extent(code);
    let mut numbers = Numbers(u64::from(code));
    let mut boxes = vec![[west, south, east, north], [west - 10.0, south - 10.0, west - 9.0, south - 9.0]];
    for count in 0..24 {
        let part = 0.5f64.powi(count % 8);
        let (x, y) = (numbers.between(west, east), numbers.between(south, north));
        let width = part * numbers.next() * (east - west);
        let height = if count % 11 == 10 { 0.0 } else { part * numbers.next() * (north - south) };
        boxes.push([x, y, x + width, y + height]);
    }
    boxes
}

#[test]
fn boxes_find_what_st_intersects_finds() {
    let server = Server::ready(&[&town().url()]);
    for (code, srid) in [(84, 4326), (25832, 25832), (3857, 3857)] {
        let boxes = boxes(srid);
        let rows: Vec<String> = boxes
            .iter()
            .enumerate()
            // As an envelope without height is an invalid polygon, a line stands for it.
            .map(|(index, [a, b, c, d])| match b == d {
                true => format!("({index}, ST_SetSRID(ST_MakeLine(ST_MakePoint({a}, {b}), ST_MakePoint({c}, {d})), {srid}))"),
                false => format!("({index}, ST_MakeEnvelope({a}, {b}, {c}, {d}, {srid}))"),
            })
            .collect();
        for collection in TOWN {
            let text = town().sql(&format!(
                "CREATE TEMP TABLE t AS SELECT {}::text AS k, ST_Transform(geom, {srid}) AS g FROM {collection};
                 CREATE INDEX ON t USING gist (g);
                 SELECT coalesce(string_agg(k, ',' ORDER BY k COLLATE \"C\"), '')
                 FROM (VALUES {}) b(i, e) LEFT JOIN t ON ST_Intersects(t.g, b.e) GROUP BY i ORDER BY i",
                key(collection),
                rows.join(",")
            ));
            let mut theirs: Vec<&str> = text.split('\n').collect();
            theirs.resize(boxes.len(), "");
            let mut found = 0;
            for ([a, b, c, d], theirs) in boxes.iter().zip(theirs) {
                let query = format!("bbox={a},{b},{c},{d}&bbox-crs={}&limit=10000", step(&system(code)));
                let (matched, features) = features(&server, collection, &query);
                let mut ours: Vec<String> = features.iter().map(|feature| id(&json(feature))).collect();
                ours.sort();
                assert_eq!(matched, ours.len() as u64);
                found += ours.len();
                assert_eq!(ours.join(","), theirs, "{collection}, {query}");
            }
            assert!(found > 0, "{collection}: {found}");
        }
    }
}

/// The coordinates of a feature as they were written.
fn coordinates(feature: &Feature) -> Vec<String> {
    let text = feature.get();
    let from = text.find("\"coordinates\":").unwrap();
    let rest = &text[from + "\"coordinates\":".len()..];
    let end = rest.find(|c: char| !"[],-+.eE0123456789".contains(c)).unwrap_or(rest.len());
    let numbers = rest[..end].split(['[', ']', ',']).filter(|number| !number.is_empty());
    let numbers: Vec<&str> = numbers.collect();
    let mut points: Vec<String> = numbers.chunks(2).map(|pair| pair.join(" ")).collect();
    points.sort();
    points
}

/// The points of each feature by its key: x and y as PostgreSQL writes a float, which is its shortest digits.
fn points(collection: &str, srid: u32) -> BTreeMap<String, Vec<String>> {
    let text = town().sql(&format!(
        "SELECT {}, ST_X(p.geom), ST_Y(p.geom) FROM {collection}, ST_DumpPoints(ST_Transform({collection}.geom, {srid})) p",
        key(collection)
    ));
    let mut points: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let (key, point) = line.split_once('|').unwrap();
        points.entry(key.into()).or_default().push(point.replace('|', " "));
    }
    points.values_mut().for_each(|points| points.sort());
    points
}

#[test]
fn stored_coordinates_are_written_as_they_are_to_the_last_digit() {
    let server = Server::ready(&[&town().url()]);
    for collection in TOWN {
        let theirs = points(collection, 25832);
        let query = format!("limit=10000&crs={}", step(&system(25832)));
        let (_, features) = features(&server, collection, &query);
        assert_eq!(features.len(), theirs.len(), "{collection}");
        for feature in &features {
            let id = id(&json(feature));
            assert_eq!(coordinates(feature), theirs[&id], "{collection} {id}");
        }
    }
}

#[test]
fn transformed_coordinates_are_those_of_proj() {
    let server = Server::ready(&[&town().url()]);
    let numbers = |value: &Value| {
        let mut all = vec![];
        let mut rest = vec![value];
        while let Some(value) = rest.pop() {
            match value.as_array().unwrap() {
                pair if pair[0].is_number() => {
                    all.push([pair[0].as_f64().unwrap(), pair[1].as_f64().unwrap()])
                }
                inner => rest.extend(inner),
            }
        }
        all
    };
    // PostGIS without a grid of its own shifts DHDN by seven parameters, so Gauß–Krüger has another oracle: PROJ's
    // `cs2cs` in tests/folder/systems.rs.
    let degrees = [(84, 4326), (4326, 4326), (4258, 4258)].map(|(code, srid)| (code, srid, 1e-9));
    let metres = [3857, 25833, 4647].map(|code| (code, code, 1e-4));
    for (code, srid, within) in degrees.into_iter().chain(metres) {
        for collection in ["adressen", "bezirke", "strassen"] {
            let theirs = points(collection, srid);
            let query = format!("limit=10000&crs={}", step(&system(code)));
            for feature in features(&server, collection, &query).1 {
                let feature = json(&feature);
                let id = id(&feature);
                let mut ours = numbers(&feature["geometry"]["coordinates"]);
                // The authority's order: latitude first.
                if [4326, 4258].contains(&code) {
                    ours.iter_mut().for_each(|point| point.reverse());
                }
                assert_eq!(ours.len(), theirs[&id].len(), "{collection} {id}");
                let is_near = |point: &[f64; 2]| {
                    theirs[&id].iter().any(|text| {
                        let (x, y) = text.split_once(' ').unwrap();
                        let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                        (point[0] - x).abs() <= within && (point[1] - y).abs() <= within
                    })
                };
                let far = ours.iter().find(|point| !is_near(point));
                assert!(far.is_none(), "{collection} {id} in {code}: {far:?} of {:?}", theirs[&id]);
            }
        }
    }
}
