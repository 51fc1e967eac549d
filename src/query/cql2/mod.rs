//! CQL2 (OGC 21-065r2, Common Query Language): filters as text and as JSON.
//!
//! Both spellings are read into one [`Expression`] ([`text`], [`json`]) and written from it
//! ([`write_text`], [`write_json`]). [`check()`] resolves it against a collection and returns a
//! [`Filter`](super::Filter).
//!
//! Filters come from anyone. While a filter is read, a [`Budget`] counts its bytes, depth, nodes,
//! list items, vertices and parts, and stops at the limits. So the recursive functions that read,
//! check and evaluate the tree cannot overflow the stack.

pub mod area;
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

/// The spelling of a filter: the parameter `filter-lang` (OGC API – Features – Part 3, 19-079r2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilterLanguage {
    /// `cql2-text`.
    #[default]
    Text,
    /// `cql2-json`.
    Json,
}

impl FilterLanguage {
    /// Reads the parameter `filter-lang`.
    ///
    /// # Errors
    ///
    /// Fails with the parameter `filter-lang` if the name is neither `cql2-text` nor `cql2-json`.
    pub fn parse(name: &str) -> Result<FilterLanguage> {
        match name {
            "cql2-text" => Ok(FilterLanguage::Text),
            "cql2-json" => Ok(FilterLanguage::Json),
            _ => Err(Error::invalid("filter-lang", said!("{:?} is no language of filters here", name))
                .hint(known(name, &["cql2-text", "cql2-json"]))),
        }
    }
}

/// Reads a filter in either spelling and checks it against a collection. The geometries of `text`
/// are in `crs`, in the order of its axes.
///
/// # Errors
///
/// Fails as [`parse`] and [`check()`] do.
pub fn filter(
    text: &str,
    language: FilterLanguage,
    crs: Crs,
    schema: &Schema<'_>,
    limits: &Limits,
) -> Result<super::filter::Filter> {
    check(&parse(text, language, limits)?, crs, schema)
}

/// Reads a filter in either spelling, without a collection.
///
/// # Errors
///
/// Fails with the parameter `filter` if the text is no valid CQL2 or exceeds a limit.
///
/// # Examples
///
/// ```
/// use veedel::limits::Limits;
/// use veedel::query::cql2::{FilterLanguage, parse, write_json};
///
/// let text = "height > 12.50 AND name LIKE 'Schul%'";
/// let filter = parse(text, FilterLanguage::Text, &Limits::default()).unwrap();
/// let json = write_json::write(&filter);
/// assert!(json.contains(r#"{"op":">","args":[{"property":"height"},12.5]}"#), "{json}");
/// // Both spellings are read into the same tree.
/// assert_eq!(parse(&json, FilterLanguage::Json, &Limits::default()).unwrap(), filter);
/// ```
pub fn parse(text: &str, language: FilterLanguage, limits: &Limits) -> Result<Expression> {
    match language {
        FilterLanguage::Text => text::parse(text, limits),
        FilterLanguage::Json => json::parse(text, limits),
    }
}

#[cfg(test)]
mod spelling_tests;

pub use area::{Area, Border};
pub use budget::Budget;
pub use check::check;
pub use expression::{Expression, Node, Operator, TextPosition};
pub use schema::Schema;

use crate::error::{Error, Result, known, said};
use crate::geo::Crs;
use crate::limits::Limits;

#[cfg(test)]
pub(crate) mod tests;
