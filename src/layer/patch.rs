//! A layer with some rows changed, as if it had been read in full.
//!
//! What stays is copied from the old layer's packed arrays in whole runs; only what came is parsed
//! and projected, by a builder of its own. Where rows only say something else and stay in their
//! places, as most edits have it, order, index, geometries and importance are the old layer's own.
//! Otherwise they come out as those of a layer read anew, so that tiles and items are the same to
//! the byte (`a_patched_layer_is_the_layer_read_anew`).

#![allow(clippy::indexing_slicing)] // only the two of a pair, by 0 and 1

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Instant;

use super::build::{lonlat_extent, next_seen_version, next_version, rank_into};
use super::column::Column;
use super::derived_slots::Slots;
use super::difference::is_same_shape;
use super::geometries::splice::Differing;
use super::geometries::{Geometries, WorldBox};
use super::importance::{Importance, Rules};
use super::key::{Keyed, compare_across};
use super::label_points::LabelPoints;
use super::largest::Largest;
use super::packed_rtree::PackedRtree;
use super::report::LoadReport;
use super::resident::Layer;
use super::seen::Seen;
use super::seen_beyond::SeenBeyond;
use super::splice::{GONE, Splice};
use crate::catalog::Collection;
use crate::error::{Error, Result};
use crate::geo::hilbert;
use rayon::prelude::*;

/// The rows of one collection that have changed: whatever has one of the keys goes, and `rows`
/// come.
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
    /// Whether rows came or went, or differ in what may be seen of them.
    pub is_seen: bool,
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
        let joint = Joint::of(self, changes);
        let unseen = joint.unseen();
        let is_seen = self.hidden.is_empty() || unseen.iter().flatten().any(|is_unseen| !is_unseen);
        let splice = &joint.splice;
        let columns = self.columns.par_iter().zip(&new.columns);
        let columns: Vec<Column> = columns.map(|(old, new)| old.splice(new, splice)).collect();
        let (by_key, key_rank) = match joint.is_in_place {
            true => (self.by_key.clone(), self.key_rank.clone()),
            false => {
                let by_key = self.spliced_keys(&joint)?;
                let mut key_rank = vec![0; by_key.len()];
                rank_into(&by_key, &mut key_rank);
                (Arc::new(by_key), Arc::new(key_rank))
            }
        };
        let index = match joint.is_in_place {
            true => self.index.clone(),
            false => Arc::new(PackedRtree::build(splice.gather(self.index.rows(), new.index.rows()))),
        };
        let Drawn { geometries, importance, otherwise } = joint.drawn(&index, &columns, collection);
        let version = next_version();
        let mut tile_versions = self.tile_versions.clone();
        let boxes = match joint.boxes(&index, &importance, otherwise, &unseen) {
            _ if !is_seen => vec![],
            Some(boxes) => {
                tile_versions.mark(version, boxes.iter().copied(), Instant::now());
                boxes
            }
            None => {
                tile_versions.everything(version);
                vec![index.bounds(), self.index.bounds()]
            }
        };
        let report = self.report_after(new, geometries.as_deref(), &index);
        let mut layer = Layer {
            columns,
            extent: lonlat_extent(&index),
            geometry_types: geometries.as_deref().map(Geometries::types).unwrap_or_default(),
            geometries,
            index,
            importance,
            label_points: LabelPoints::default(),
            by_key,
            key_rank,
            key: self.key.clone(),
            report: if is_seen { report } else { self.report.clone() },
            loaded_at: if is_seen { new.loaded_at } else { self.loaded_at },
            version,
            seen_version: if is_seen { next_seen_version() } else { self.seen_version },
            hidden: self.hidden.clone(),
            derived: Slots::default(),
            largest: Largest::default(),
            seen_beyond: SeenBeyond::default(),
            tile_versions,
        };
        if !layer.turns_keys_of(self) {
            return Ok(Patched { layer, boxes, is_seen });
        }
        layer.tile_versions.everything(version);
        let boxes = vec![layer.index.bounds(), self.index.bounds()];
        Ok(Patched { layer, boxes, is_seen })
    }

    /// The report of this layer after the rows of `new` came, with these geometries then. Rows
    /// without one are counted anew if they are all NULL, before and among those that came.
    fn report_after(&self, new: &Layer, geometries: Option<&Geometries>, index: &PackedRtree) -> LoadReport {
        let without = |all: Option<&Geometries>, index: &PackedRtree| {
            all.map_or([0, 0], |all| all.without_place(index.rows()))
        };
        let are_all_null = [self, new].iter().all(|layer| {
            without(layer.geometries.as_deref(), &layer.index)[0] == layer.report.null_geometries
        });
        let [shapeless, outside_world] = without(geometries, index);
        self.report.with_changes(&new.report, are_all_null.then_some(shapeless), outside_world)
    }

    /// Whether `changes` bring a row, or take one of this layer's.
    pub(super) fn is_met_by(&self, changes: &Changes) -> bool {
        !changes.rows.is_empty() || !self.rows_with(changes).is_empty()
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

    /// Before which row of this layer each row of `new` comes: along the curve, then by key, or
    /// where that is hidden first by what is seen of them.
    fn places_of(&self, new: &Layer) -> Vec<u32> {
        let rows: Vec<u32> = (0..self.len() as u32).collect();
        let (hides_key, ours, theirs) = (self.hides_key(), Seen::of(self), Seen::of(new));
        let place = |row: u32| {
            let curve = new.curve(row);
            let is_before = |other: &u32| match self.curve(*other).cmp(&curve) {
                Ordering::Equal => {
                    let looks = if hides_key { ours.compare(*other, &theirs, row) } else { Ordering::Equal };
                    looks.then_with(|| self.compare(*other, new.keyed(row))) == Ordering::Less
                }
                order => order == Ordering::Less,
            };
            rows.partition_point(is_before) as u32
        };
        (0..new.len() as u32).map(place).collect()
    }

    /// The rows of the new layer in the order of keys.
    fn spliced_keys(&self, joint: &Joint<'_>) -> Result<Vec<u32>> {
        let new = joint.new;
        let mut gone: Vec<u32> =
            joint.removed.iter().filter_map(|row| self.key_rank.get(*row as usize).copied()).collect();
        gone.sort_unstable();
        let mut before = Vec::with_capacity(new.len());
        for row in new.by_key.iter() {
            let keyed = new.keyed(*row);
            let rank = self.by_key.partition_point(|other| self.compare(*other, keyed) == Ordering::Less);
            let same = self.by_key.get(rank).filter(|other| self.compare(**other, keyed) == Ordering::Equal);
            if same.is_some() && gone.binary_search(&(rank as u32)).is_err() {
                return Err(Error::internal("a row came whose key another has"));
            }
            before.push(rank as u32);
        }
        let [old, new] = [(&*self.by_key, 0), (&*new.by_key, 1)].map(|(rows, which)| {
            let places = &joint.places[which];
            rows.iter().filter_map(|row| places.get(*row as usize).copied()).collect::<Vec<u32>>()
        });
        Ok(Splice::new(self.by_key.len(), &gone, &before).gather(&old, &new))
    }

    fn keyed(&self, row: u32) -> Keyed<'_> {
        (&self.columns, &self.key, row)
    }

    fn compare(&self, row: u32, other: Keyed<'_>) -> Ordering {
        compare_across(self.keyed(row), other)
    }

    /// The place on the curve by which a row lies in storage order.
    pub(super) fn curve(&self, row: u32) -> u64 {
        let bounds = self.index.row(row);
        if bounds.is_empty() { u64::MAX } else { hilbert::index(bounds.centre()) }
    }
}

