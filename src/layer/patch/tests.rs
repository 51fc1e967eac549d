//! A patched layer is held against the same rows read anew: tiles to the byte, items value by
//! value, and no tile that looks otherwise has kept its version.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::access::{Caller, Policy};
use crate::catalog::{ColumnSchema, ColumnType, Detail, Freshness, GeometryColumn};
use crate::geo::geometry::{Part, Role};
use crate::geo::{Crs, GeometryType, Shape};
use crate::layer::{ColumnBuilder, Difference, LayerBuilder, Value, View};
use crate::tile::select::TileLimits;
use crate::tile::{self, TileCoordinate};

/// A row: what its geometry is made of, and its attributes.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) path: Vec<(u8, u8)>,
    pub(super) name: Option<u8>,
    pub(super) number: i32,
}

pub(super) fn collection(detail: Detail) -> Collection {
    let column = |name: &str, kind| ColumnSchema::new(name, kind);
    Collection {
        id: "c".into(),
        short: "c".into(),
        qualified: "s.c".into(),
        title: "c".into(),
        description: None,
        attribution: None,
        licence: None,
        geometry: Some(GeometryColumn { name: "geom".into(), kind: None, crs: Crs::Crs84, has_z: false }),
        columns: vec![
            column("id", ColumnType::BigInteger),
            column("name", ColumnType::Text),
            column("number", ColumnType::Integer),
            column("all_differ", ColumnType::Text),
        ],
        key: vec![0],
        source: "test".into(),
        freshness: Freshness::Embedded,
        zooms: (0, 22),
        max_age: None,
        detail,
        categories: None,
        size_by: None,
        visible_at_first: true,
        datetime: None,
        metadata: Default::default(),
        table: None,
        hidden: Default::default(),
    }
}

/// A place on a lattice, so that geometries share vertices.
fn place((x, y): (u8, u8)) -> [f64; 2] {
    [6.9 + f64::from(x) * 0.001 + f64::from(y % 3) * 0.0001, 50.9 + f64::from(y) * 0.0007]
}

fn shape(row: &Row) -> Option<Shape> {
    let mut xy: Vec<[f64; 2]> = row.path.iter().map(|step| place(*step)).collect();
    let kind = match xy.len() {
        0 => return None,
        1 => GeometryType::Point,
        2..30 => GeometryType::LineString,
        _ => {
            xy.push(xy[0]);
            GeometryType::Polygon
        }
    };
    let role = match kind {
        GeometryType::Point => Role::Points,
        GeometryType::LineString => Role::Line,
        _ => Role::Exterior,
    };
    let parts = vec![Part { role, end: xy.len() as u32 }];
    Some(Shape { kind: Some(kind), xy, parts, ..Shape::default() })
}

pub(super) fn layer<'a>(
    collection: &Collection,
    rows: impl IntoIterator<Item = (&'a i64, &'a Row)>,
) -> Layer {
    let mut builder = LayerBuilder::new(collection).unwrap();
    for (id, row) in rows {
        builder.cell(0, Value::Integer(*id));
        let name = row.name.map(|name| format!("name {}", name % 5));
        builder.cell(1, name.as_deref().map_or(Value::Null, Value::Text));
        builder.cell(2, Value::Integer(row.number.into()));
        builder.cell(3, Value::Text(&format!("{id} {}", row.number)));
        builder.shape(shape(row).as_ref());
        builder.end_row().unwrap();
    }
    builder.finish(Timestamp::UNIX_EPOCH)
}

pub(super) type Rows = BTreeMap<i64, Row>;

/// Applies `edits` (a key, and what it is then) to `rows`; what a source would hand over for it.
pub(super) fn edit(collection: &Collection, rows: &mut Rows, edits: &[(i64, Option<Row>)]) -> Changes {
    let mut last = BTreeMap::new();
    for (id, row) in edits {
        match row {
            Some(row) => drop(rows.insert(*id, row.clone())),
            None => drop(rows.remove(id)),
        }
        last.insert(*id, row.clone());
    }
    let mut keys = ColumnBuilder::new(ColumnType::BigInteger);
    // In another order than that of keys.
    last.keys().rev().for_each(|id| assert!(keys.push(Value::Integer(*id))));
    let now: Vec<(i64, Row)> = last.iter().filter_map(|(id, row)| Some((*id, row.clone()?))).collect();
    let rows = layer(collection, now.iter().map(|(id, row)| (id, row)));
    Changes { keys: vec![keys.finish()], count: last.len() as u32, rows }
}

