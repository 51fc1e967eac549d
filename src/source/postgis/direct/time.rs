//! The time limits of direct collections.

use std::time::Duration;

use crate::error::{Error, Kind, Reached, Said};

/// The time limits of direct collections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// For one statement that reads features.
    pub statement: Time,
    /// For one statement that reads a tile.
    pub tile: Time,
    /// For counting the features on all pages.
    pub count: Duration,
    /// For a whole answer, including the time in which the client receives it.
    pub answer: Time,
}

/// A time limit, and the configured limit that an error names when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// The longest time.
    pub most: Duration,
    /// The configured limit; None if it cannot be configured.
    pub limit: Option<Reached>,
}

impl Time {
    /// Returns the error that the time is over.
    pub(super) fn over(&self, what: impl Into<Said>) -> Error {
        Error { limit: self.limit, ..Error::new(Kind::Timeout, what) }
    }
}
