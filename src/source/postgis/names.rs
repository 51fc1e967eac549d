//! The names that relations are published by.

use serde::Deserialize;

use super::ident::Ident;
use super::relation::{Column, Relation};
use crate::catalog::names::Name;

/// A table that another inherits from.
#[derive(Debug, Deserialize)]
pub struct Parent {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
}

impl Parent {
    /// The names it is published by, where it is.
    pub fn names(&self) -> Name {
        Name { short: self.name.clone(), qualified: dotted(&[&self.schema, &self.name]) }
    }
}

/// Names joined by dots. One that has a dot or a quotation mark itself stands in quotation marks,
/// as SQL writes it: the column `g` of a table `t` is not the table `t.g`.
fn dotted(names: &[&str]) -> String {
    let quoted = |name: &&str| match name.contains(['.', '"']) {
        true => Ident::new(name).to_string(),
        false => (*name).to_owned(),
    };
    names.iter().map(quoted).collect::<Vec<_>>().join(".")
}

impl Relation {
    /// `schema.name` for people and addresses; see [`dotted`].
    pub fn qualified(&self) -> String {
        dotted(&[&self.schema, &self.name])
    }

    /// `schema.name.column`, for a geometry that is not the first.
    pub fn qualified_geometry(&self, column: &Column) -> String {
        dotted(&[&self.schema, &self.name, &column.name])
    }

    /// The names of the collection of its first geometry, or of the table without one.
    pub fn names(&self) -> Name {
        Name { short: self.name.clone(), qualified: self.qualified() }
    }

    /// The names of the collection of a geometry that is not the first.
    pub fn names_of(&self, column: &Column) -> Name {
        let short = format!("{}.{}", self.name, column.name);
        Name { short, qualified: self.qualified_geometry(column) }
    }
}
