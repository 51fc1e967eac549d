//! Ranks features by importance, and decides from which zoom level on each is drawn.
//!
//! Both are decided once, when the layer is made, for the layer as a whole. So neighbouring tiles
//! agree, and a feature that is drawn at one zoom level is drawn at all deeper ones. From the first
//! zoom level at which no tile contains many features, all are drawn. At lower zoom levels, the map
//! is divided into cells. In each cell, the most important of the features that are smaller than a
//! cell is drawn, unless one is already drawn there. So the features are spread evenly, and are as
//! dense in the city's centre as at its edge.
//!
//! The method is that of label grids in Planetiler and of tippecanoe's `--drop-densest-as-needed`,
//! applied to the layer instead of the tile.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

mod feature;
mod zooms;

use self::feature::{CELLS, Feature, LINE_CELLS};
pub use super::simplify::EVERYTHING_FROM;
pub use feature::FULL;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::column::{Column, Value};
use super::geometries::{Geometries, WorldBox};
use super::splice::{GONE, Splice};
use super::value_text::plain_text;
use crate::catalog::Detail;
use crate::geo::{GeometryType, hilbert};

/// The ranks of a layer's features, and the zoom levels at which they appear, by row.
#[derive(Debug, Default)]
pub struct Importance {
    /// The rank of each row; 0 is the most important.
    places: Vec<u32>,
    /// The zoom level at which each row appears.
    zooms: Vec<u8>,
    /// The position of each row's centre on the Hilbert curve, which is expensive to compute and
    /// needed again after each change.
    curves: Vec<u64>,
}

/// The configured rules, with the columns that they mention.
#[derive(Default)]
pub struct Rules<'a> {
    /// The column of numbers by which features are ranked.
    rank: Option<&'a Column>,
    /// Columns, and by value the zoom level from which on features are drawn.
    zooms: Vec<(&'a Column, &'a BTreeMap<String, u8>)>,
}

impl<'a> Rules<'a> {
    /// Makes the rules of `detail`. Rules about columns that do not exist are ignored.
    pub fn of(detail: &'a Detail, column: impl Fn(&str) -> Option<&'a Column>) -> Rules<'a> {
        let zooms = detail.value_zooms.iter().filter_map(|(name, zooms)| Some((column(name)?, zooms)));
        Rules { rank: detail.rank.as_deref().and_then(&column), zooms: zooms.collect() }
    }

    /// Returns whether there are no rules, so that values of rows make no difference.
    pub fn is_empty(&self) -> bool {
        self.rank.is_none() && self.zooms.is_empty()
    }

    /// Returns the zoom level before which a row is not drawn.
    fn zoom(&self, row: usize) -> u8 {
        let zooms = self.zooms.iter().filter_map(|(column, zooms)| zooms.get(&plain_text(column.get(row))));
        zooms.copied().max().unwrap_or(0)
    }
}

impl Importance {
    /// Ranks rows in curve order that have these boxes. Rows with larger numbers in the column of
    /// rank are more important, and NULL is least important. Among equals, and without such a
    /// column, larger features are more important. Among features of equal size, a hash of the
    /// position decides.
    pub fn of(boxes: &[WorldBox], geometries: &Geometries, rules: &Rules<'_>) -> Importance {
        let curves: Vec<u64> = boxes.par_iter().map(|bounds| hilbert::index(bounds.centre())).collect();
        let features = features(&curves, boxes, geometries.kinds(), rules);
        let order = order(&features, rules.rank);
        Importance::by(&features, &order, curves, boxes)
    }

    /// Ranks the rows of `self` and `new` that are joined as `splice` describes, and have these
    /// boxes, types and rules.
    pub fn spliced(
        &self,
        new: &Importance,
        splice: &Splice,
        boxes: &[WorldBox],
        kinds: &[Option<GeometryType>],
        rules: &Rules<'_>,
    ) -> Importance {
        let curves = splice.gather(&self.curves, &new.curves);
        let features = features(&curves, boxes, kinds, rules);
        let [old_places, new_places] = splice.places(self.places.len(), new.places.len());
        // The rows that stay keep their order among themselves, as do their ranks.
        let mut rows = vec![GONE; self.places.len()];
        for (place, row) in self.places.iter().zip(&old_places) {
            if let Some(slot) = rows.get_mut(*place as usize) {
                *slot = *row;
            }
        }
        rows.retain(|row| *row != GONE);
        let mut added = new_places;
        added.sort_unstable_by(|one, other| by_importance(&features, rules.rank, *one, *other));
        let is_before =
            |one: &u32, other: u32| by_importance(&features, rules.rank, *one, other) == Ordering::Less;
        let before: Vec<u32> =
            added.iter().map(|row| rows.partition_point(|other| is_before(other, *row)) as u32).collect();
        let order = Splice::new(rows.len(), &[], &before).gather(&rows, &added);
        Importance::by(&features, &order, curves, boxes)
    }

