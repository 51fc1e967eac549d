//! What is written of a layer, regardless of the destination.

use std::collections::BTreeMap;

use gdal::vector::OGRwkbGeometryType;

use super::row::Column;

/// A layer or table, with the names that it gets.
pub struct Table {
    /// The name of the file or table.
    pub name: String,
    /// The columns, by usable names.
    pub columns: Vec<Column>,
    /// The names of columns in the file, if they differ.
    pub titles: BTreeMap<String, String>,
    /// The position of the column that identifies rows, whose values are complete and unique.
    pub key: Option<usize>,
    /// The geometry; None for a table.
    pub geometry: Option<TableGeometry>,
    /// The number of rows.
    pub rows: u64,
}

/// The geometry of a [`Table`].
pub struct TableGeometry {
    /// The EPSG code of its coordinates.
    pub code: u32,
    /// Its name in the file, as a usable name that no column has.
    pub name: Option<String>,
    /// The type of all geometries, or `wkbUnknown`; with Z and M if any geometry has them.
    pub kind: OGRwkbGeometryType::Type,
}
