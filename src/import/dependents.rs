//! The objects that depend on a table's columns and key, and whether these can be dropped or change
//! their type.
//!
//! PostgreSQL drops an index together with its column. For a view it refuses, unless CASCADE is
//! given. Import never gives it, because people decide about views, policies and the like.

use serde::Deserialize;

use crate::error::{Error, Kind, Result};

/// The hint if PostgreSQL would refuse.
const BY_HAND: &str = "drop what needs it, import, and make it anew for the columns of the file; \
                       or give another name with --name";
/// The hint if the object would be dropped together with its column.
const ALONG: &str = "give another name with --name, or let it go with --replace";

/// An object that depends on a column.
#[derive(Debug, Deserialize)]
pub struct Use {
    /// The name of the column.
    pub column: String,
    /// A description of the object, such as `policy p on table t`.
    pub what: String,
    /// Whether the column cannot be dropped while the object exists; otherwise the object is
    /// dropped with it.
    keeps_column: bool,
    /// Whether the type of the column cannot change while the object exists; otherwise the object
    /// is rebuilt.
    keeps_type: bool,
}

/// Checks that the columns `gone` can be dropped.
///
/// # Errors
///
/// Fails if an object prevents it, or if an object would be dropped with a column and the user has
/// not allowed this (`is_told`).
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

/// Checks that columns can change their type; each is given with its old and its new type.
///
/// # Errors
///
/// Fails if an object prevents it.
pub fn check_retyped(uses: &[Use], retyped: &[(String, String, String)]) -> Result<()> {
    let sentences = retyped.iter().filter_map(|(column, old, new)| {
        let needs = needs(uses.iter().filter(|it| it.column == *column && it.keeps_type))?;
        Some(format!(
            "the column {column} is {old} in the table and {new} in the file, and {needs} it as it is"
        ))
    });
    refused(sentences.collect(), BY_HAND)
}

/// Checks that a table can get another key.
///
/// # Errors
///
/// Fails if an object needs the present one.
pub fn check_key(uses: &[String]) -> Result<()> {
    match many(uses.iter().map(String::as_str)) {
        None => Ok(()),
        Some(needs) => refused(
            vec![format!("the file has another key than the table, and {needs} the table's")],
            BY_HAND,
        ),
    }
}

/// Adds the objects that depend on columns to PostgreSQL's error about a column that gets another
/// type. An index or a constraint is rebuilt then, and its expression may not be valid for the new
/// type.
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

/// Writes `the view v needs`, or `the view v and the policy p on table t need`.
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
