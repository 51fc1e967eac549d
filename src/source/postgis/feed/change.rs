//! The changes of one collection.

use crate::layer::Changes;

/// The changes of one collection.
#[derive(Debug)]
pub enum Change {
    /// Nothing has changed.
    Nothing,
    /// These rows have changed.
    Rows(Box<Changes>),
    /// Too many rows, or unknown ones, have changed. The collection is to be read again, for this
    /// reason.
    Everything(&'static str),
}
