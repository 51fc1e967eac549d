//! What has changed of one collection.

use crate::layer::Changes;

/// What has changed of one collection.
#[derive(Debug)]
pub enum Change {
    /// Nothing.
    Nothing,
    /// These rows.
    Rows(Box<Changes>),
    /// So much, or nobody knows what: all is to be read again, for the reason given.
    Everything(&'static str),
}
