//! CQL2 (OGC 21-065r2, Common Query Language): filters as text and as JSON.
//!
//! Both spellings are read into one [`Expression`] ([`text`], [`json`]) and written from it ([`write_text`],
//! [`write_json`]); `check` holds it against a collection and makes a [`Filter`](super::Filter) of it.
//!
//! What comes is hostile until read: the [`Budget`] counts bytes, depth, nodes, list items, vertices and parts
//! while reading, and ends it before anything grows beyond. So nothing that walks a tree later can run deep.

pub mod budget;
pub mod check;
pub mod expression;
mod geojson;
pub mod json;
mod lexer;
mod operand;
mod temporal;
pub mod text;
mod value;
mod wkt;
pub mod write_json;
pub mod write_text;

pub use budget::Budget;
pub use check::{Schema, check};
pub use expression::{Expression, Node, Operator, Place};

use crate::error::{Error, Result, Said, known, said};
use crate::geo::Crs;
use crate::limits::Limits;

/// The spelling of a filter (`filter-lang`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilterLanguage {
    /// `cql2-text`.
    #[default]
    Text,
    /// `cql2-json`.
    Json,
}

impl FilterLanguage {
    /// Reads `filter-lang`.
    pub fn parse(name: &str) -> Result<FilterLanguage> {
        match name {
            "cql2-text" => Ok(FilterLanguage::Text),
            "cql2-json" => Ok(FilterLanguage::Json),
            _ => Err(Error::invalid("filter-lang", said!("{:?} is no language of filters here", name))
                .hint(known(name, &["cql2-text", "cql2-json"]))),
        }
    }
}

/// Reads a filter in either spelling and holds it against a collection. Its geometries are in `crs`.
pub fn filter(
    text: &str,
    language: FilterLanguage,
    crs: Crs,
    schema: &Schema<'_>,
    limits: &Limits,
) -> Result<super::Filter> {
    check(&parse(text, language, limits)?, crs, schema)
}

/// Reads a filter in either spelling.
pub fn parse(text: &str, language: FilterLanguage, limits: &Limits) -> Result<Expression> {
    match language {
        FilterLanguage::Text => text::parse(text, limits),
        FilterLanguage::Json => json::parse(text, limits),
    }
}

/// The error for a fault in a filter, with its place where it has one.
pub(crate) fn fault(place: Place, what: impl Into<Said>) -> Error {
    match place.0 {
        0 => Error::invalid("filter", said!("the filter {}", what.into())),
        column => Error::invalid("filter", said!("the filter, at character {}, {}", column, what.into())),
    }
}

#[cfg(test)]
mod spelling_tests;
#[cfg(test)]
pub(crate) mod tests;