/// How the rows of an old layer and of those that came make the new one.
struct Joint<'a> {
    old: &'a Layer,
    new: &'a Layer,
    /// The rows of the old layer that go, ascending.
    removed: Vec<u32>,
    splice: Splice,
    /// Where the rows of the old layer, and of those that came, lie in the new one.
    places: [Vec<u32>; 2],
    /// Whether each row that came lies where the row of its key lay, with the same geometry: only
    /// columns differ.
    is_in_place: bool,
}

/// What a layer is drawn by, and the rows (but for those that came) whose vertices are drawn
/// otherwise than before; None where these are not known.
struct Drawn {
    geometries: Option<Arc<Geometries>>,
    importance: Arc<Importance>,
    otherwise: Option<Vec<u32>>,
}

impl<'a> Joint<'a> {
    fn of(old: &'a Layer, changes: &'a Changes) -> Joint<'a> {
        let new = &changes.rows;
        let removed = old.rows_with(changes);
        let splice = Splice::new(old.len(), &removed, &old.places_of(new));
        let places = splice.places(old.len(), new.len());
        let shape = |layer: &'a Layer, row: u32| layer.geometries.as_ref()?.get(row);
        let is_alike = |(row, before): (u32, &u32)| {
            old.compare(*before, new.keyed(row)) == Ordering::Equal
                && is_same_shape(shape(new, row), shape(old, *before))
        };
        let is_in_place = removed == places[1] && (0u32..).zip(&removed).all(is_alike);
        Joint { old, new, removed, splice, places, is_in_place }
    }

    /// Which of the rows that went, and of those that came, look like one of the others: they
    /// differ in hidden columns alone, or not at all. None does where nothing is hidden: there each
    /// row that was written is told of.
    fn unseen(&self) -> [Vec<bool>; 2] {
        let mut unseen = [vec![false; self.removed.len()], vec![false; self.new.len()]];
        if self.old.hidden.is_empty() {
            return unseen;
        }
        let (old, new) = (Seen::of(self.old), Seen::of(self.new));
        let row = |number: usize| self.removed.get(number).copied().unwrap_or(u32::MAX);
        let mut removed: Vec<usize> = (0..self.removed.len()).collect();
        removed.sort_unstable_by(|one, other| old.compare(row(*one), &old, row(*other)));
        let mut added: Vec<u32> = (0..self.new.len() as u32).collect();
        added.sort_unstable_by(|one, other| new.compare(*one, &new, *other));
        let (mut removed, mut added) = (removed.into_iter().peekable(), added.into_iter().peekable());
        while let (Some(went), Some(came)) = (removed.peek().copied(), added.peek().copied()) {
            let order = old.compare(row(went), &new, came);
            if order.is_eq() {
                let [slot, other] = &mut unseen;
                slot.get_mut(went)
                    .into_iter()
                    .chain(other.get_mut(came as usize))
                    .for_each(|slot| *slot = true);
            }
            if order.is_le() {
                removed.next();
            }
            if order.is_ge() {
                added.next();
            }
        }
        unseen
    }

    fn drawn(&self, index: &PackedRtree, columns: &[Column], collection: &Collection) -> Drawn {
        let (Some(old), Some(new)) = (&self.old.geometries, &self.new.geometries) else {
            return Drawn { geometries: None, importance: Arc::default(), otherwise: Some(vec![]) };
        };
        let named = |name: &str| columns.get(collection.column(name)?);
        let rules = Rules::of(&collection.detail, named);
        let important = || {
            if self.is_in_place && rules.is_empty() {
                return self.old.importance.clone();
            }
            let kinds = self.splice.gather(old.kinds(), new.kinds());
            let new = &self.new.importance;
            Arc::new(self.old.importance.spliced(new, &self.splice, index.rows(), &kinds, &rules))
        };
        let ((geometries, otherwise), importance) = rayon::join(|| self.joined(old, new, index), important);
        Drawn { geometries: Some(geometries), importance, otherwise }
    }

    /// The geometries of the new layer, and which of those that stay are drawn otherwise, as
    /// [`Drawn`] has it.
    fn joined(
        &self,
        old: &Arc<Geometries>,
        new: &Geometries,
        index: &PackedRtree,
    ) -> (Arc<Geometries>, Option<Vec<u32>>) {
        if self.is_in_place {
            return (old.clone(), Some(vec![]));
        }
        let mut all = old.splice(new, &self.splice);
        if self.old.report.outside_world + self.new.report.outside_world == 0 {
            let differing = Differing { old, removed: &self.removed, added: &self.places[1] };
            let otherwise = all.simplify_around(index, &differing);
            (Arc::new(all), Some(otherwise))
        } else {
            // What lies outside the world is in no index, but may share vertices all the same.
            all.simplify();
            (Arc::new(all), None)
        }
    }

    /// Where something was or is drawn otherwise: what went, what came, what shows at another zoom
    /// than before, what lost or got vertices; what is `unseen` of the rows that went and came is
    /// nothing. None for all over.
    fn boxes(
        &self,
        index: &PackedRtree,
        importance: &Arc<Importance>,
        otherwise: Option<Vec<u32>>,
        [unseen_old, unseen_new]: &[Vec<bool>; 2],
    ) -> Option<Vec<WorldBox>> {
        let was = |row: &u32| self.old.index.row(*row);
        let removed = self.removed.iter().zip(unseen_old).filter(|(_, is_unseen)| !**is_unseen);
        let mut boxes: Vec<WorldBox> = removed.map(|(row, _)| was(row)).collect();
        let added =
            self.new.index.rows().iter().copied().zip(unseen_new).filter(|(_, is_unseen)| !**is_unseen);
        boxes.extend(added.map(|(bounds, _)| bounds));
        boxes.extend(otherwise?.iter().map(|row| index.row(*row)));
        boxes.extend(self.displaced(importance)?.iter().map(was));
        boxes.retain(|bounds| !bounds.is_empty());
        Some(boxes)
    }

    /// The rows of the old layer that stay and appear at another zoom now; None where they are
    /// many.
    fn displaced(&self, now: &Arc<Importance>) -> Option<Vec<u32>> {
        if Arc::ptr_eq(&self.old.importance, now) {
            return Some(vec![]);
        }
        let mut displaced = vec![];
        for (row, place) in (0u32..).zip(&self.places[0]) {
            if *place != GONE && self.old.importance.zoom(row) != now.zoom(*place) {
                displaced.push(row);
                if displaced.len() > MOST_DISPLACED {
                    return None;
                }
            }
        }
        Some(displaced)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod subset_tests;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod derived_tests;
