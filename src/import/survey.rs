//! The first reading of a layer: what must be known of all rows before the first is written.

use std::collections::{BTreeSet, HashSet};

use gdal::vector::geometry_type_to_name;
use gdal::vector::{Geometry, OGRwkbGeometryType};

use super::letters;
use super::report::Listed;
use super::row::{Cell, Column, Row, Shape};
use super::systems::{self, Guess, is_degrees};
use crate::catalog::ColumnType;

/// A sample has at most so many boxes.
const SAMPLE: usize = 8192;

/// Which coordinates may be others than the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// All: it says nothing.
    All,
    /// It says degrees: those that are none.
    NoDegrees,
    /// It says metres: those that may be degrees.
    Degrees,
}

/// Some of many boxes, evenly taken.
#[derive(Debug)]
pub struct Sample {
    /// West, south, east and north of each.
    pub boxes: Vec<[f64; 4]>,
    /// One of so many is taken.
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

/// What all rows together are.
pub struct Survey {
    /// How many rows there are.
    pub rows: u64,
    /// How many have a geometry that is not empty.
    pub located: u64,
    /// The types of geometry, without Z and M.
    kinds: BTreeSet<OGRwkbGeometryType::Type>,
    /// How many geometries have heights.
    pub high: u64,
    /// How many have measures.
    pub measured: u64,
    /// How many of them may lie in degrees.
    pub in_degrees: u64,
    /// West, south, east and north of all geometries.
    pub extent: Option<[f64; 4]>,
    /// The boxes of some thousand of them, evenly taken.
    pub boxes: Sample,
    /// Where the coordinates lie, if that is to be found out.
    pub guess: Guess,
    /// Which of them are looked at for that.
    doubt: Doubt,
    /// Which columns of timestamps have values with and without an offset.
    offsets: Vec<(bool, bool)>,
    /// The column looked at as key.
    key: Option<usize>,
    seen: HashSet<String>,
    /// The rows whose key a row before them has, or which have none.
    pub duplicate_keys: Listed,
    /// The rows with texts whose letters are damaged or of another code page.
    pub damaged_texts: Listed,
}

impl Survey {
    /// For rows of these columns, of which `key` may identify them.
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
    pub fn see(&mut self, row: &Row<'_>, columns: &[Column]) {
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

    fn see_letters(&mut self, row: &Row<'_>, columns: &[Column]) {
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

    /// The columns with the types that their values have after all.
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

    /// The type of the layer: the one of all geometries, the Multi type where some are single and
    /// some are not, else unknown; with Z or M where any has them.
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

    /// Whether nearly all may lie in degrees: those that do not are said by row.
    pub fn is_mostly_degrees(&self) -> bool {
        self.in_degrees * 100 >= self.located * systems::MOST
    }

    /// The types of geometry in words.
    pub fn kinds(&self) -> Vec<String> {
        self.kinds.iter().map(|kind| geometry_type_to_name(*kind)).collect()
    }
}

/// The type of several geometries of a type.
fn multi_type(single: OGRwkbGeometryType::Type) -> Option<OGRwkbGeometryType::Type> {
    match single {
        OGRwkbGeometryType::wkbPoint => Some(OGRwkbGeometryType::wkbMultiPoint),
        OGRwkbGeometryType::wkbLineString => Some(OGRwkbGeometryType::wkbMultiLineString),
        OGRwkbGeometryType::wkbPolygon => Some(OGRwkbGeometryType::wkbMultiPolygon),
        _ => None,
    }
}

/// A single geometry as the only part of a Multi one, where the layer is of that type; else as it
/// is.
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
