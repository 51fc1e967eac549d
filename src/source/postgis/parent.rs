//! A table that another inherits from.

use serde::Deserialize;

use super::ident::Ident;
use crate::catalog::names::Name;

/// A table that another table inherits from.
#[derive(Debug, Deserialize)]
pub struct Parent {
    /// The schema of the table.
    pub schema: String,
    /// The name of the table.
    pub name: String,
}

impl Parent {
    /// Returns the names under which it is published, if it is.
    pub fn names(&self) -> Name {
        Name { short: self.name.clone(), qualified: dotted(&[&self.schema, &self.name]) }
    }
}

/// Joins names by dots. A name that contains a dot or a quotation mark is quoted as in SQL, so that
/// the column `g` of a table `t` differs from the table `t.g`.
pub(super) fn dotted(names: &[&str]) -> String {
    let quoted = |name: &&str| match name.contains(['.', '"']) {
        true => Ident::new(name).to_string(),
        false => (*name).to_owned(),
    };
    names.iter().map(quoted).collect::<Vec<_>>().join(".")
}
