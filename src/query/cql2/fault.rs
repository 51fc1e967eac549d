//! The error for a fault in a filter.

use super::expression::Place;
use crate::error::{Error, Said, said};

/// The error for a fault in a filter, with its place where it has one.
pub(crate) fn fault(place: Place, what: impl Into<Said>) -> Error {
    match place.0 {
        0 => Error::invalid("filter", said!("the filter {}", what.into())),
        column => Error::invalid("filter", said!("the filter, at character {}, {}", column, what.into())),
    }
}
