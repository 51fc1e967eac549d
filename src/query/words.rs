//! The parameter `q` (OGC API – Features – Part 9, draft): features with words in any of their
//! texts.

use super::filter::{Filter, Scalar};
use super::fold;
use crate::catalog::ColumnType;
use crate::error::{Error, Result, said};
use crate::limits::{Key, Limits};
use crate::query::cql2::Schema;

/// Returns the condition that any of the terms occurs in any visible text column, without regard to
/// case and accents. The terms are separated by commas. A term of several words matches these words
/// in this order with nothing between them.
///
/// # Errors
///
/// Fails with the parameter `q` if there are no terms or more than `search_terms`.
pub fn filter(text: &str, schema: &Schema<'_>, limits: &Limits) -> Result<Filter> {
    let terms = terms(text, limits)?;
    let columns = schema.visible.iter().copied().filter(|column| {
        schema.collection.columns.get(*column).is_some_and(|column| column.kind == ColumnType::Text)
    });
    let columns: Vec<usize> = columns.collect();
    let found = terms.iter().flat_map(|term| {
        let pattern = pattern(term);
        columns.iter().map(move |column| {
            let text = Box::new(Scalar::Column(*column));
            let value = Scalar::Folded { case: true, accents: true, text };
            Filter::Like { value, pattern: pattern.clone() }
        })
    });
    Ok(Filter::Or(found.collect()))
}

/// Returns the folded terms of `q`, in which words are separated by one space.
///
/// # Errors
///
/// Fails with the parameter `q` if there are none or more than `search_terms`.
pub fn terms(text: &str, limits: &Limits) -> Result<Vec<String>> {
    let terms: Vec<String> = text.split(',').map(folded).filter(|term| !term.is_empty()).collect();
    match terms.is_empty() || terms.len() > limits.search_terms {
        true => {
            let what = said!("q holds {} terms, not 1 to {}", terms.len(), limits.search_terms);
            let error = Error::invalid("q", what)
                .hint("words, with commas between what is looked for beside each other");
            Err(if terms.is_empty() { error } else { error.reached(limits.reached(Key::search_terms)) })
        }
        false => Ok(terms),
    }
}

/// Returns a text without differences of case and accents, and with one space between its words.
pub fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    fold::fold(words.join(" ").into(), true, true).into_owned()
}

/// Returns the pattern of LIKE that matches a folded term anywhere in a text.
fn pattern(folded: &str) -> String {
    let escaped = folded.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}