pub(super) fn same_items(patched: &Layer, fresh: &Layer) {
    assert_eq!(patched.by_key, fresh.by_key);
    assert_eq!(patched.key_rank, fresh.key_rank);
    assert_eq!(patched.index.rows(), fresh.index.rows());
    assert_eq!(patched.extent, fresh.extent);
    assert_eq!(patched.geometry_types, fresh.geometry_types);
    for row in 0..fresh.len() as u32 {
        for (one, other) in patched.columns.iter().zip(&fresh.columns) {
            assert_eq!(one.get(row as usize), other.get(row as usize));
            assert_eq!(one.has_nulls(), other.has_nulls());
        }
        let geometry = |layer: &Layer| {
            let geometry = layer.geometries.as_ref()?.get(row)?;
            let levels: Vec<u8> = geometry.parts().flat_map(|part| part.levels.to_vec()).collect();
            let levels = if levels.iter().all(|level| *level == 0) { vec![] } else { levels };
            Some((geometry.kind, geometry.xy().to_vec(), geometry.world().to_vec(), levels))
        };
        assert_eq!(geometry(patched), geometry(fresh), "row {row}");
        assert_eq!(patched.importance.place(row), fresh.importance.place(row));
        assert_eq!(patched.importance.zoom(row), fresh.importance.zoom(row));
    }
}

const LIMITS: TileLimits = TileLimits { features: 40, bytes: 4000, smallest: 4 };

pub(super) fn render(layer: &Layer, collection: &Collection, coordinate: TileCoordinate) -> Vec<u8> {
    let permit = Policy::default().read(collection, &Caller::Anonymous).unwrap();
    tile::render(&[View::new(layer, collection, &permit).into()], coordinate, &LIMITS).bytes
}

/// The tiles of some zooms around the lattice.
pub(super) fn tiles() -> Vec<TileCoordinate> {
    let mut tiles = vec![];
    for zoom in [0u8, 6, 9, 10, 11, 12, 13, 14, 16, 18] {
        let side = f64::from(1u32 << zoom);
        let x = (6.95 / 360.0 + 0.5) * side;
        let y = (0.5 - 50.93f64.to_radians().tan().asinh() / (2.0 * std::f64::consts::PI)) * side;
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1), (2, 1)] {
            tiles.extend(TileCoordinate::new(zoom, (x as i32 + dx) as u32, (y as i32 + dy) as u32));
        }
    }
    tiles
}

fn check(collection: &Collection, rows: &Rows, old: &Layer, patched: &Layer) {
    let fresh = layer(collection, rows);
    same_items(patched, &fresh);
    let (again, difference) = layer(collection, rows).succeeding(old, &[]);
    assert_eq!(difference == Difference::Nothing, again.version() == old.version());
    let later = Instant::now() + super::super::tile_versions::RENEWED_EVERY;
    for coordinate in tiles() {
        let bytes = render(patched, collection, coordinate);
        assert_eq!(bytes, render(&fresh, collection, coordinate), "{coordinate:?}");
        let version =
            |layer: &Layer| layer.tile_version(coordinate.zoom(), coordinate.column_and_row(), later).version;
        for new in [patched, &again] {
            if version(old) == version(new) {
                assert!(bytes == render(old, collection, coordinate), "{coordinate:?} kept its version");
            }
        }
    }
    // Read once more it is the same, and stays so.
    let (same, difference) = layer(collection, rows).succeeding(&again, &[]);
    assert_eq!((difference, same.version()), (Difference::Nothing, again.version()));
}

