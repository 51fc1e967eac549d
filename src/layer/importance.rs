//! Which features matter more than others, and from which zoom on each is worth drawing.
//!
//! Both are decided once, when the layer is made, for the layer as a whole: so neighbouring tiles agree, and what
//! is drawn at one zoom is drawn at all that follow. Where no tile of a zoom holds many features, all are drawn
//! from there on. In a fuller zoom the map is divided into cells, and of the features that are smaller than a
//! cell the most important in each is drawn, if none is drawn there yet: an even spread, as dense in the city's
//! centre as at its edge.
//!
//! The idea is that of label grids in Planetiler and of tippecanoe's `--drop-densest-as-needed`, taken to the
//! layer instead of the tile.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::column::{Column, Value};
use super::geometries::{Geometries, WorldBox};
use super::value_text::plain_text;
use crate::catalog::Detail;
use crate::geo::{GeometryType, hilbert};

/// Up to so many features in its fullest tile, a zoom is drawn whole.
pub const FULL: usize = 5000;
/// From this zoom on everything is drawn.
pub const EVERYTHING_FROM: u8 = 16;
/// Cells along a side of a tile, as a power of two, for points and areas: 8 pixels of a tile drawn 512 wide.
const CELLS: u32 = 6;
/// The same for lines: 2 pixels, since a network with gaps is worse than a dense one.
const LINE_CELLS: u32 = 8;

/// The order of a layer's features and the zooms at which they appear, both by row.
#[derive(Debug, Default)]
pub struct Importance {
    /// The place of each row in the order, 0 being the most important.
    places: Vec<u32>,
    /// The zoom each row appears at.
    zooms: Vec<u8>,
}

/// What is configured, with the columns it speaks of.
#[derive(Default)]
pub struct Rules<'a> {
    /// The column of numbers to order by.
    rank: Option<&'a Column>,
    /// Columns, and from which zoom on features with a value are drawn.
    zooms: Vec<(&'a Column, &'a BTreeMap<String, u8>)>,
}

impl<'a> Rules<'a> {
    /// The rules of `detail`; those about columns that there are not go.
    pub fn of(detail: &'a Detail, column: impl Fn(&str) -> Option<&'a Column>) -> Rules<'a> {
        let zooms = detail.value_zooms.iter().filter_map(|(name, zooms)| Some((column(name)?, zooms)));
        Rules { rank: detail.rank.as_deref().and_then(&column), zooms: zooms.collect() }
    }

    /// The zoom before which a row is not drawn.
    fn zoom(&self, row: usize) -> u8 {
        let zooms = self.zooms.iter().filter_map(|(column, zooms)| zooms.get(&plain_text(column.get(row))));
        zooms.copied().max().unwrap_or(0)
    }
}

/// What is known of a feature that may have to wait.
struct Feature {
    /// The place of its centre on the Hilbert curve, along which rows lie.
    curve: u64,
    /// The longer side of its box, in steps of the world grid.
    size: u64,
    /// As in [`CELLS`].
    cells: u32,
    /// The zoom before which it is not drawn, by the rules.
    from: u8,
}

impl Importance {
    /// For rows in curve order with these boxes. Those with larger numbers in the column of rank matter more, NULL
    /// least; among equals and without such a column larger features, and among equals those that a hash of the
    /// place picks.
    pub fn of(boxes: &[WorldBox], geometries: &Geometries, rules: &Rules<'_>) -> Importance {
        let features: Vec<Feature> = boxes
            .par_iter()
            .enumerate()
            .map(|(row, bounds)| Feature {
                curve: hilbert::index(bounds.centre()),
                size: size(bounds),
                cells: if is_line(geometries, row as u32) { LINE_CELLS } else { CELLS },
                from: rules.zoom(row),
            })
            .collect();
        let places = places(&features, rules.rank);
        // Rows without place come last on the curve, and are in no tile.
        let placed = boxes.iter().position(WorldBox::is_empty).unwrap_or(boxes.len());
        let zooms = zooms(features.get(..placed).unwrap_or_default(), &places, boxes.len());
        Importance { places, zooms }
    }

