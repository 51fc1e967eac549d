//! The error about a mistake in a filter.

use super::expression::TextPosition;
use crate::error::{Error, Said, said};

/// Returns the error about a mistake in a filter, with the mistake's position if it is known.
pub(crate) fn fault(position: TextPosition, what: impl Into<Said>) -> Error {
    match position.0 {
        0 => Error::invalid("filter", said!("the filter {}", what.into())),
        column => Error::invalid("filter", said!("the filter, at character {}, {}", column, what.into())),
    }
}
