//! What is to be written: the same for a folder and a database.

use std::collections::BTreeMap;

use gdal::vector::OGRwkbGeometryType;

use super::row::Column;

/// A layer or table with the names it will have.
pub struct Table {
    /// The name of the file or table.
    pub name: String,
    /// Its columns, by usable names.
    pub columns: Vec<Column>,
    /// What the columns were called in the file, where that was something else.
    pub titles: BTreeMap<String, String>,
    /// The column that identifies each row, by position: its values are all there and all
    /// different.
    pub key: Option<usize>,
    /// The geometry; None for a table.
    pub geometry: Option<TableGeometry>,
    /// How many rows there are.
    pub rows: u64,
}

/// The geometry of a [`Table`].
pub struct TableGeometry {
    /// The EPSG code of its coordinates.
    pub code: u32,
    /// What the file calls it, where it does, as a usable name that no column has.
    pub name: Option<String>,
    /// The type of all of them, or `wkbUnknown`, with Z and M where any has them.
    pub kind: OGRwkbGeometryType::Type,
}
