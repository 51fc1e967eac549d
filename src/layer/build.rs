//! Builds a layer from rows in any order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use rayon::prelude::*;

use super::column::{Column, ColumnBuilder, Value};
use super::derived_slots::Slots;
use super::geometries::builder::GeometriesBuilder;
use super::geometries::{Geometries, WorldBox};
use super::importance::{Importance, Rules};
use super::key;
use super::label_points::LabelPoints;
use super::largest::Largest;
use super::packed_rtree::PackedRtree;
use super::report::{LoadReport, Note};
use super::resident::Layer;
use super::seen::Seen;
use super::seen_beyond::SeenBeyond;
use super::tile_versions::TileVersions;
use crate::catalog::{Collection, Detail};
use crate::error::{Error, Kind, Result};
use crate::geo::projection::Projection;
use crate::geo::{Bbox, Shape, hilbert, mercator};
use crate::work::look;

/// Collects the rows of one collection. For each row, call [`cell`](Self::cell) for each column in
/// order, [`shape`](Self::shape) if the collection has a geometry, and then
/// [`end_row`](Self::end_row).
#[derive(Debug)]
pub struct LayerBuilder {
    columns: Vec<ColumnBuilder>,
    geometries: Option<GeometriesBuilder>,
    projection: Projection,
    key: Vec<usize>,
    hidden: Vec<usize>,
    detail: Detail,
    names: Vec<String>,
    rows: u32,
    misfits: Vec<u64>,
    /// Counts and notes of the source. [`shape`](Self::shape) counts the geometries itself.
    pub report: LoadReport,
}

impl LayerBuilder {
    /// Makes a builder for `collection`.
    ///
    /// # Errors
    ///
    /// Fails if the collection's coordinate system is not known.
    pub fn new(collection: &Collection) -> Result<LayerBuilder> {
        let projection = match &collection.geometry {
            Some(geometry) => Projection::of(geometry.crs)?,
            None => Projection::Geographic,
        };
        Ok(LayerBuilder {
            columns: collection.columns.iter().map(|column| ColumnBuilder::new(column.kind)).collect(),
            geometries: collection.geometry.is_some().then(GeometriesBuilder::default),
            projection,
            key: collection.key.clone(),
            hidden: (0..collection.columns.len()).filter(|column| collection.hides(*column)).collect(),
            detail: collection.detail.clone(),
            names: collection.columns.iter().map(|column| column.name.clone()).collect(),
            rows: 0,
            misfits: vec![0; collection.columns.len()],
            report: LoadReport::default(),
        })
    }

    /// Appends the value of the column at position `column` in the current row. A value of another
    /// type becomes NULL and is counted in the report.
    pub fn cell(&mut self, column: usize, value: Value<'_>) {
        let fits = self.columns.get_mut(column).is_none_or(|builder| builder.push(value));
        if let Some(count) = self.misfits.get_mut(column).filter(|_| !fits) {
            *count += 1;
        }
    }

    /// Appends the geometry of the current row, x before y in the collection's coordinate system.
    /// `None` is NULL, and a shape without type is empty. A shape with NaN or an infinity is
    /// counted and becomes NULL.
    pub fn shape(&mut self, shape: Option<&Shape>) {
        let none = Shape::default();
        let usable = match shape {
            None => {
                self.report.null_geometries += 1;
                &none
            }
            Some(shape) if shape.kind.is_none() => {
                self.report.empty_geometries += 1;
                &none
            }
            Some(shape) if !shape.is_finite() => {
                self.report.not_finite += 1;
                &none
            }
            Some(shape) => shape,
        };
        if let Some(geometries) = &mut self.geometries {
            geometries.push(usable);
        }
    }

    /// Ends the row. Columns without a cell get NULL.
    ///
    /// # Errors
    ///
    /// Fails if the layer exceeds its 32-bit counts.
    pub fn end_row(&mut self) -> Result<()> {
        self.rows += 1;
        for builder in &mut self.columns {
            while builder.len() < self.rows as usize {
                let _ = builder.push(Value::Null);
            }
        }
        let vertices = self.geometries.as_ref().map_or(0, GeometriesBuilder::vertices);
        if vertices >= u32::MAX as usize - u16::MAX as usize || self.rows == u32::MAX - 1 {
            return Err(Error::new(
                Kind::TooLarge,
                "a resident layer holds at most 4,294,900,000 vertices or rows",
            ));
        }
        Ok(())
    }

    /// Adds a note about a column to the report.
    pub fn note(&mut self, column: &str, words: &str) {
        self.report.notes.push(Note::of(column, words.to_owned()));
    }

