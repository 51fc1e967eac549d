//! One collection's features at one moment.

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

/// One collection's features at one moment: columns, geometries, an index and the order of keys.
///
/// Rows are stored along the Hilbert curve of their boxes' centres (then by key), so that a tile
/// reads neighbouring memory, and the order of a tile's features depends on the features alone.
/// What a change leaves as it was, the layers before and after it share.
#[derive(Debug)]
pub struct Layer {
    pub(crate) columns: Vec<Column>,
    pub(crate) geometries: Option<Arc<Geometries>>,
    pub(crate) index: Arc<PackedRtree>,
    /// Which rows matter more, and from which zoom on each is drawn.
    pub(crate) importance: Arc<Importance>,
    /// Where each row's label belongs, found when first asked for.
    pub(crate) label_points: LabelPoints,
    /// Rows in the order of keys (of loading, where there is no key).
    pub(crate) by_key: Arc<Vec<u32>>,
    /// The place of each row in `by_key`.
    pub(crate) key_rank: Arc<Vec<u32>>,
    /// Which columns make the key; empty without one.
    pub(crate) key: Vec<usize>,
    /// The box of all geometries in degrees (CRS84), or None without any.
    pub(crate) extent: Option<Bbox>,
    /// The geometry types that occur.
    pub(crate) geometry_types: std::collections::BTreeSet<crate::geo::GeometryType>,
    /// What happened while loading.
    pub(crate) report: LoadReport,
    /// When the rows were read.
    pub(crate) loaded_at: Timestamp,
    /// Different for every layer that this process ever built, but for those with the same rows.
    pub(crate) version: u64,
    /// When the rows last changed in what may be seen of them, so that it says nothing of what is
    /// hidden in them, and nothing of other layers.
    pub(crate) seen_version: u64,
    /// The positions of the columns that the configuration hides, ascending.
    pub(crate) hidden: Vec<usize>,
    /// What single permits show of it.
    pub(crate) derived: Slots<Layer>,
    /// How large its features are, found when first asked for.
    pub(crate) largest: Largest,
    /// Whether keys beyond the ids of tiles are among the rows that stay in a database.
    pub(crate) seen_beyond: SeenBeyond,
    /// Which tiles have changed since it was read in full.
    pub(crate) tile_versions: TileVersions,
}

impl Layer {
    /// The number of features.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there are no features.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// The box of all geometries in degrees (CRS84): west, south, east, north.
    pub fn extent(&self) -> Option<Bbox> {
        self.extent
    }

    /// The geometry types that occur.
    pub fn geometry_types(&self) -> &std::collections::BTreeSet<crate::geo::GeometryType> {
        &self.geometry_types
    }

    /// When the rows were read.
    pub fn loaded_at(&self) -> Timestamp {
        self.loaded_at
    }

    /// A number that no layer of this process with other rows has or had: what was made of a layer
    /// is kept under it.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// A number that grows with each change of the rows that may be seen: microseconds since 1970.
    pub fn seen_version(&self) -> u64 {
        self.seen_version
    }

    /// The same, said to be read at the time of the layer before: nothing that may be seen differs
    /// from that.
    pub fn read_with(self, before: &Layer) -> Layer {
        Layer { loaded_at: before.loaded_at, ..self }
    }

    /// Whether a column of the key is hidden by the configuration.
    pub(super) fn hides_key(&self) -> bool {
        self.key.iter().any(|column| self.hidden.contains(column))
    }

    /// Under what a tile of this layer is kept at `now`: a version that changes whenever what is
    /// drawn in it may have.
    pub fn tile_version(&self, zoom: u8, place: [u32; 2], now: std::time::Instant) -> TileVersion {
        self.tile_versions.version(zoom, place, now)
    }

    /// What was found while loading: counts of the odd and the left out.
    pub fn report(&self) -> &LoadReport {
        &self.report
    }

    /// Whether features have ids.
    pub fn has_key(&self) -> bool {
        !self.key.is_empty()
    }

    /// The bytes it holds in memory, as allocated.
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
