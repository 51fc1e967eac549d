//! Computes from which zoom level on each feature is drawn, beginning with the coarsest cells.

use super::feature::{CELLS, FULL, Feature, LINE_CELLS};
use crate::layer::simplify::EVERYTHING_FROM;

/// Marks a feature that is not drawn at any zoom level so far.
const LATER: u8 = u8::MAX;
/// The number of rows in a block, of which only the most important is examined if possible.
const BLOCK: usize = 64;
/// Cells are examined instead of single features as long as this many features are not drawn yet
/// for each that is.
const MANY: usize = 32;

/// Returns the zoom level of each row, or nothing if all rows are always drawn. The `features` are
/// in the order of the curve. `order` contains their rows, the most important first, and `places`
/// the rank of each row. `rows` is the number of rows.
pub(super) fn zooms(features: &[Feature], order: &[u32], places: &[u32], rows: usize) -> Vec<u8> {
    let mut zooms = vec![LATER; features.len()];
    let fullest = fullest(features);
    let has = |cells: u32| features.iter().any(|feature| feature.cells == cells);
    let classes: Vec<u32> = [CELLS, LINE_CELLS].into_iter().filter(|cells| has(*cells)).collect();
    let mut by_cell = match classes.as_slice() {
        [cells] => ByCell::of(features, order, places, *cells),
        _ => None,
    };
    for (zoom, fullest) in (0..EVERYTHING_FROM).zip(fullest) {
        if fullest <= FULL {
            let waiting = zooms.iter_mut().zip(features).filter(|(drawn, _)| **drawn == LATER);
            waiting.for_each(|(drawn, feature)| *drawn = feature.from.max(zoom));
            break;
        }
        by_cell = by_cell.filter(|by_cell| by_cell.special.len() * MANY <= features.len());
        match &mut by_cell {
            Some(by_cell) => by_cell.draw(zoom, &mut zooms),
            None => classes.iter().for_each(|cells| draw(features, places, zoom, *cells, &mut zooms)),
        }
    }
    zooms.iter_mut().filter(|drawn| **drawn == LATER).for_each(|drawn| *drawn = EVERYTHING_FROM);
    // If all features are always drawn, nothing needs to be stored.
    if zooms.iter().all(|zoom| *zoom == 0) {
        return vec![];
    }
    zooms.resize(rows, EVERYTHING_FROM);
    zooms
}

/// Returns the side of a cell at a zoom level, as a power of two.
fn bits(zoom: u8, cells: u32) -> u32 {
    32 - u32::from(zoom) - cells
}

/// Does what [`draw`] does, for features with cells of the same size and without rules. Its time
/// depends on the number of cells and not of features, because a change of ten rows recomputes all
/// zoom levels.
struct ByCell<'a> {
    features: &'a [Feature],
    order: &'a [u32],
    places: &'a [u32],
    cells: u32,
    /// The best rank among the rows of each [`BLOCK`].
    firsts: Vec<u32>,
    /// For each zoom level, the rows that are as large as its cells, but not as large as those of
    /// the level before.
    large: Vec<Vec<u32>>,
    /// The rows that are already drawn or as large as a cell, ascending.
    special: Vec<u32>,
}