    /// Returns the number of rows that were ended.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Projects, sorts and indexes the rows. A key that is not unique is dropped, with a note in
    /// the report; features of such a layer have no ids. `loaded_at` is when the rows were read.
    pub fn finish(self, loaded_at: Timestamp) -> Layer {
        let LayerBuilder {
            columns,
            geometries,
            projection,
            mut key,
            hidden,
            detail,
            names,
            rows,
            misfits,
            mut report,
        } = self;
        report.notes.extend(misfit_notes(&misfits, &names, hidden.is_empty()));
        let columns: Vec<Column> = columns.into_par_iter().map(ColumnBuilder::finish).collect();
        look();
        let by_key = key_order(&columns, &mut key, &names, rows, &mut report);
        let (geometries, outside) = match geometries.map(|builder| builder.finish(&projection)) {
            Some((geometries, outside)) => (Some(geometries), outside),
            None => (None, vec![]),
        };
        report.outside_world = outside.len() as u64;

        look();
        let boxes = boxes(geometries.as_ref(), rows, &outside);
        let mut load_rank = vec![0u32; rows as usize];
        rank_into(&by_key, &mut load_rank);
        look();
        let seen = Seen::new(&columns, geometries.as_ref(), &hidden);
        let hides_key = key.iter().any(|column| hidden.contains(column));
        let order = curve_order(&boxes, &load_rank, hides_key.then_some(&seen));

        let boxes: Vec<WorldBox> = order.iter().filter_map(|row| boxes.get(*row as usize).copied()).collect();
        look();
        let columns: Vec<Column> = columns.into_par_iter().map(|column| column.reorder(&order)).collect();
        let geometries = geometries.map(|geometries| in_order(&geometries, &order));
        let key_rank: Vec<u32> =
            order.iter().filter_map(|row| load_rank.get(*row as usize).copied()).collect();
        let mut by_key = vec![0u32; rows as usize];
        rank_into(&key_rank, &mut by_key);
        look();
        let column = |name: &str| columns.get(names.iter().position(|other| other == name)?);
        let rules = Rules::of(&detail, column);
        let importance = geometries.as_ref().map(|geometries| Importance::of(&boxes, geometries, &rules));
        look();
        let index = PackedRtree::build(boxes);
        let extent = lonlat_extent(&index);
        let geometry_types = geometries.as_ref().map(Geometries::types).unwrap_or_default();
        let version = next_version();
        Layer {
            columns,
            geometries: geometries.map(Arc::new),
            index: Arc::new(index),
            importance: Arc::new(importance.unwrap_or_default()),
            label_points: LabelPoints::default(),
            by_key: Arc::new(by_key),
            key_rank: Arc::new(key_rank),
            key,
            extent,
            geometry_types,
            report,
            loaded_at,
            version,
            seen_version: next_seen_version(),
            hidden,
            derived: Slots::default(),
            largest: Largest::default(),
            seen_beyond: SeenBeyond::default(),
            tile_versions: TileVersions::new(version),
        }
    }
}

/// Returns a note for each column with values that do not fit it. If columns are hidden, the note
/// has no number, since that would reveal how many values they have.
fn misfit_notes(misfits: &[u64], names: &[String], has_all: bool) -> Vec<Note> {
    let counted = misfits.iter().enumerate().filter(|(_, count)| **count > 0);
    let note = |(column, count): (usize, &u64)| {
        let name = names.get(column).map(String::as_str).unwrap_or_default();
        let which = if has_all { (column + 1).to_string() } else { format!("{name:?}") };
        Note::of(name, format!("{count} values that do not fit column {which} became NULL"))
    };
    counted.map(note).collect()
}

/// Returns the box of each row, empty for rows outside of the world; none at all without
/// geometries.
fn boxes(geometries: Option<&Geometries>, rows: u32, outside: &[u32]) -> Vec<WorldBox> {
    let Some(geometries) = geometries else { return vec![] };
    let mut boxes: Vec<WorldBox> = (0..rows).into_par_iter().map(|row| geometries.world_box(row)).collect();
    for row in outside {
        if let Some(bounds) = boxes.get_mut(*row as usize) {
            *bounds = WorldBox::EMPTY;
        }
    }
    boxes
}

/// Returns geometries in another order, with the zoom level of each vertex.
fn in_order(geometries: &Geometries, order: &[u32]) -> Geometries {
    let mut geometries = geometries.reorder(order);
    look();
    geometries.simplify();
    geometries
}

/// Returns a version that no layer of this process has had.
pub(super) fn next_version() -> u64 {
    static VERSIONS: AtomicU64 = AtomicU64::new(1);
    VERSIONS.fetch_add(1, Ordering::Relaxed)
}

/// Returns the current time in microseconds since 1970, later than all that it returned before.
pub fn next_seen_version() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let now = u64::try_from(Timestamp::now().as_microsecond()).unwrap_or_default();
    let later = |last: u64| now.max(last + 1);
    let before = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(later(last)));
    before.map_or(now, later)
}