    /// The place of a row in the order of importance, 0 being the first.
    pub fn place(&self, row: u32) -> u32 {
        self.places.get(row as usize).copied().unwrap_or(u32::MAX)
    }

    /// The first zoom at which a row is worth drawing; 0 where all are at every zoom.
    pub fn zoom(&self, row: u32) -> u8 {
        self.zooms.get(row as usize).copied().unwrap_or(0)
    }

    /// The bytes it holds in memory.
    pub fn memory(&self) -> usize {
        self.places.capacity() * size_of::<u32>() + self.zooms.capacity()
    }
}

/// The longer side of a box.
fn size(bounds: &WorldBox) -> u64 {
    let side = |axis: usize| u64::from(bounds.max[axis].abs_diff(bounds.min[axis]));
    if bounds.is_empty() { 0 } else { side(0).max(side(1)) }
}

fn is_line(geometries: &Geometries, row: u32) -> bool {
    let kind = geometries.get(row).map(|geometry| geometry.kind);
    matches!(kind, Some(GeometryType::LineString | GeometryType::MultiLineString))
}

fn places(features: &[Feature], rank: Option<&Column>) -> Vec<u32> {
    // Descending, NULL and NaN last.
    let number = |row: usize| match rank.map(|column| column.get(row)) {
        Some(Value::Integer(value)) => value as f64,
        Some(Value::Real(value)) => f64::from(value),
        Some(Value::Double(value)) => value,
        Some(Value::Numeric(text)) => text.parse().unwrap_or(f64::NEG_INFINITY),
        _ => f64::NEG_INFINITY,
    };
    let mut order: Vec<(f64, u64, u64, u32)> = features
        .par_iter()
        .enumerate()
        .map(|(row, feature)| {
            let number = Some(number(row)).filter(|number| !number.is_nan()).unwrap_or(f64::NEG_INFINITY);
            (number, feature.size, scatter(feature.curve), row as u32)
        })
        .collect();
    order.par_sort_unstable_by(|one, other| {
        other
            .0
            .total_cmp(&one.0)
            .then_with(|| (other.1, other.2).cmp(&(one.1, one.2)))
            .then(one.3.cmp(&other.3))
    });
    let mut places = vec![0; features.len()];
    for (place, (.., row)) in (0u32..).zip(&order) {
        if let Some(slot) = places.get_mut(*row as usize) {
            *slot = place;
        }
    }
    places
}

/// Not drawn at any zoom looked at so far.
const LATER: u8 = u8::MAX;

fn zooms(features: &[Feature], places: &[u32], rows: usize) -> Vec<u8> {
    let mut zooms = vec![LATER; features.len()];
    for zoom in 0..EVERYTHING_FROM {
        // Half the world is one tile's side at zoom 1, and so on.
        let is_full = |run: &[Feature]| run.len() > FULL;
        let fullest =
            runs(features, 2 * (32 - u32::from(zoom))).any(|range| features.get(range).is_some_and(is_full));
        if !fullest {
            let waiting = zooms.iter_mut().zip(features).filter(|(drawn, _)| **drawn == LATER);
            waiting.for_each(|(drawn, feature)| *drawn = feature.from.max(zoom));
            break;
        }
        for cells in [CELLS, LINE_CELLS] {
            let bits = 32 - u32::from(zoom) - cells;
            for range in runs(features, 2 * bits) {
                let small = |row: &usize| {
                    let is_small = |feature: &Feature| feature.cells == cells && feature.size < 1 << bits;
                    features.get(*row).is_some_and(|feature| is_small(feature) && feature.from <= zoom)
                };
                let zoom_of = |row: usize| zooms.get(row).copied().unwrap_or(LATER);
                let is_taken = range.clone().filter(small).any(|row| zoom_of(row) != LATER);
                let first = range.clone().filter(small).min_by_key(|row| places.get(*row));
                let first = first.filter(|_| !is_taken);
                for row in range {
                    let Some(feature) = features.get(row).filter(|feature| feature.cells == cells) else {
                        continue;
                    };
                    if let Some(drawn) = zooms.get_mut(row)
                        && *drawn == LATER
                        && feature.from <= zoom
                        && (feature.size >= 1 << bits || first == Some(row))
                    {
                        *drawn = zoom;
                    }
                }
            }
        }
    }
    zooms.iter_mut().filter(|drawn| **drawn == LATER).for_each(|drawn| *drawn = EVERYTHING_FROM);
    // Nothing to remember where nothing ever waits.
    if zooms.iter().all(|zoom| *zoom == 0) {
        return vec![];
    }
    zooms.resize(rows, EVERYTHING_FROM);
    zooms
}

