//! What a role may see of one collection.

use std::collections::BTreeSet;

use super::permit::Permit;
use crate::catalog::Collection;
use crate::error::{Error, Result, said};
use crate::geo::Crs;
use crate::query::Filter;
use crate::query::cql2::{Expression, Node, Schema, check};

/// What callers in one role may see of one collection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restriction {
    /// Only rows for which this is true; its geometries are in CRS84. None for all rows. It may
    /// name every column, hidden or not.
    pub rows: Option<Expression>,
    /// The names of the visible columns; None for those that everyone sees.
    pub columns: Option<BTreeSet<String>>,
}

/// The permit to read what all of these restrictions leave of `collection`, of which everyone sees
/// the columns at the positions `public`.
///
/// # Errors
///
/// [`Kind::Invalid`](crate::error::Kind::Invalid) if one names a column that is not there, or
/// compares a column with a value of another type.
pub(super) fn permit(
    restrictions: &[&Restriction],
    collection: &Collection,
    public: Vec<usize>,
    edition: u64,
) -> Result<Permit> {
    let all: Vec<usize> = (0..collection.columns.len()).collect();
    let schema = Schema { collection, visible: &all };
    let (mut rows, mut columns): (Option<Filter>, Option<BTreeSet<usize>>) = (None, None);
    for restriction in restrictions {
        if let Some(rule) = &restriction.rows {
            if has_several_geometries(collection) && names_any_geometry(rule) {
                let what =
                    "a rule for a table with several geometries must name the column of the one it means";
                return Err(Error::invalid("rows", what));
            }
            let rule = check(rule, Crs::Crs84, &schema)?;
            rows = Some(match rows {
                None => rule,
                Some(others) => others.and(rule),
            });
        }
        if let Some(names) = &restriction.columns {
            let shown =
                names.iter().map(|name| position(collection, name)).collect::<Result<BTreeSet<_>>>()?;
            columns = Some(match columns {
                None => shown,
                Some(others) => others.intersection(&shown).copied().collect(),
            });
        }
    }
    let columns = columns.map_or(public, |columns| columns.into_iter().collect());
    Ok(Permit::restricted(columns, rows, edition))
}

/// Whether the table of the collection has further geometry columns, each of which is a collection.
fn has_several_geometries(collection: &Collection) -> bool {
    collection.table.as_ref().is_some_and(|table| !table.further.is_empty())
}

/// Whether a rule means the geometry of whichever collection it is evaluated on. Then a row would
/// be visible in one collection of a table and hidden in another.
fn names_any_geometry(rule: &Expression) -> bool {
    match &rule.node {
        Node::Property(name) => name == "geometry",
        Node::Operation(_, parts) | Node::Array(parts) => parts.iter().any(names_any_geometry),
        Node::Interval(ends) => ends.iter().any(names_any_geometry),
        _ => false,
    }
}

fn position(collection: &Collection, name: &str) -> Result<usize> {
    let missing = || Error::invalid("columns", said!("there is no column {:?}", name));
    collection.column(name).ok_or_else(missing)
}
