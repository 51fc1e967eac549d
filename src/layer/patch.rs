//! A layer with some rows changed, as if it had been read in full.
//!
//! What stays is copied from the old layer's packed arrays in whole runs; only what came is parsed and projected, by
//! a builder of its own. Order, index, importance and levels of detail come out as those of a layer read anew, so that
//! tiles and items are the same to the byte (`a_patched_layer_is_the_layer_read_anew`).

use std::cmp::Ordering;
use std::time::Instant;

use super::build::{lonlat_extent, next_version, rank_into};
use super::geometries::WorldBox;
use super::geometries::splice::Differing;
use super::importance::{Importance, Rules};
use super::key::{Keyed, compare_across};
use super::packed_rtree::PackedRtree;
use super::splice::Splice;
use super::{Column, Geometries, Layer};
use crate::catalog::Collection;
use crate::error::{Error, Result};
use crate::geo::hilbert;
use rayon::prelude::*;

/// The rows of one collection that have changed: whatever has one of the keys goes, and `rows` come.
#[derive(Debug)]
pub struct Changes {
    /// The keys, a column for each column of the collection's key.
    pub keys: Vec<Column>,
    /// How many keys there are.
    pub count: u32,
    /// What the rows with these keys are now; of each key there is one or none.
    pub rows: Layer,
}

/// What a change did, beside the new layer.
#[derive(Debug)]
pub struct Patched {
    /// The new layer.
    pub layer: Layer,
    /// The boxes on the world grid where something was or is drawn otherwise.
    pub boxes: Vec<WorldBox>,
}

/// More features than this that wait for another zoom than before are not looked at one by one.
const MOST_DISPLACED: usize = 4096;

impl Layer {
    /// This layer with `changes`. Fails where the layer has no key, or a key would occur twice.
    pub fn patched(&self, changes: &Changes, collection: &Collection) -> Result<Patched> {
        let new = &changes.rows;
        if !self.has_key() || !(new.has_key() || new.is_empty()) {
            return Err(Error::internal("rows without a key cannot be changed one by one"));
        }
        let removed = self.rows_with(changes);
        let splice = Splice::new(self.len(), &removed, &self.places_of(new));
        let columns: Vec<Column> =
            self.columns.par_iter().zip(&new.columns).map(|(old, new)| old.splice(new, &splice)).collect();
        let [old_places, new_places] = splice.places(self.len(), new.len());
        let by_key = self.spliced_keys(new, &removed, [&old_places, &new_places])?;
        let mut key_rank = vec![0; by_key.len()];
        rank_into(&by_key, &mut key_rank);
        let index = PackedRtree::build(splice.gather(self.index.rows(), new.index.rows()));
        let version = next_version();
        let mut boxes: Vec<WorldBox> = removed.iter().map(|row| self.index.row(*row)).collect();
        boxes.extend(new.index.rows());

        let (mut geometries, mut importance, mut otherwise) = (None, Importance::default(), Some(vec![]));
        if let (Some(old), Some(new_ones)) = (&self.geometries, &new.geometries) {
            let mut all = old.splice(new_ones, &splice);
            let differing = Differing { old, removed: &removed, added: &new_places };
            otherwise = if self.report.outside_world + new.report.outside_world == 0 {
                Some(all.simplify_around(&index, &differing))
            } else {
                // What lies outside the world is in no index, but may share vertices all the same.
                all.simplify();
                None
            };
            let named = |name: &str| columns.get(collection.column(name)?);
            let rules = Rules::of(&collection.detail, named);
            importance = self.importance.spliced(&new.importance, &splice, index.rows(), &all, &rules);
            geometries = Some(all);
        }
        boxes.extend(otherwise.iter().flatten().map(|row| index.row(*row)));
        let displaced = self.displaced(&importance, &old_places);
        boxes.extend(displaced.iter().flatten().map(|row| self.index.row(*row)));
        boxes.retain(|bounds| !bounds.is_empty());
        let mut touched = self.touched.clone();
        match otherwise.and(displaced) {
            Some(_) => touched.mark(version, boxes.iter().copied(), Instant::now()),
            None => {
                touched.everything(version);
                boxes = vec![index.bounds(), self.index.bounds()];
            }
        }
        let layer = Layer {
            columns,
            extent: lonlat_extent(&index),
            geometry_types: geometries.as_ref().map(Geometries::types).unwrap_or_default(),
            geometries,
            index,
            importance,
            by_key,
            key_rank,
            key: self.key.clone(),
            report: self.report.with_changes(&new.report),
            loaded_at: new.loaded_at,
            version,
            touched,
        };
        Ok(Patched { layer, boxes })
    }

