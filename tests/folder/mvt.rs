//! A tile taken apart and held to the standard (MVT 2.1), apart from the code that makes it.

use std::collections::BTreeMap;

use fast_mvt::{MvtReaderRef, MvtValueRef};
use geo::{Area, Validation};
use serde_json::{Value, json};

/// What lies beyond the tile's edge at most.
const BUFFER: i32 = 64;
const EXTENT: i32 = 4096;

/// A feature of a tile.
#[allow(dead_code)] // not every test looks at all of it
#[derive(Clone, Debug)]
pub struct Feature {
    pub id: Option<u64>,
    pub attributes: BTreeMap<String, Value>,
    pub kind: i32,
    /// The runs of points that are drawn, in the tile's units; rings closed.
    pub runs: Vec<Vec<[i32; 2]>>,
}

/// Takes a tile apart, and fails where it breaks the standard: layer by layer its features.
pub fn read(bytes: &[u8], about: &str) -> BTreeMap<String, Vec<Feature>> {
    let reader = MvtReaderRef::new(bytes).unwrap_or_else(|fault| panic!("{about}: {fault}"));
    let mut layers = BTreeMap::new();
    for layer in reader.layers() {
        let about = format!("{about} {}", layer.name());
        assert_eq!((layer.version(), layer.extent()), (2, EXTENT as u32), "{about}");
        let mut keys = layer.keys().to_vec();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), layer.keys().len(), "{about}: a key is there twice");
        let values = layer.values().len() as u32;
        let features: Vec<Feature> = layer
            .features()
            .map(|feature| {
                for pair in feature.tags().chunks(2) {
                    assert!(pair[0] < keys.len() as u32 && pair[1] < values, "{about}: tags in range");
                }
                let mut attributes = BTreeMap::new();
                for (key, value) in feature.properties_vec().unwrap() {
                    assert_eq!(
                        attributes.insert(key.to_owned(), json_of(value)),
                        None,
                        "{about}: {key} twice"
                    );
                }
                let kind = feature.geom_type_value().unwrap();
                let runs = runs(feature.geometry_commands(), kind, &about);
                check(kind, &runs, &format!("{about} {:?}", feature.id()));
                Feature { id: feature.id(), attributes, kind, runs }
            })
            .collect();
        assert!(!features.is_empty(), "{about}: a layer without features");
        let mut ids: Vec<u64> = features.iter().filter_map(|feature| feature.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{about}: an id is there twice");
        assert!(
            layers.insert(layer.name().to_owned(), features).is_none(),
            "{about}: the layer is there twice"
        );
    }
    layers
}

fn json_of(value: MvtValueRef<'_>) -> Value {
    match value {
        MvtValueRef::String(text) => json!(text),
        MvtValueRef::Float(value) => json!(value),
        MvtValueRef::Double(value) => json!(value),
        MvtValueRef::Int(value) | MvtValueRef::SInt(value) => json!(value),
        MvtValueRef::UInt(value) => json!(value),
        MvtValueRef::Bool(value) => json!(value),
        MvtValueRef::Null => panic!("a NULL is no value of a tile"),
    }
}

/// The commands of section 4.3.3 for each type; the runs they draw, rings closed.
fn runs(commands: &[u32], kind: i32, about: &str) -> Vec<Vec<[i32; 2]>> {
    let (mut at, mut cursor, mut runs) = (0, [0i32; 2], Vec::<Vec<[i32; 2]>>::new());
    while at < commands.len() {
        let (command, count) = (commands[at] & 7, (commands[at] >> 3) as usize);
        at += 1;
        if command == 7 {
            assert!(kind == 3 && count == 1, "{about}: ClosePath once and in polygons");
            let ring = runs.last_mut().expect("a ring to close");
            assert!(ring.len() >= 3, "{about}: a ring of {} points", ring.len());
            assert_ne!(ring.first(), ring.last(), "{about}: the last point repeats the first");
            ring.push(ring[0]);
            continue;
        }
        assert!((command == 1 || command == 2) && count > 0, "{about}: command {command} × {count}");
        assert!(kind == 1 || command == 2 || count == 1, "{about}: MoveTo × {count}");
        if command == 1 {
            runs.push(vec![]);
        }
        for _ in 0..count {
            for axis in cursor.iter_mut() {
                let parameter = commands[at];
                at += 1;
                *axis += (parameter >> 1) as i32 ^ -((parameter & 1) as i32);
            }
            runs.last_mut().expect("MoveTo first").push(cursor);
        }
    }
    runs
}

fn check(kind: i32, runs: &[Vec<[i32; 2]>], about: &str) {
    assert!(!runs.is_empty(), "{about}: no geometry");
    let inside = |value: &i32| (-BUFFER..=EXTENT + BUFFER).contains(value);
    for point in runs.iter().flatten() {
        assert!(point.iter().all(inside), "{about}: {point:?} is outside the buffer");
    }
    match kind {
        1 => assert_eq!(runs.len(), 1, "{about}: one MoveTo"),
        2 => {
            for line in runs {
                assert!(line.len() >= 2, "{about}: a line of one point");
                assert!(line.windows(2).all(|pair| pair[0] != pair[1]), "{about}: LineTo without a way");
            }
        }
        3 => check_polygons(runs, about),
        other => panic!("{about}: type {other}"),
    }
}

fn check_polygons(rings: &[Vec<[i32; 2]>], about: &str) {
    let mut polygons: Vec<(geo::LineString, Vec<geo::LineString>)> = vec![];
    for ring in rings {
        let mut distinct = ring.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert!(distinct.len() >= 3, "{about}: {} distinct points", distinct.len());
        // The surveyor's formula with y downwards: positive is clockwise on the screen, an exterior ring.
        let area: i64 = ring.windows(2).map(|pair| cross(pair[0], pair[1])).sum();
        assert_ne!(area, 0, "{about}: a ring without area");
        let line: geo::LineString =
            ring.iter().map(|[x, y]| (f64::from(*x), f64::from(*y))).collect::<Vec<_>>().into();
        match polygons.last_mut() {
            Some((_, holes)) if area < 0 => holes.push(line),
            None if area < 0 => panic!("{about}: a hole comes first"),
            _ => polygons.push((line, vec![])),
        }
    }
    for (exterior, holes) in polygons {
        let polygon = geo::Polygon::new(exterior, holes);
        assert!(polygon.is_valid(), "{about}: {:?} in {polygon:?}", polygon.validation_errors());
        assert!(polygon.unsigned_area() > 0.0, "{about}");
    }
}

fn cross(a: [i32; 2], b: [i32; 2]) -> i64 {
    i64::from(a[0]) * i64::from(b[1]) - i64::from(a[1]) * i64::from(b[0])
}