impl<'a> ByCell<'a> {
    fn of(features: &'a [Feature], order: &'a [u32], places: &'a [u32], cells: u32) -> Option<ByCell<'a>> {
        if features.iter().any(|feature| feature.from > 0) {
            return None;
        }
        let of_rows = places.get(..features.len())?;
        let firsts = of_rows.chunks(BLOCK).filter_map(|block| block.iter().min().copied()).collect();
        let mut large = vec![vec![]; usize::from(EVERYTHING_FROM)];
        let smallest = 1u64 << bits(EVERYTHING_FROM - 1, cells);
        for (row, feature) in (0u32..).zip(features).filter(|(_, feature)| feature.size >= smallest) {
            let zoom = (0..EVERYTHING_FROM).find(|zoom| feature.size >= 1 << bits(*zoom, cells));
            large.get_mut(usize::from(zoom?))?.push(row);
        }
        Some(ByCell { features, order, places, cells, firsts, large, special: vec![] })
    }

    fn draw(&mut self, zoom: u8, zooms: &mut [u8]) {
        let bits = bits(zoom, self.cells);
        let large = self.large.get_mut(usize::from(zoom)).map(std::mem::take).unwrap_or_default();
        for row in large {
            if let Some(drawn) = zooms.get_mut(row as usize).filter(|drawn| **drawn == LATER) {
                *drawn = zoom;
                self.special.push(row);
            }
        }
        self.special.sort_unstable();
        let mut special = self.special.iter().map(|row| *row as usize).peekable();
        let mut drawn = vec![];
        let mut row = 0;
        while row < self.features.len() {
            let end = self.end_of_cell(row, bits);
            let (mut is_shown, mut has_large) = (false, false);
            while let Some(row) = special.next_if(|row| *row < end) {
                let is_large = self.features.get(row).is_some_and(|feature| feature.size >= 1 << bits);
                has_large |= is_large;
                is_shown |= !is_large;
            }
            let first = match (is_shown, has_large) {
                (true, _) => None,
                (false, true) => self.first_small(row..end, bits),
                (false, false) => self.first(row..end),
            };
            if let Some((row, shown)) = first.and_then(|row| Some((row, zooms.get_mut(row as usize)?))) {
                *shown = zoom;
                drawn.push(row);
            }
            row = end;
        }
        self.special.extend(drawn);
    }

    /// Returns the end of the cell that contains a row.
    fn end_of_cell(&self, row: usize, bits: u32) -> usize {
        let cell = |row: usize| self.features.get(row).map(|feature| feature.curve >> (2 * bits));
        let here = cell(row);
        // The steps double, because most cells are small where there are many.
        let (mut start, mut step) = (row, 1);
        while cell(start + step) == here {
            start += step;
            step *= 2;
        }
        let end = self.features.len().min(start + step);
        let rest = self.features.get(start..end).unwrap_or_default();
        start + rest.partition_point(|feature| Some(feature.curve >> (2 * bits)) == here)
    }

    /// Returns the most important of these rows.
    fn first(&self, rows: std::ops::Range<usize>) -> Option<u32> {
        let least = |places: &[u32], range: std::ops::Range<usize>| -> Option<u32> {
            places.get(range)?.iter().min().copied()
        };
        let (from, to) = (rows.start.next_multiple_of(BLOCK), rows.end / BLOCK * BLOCK);
        let place = if from >= to {
            least(self.places, rows)
        } else {
            let edges = [least(self.places, rows.start..from), least(self.places, to..rows.end)];
            let blocks = least(&self.firsts, from / BLOCK..to / BLOCK);
            edges.into_iter().chain([blocks]).flatten().min()
        };
        self.order.get(place? as usize).copied()
    }

    /// Returns the most important of these rows that is smaller than a cell.
    fn first_small(&self, rows: std::ops::Range<usize>, bits: u32) -> Option<u32> {
        let both = self.features.get(rows.clone())?.iter().zip(self.places.get(rows)?);
        let small = both.filter(|(feature, _)| feature.size < 1 << bits);
        self.order.get(*small.map(|(_, place)| place).min()? as usize).copied()
    }
}

/// Decides which features are drawn at one zoom level, among those with cells of the same size:
/// features larger than a cell, and in each other cell the most important one.
fn draw(features: &[Feature], places: &[u32], zoom: u8, cells: u32, zooms: &mut [u8]) {
    let bits = bits(zoom, cells);
    let mut cell = u64::MAX;
    // Rank and row of the most important feature in this cell; None once one is drawn.
    let mut first: Option<(u32, usize)> = Some((u32::MAX, usize::MAX));
    for row in 0..=features.len() {
        let feature = features.get(row);
        let here = feature.map_or(u64::MAX, |feature| feature.curve >> (2 * bits));
        if here != cell {
            if let Some(drawn) = first.and_then(|(_, row)| zooms.get_mut(row)) {
                *drawn = zoom;
            }
            (cell, first) = (here, Some((u32::MAX, usize::MAX)));
        }
        let Some(feature) = feature.filter(|feature| feature.cells == cells && feature.from <= zoom) else {
            continue;
        };
        let (Some(drawn), Some(place)) = (zooms.get_mut(row), places.get(row)) else { continue };
        if feature.size >= 1 << bits {
            if *drawn == LATER {
                *drawn = zoom;
            }
        } else if *drawn != LATER {
            first = None;
        } else {
            first = first.map(|best| best.min((*place, row)));
        }
    }
}

/// Returns for each zoom level the number of features in its fullest tile. A tile at zoom 1 is half
/// as wide as the world, and so on, so the positions on the curve of all features in a tile begin
/// with the same bits.
fn fullest(features: &[Feature]) -> [usize; EVERYTHING_FROM as usize] {
    let mut fullest = [0; EVERYTHING_FROM as usize];
    let mut starts = fullest;
    let mut before = features.first().map_or(0, |feature| feature.curve);
    for (row, feature) in features.iter().enumerate().skip(1) {
        // The zoom level from which on the two are in different tiles.
        let parts = ((before ^ feature.curve).leading_zeros() / 2 + 1) as usize;
        let tiles = starts.iter_mut().zip(&mut fullest).skip(parts);
        for (start, most) in tiles {
            *most = row.saturating_sub(*start).max(*most);
            *start = row;
        }
        before = feature.curve;
    }
    for (start, most) in starts.iter().zip(&mut fullest) {
        *most = (features.len() - start).max(*most);
    }
    fullest
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::super::tests::features;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn ordered(features: &[Feature]) -> (Vec<u32>, Vec<u32>) {
        let order = super::super::order(features, None);
        let mut places = vec![0; features.len()];
        crate::layer::build::rank_into(&order, &mut places);
        (order, places)
    }

    fn decided(features: &[Feature]) -> Vec<u8> {
        let (order, places) = ordered(features);
        zooms(features, &order, &places, features.len())
    }

    #[test]
    fn few_features_never_wait() {
        let (few, _) = features(&vec![([5, 5], 0); FULL]);
        let (order, places) = ordered(&few);
        assert!(zooms(&few, &order, &places, few.len()).is_empty());
    }

    #[test]
    fn the_largest_of_a_cell_is_first() {
        let mut all = vec![([5, 5], 0); FULL];
        all.push(([6, 6], 3));
        let (all, _) = features(&all);
        let zooms = decided(&all);
        let first: Vec<usize> = (0..all.len()).filter(|row| zooms[*row] == 0).collect();
        assert_eq!(first.iter().map(|row| all[*row].size).collect::<Vec<_>>(), [3]);
        assert!((0..all.len()).filter(|row| !first.contains(row)).all(|row| zooms[row] == EVERYTHING_FROM));
    }

    proptest! {
        #[test]
        fn full_zooms_show_one_small_feature_a_cell_and_no_cell_is_left_empty(
            points in prop::collection::vec(([0i32..1 << 24, 0i32..1 << 24], 0u64..1 << 20), FULL + 1..FULL + 3000)
        ) {
            let (all, at) = features(&points);
            let zooms = decided(&all);
            let last_full = zooms.iter().copied().max().unwrap_or(0);
            for zoom in 0..last_full {
                let bits = 32 - u32::from(zoom) - CELLS;
                let mut cells: BTreeMap<[i32; 2], (usize, usize)> = BTreeMap::new();
                for row in 0..all.len() {
                    let cell = cells.entry(at[row].map(|number| number >> bits)).or_default();
                    if all[row].size < 1 << bits {
                        cell.0 += 1;
                        cell.1 += usize::from(zooms[row] <= zoom);
                    } else {
                        prop_assert!(zooms[row] <= zoom);
                    }
                }
                for (small, drawn) in cells.values() {
                    prop_assert_eq!(*drawn, usize::from(*small > 0), "zoom {}: {} small ones", zoom, small);
                }
            }
        }

        #[test]
        fn by_cell_or_by_feature_it_is_the_same(
            points in prop::collection::vec(([0i32..1 << 26, 0i32..1 << 26], 0u64..1 << 21), 1..900),
            shift in 0u32..400,
        ) {
            let (all, _) = features(&points);
            // Any order, as a column of rank may result in.
            let mut order: Vec<u32> = (0..all.len() as u32).collect();
            order.sort_by_key(|row| row.wrapping_mul(2_654_435_761).wrapping_add(shift.wrapping_mul(40_503)));
            let mut places = vec![0; all.len()];
            crate::layer::build::rank_into(&order, &mut places);
            let mut by_cell = ByCell::of(&all, &order, &places, CELLS).unwrap();
            let [mut one, mut other] = [vec![LATER; all.len()], vec![LATER; all.len()]];
            for zoom in 0..EVERYTHING_FROM {
                by_cell.draw(zoom, &mut one);
                draw(&all, &places, zoom, CELLS, &mut other);
                prop_assert_eq!(&one, &other, "zoom {}", zoom);
            }
        }

        #[test]
        fn the_fullest_tile_is_found(points in prop::collection::vec([0i32..1 << 24, 0i32..1 << 24], 1..300)) {
            let (all, at) = features(&points.iter().map(|at| (*at, 0)).collect::<Vec<_>>());
            for (zoom, most) in fullest(&all).into_iter().enumerate() {
                let mut tiles: BTreeMap<[i64; 2], usize> = BTreeMap::new();
                for at in &at {
                    *tiles.entry(at.map(|number| i64::from(number) >> (32 - zoom))).or_default() += 1;
                }
                prop_assert_eq!(most, tiles.values().copied().max().unwrap(), "zoom {}", zoom);
            }
        }
    }
}