    fn by(features: &[Feature], order: &[u32], curves: Vec<u64>, boxes: &[WorldBox]) -> Importance {
        let mut places = vec![0; features.len()];
        for (place, row) in (0u32..).zip(order) {
            if let Some(slot) = places.get_mut(*row as usize) {
                *slot = place;
            }
        }
        // Rows without a place come last on the curve, and are in no tile.
        let placed = boxes.iter().position(WorldBox::is_empty).unwrap_or(boxes.len());
        let zooms = zooms::zooms(features.get(..placed).unwrap_or_default(), order, &places, boxes.len());
        Importance { places, zooms, curves }
    }

    /// Returns the rank of a row; 0 is the most important.
    pub fn place(&self, row: u32) -> u32 {
        self.places.get(row as usize).copied().unwrap_or(u32::MAX)
    }

    /// Returns the first zoom level at which a row is drawn; 0 if all rows are always drawn.
    pub fn zoom(&self, row: u32) -> u8 {
        self.zooms.get(row as usize).copied().unwrap_or(0)
    }

    /// Returns the size in memory, in bytes.
    pub fn memory(&self) -> usize {
        self.places.capacity() * size_of::<u32>()
            + self.zooms.capacity()
            + self.curves.capacity() * size_of::<u64>()
    }
}

/// Returns the longer side of a box.
fn size(bounds: &WorldBox) -> u64 {
    let side = |axis: usize| u64::from(bounds.max[axis].abs_diff(bounds.min[axis]));
    if bounds.is_empty() { 0 } else { side(0).max(side(1)) }
}

fn is_line(kind: Option<GeometryType>) -> bool {
    matches!(kind, Some(GeometryType::LineString | GeometryType::MultiLineString))
}

fn features(
    curves: &[u64],
    boxes: &[WorldBox],
    kinds: &[Option<GeometryType>],
    rules: &Rules<'_>,
) -> Vec<Feature> {
    let feature =
        |(row, ((curve, bounds), kind)): (usize, ((&u64, &WorldBox), &Option<GeometryType>))| Feature {
            curve: *curve,
            size: size(bounds),
            cells: if is_line(*kind) { LINE_CELLS } else { CELLS },
            from: rules.zoom(row),
        };
    curves.par_iter().zip(boxes).zip(kinds).enumerate().map(feature).collect()
}

/// Returns the number of a row in the column of rank; NULL and other values come last.
fn rank_of(rank: Option<&Column>, row: usize) -> f64 {
    let number = match rank.map(|column| column.get(row)) {
        Some(Value::Integer(value)) => value as f64,
        Some(Value::Real(value)) => f64::from(value),
        Some(Value::Double(value)) => value,
        Some(Value::Numeric(text)) => text.parse().unwrap_or(f64::NEG_INFINITY),
        _ => f64::NEG_INFINITY,
    };
    if number.is_nan() { f64::NEG_INFINITY } else { number }
}

/// The values by which a feature is ranked.
type Weight = (f64, u64, u64, u32);

fn weight(features: &[Feature], rank: Option<&Column>, row: u32) -> Weight {
    let feature = features.get(row as usize);
    let (size, curve) = feature.map_or((0, 0), |feature| (feature.size, feature.curve));
    (rank_of(rank, row as usize), size, scatter(curve), row)
}

/// Compares two features; the more important one is less.
fn compare(one: &Weight, other: &Weight) -> Ordering {
    let descending = other.0.total_cmp(&one.0).then_with(|| (other.1, other.2).cmp(&(one.1, one.2)));
    descending.then(one.3.cmp(&other.3))
}

fn by_importance(features: &[Feature], rank: Option<&Column>, one: u32, other: u32) -> Ordering {
    compare(&weight(features, rank, one), &weight(features, rank, other))
}

/// Returns the rows, the most important first.
fn order(features: &[Feature], rank: Option<&Column>) -> Vec<u32> {
    let rows = 0..features.len() as u32;
    let mut order: Vec<Weight> = rows.into_par_iter().map(|row| weight(features, rank, row)).collect();
    order.par_sort_unstable_by(compare);
    order.into_iter().map(|(.., row)| row).collect()
}

/// Returns a hash that differs widely for neighbouring numbers (the finalizer of splitmix64;
/// Steele, Lea and Flood, OOPSLA 2014).
fn scatter(place: u64) -> u64 {
    let mixed = (place ^ (place >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
pub(super) mod tests {
    use super::*;

    pub(super) fn features(points: &[([i32; 2], u64)]) -> (Vec<Feature>, Vec<[i32; 2]>) {
        let mut all: Vec<(u64, [i32; 2], u64)> =
            points.iter().map(|(at, size)| (hilbert::index(*at), *at, *size)).collect();
        all.sort_unstable();
        let features =
            all.iter().map(|(curve, _, size)| Feature { curve: *curve, size: *size, cells: CELLS, from: 0 });
        (features.collect(), all.iter().map(|(_, at, _)| *at).collect())
    }

    fn places(features: &[Feature], rank: Option<&Column>) -> Vec<u32> {
        let mut places = vec![0; features.len()];
        for (place, row) in (0u32..).zip(order(features, rank)) {
            places[row as usize] = place;
        }
        places
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
}
