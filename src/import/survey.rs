//! The first reading of a layer: what must be known of all rows before the first is written.

use std::collections::{BTreeSet, HashSet};

use gdal::vector::geometry_type_to_name;
use gdal::vector::{Geometry, OGRwkbGeometryType};

use super::report::Listed;
use super::row::{Cell, Column, Row, Shape};
use super::systems::Guess;
use crate::catalog::ColumnType;

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
    /// West, south, east and north of all geometries.
    pub extent: Option<[f64; 4]>,
    /// Where the coordinates lie, if that is to be found out.
    pub guess: Option<Guess>,
    /// Which columns of timestamps have values with and without an offset.
    offsets: Vec<(bool, bool)>,
    /// The column looked at as key.
    key: Option<usize>,
    seen: HashSet<String>,
    /// The rows whose key a row before them has, or which have none.
    pub duplicate_keys: Listed,
}

impl Survey {
    /// For rows of these columns, of which `key` may identify them.
    pub fn new(columns: usize, key: Option<usize>, guess: Option<Guess>) -> Survey {
        Survey {
            rows: 0,
            located: 0,
            kinds: BTreeSet::new(),
            high: 0,
            measured: 0,
            extent: None,
            guess,
            offsets: vec![(false, false); columns],
            key,
            seen: HashSet::new(),
            duplicate_keys: Listed::default(),
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
        if let Some(guess) = &mut self.guess {
            guess.see([(around.MinX + around.MaxX) / 2.0, (around.MinY + around.MaxY) / 2.0]);
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

    /// The type of the layer: the one of all geometries, the Multi type where some are single and some are not,
    /// else unknown; with Z or M where any has them.
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

/// A single geometry as the only part of a Multi one, where the layer is of that type; else as it is.
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
