//! What every reader gives and every writer takes: columns, and rows with at most one geometry.

use gdal::vector::Geometry;

use crate::catalog::ColumnType;
use crate::error::Result;

/// A column as the file names it, with the type that all its values fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name in the file.
    pub name: String,
    /// The type it is written with.
    pub kind: ColumnType,
}

/// A value. What is neither a whole number nor a float is text in the form of its column's type:
/// dates and times in ISO 8601, booleans as `true` and `false`, lists as JSON arrays.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value. An empty text counts as none: neither CSV nor half of the other formats can tell
    /// them apart.
    Null,
    /// Of a column of type integer or biginteger.
    Integer(i64),
    /// Of a column of type double.
    Double(f64),
    /// Of a column of any other type.
    Text(String),
}

impl Cell {
    /// Text as a cell, the empty one as NULL.
    pub fn text(text: String) -> Cell {
        if text.is_empty() { Cell::Null } else { Cell::Text(text) }
    }

    /// The value as text; None for NULL. Floats have the shortest digits that give them back.
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
pub struct Row<'a> {
    /// Its place in the file: rows and features are counted from 1, the header line is none.
    pub number: u64,
    /// As many as there are columns.
    pub cells: &'a [Cell],
    /// Texts that were not in the encoding of the file.
    pub damaged: &'a [Damage],
    /// Coordinates as the file has them, x (longitude, easting) first.
    pub geometry: Shape,
}

/// A text whose letters are perhaps not what somebody wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The column, by position.
    pub column: usize,
    /// What is the matter.
    pub what: &'static str,
}

/// The geometry of a row.
#[derive(Debug)]
pub enum Shape {
    /// The row has none, or the file has none at all.
    None,
    /// It has one, though perhaps an empty one.
    Is(Geometry),
    /// It should have one that cannot be read.
    Unreadable(String),
}

/// Takes the rows of a file one after the other; an error ends the reading.
pub type Visit<'a> = &'a mut dyn FnMut(Row<'_>) -> Result<()>;
