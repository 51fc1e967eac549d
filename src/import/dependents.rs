//! What hangs on a table's columns and key, and whether it lets them go or change their type.
//!
//! PostgreSQL drops an index with its column and refuses to do so with a view, unless it is told to
//! drop that too. It is never told to: a person decides what becomes of views, policies and the
//! like.

use serde::Deserialize;

use crate::error::{Error, Kind, Result};

/// The way out where PostgreSQL would refuse.
const BY_HAND: &str = "drop what needs it, import, and make it anew for the columns of the file; \
                       or give another name with --name";
/// The way out where it would go with its column.
const ALONG: &str = "give another name with --name, or let it go with --replace";

/// What hangs on a column.
#[derive(Debug, Deserialize)]
pub struct Use {
    /// The column.
    pub column: String,
    /// The object, such as `policy p on table t`.
    pub what: String,
    /// Whether the column cannot be dropped while it is there; else it goes along.
    keeps_column: bool,
    /// Whether the column cannot have another type while it is there; else it is made anew.
    keeps_type: bool,
}

/// An error where columns that go are needed: by what cannot go along, or, unless the person said
/// that it may, by anything.
pub fn check_gone<'a>(uses: &'a [Use], gone: &'a [String], is_told: bool) -> Result<()> {
    let needed = |column: &'a str| uses.iter().filter(move |it| it.column == column);
    let keeps = gone.iter().any(|column| needed(column).any(|it| it.keeps_column));
    if !keeps && is_told {
        return Ok(());
    }
    let sentences = gone.iter().filter_map(|column| {
        let needs = needs(needed(column).filter(|it| it.keeps_column || !is_told))?;
        Some(format!("the file has no column {column} any more, and {needs} it"))
    });
    refused(sentences.collect(), if keeps { BY_HAND } else { ALONG })
}

/// An error where columns are to have another type (given with the old and the new one) and
/// something keeps them from it.
pub fn check_retyped(uses: &[Use], retyped: &[(String, String, String)]) -> Result<()> {
    let sentences = retyped.iter().filter_map(|(column, old, new)| {
        let needs = needs(uses.iter().filter(|it| it.column == *column && it.keeps_type))?;
        Some(format!(
            "the column {column} is {old} in the table and {new} in the file, and {needs} it as it is"
        ))
    });
    refused(sentences.collect(), BY_HAND)
}

/// An error where the key is to be another, and something needs it.
pub fn check_key(uses: &[String]) -> Result<()> {
    match many(uses.iter().map(String::as_str)) {
        None => Ok(()),
        Some(needs) => refused(
            vec![format!("the file has another key than the table, and {needs} the table's")],
            BY_HAND,
        ),
    }
}

/// An error of PostgreSQL's about a column of another type, with what hangs on such columns: an
/// index or a constraint is made anew, and its expression may not be one for the new type.
pub fn explained(why: Error, uses: &[Use], retyped: &[(String, String, String)]) -> Error {
    let on_them: Vec<String> = uses
        .iter()
        .filter(|it| retyped.iter().any(|(column, ..)| *column == it.column))
        .map(|it| format!("the {} on {}", it.what, it.column))
        .collect();
    match on_them.is_empty() {
        true => why,
        false => {
            why.hint(format!("columns change their type, and there is {}; {BY_HAND}", on_them.join(", ")))
        }
    }
}

fn needs<'a>(uses: impl Iterator<Item = &'a Use>) -> Option<String> {
    many(uses.map(|it| it.what.as_str()))
}

/// `the view v needs`, `the view v and the policy p on table t need`.
fn many<'a>(all: impl Iterator<Item = &'a str>) -> Option<String> {
    let all: Vec<String> = all.map(|what| format!("the {what}")).collect();
    let (last, others) = all.split_last()?;
    Some(match others.is_empty() {
        true => format!("{last} needs"),
        false => format!("{} and {last} need", others.join(", ")),
    })
}

fn refused(sentences: Vec<String>, way_out: &'static str) -> Result<()> {
    match sentences.is_empty() {
        true => Ok(()),
        false => Err(Error::new(Kind::Invalid, sentences.join("; ")).hint(way_out)),
    }
}