pub(super) fn row() -> impl Strategy<Value = Row> {
    let step = (0u8..12, 0u8..40);
    // Points, short lines, long ones along the lattice, rings.
    let long =
        (0u8..12, 0u8..6, 17u8..34).prop_map(|(x, y, length)| (y..y + length).map(|y| (x, y)).collect());
    let path = prop_oneof![
        1 => Just(vec![]),
        3 => step.clone().prop_map(|step| vec![step]),
        2 => prop::collection::vec(step.clone(), 2..6),
        3 => long,
        1 => prop::collection::vec(step, 31..40),
    ];
    (path, prop::option::of(any::<u8>()), 0i32..4).prop_map(|(path, name, number)| Row { path, name, number })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(64) , ..ProptestConfig::default() })]
    #[test]
    fn a_patched_layer_is_the_layer_read_anew(
        start in prop::collection::btree_map(0i64..40, row(), 0..30),
        edits in prop::collection::vec(prop::collection::vec((0i64..45, prop::option::of(row())), 0..8), 1..4),
        repainted in prop::collection::vec((0usize..30, prop::option::of(any::<u8>()), 0i32..4), 0..6),
        ranked in any::<bool>(),
    ) {
        let detail = Detail { rank: ranked.then(|| "number".into()), ..Detail::default() };
        let collection = collection(detail);
        let mut rows: Rows = start;
        let mut current = layer(&collection, &rows);
        for batch in edits {
            let changes = edit(&collection, &mut rows, &batch);
            let patched = current.patched(&changes, &collection).unwrap().layer;
            check(&collection, &rows, &current, &patched);
            current = patched;
            // Rows that say something else and stay where they are.
            let ids: Vec<i64> = rows.keys().copied().collect();
            let repaint = |(at, name, number): &(usize, Option<u8>, i32)| {
                let id = *ids.get(*at)?;
                Some((id, Some(Row { path: rows[&id].path.clone(), name: *name, number: *number })))
            };
            let batch: Vec<(i64, Option<Row>)> = repainted.iter().filter_map(repaint).collect();
            let changes = edit(&collection, &mut rows, &batch);
            let patched = current.patched(&changes, &collection).unwrap().layer;
            prop_assert!(Arc::ptr_eq(&patched.index, &current.index));
            check(&collection, &rows, &current, &patched);
            current = patched;
        }
    }
}

/// What is seen of each row, in storage order.
fn seen(layer: &Layer) -> Vec<String> {
    let columns = || (0..layer.columns.len()).filter(|column| !layer.hidden.contains(column));
    let row = |row: u32| {
        let cells: Vec<String> =
            columns().map(|column| format!("{:?}", layer.columns[column].get(row as usize))).collect();
        let geometry = layer.geometries.as_ref().and_then(|all| all.get(row));
        format!("{cells:?} {:?}", geometry.map(|geometry| geometry.xy().to_vec()))
    };
    (0..layer.len() as u32).map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(64) , ..ProptestConfig::default() })]
    #[test]
    fn what_is_hidden_moves_nothing_that_is_seen(
        start in prop::collection::btree_map(0i64..40, row(), 0..30),
        edits in prop::collection::vec(prop::collection::vec((0i64..45, prop::option::of(row())), 0..8), 1..4),
        hides_key in any::<bool>(),
    ) {
        let mut collection = collection(Detail::default());
        let hidden = if hides_key { ["id", "all_differ"] } else { ["number", "all_differ"] };
        collection.hidden = hidden.map(str::to_owned).into();
        let mut rows: Rows = start;
        let mut current = layer(&collection, &rows);
        for (at, batch) in (1i64..).zip(edits) {
            // Keys that go over to others, or numbers that grow: neither is seen.
            let some: Vec<(i64, Row)> = rows.iter().take(5).map(|(id, row)| (*id, row.clone())).collect();
            let unseen = some.into_iter().flat_map(|(id, row)| match hides_key {
                true => vec![(id, None), (id + 100 * at, Some(row))],
                false => vec![(id, Some(Row { number: row.number + 1, ..row }))],
            });
            for batch in [unseen.collect(), batch] {
                let changes = edit(&collection, &mut rows, &batch);
                let patched = current.patched(&changes, &collection).unwrap();
                same_items(&patched.layer, &layer(&collection, &rows));
                let (again, difference) = layer(&collection, &rows).succeeding(&current, &[]);
                let [mut before, mut after] = [seen(&current), seen(&patched.layer)];
                before.sort();
                after.sort();
                let is_seen = before != after;
                prop_assert_eq!(patched.is_seen, is_seen);
                prop_assert_eq!(difference != Difference::Nothing, is_seen);
                for new in [&patched.layer, &again] {
                    prop_assert_eq!(new.seen_version() != current.seen_version(), is_seen);
                }
                current = patched.layer;
            }
        }
        if hides_key {
            let turned: Rows = rows.iter().map(|(id, row)| (-id, row.clone())).collect();
            prop_assert_eq!(seen(&current), seen(&layer(&collection, &turned)));
        }
    }
}