impl LayerBuilder {
    /// Returns a layer of the rows in the order in which they were appended, which can only be
    /// written. It has no places on the world grid, no index and no level of detail. The caller
    /// knows that the key is unique.
    pub fn finish_as_read(self, loaded_at: Timestamp) -> Layer {
        let geometries = self.geometries.map(GeometriesBuilder::finish_unplaced);
        let geometry_types = geometries.as_ref().map(Geometries::types).unwrap_or_default();
        let version = next_version();
        Layer {
            columns: self.columns.into_iter().map(ColumnBuilder::finish).collect(),
            geometries: geometries.map(Arc::new),
            index: Arc::default(),
            importance: Arc::default(),
            by_key: Arc::new((0..self.rows).collect()),
            key_rank: Arc::new((0..self.rows).collect()),
            key: self.key,
            extent: None,
            geometry_types,
            report: self.report,
            loaded_at,
            version,
            seen_version: next_seen_version(),
            hidden: self.hidden,
            derived: Slots::default(),
            largest: Largest::default(),
            seen_beyond: SeenBeyond::default(),
            tile_versions: TileVersions::new(version),
            label_points: LabelPoints::default(),
        }
    }
}

impl Layer {
    /// Makes an empty layer with what is known of `collection` without its rows. `extent` is in
    /// degrees (CRS84).
    ///
    /// # Errors
    ///
    /// Fails if the collection's coordinate system is not known.
    pub fn without_rows(collection: &Collection, extent: Option<Bbox>, notes: Vec<Note>) -> Result<Layer> {
        let mut layer = LayerBuilder::new(collection)?.finish(Timestamp::now());
        layer.extent = extent;
        layer.geometry_types = collection.geometry.iter().filter_map(|geometry| geometry.kind).collect();
        layer.report.notes = notes;
        Ok(layer)
    }
}

fn key_order(
    columns: &[Column],
    key: &mut Vec<usize>,
    names: &[String],
    rows: u32,
    report: &mut LoadReport,
) -> Vec<u32> {
    if key.is_empty() {
        return (0..rows).collect();
    }
    match key::order(columns, key, rows) {
        Ok(by_key) => by_key,
        Err(why) => {
            let columns = key.iter().filter_map(|column| names.get(*column)).cloned().collect();
            report.notes.push(Note::Of { columns, words: format!("{}: features have no ids", why.what) });
            key.clear();
            (0..rows).collect()
        }
    }
}

/// Writes the inverse of a permutation: `inverse[order[i]] = i`.
pub(super) fn rank_into(order: &[u32], inverse: &mut [u32]) {
    for (rank, row) in (0u32..).zip(order) {
        if let Some(place) = inverse.get_mut(*row as usize) {
            *place = rank;
        }
    }
}

/// Returns the rows, ordered along the Hilbert curve (Hilbert 1891) by the centres of their boxes
/// and then by key. Rows without a geometry come last. If the key is hidden, rows at one place are
/// ordered by their visible values (`seen`), and only rows that look alike by key.
fn curve_order(boxes: &[WorldBox], rank: &[u32], seen: Option<&Seen<'_>>) -> Vec<u32> {
    let mut order: Vec<(u64, u32, u32)> = (0u32..)
        .zip(rank)
        .map(|(row, rank)| {
            let place = match boxes.get(row as usize) {
                Some(bounds) if !bounds.is_empty() => hilbert::index(bounds.centre()),
                _ => u64::MAX,
            };
            (place, *rank, row)
        })
        .collect();
    match seen {
        None => order.par_sort_unstable(),
        Some(seen) => order.par_sort_unstable_by(|one, other| {
            let looks = || seen.compare(one.2, seen, other.2);
            one.0.cmp(&other.0).then_with(looks).then_with(|| one.1.cmp(&other.1))
        }),
    }
    order.into_iter().map(|(_, _, row)| row).collect()
}

pub(super) fn lonlat_extent(index: &PackedRtree) -> Option<Bbox> {
    let bounds = index.bounds();
    if bounds.is_empty() {
        return None;
    }
    // One step is added on each side, because vertices were rounded to the grid. So the extent
    // contains every feature.
    let [west, north] = mercator::to_lonlat(mercator::from_world(bounds.min.map(|at| at.saturating_sub(1))));
    let [east, south] = mercator::to_lonlat(mercator::from_world(bounds.max.map(|at| at.saturating_add(1))));
    // A feature at the edge of the square world may reach the pole.
    let north = if bounds.min[1] == i32::MIN { 90.0 } else { north };
    let south = if bounds.max[1] == i32::MAX { -90.0 } else { south };
    Some(Bbox::new([west.max(-180.0), south], [east.min(180.0), north]))
}