/// The runs of features whose places on the curve are alike but for the last `bits`: those of one square.
fn runs(features: &[Feature], bits: u32) -> impl Iterator<Item = std::ops::Range<usize>> {
    let square = move |feature: &Feature| feature.curve.checked_shr(bits).unwrap_or(0);
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = square(features.get(start)?);
        let rest = features.get(start..).unwrap_or_default();
        let end = start + rest.iter().take_while(|feature| square(feature) == first).count();
        Some(std::mem::replace(&mut start, end)..end)
    })
}

/// Spreads neighbouring numbers far apart (the finaliser of splitmix64).
fn scatter(place: u64) -> u64 {
    let mixed = (place ^ (place >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn features(points: &[([i32; 2], u64)]) -> (Vec<Feature>, Vec<[i32; 2]>) {
        let mut all: Vec<(u64, [i32; 2], u64)> =
            points.iter().map(|(at, size)| (hilbert::index(*at), *at, *size)).collect();
        all.sort_unstable();
        let features =
            all.iter().map(|(curve, _, size)| Feature { curve: *curve, size: *size, cells: CELLS, from: 0 });
        (features.collect(), all.iter().map(|(_, at, _)| *at).collect())
    }

    #[test]
    fn few_features_never_wait() {
        let (few, _) = features(&vec![([5, 5], 0); FULL]);
        let order = places(&few, None);
        assert!(zooms(&few, &order, few.len()).is_empty());
    }

    #[test]
    fn the_largest_of_a_cell_is_first() {
        let mut all = vec![([5, 5], 0); FULL];
        all.push(([6, 6], 3));
        let (all, _) = features(&all);
        let zooms = zooms(&all, &places(&all, None), all.len());
        let first: Vec<usize> = (0..all.len()).filter(|row| zooms[*row] == 0).collect();
        assert_eq!(first.iter().map(|row| all[*row].size).collect::<Vec<_>>(), [3]);
        assert!((0..all.len()).filter(|row| !first.contains(row)).all(|row| zooms[row] == EVERYTHING_FROM));
    }

    #[test]
    fn rank_goes_before_size() {
        let (all, _) = features(&[([0, 0], 9), ([1 << 20, 0], 1), ([1 << 21, 0], 5)]);
        let mut rank = super::super::ColumnBuilder::new(crate::catalog::ColumnType::Integer);
        for value in [Value::Null, Value::Integer(7), Value::Integer(3)] {
            assert!(rank.push(value));
        }
        assert_eq!(places(&all, Some(&rank.finish())), [2, 0, 1]);
        assert_eq!(places(&all, None), [0, 2, 1]);
    }

    proptest! {
        #[test]
        fn full_zooms_show_one_small_feature_a_cell_and_no_cell_is_left_empty(
            points in prop::collection::vec(([0i32..1 << 24, 0i32..1 << 24], 0u64..1 << 20), FULL + 1..FULL + 3000)
        ) {
            let (all, at) = features(&points);
            let zooms = zooms(&all, &places(&all, None), all.len());
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
    }
}
