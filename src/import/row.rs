//! What readers return and writers take: columns, and rows with at most one geometry.

use gdal::vector::Geometry;

use crate::catalog::ColumnType;
use crate::error::Result;

/// A column of a file, with the type that all its values fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name in the file.
    pub name: String,
    /// The type with which it is written.
    pub kind: ColumnType,
}

/// A value. Types other than whole numbers and floats are text in the form of the column's type:
/// dates and times in ISO 8601, booleans as `true` and `false`, lists as JSON arrays.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value. An empty text is NULL too, because CSV and many other formats cannot tell the two
    /// apart.
    Null,
    /// A value of a column of type integer or biginteger.
    Integer(i64),
    /// A value of a column of type double.
    Double(f64),
    /// A value of a column of any other type.
    Text(String),
}

impl Cell {
    /// Returns a text as a cell; NULL if it is empty.
    pub fn text(text: String) -> Cell {
        if text.is_empty() { Cell::Null } else { Cell::Text(text) }
    }

    /// Returns the value as text; None for NULL. Floats are written as the shortest digits that
    /// read back as the same number.
    pub fn written(&self) -> Option<String> {
        match self {
            Cell::Null => None,
            Cell::Integer(value) => Some(value.to_string()),
            Cell::Double(value) => Some(value.to_string()),
            Cell::Text(text) => Some(text.clone()),
        }
    }
}

/// A row of a file.
#[derive(Debug)]
pub struct FileRow<'a> {
    /// The number of the row or feature in the file, from 1, without the header.
    pub number: u64,
    /// The values, one for each column.
    pub cells: &'a [Cell],
    /// The texts that were not in the encoding of the file.
    pub damaged: &'a [Damage],
    /// The geometry in the coordinates of the file, x (longitude, easting) first.
    pub geometry: Shape,
}

/// A text whose characters may not be those that were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The position of the column.
    pub column: usize,
    /// What is wrong with the text.
    pub what: &'static str,
}

/// The geometry of a row.
#[derive(Debug)]
pub enum Shape {
    /// The row, or the whole file, has no geometry.
    None,
    /// The row has a geometry, which may be empty.
    Is(Geometry),
    /// The row should have a geometry, but it cannot be read for this reason.
    Unreadable(String),
}

/// A function that takes the rows of a file one after the other. If it fails, reading ends.
pub type Visit<'a> = &'a mut dyn FnMut(FileRow<'_>) -> Result<()>;
