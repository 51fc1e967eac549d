//! The names under which relations are published.

use super::parent::dotted;

use super::relation::{Column, Relation};
use crate::catalog::names::Name;

impl Relation {
    /// Returns `schema.name` for people and addresses; see [`dotted`].
    pub fn qualified(&self) -> String {
        dotted(&[&self.schema, &self.name])
    }

    /// Returns `schema.name.column`, for a geometry column that is not the first.
    pub fn qualified_geometry(&self, column: &Column) -> String {
        dotted(&[&self.schema, &self.name, &column.name])
    }

    /// Returns the names of the collection of the first geometry column, or of a table without one.
    pub fn names(&self) -> Name {
        Name { short: self.name.clone(), qualified: self.qualified() }
    }

    /// Returns the names of the collection of a geometry column that is not the first.
    pub fn names_of(&self, column: &Column) -> Name {
        let short = format!("{}.{}", self.name, column.name);
        Name { short, qualified: self.qualified_geometry(column) }
    }
}