    /// The rows that have one of the keys, ascending.
    fn rows_with(&self, changes: &Changes) -> Vec<u32> {
        let parts: Vec<usize> = (0..changes.keys.len()).collect();
        let find = |number: u32| {
            let wanted: Keyed<'_> = (&changes.keys, &parts, number);
            let rank = self.by_key.partition_point(|row| self.compare(*row, wanted) == Ordering::Less);
            self.by_key.get(rank).copied().filter(|row| self.compare(*row, wanted) == Ordering::Equal)
        };
        let mut rows: Vec<u32> = (0..changes.count).filter_map(find).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Before which row of this layer each row of `new` comes: along the curve, then by key.
    fn places_of(&self, new: &Layer) -> Vec<u32> {
        let rows: Vec<u32> = (0..self.len() as u32).collect();
        let place = |row: u32| {
            let curve = new.curve(row);
            let is_before = |other: &u32| match self.curve(*other).cmp(&curve) {
                Ordering::Equal => self.compare(*other, new.keyed(row)) == Ordering::Less,
                order => order == Ordering::Less,
            };
            rows.partition_point(is_before) as u32
        };
        (0..new.len() as u32).map(place).collect()
    }

    /// The rows of the new layer in the order of keys.
    fn spliced_keys(&self, new: &Layer, removed: &[u32], places: [&[u32]; 2]) -> Result<Vec<u32>> {
        let mut gone: Vec<u32> =
            removed.iter().filter_map(|row| self.key_rank.get(*row as usize).copied()).collect();
        gone.sort_unstable();
        let mut before = Vec::with_capacity(new.len());
        for row in &new.by_key {
            let keyed = new.keyed(*row);
            let rank = self.by_key.partition_point(|other| self.compare(*other, keyed) == Ordering::Less);
            let same = self.by_key.get(rank).filter(|other| self.compare(**other, keyed) == Ordering::Equal);
            if same.is_some() && gone.binary_search(&(rank as u32)).is_err() {
                return Err(Error::internal("a row came whose key another has"));
            }
            before.push(rank as u32);
        }
        let [old, new] = [(&self.by_key, places[0]), (&new.by_key, places[1])].map(|(rows, places)| {
            rows.iter().filter_map(|row| places.get(*row as usize).copied()).collect::<Vec<u32>>()
        });
        Ok(Splice::new(self.by_key.len(), &gone, &before).gather(&old, &new))
    }

    /// The rows of this layer that stay and appear at another zoom now; None where they are many.
    fn displaced(&self, now: &Importance, places: &[u32]) -> Option<Vec<u32>> {
        let mut displaced = vec![];
        for (row, place) in (0u32..).zip(places) {
            if *place != super::splice::GONE && self.importance.zoom(row) != now.zoom(*place) {
                displaced.push(row);
                if displaced.len() > MOST_DISPLACED {
                    return None;
                }
            }
        }
        Some(displaced)
    }

    fn keyed(&self, row: u32) -> Keyed<'_> {
        (&self.columns, &self.key, row)
    }

    fn compare(&self, row: u32, other: Keyed<'_>) -> Ordering {
        compare_across(self.keyed(row), other)
    }

    /// The place on the curve by which a row lies in storage order.
    fn curve(&self, row: u32) -> u64 {
        let bounds = self.index.row(row);
        if bounds.is_empty() { u64::MAX } else { hilbert::index(bounds.centre()) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests;