/// Where features wait for deeper zooms, a change may displace others that lie elsewhere.
#[test]
fn whoever_is_displaced_by_a_change_changes_the_tile_too() {
    let collection = collection(Detail::default());
    let mut state = 7u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let point = |random: &mut dyn FnMut(u64) -> u64| Row {
        path: vec![(random(200) as u8, random(200) as u8)],
        name: None,
        number: random(4) as i32,
    };
    // A little above the number from which on features wait: the changes cross it both ways.
    let mut rows: Rows = (0..5_003).map(|id| (id, point(&mut random))).collect();
    let mut current = layer(&collection, &rows);
    for _ in 0..6 {
        let edits: Vec<(i64, Option<Row>)> = (0..6)
            .map(|_| {
                let id = random(5_010) as i64;
                (id, (random(2) == 0).then(|| point(&mut random)))
            })
            .collect();
        let changes = edit(&collection, &mut rows, &edits);
        let patched = current.patched(&changes, &collection).unwrap().layer;
        check(&collection, &rows, &current, &patched);
        current = patched;
    }
}

#[test]
fn a_row_whose_key_another_has_is_refused() {
    let collection = collection(Detail::default());
    let one = Row { path: vec![(1, 1)], name: None, number: 1 };
    let rows: Rows = [(1, one.clone())].into();
    let old = layer(&collection, &rows);
    let mut changes = edit(&collection, &mut rows.clone(), &[(1, Some(one))]);
    changes.count = 0;
    assert!(old.patched(&changes, &collection).is_err());
}

/// What a small change of a large layer costs:
/// `cargo test --release --lib patch_of_a_large_layer -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn patch_of_a_large_layer() {
    let collection = collection(Detail::default());
    let house = |id: i64, moved: f64| {
        let [x, y] = [(id % 600) as f64, (id / 600) as f64].map(|step| step * 0.0004 + moved);
        let corner = |dx: f64, dy: f64| [6.8 + x + dx * 0.0002, 50.8 + y + dy * 0.0001];
        let xy = vec![
            corner(0.0, 0.0),
            corner(1.0, 0.0),
            corner(1.0, 1.0),
            corner(0.5, 1.2),
            corner(0.0, 1.0),
            corner(0.0, 0.0),
        ];
        let parts = vec![Part { role: Role::Exterior, end: 6 }];
        Shape { kind: Some(GeometryType::Polygon), xy, parts, ..Shape::default() }
    };
    let build = |ids: &mut dyn Iterator<Item = i64>, number: i64, moved: f64| {
        let mut builder = LayerBuilder::new(&collection).unwrap();
        for id in ids {
            builder.cell(0, Value::Integer(id));
            builder.cell(1, Value::Text(["a", "b", "c"][id as usize % 3]));
            builder.cell(2, Value::Integer(number));
            builder.cell(3, Value::Text(&format!("{id} {number}")));
            builder.shape(Some(&house(id, moved)));
            builder.end_row().unwrap();
        }
        builder.finish(Timestamp::UNIX_EPOCH)
    };
    let began = Instant::now();
    let mut layer = build(&mut (0..300_000), 0, 0.0);
    println!("load (without source): {:?}, {} MiB", began.elapsed(), layer.memory() >> 20);
    let shared = Arc::new(collection.clone());
    let permit = super::derived_tests::permit(&shared, "name = 'a'", &[]);
    let room = crate::layer::derived::Room::default();
    let began = Instant::now();
    let derived = layer.derived(&shared, &permit, &room).unwrap().layer;
    println!("a third of it: {:?}, {} MiB", began.elapsed(), derived.memory() >> 20);
    let mut took = [vec![], vec![], vec![], vec![]];
    for round in 0..40 {
        // In turn only what they say, and where they are.
        let is_moved = round % 2;
        let ids: Vec<i64> = (0..10).map(|place| (place * 29_989 + round * 7919) % 300_000).collect();
        let mut keys = ColumnBuilder::new(ColumnType::BigInteger);
        ids.iter().for_each(|id| assert!(keys.push(Value::Integer(*id))));
        let rows = build(&mut ids.iter().copied(), round + 1, is_moved as f64 * 0.00003);
        let changes = Changes { keys: vec![keys.finish()], count: 10, rows };
        let began = Instant::now();
        let patched = layer.patched(&changes, &collection).unwrap();
        took[is_moved as usize].push(began.elapsed());
        let began = Instant::now();
        assert_eq!(layer.patch_derived(&patched.layer, &changes, &room).len(), 1);
        took[2 + is_moved as usize].push(began.elapsed());
        layer = patched.layer;
    }
    let what =
        ["what they say", "where they are", "what they say, of the third", "where they are, of the third"];
    for (what, mut took) in what.into_iter().zip(took) {
        took.sort_unstable();
        println!("10 of 300,000 polygons, {what}: median {:?}, most {:?}", took[10], took[19]);
    }
}
