//! The first reading of a layer, which finds what must be known about all rows before any is
//! written.

use std::collections::{BTreeSet, HashSet};

use gdal::vector::geometry_type_to_name;
use gdal::vector::{Geometry, OGRwkbGeometryType};

use super::crs::{self, Guess, is_degrees};
use super::letters;
use super::report::Listed;
use super::row::{Cell, Column, FileRow, Shape};
use crate::catalog::ColumnType;

/// The maximum number of boxes in a sample.
const SAMPLE: usize = 8192;

/// Which coordinates may contradict the stated coordinate system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// All of them, since no system is stated.
    All,
    /// Those that are no degrees, since degrees are stated.
    NoDegrees,
    /// Those that may be degrees, since metres are stated.
    Degrees,
}

/// A sample of boxes, taken at regular intervals.
#[derive(Debug)]
pub struct Sample {
    /// The boxes in the layer's coordinates: min x, min y, max x, max y.
    pub boxes: Vec<[f64; 4]>,
    /// The interval: one of this number is taken.
    step: u64,
    seen: u64,
}

impl Default for Sample {
    fn default() -> Self {
        Sample { boxes: vec![], step: 1, seen: 0 }
    }
}

impl Sample {
    fn see(&mut self, around: [f64; 4]) {
        if self.seen.is_multiple_of(self.step) {
            self.boxes.push(around);
        }
        self.seen += 1;
        if self.boxes.len() > SAMPLE {
            let mut at = 0;
            self.boxes.retain(|_| {
                at += 1;
                at % 2 == 1
            });
            self.step *= 2;
        }
    }
}

/// What is known about all rows of a layer.
pub struct Survey {
    /// The number of rows.
    pub rows: u64,
    /// The number of rows with a geometry that is not empty.
    pub located: u64,
    /// The geometry types that occur, without Z and M.
    kinds: BTreeSet<OGRwkbGeometryType::Type>,
    /// The number of geometries with heights.
    pub high: u64,
    /// The number of geometries with measures.
    pub measured: u64,
    /// The number of geometries whose coordinates may be degrees.
    pub in_degrees: u64,
    /// The bounds of all geometries: min x, min y, max x, max y.
    pub extent: Option<[f64; 4]>,
    /// A sample of the geometries' boxes.
    pub boxes: Sample,
    /// The guess of the coordinate system, if it has to be found.
    pub guess: Guess,
    /// Which coordinates the guess takes into account.
    doubt: Doubt,
    /// For each column, whether timestamps with and without an offset occur.
    offsets: Vec<(bool, bool)>,
    /// The position of the column that may be the key.
    key: Option<usize>,
    seen: HashSet<String>,
    /// The rows without a key, and those with the key of a row before them.
    pub duplicate_keys: Listed,
    /// The rows with texts that lost characters or were decoded with a wrong code page.
    pub damaged_texts: Listed,
}

impl Survey {
    /// Begins a survey of rows with this number of columns, of which `key` may identify them.
    pub fn new(columns: usize, key: Option<usize>, guess: Guess, doubt: Doubt) -> Survey {
        Survey {
            rows: 0,
            located: 0,
            kinds: BTreeSet::new(),
            high: 0,
            measured: 0,
            in_degrees: 0,
            extent: None,
            boxes: Sample::default(),
            guess,
            doubt,
            offsets: vec![(false, false); columns],
            key,
            seen: HashSet::new(),
            duplicate_keys: Listed::default(),
            damaged_texts: Listed::default(),
        }
    }

    /// Takes a row into account.
    pub fn see(&mut self, row: &FileRow<'_>, columns: &[Column]) {
        self.rows += 1;
        for ((cell, column), offsets) in row.cells.iter().zip(columns).zip(&mut self.offsets) {
            if let (ColumnType::Timestamp, Cell::Text(text)) = (column.kind, cell) {
                let has_offset = crate::source::folder::has_offset(text);
                *offsets = (offsets.0 || has_offset, offsets.1 || !has_offset);
            }
        }
        self.see_letters(row, columns);
        if let Some(key) = self.key.and_then(|key| row.cells.get(key)) {
            match key.written() {
                Some(key) if self.seen.insert(key.clone()) => {}
                Some(key) => self.duplicate_keys.add(row.number, key),
                None => self.duplicate_keys.add(row.number, "no value"),
            }
        }
        if let Shape::Is(geometry) = &row.geometry
            && !geometry.is_empty()
        {
            self.see_geometry(geometry);
        }
    }

