//! How long what may take.

use std::time::Duration;

use crate::error::{Error, Kind, Reached, Said};

/// How long what may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// One statement for features.
    pub statement: Time,
    /// One statement for a tile.
    pub tile: Time,
    /// Counting what is on all pages.
    pub count: Duration,
    /// A whole answer, with the client's taking it.
    pub answer: Time,
}

/// A time, and the limit that an error names when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// How long it is.
    pub most: Duration,
    /// The limit; None where it is none of the configuration's.
    pub limit: Option<Reached>,
}

impl Time {
    /// The error that it is over.
    pub(super) fn over(&self, what: impl Into<Said>) -> Error {
        Error { limit: self.limit, ..Error::new(Kind::Timeout, what) }
    }
}
