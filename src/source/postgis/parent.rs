//! A table that another inherits from.

use serde::Deserialize;

use super::ident::Ident;
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
pub(super) fn dotted(names: &[&str]) -> String {
    let quoted = |name: &&str| match name.contains(['.', '"']) {
        true => Ident::new(name).to_string(),
        false => (*name).to_owned(),
    };
    names.iter().map(quoted).collect::<Vec<_>>().join(".")
}
