//! The interface between readers and writers of an import.

use gdal::vector::Geometry;

use super::report;
use super::row::Cell;
use crate::error::Result;

/// Adds a row to what is written.
pub(super) type Put<'a> = &'a mut dyn FnMut(&[Cell], Option<Geometry>) -> Result<()>;

/// Adds all rows, one after the other.
pub(super) type Fill<'a> = &'a mut dyn FnMut(Put<'_>) -> Result<()>;

/// The result of writing.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) notes: Vec<String>,
    /// How it differs from what was there before, if anything was.
    pub(super) changes: Option<report::Changes>,
}
