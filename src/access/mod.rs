//! Who may see what. Everything that reads data asks here for a [`Permit`] first.
//!
//! Today everyone may read what is public; what the configuration hides, nobody may. The permit is
//! the only way to a [`View`](crate::layer::View) of a layer, so no route can forget to ask.

mod rules;

use std::collections::{BTreeMap, BTreeSet};

pub use rules::Rule;

use crate::catalog::Collection;

/// What the configuration hides, by short or qualified name: a collection hidden by its short name
/// stays hidden when a namesake appears and both get qualified ids.
///
/// A rule holds for the table it names: where several collections are made of one table, each of a
/// geometry column of its own, a rule about the table is about all of them, and a hidden column is
/// hidden in all of them, whichever a rule names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Collections that nobody sees. The name of a further geometry column hides this one alone.
    pub hidden_collections: BTreeSet<String>,
    /// Collections of whose table nobody sees anything, whichever of its geometry columns they are
    /// of.
    pub hidden_tables: BTreeSet<String>,
    /// Columns that nobody sees, by collection.
    pub hidden_columns: BTreeMap<String, BTreeSet<String>>,
    /// Grows with each new policy of this process: what was made under an older one is not shown
    /// any more.
    pub edition: u64,
}

/// The right to read one collection, and which of its columns. Only [`Policy::read`] makes one.
#[derive(Clone, Debug)]
pub struct Permit {
    columns: Vec<usize>,
    edition: u64,
    is_public: bool,
}

impl Policy {
    /// Whether a thing that is not served may be named in public: a hidden collection may not, nor
    /// a further geometry column of its table.
    pub fn may_name(&self, qualified: &str) -> bool {
        let dotted = |name: &str| format!(".{}.", name.replace('"', ""));
        let whole = dotted(qualified);
        let hidden = self.hidden_collections.iter().chain(&self.hidden_tables);
        hidden.map(|name| dotted(name)).all(|name| !whole.contains(&name))
    }

    /// The permit to read `collection`, or None where it is hidden. The caller answers None exactly
    /// as if the collection did not exist.
    pub fn read(&self, collection: &Collection) -> Option<Permit> {
        if self.hides(collection) {
            return None;
        }
        let rules: Vec<&BTreeSet<String>> = self.column_rules(collection).collect();
        let is_hidden = |column: &str| rules.iter().any(|hidden| hidden.contains(column));
        let columns = collection.columns.iter().enumerate();
        let columns =
            columns.filter(|(_, column)| !is_hidden(&column.name)).map(|(index, _)| index).collect();
        Some(Permit { columns, edition: self.edition, is_public: true })
    }

    /// The names of all columns that the policy hides in `collection`, whether or not they are
    /// there.
    pub fn hidden_in(&self, collection: &Collection) -> BTreeSet<String> {
        self.column_rules(collection).flatten().cloned().collect()
    }

    /// Each thing that the policy hides.
    pub fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        let columns = self.hidden_columns.iter();
        self.hidden_collections
            .iter()
            .map(|name| Rule::Collection(name))
            .chain(self.hidden_tables.iter().map(|name| Rule::Table(name)))
            .chain(columns.map(|(name, columns)| Rule::Columns(name, columns)))
    }

    /// The permit by which planning reads a collection that plays a part in it, hidden or not: what
    /// comes of it passes the protection of small counts, and names no row.
    pub fn planning(&self, collection: &Collection) -> Permit {
        Permit {
            columns: (0..collection.columns.len()).collect(),
            edition: self.edition,
            is_public: !self.hides(collection),
        }
    }

    fn hides(&self, collection: &Collection) -> bool {
        rules::names_of_table(collection).any(|name| self.hidden_collections.contains(name))
            || rules::names_of_all(collection).any(|name| self.hidden_tables.contains(name))
    }

    fn column_rules(&self, collection: &Collection) -> impl Iterator<Item = &BTreeSet<String>> {
        rules::names_of_all(collection).filter_map(|name| self.hidden_columns.get(name))
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

    /// Whether everyone may see the collection.
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// Whether the column at this position may be seen.
    pub fn sees(&self, column: usize) -> bool {
        self.columns.binary_search(&column).is_ok()
    }
}
