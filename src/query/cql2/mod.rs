//! CQL2 (OGC 21-065r2, Common Query Language): filters as text and as JSON.
//!
//! Both spellings are read into one [`Expression`] ([`text`], [`json`]) and written from it
//! ([`write_text`], [`write_json`]); `check` holds it against a collection and makes a
//! [`Filter`](super::Filter) of it.
//!
//! What comes is hostile until read: the [`Budget`] counts bytes, depth, nodes, list items,
//! vertices and parts while reading, and ends it before anything grows beyond. So nothing that
//! walks a tree later can run deep.

pub mod budget;
pub mod check;
mod checker;
pub mod expression;
mod fault;
mod geojson;
pub mod json;
mod lexer;
mod members;
mod operand;
pub mod schema;
mod temporal;
pub mod text;
mod value;
mod wkt;
pub mod write_json;
pub mod write_text;

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

/// Reads a filter in either spelling and holds it against a collection. Its geometries are in
/// `crs`.
pub fn filter(
    text: &str,
    language: FilterLanguage,
    crs: Crs,
    schema: &Schema<'_>,
    limits: &Limits,
) -> Result<super::filter::Filter> {
    check(&parse(text, language, limits)?, crs, schema)
}

/// Reads a filter in either spelling.
pub fn parse(text: &str, language: FilterLanguage, limits: &Limits) -> Result<Expression> {
    match language {
        FilterLanguage::Text => text::parse(text, limits),
        FilterLanguage::Json => json::parse(text, limits),
    }
}

#[cfg(test)]
mod spelling_tests;

pub use budget::Budget;
pub use check::check;
pub use expression::{Expression, Node, Operator, Place};
pub use schema::Schema;

use crate::error::{Error, Result, known, said};
use crate::geo::Crs;
use crate::limits::Limits;

#[cfg(test)]
pub(crate) mod tests;