    fn see_letters(&mut self, row: &FileRow<'_>, columns: &[Column]) {
        for (at, (cell, column)) in row.cells.iter().zip(columns).enumerate() {
            let Cell::Text(text) = cell else { continue };
            let told = row.damaged.iter().find(|damage| damage.column == at).map(|damage| damage.what);
            if let Some(what) = told.or_else(|| letters::damage(text)) {
                self.damaged_texts.add(row.number, letters::shown(&column.name, text, what));
            }
        }
    }

    fn see_geometry(&mut self, geometry: &Geometry) {
        self.located += 1;
        let kind = geometry.geometry_type();
        self.high += u64::from(gdal::vector::geometry_type_has_z(kind));
        self.measured += u64::from(gdal::vector::geometry_type_has_m(kind));
        self.kinds.insert(gdal::vector::geometry_type_flatten(kind));
        let around = geometry.envelope();
        let [west, south, east, north] =
            self.extent.unwrap_or([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY]);
        self.extent = Some([
            west.min(around.MinX),
            south.min(around.MinY),
            east.max(around.MaxX),
            north.max(around.MaxY),
        ]);
        let around = [around.MinX, around.MinY, around.MaxX, around.MaxY];
        self.boxes.see(around);
        let in_degrees = is_degrees(around);
        self.in_degrees += u64::from(in_degrees);
        let [west, south, east, north] = around;
        let is_looked_at = match self.doubt {
            Doubt::All => true,
            Doubt::NoDegrees => !in_degrees,
            Doubt::Degrees => in_degrees,
        };
        if is_looked_at {
            self.guess.see([(west + east) / 2.0, (south + north) / 2.0]);
        }
    }

    /// Returns the columns with the types that all their values have.
    pub fn columns(&self, columns: &[Column]) -> Vec<Column> {
        let typed = columns.iter().zip(&self.offsets).map(|(column, offsets)| Column {
            name: column.name.clone(),
            kind: match (column.kind, offsets) {
                (ColumnType::Timestamp, (true, false)) => ColumnType::TimestampWithZone,
                (ColumnType::Timestamp, (true, true)) => ColumnType::Text,
                (kind, _) => kind,
            },
        });
        typed.collect()
    }

    /// Returns the geometry type of the layer: the type of all geometries; the Multi type if single
    /// and multiple ones occur; else unknown. It has Z or M if any geometry has.
    pub fn geometry_type(&self) -> OGRwkbGeometryType::Type {
        use gdal::vector::{geometry_type_set_m, geometry_type_set_z};
        let kinds: Vec<_> = self.kinds.iter().copied().collect();
        let flat = match kinds.as_slice() {
            [kind] => *kind,
            [single, multi] if multi_type(*single) == Some(*multi) => *multi,
            _ => OGRwkbGeometryType::wkbUnknown,
        };
        let flat = if self.high > 0 { geometry_type_set_z(flat) } else { flat };
        if self.measured > 0 { geometry_type_set_m(flat) } else { flat }
    }

    /// Returns whether nearly all coordinates may be degrees. The others are reported by row.
    pub fn is_mostly_degrees(&self) -> bool {
        self.in_degrees * 100 >= self.located * crs::MOST
    }

    /// Returns the names of the geometry types that occur.
    pub fn kinds(&self) -> Vec<String> {
        self.kinds.iter().map(|kind| geometry_type_to_name(*kind)).collect()
    }
}

/// Returns the Multi type of a geometry type.
fn multi_type(single: OGRwkbGeometryType::Type) -> Option<OGRwkbGeometryType::Type> {
    match single {
        OGRwkbGeometryType::wkbPoint => Some(OGRwkbGeometryType::wkbMultiPoint),
        OGRwkbGeometryType::wkbLineString => Some(OGRwkbGeometryType::wkbMultiLineString),
        OGRwkbGeometryType::wkbPolygon => Some(OGRwkbGeometryType::wkbMultiPolygon),
        _ => None,
    }
}

/// Makes a single geometry the only part of a Multi geometry if the layer is of this type; else
/// returns it unchanged.
pub fn promoted(geometry: Geometry, layer: OGRwkbGeometryType::Type) -> Geometry {
    use gdal::vector::geometry_type_flatten;
    let kind = geometry.geometry_type();
    if multi_type(geometry_type_flatten(kind)) != Some(geometry_type_flatten(layer)) {
        return geometry;
    }
    let whole = Geometry::empty(layer).and_then(|mut whole| {
        whole.add_geometry(geometry.clone())?;
        Ok(whole)
    });
    whole.unwrap_or(geometry)
}
