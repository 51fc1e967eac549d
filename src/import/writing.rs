//! What writers are given, and what they tell.

use gdal::vector::Geometry;

use super::report;
use super::row::Cell;
use crate::error::Result;

/// Puts a row into what is being written.
pub(super) type Put<'a> = &'a mut dyn FnMut(&[Cell], Option<Geometry>) -> Result<()>;

/// Puts all rows, one after the other.
pub(super) type Fill<'a> = &'a mut dyn FnMut(Put<'_>) -> Result<()>;

/// What a writer tells of its work.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) notes: Vec<String>,
    /// How it differs from what was there before, if something was.
    pub(super) changes: Option<report::Changes>,
}
