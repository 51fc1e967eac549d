//! Who may see what. Everything that reads data asks here for a [`Permit`] first.
//!
//! Today everyone may read what is public; what the configuration hides, nobody may. The permit is the only
//! way to a [`View`](crate::layer::View) of a layer, so no route can forget to ask.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Collection;

/// What the configuration hides, by short or qualified name: a collection hidden by its short name stays
/// hidden when a namesake appears and both get qualified ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Collections that nobody sees.
    pub hidden_collections: BTreeSet<String>,
    /// Columns that nobody sees, by collection.
    pub hidden_columns: BTreeMap<String, BTreeSet<String>>,
    /// Grows with each new policy of this process: what was made under an older one is not shown any more.
    pub edition: u64,
}

/// The right to read one collection, and which of its columns. Only [`Policy::read`] makes one.
#[derive(Clone, Debug)]
pub struct Permit {
    columns: Vec<usize>,
    edition: u64,
}

impl Policy {
    /// Whether a thing that is not served may be named in public: a hidden collection may not.
    pub fn may_name(&self, qualified: &str) -> bool {
        !self.hidden_collections.iter().any(|hidden| {
            hidden == qualified
                || qualified.strip_suffix(hidden.as_str()).is_some_and(|rest| rest.ends_with('.'))
        })
    }

    /// The permit to read `collection`, or None where it is hidden. The caller answers None exactly as if
    /// the collection did not exist.
    pub fn read(&self, collection: &Collection) -> Option<Permit> {
        let names = [&collection.short, &collection.qualified, &collection.id].map(String::as_str);
        if names.iter().any(|name| self.hidden_collections.contains(*name)) {
            return None;
        }
        let is_hidden = |column: &str| {
            names
                .iter()
                .filter_map(|name| self.hidden_columns.get(*name))
                .any(|hidden| hidden.contains(column))
        };
        let columns = collection.columns.iter().enumerate();
        let columns =
            columns.filter(|(_, column)| !is_hidden(&column.name)).map(|(index, _)| index).collect();
        Some(Permit { columns, edition: self.edition })
    }

    /// The permit by which planning reads a collection that plays a part in it, hidden or not: what comes of it
    /// passes the protection of small counts, and names no row.
    pub fn planning(&self, collection: &Collection) -> Permit {
        Permit { columns: (0..collection.columns.len()).collect(), edition: self.edition }
    }
}

impl Permit {
    /// The positions of the columns that may be seen, ascending.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// The edition of the policy that gave it.
    pub fn edition(&self) -> u64 {
        self.edition
    }

    /// Whether the column at this position may be seen.
    pub fn sees(&self, column: usize) -> bool {
        self.columns.binary_search(&column).is_ok()
    }
}
