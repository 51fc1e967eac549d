//! The single rules of a policy, and the names by which a rule can mean a collection.

use std::collections::BTreeSet;
use std::fmt;

use crate::catalog::Collection;
use crate::catalog::names::Name;

/// One rule of the configuration, with the name it is written under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule<'a> {
    /// Hides a collection. If the name is that of a table, hides every collection of the table.
    Collection(&'a str),
    /// Hides every collection of the table that this collection comes from.
    Table(&'a str),
    /// Hides columns in every collection of the table that this collection comes from.
    Columns(&'a str, &'a BTreeSet<String>),
    /// Grants some of every collection of the table that this collection comes from to some roles.
    Grants(&'a str),
}

impl Rule<'_> {
    /// Whether the rule concerns `collection` or one of its columns.
    pub fn covers(&self, collection: &Collection) -> bool {
        match self {
            Rule::Collection(name) => names_of_table(collection).any(|own| own == *name),
            Rule::Table(name) | Rule::Grants(name) => names_of_all(collection).any(|own| own == *name),
            Rule::Columns(name, columns) => {
                names_of_all(collection).any(|own| own == *name)
                    && columns.iter().any(|column| collection.column(column).is_some())
            }
        }
    }

    /// Whether the rule is written under one of the names of a table.
    pub fn names(&self, table: &Name) -> bool {
        let (Rule::Collection(name) | Rule::Table(name) | Rule::Columns(name, _) | Rule::Grants(name)) = self;
        both(table).contains(name)
    }
}

impl fmt::Display for Rule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Collection(name) => write!(f, "collection {name} is hidden"),
            Rule::Table(name) => write!(f, "collection {name} is hidden, and all of its table"),
            Rule::Columns(name, columns) => {
                let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
                write!(f, "of collection {name} these columns are hidden: {}", columns.join(", "))
            }
            Rule::Grants(name) => write!(f, "collection {name} is seen by roles, as its section access says"),
        }
    }
}

/// Returns the names of the collection and those of its table.
pub(super) fn names_of_table(collection: &Collection) -> impl Iterator<Item = &str> {
    let table = collection.table.iter().flat_map(|table| both(&table.name));
    [&collection.short, &collection.qualified, &collection.id].into_iter().map(String::as_str).chain(table)
}

/// Returns the names of all collections that come from the same table.
pub(super) fn names_of_all(collection: &Collection) -> impl Iterator<Item = &str> {
    let further = collection.table.iter().flat_map(|table| table.further.iter().flat_map(both));
    names_of_table(collection).chain(further)
}

fn both(name: &Name) -> [&str; 2] {
    [&name.short, &name.qualified]
}
