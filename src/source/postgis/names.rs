//! The names that relations are published by.

use super::parent::dotted;

use super::relation::{Column, Relation};
use crate::catalog::names::Name;

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
