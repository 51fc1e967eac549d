//! Layers with fewer rows are the layers read without the others.

use proptest::prelude::*;

use super::tests::{Row, Rows, collection, edit, layer, render, row, same_items, tiles};
use crate::catalog::Detail;
use crate::layer::{Difference, Value};

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(64) , ..ProptestConfig::default() })]
    #[test]
    fn a_subset_is_the_layer_read_without_the_other_rows(
        rows in prop::collection::btree_map(0i64..60, row(), 0..50),
        edits in prop::collection::vec((0i64..65, prop::option::of(row())), 0..12),
        kept in 0i32..4,
        hidden in prop::sample::select(vec![vec![], vec!["id"], vec!["number"], vec!["id", "all_differ"]]),
        ranked in any::<bool>(),
    ) {
        let detail = Detail { rank: ranked.then(|| "number".into()), ..Detail::default() };
        let whole = collection(detail);
        let mut seen = whole.clone();
        seen.hidden = hidden.into_iter().map(str::to_owned).collect();
        let mut rows: Rows = rows;
        let base = layer(&whole, &rows);
        let changes = edit(&whole, &mut rows, &edits);
        // Of a layer as it was read, and of one that was changed.
        for base in [layer(&whole, &rows), base.patched(&changes, &whole).unwrap().layer] {
            let number = &base.columns[2];
            let is_kept = |row: &u32| matches!(number.get(*row as usize), Value::Integer(n) if n as i32 <= kept);
            let chosen: Vec<u32> = (0..base.len() as u32).filter(is_kept).collect();
            let positions = (0..whole.columns.len()).filter(|column| seen.hides(*column)).collect();
            let subset = base.subset(&chosen, positions, &whole);
            let own: Rows = rows.clone().into_iter().filter(|(_, row)| row.number <= kept).collect();
            let fresh = layer(&seen, &own);
            same_items(&subset, &fresh);
            prop_assert_eq!(&subset.hidden, &fresh.hidden);
            for coordinate in tiles() {
                prop_assert_eq!(render(&subset, &seen, coordinate), render(&fresh, &seen, coordinate));
            }
        }
    }
}

/// A layer that has lost its only long line keeps levels for the others, and one that is read anew
/// has none.
#[test]
fn vertices_that_are_always_drawn_are_the_same_with_levels_and_without() {
    let collection = collection(Detail::default());
    let long = Row { path: (0..40).map(|step| (0, step)).collect(), name: None, number: 0 };
    let short = Row { path: vec![(2, 31), (3, 21)], name: None, number: 1 };
    let mut rows: Rows = [(1, long), (2, short)].into();
    let old = layer(&collection, &rows);
    let changes = edit(&collection, &mut rows, &[(1, None)]);
    let patched = old.patched(&changes, &collection).unwrap().layer;
    let (_, difference) = layer(&collection, &rows).succeeding(&patched, &[]);
    assert!(difference == Difference::Nothing);
}
