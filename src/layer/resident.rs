//! The features of one collection at one moment.

use std::sync::Arc;

use jiff::Timestamp;

use super::column::Column;
use super::derived_slots::Slots;
use super::geometries::Geometries;
use super::importance::Importance;
use super::label_points::LabelPoints;
use super::largest::Largest;
use super::packed_rtree::PackedRtree;
use super::report::LoadReport;
use super::seen_beyond::SeenBeyond;
use super::tile_versions::{TileVersion, TileVersions};
use crate::geo::Bbox;

/// The features of one collection at one moment: columns, geometries, an index, and the order of
/// keys.
///
/// Rows are stored along the Hilbert curve by the centres of their boxes, and then by key. So a
/// tile reads neighbouring memory, and the order of its features depends only on the features. Two
/// layers before and after a change share what has not changed.
#[derive(Debug)]
pub struct Layer {
    pub(crate) columns: Vec<Column>,
    pub(crate) geometries: Option<Arc<Geometries>>,
    pub(crate) index: Arc<PackedRtree>,
    /// The ranks of rows by importance, and from which zoom level on each is drawn.
    pub(crate) importance: Arc<Importance>,
    /// The label points of the rows, each computed at its first request.
    pub(crate) label_points: LabelPoints,
    /// The rows in the order of their keys, or as they were loaded if there is no key.
    pub(crate) by_key: Arc<Vec<u32>>,
    /// The position of each row in `by_key`.
    pub(crate) key_rank: Arc<Vec<u32>>,
    /// The positions of the key's columns; empty without a key.
    pub(crate) key: Vec<usize>,
    /// The bounds of all geometries in degrees (CRS84); None if there are none.
    pub(crate) extent: Option<Bbox>,
    /// The geometry types that occur.
    pub(crate) geometry_types: std::collections::BTreeSet<crate::geo::GeometryType>,
    /// What was unusual while loading.
    pub(crate) report: LoadReport,
    /// When the rows were read.
    pub(crate) loaded_at: Timestamp,
    /// A number that differs from that of every other layer that this process has built, except
    /// layers with the same rows.
    pub(crate) version: u64,
    /// When the visible values last changed, in microseconds since 1970. It reveals nothing about
    /// hidden values or other layers.
    pub(crate) seen_version: u64,
    /// The positions of the columns that the configuration hides, ascending.
    pub(crate) hidden: Vec<usize>,
    /// The rows that restricted permits show, each as a layer.
    pub(crate) derived: Slots<Layer>,
    /// The sizes of the largest features, computed at the first request.
    pub(crate) largest: Largest,
    /// Whether keys that cannot be ids in tiles are among the rows in the database.
    pub(crate) seen_beyond: SeenBeyond,
    /// The tiles that have changed since the layer was read completely.
    pub(crate) tile_versions: TileVersions,
}

impl Layer {
    /// Returns the number of features.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Returns whether there are no features.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Returns the bounds of all geometries in degrees (CRS84): west, south, east, north.
    pub fn extent(&self) -> Option<Bbox> {
        self.extent
    }

    /// Returns the geometry types that occur.
    pub fn geometry_types(&self) -> &std::collections::BTreeSet<crate::geo::GeometryType> {
        &self.geometry_types
    }

    /// Returns when the rows were read.
    pub fn loaded_at(&self) -> Timestamp {
        self.loaded_at
    }

    /// Returns a number that no layer of this process with other rows has or had. Results from a
    /// layer are cached under it.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns a number that grows with each change of visible values: microseconds since 1970.
    pub fn seen_version(&self) -> u64 {
        self.seen_version
    }

    /// Returns the layer with the time of reading of `before`, from which it differs in nothing
    /// visible.
    pub fn read_with(self, before: &Layer) -> Layer {
        Layer { loaded_at: before.loaded_at, ..self }
    }

    /// Returns the layer as if it had been read at this time.
    pub(super) fn read_at(self, time: Timestamp) -> Layer {
        Layer { loaded_at: time, ..self }
    }

    /// Returns whether the configuration hides a column of the key.
    pub(super) fn hides_key(&self) -> bool {
        self.key.iter().any(|column| self.hidden.contains(column))
    }

    /// Returns the version under which a tile of this layer is cached at `now`. It changes whenever
    /// the content of the tile may have changed.
    pub fn tile_version(&self, zoom: u8, place: [u32; 2], now: std::time::Instant) -> TileVersion {
        self.tile_versions.version(zoom, place, now)
    }

    /// Returns the report about what was unusual while loading.
    pub fn report(&self) -> &LoadReport {
        &self.report
    }

    /// Returns whether features have ids.
    pub fn has_key(&self) -> bool {
        !self.key.is_empty()
    }

    /// Returns the allocated size in memory, in bytes.
    pub fn memory(&self) -> usize {
        self.columns.iter().map(Column::memory).sum::<usize>()
            + self.geometries.as_ref().map_or(0, |geometries| geometries.memory())
            + self.index.memory()
            + self.importance.memory()
            + self.tile_versions.memory()
            + self.label_points.memory()
            + (self.by_key.capacity() + self.key_rank.capacity()) * size_of::<u32>()
    }
}
