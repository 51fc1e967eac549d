//! Who may see what. Code that reads data for a request must get a [`Permit`] here first.
//!
//! Every caller may read what is public; what the configuration hides, no caller may read. A permit
//! is the only way to a [`View`](crate::layer::View) of a layer, so no route can skip the check.

mod caller;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

pub use caller::Caller;
pub use rules::Rule;

use crate::catalog::Collection;

/// The collections and columns that the configuration hides, by short or qualified name. A
/// collection that is hidden by its short name stays hidden when another collection with the same
/// short name appears and both get qualified ids.
///
/// A rule applies to the table it names. If several collections come from one table, each with its
/// own geometry column, a rule about the table applies to all of them. A hidden column is hidden in
/// all of them, whichever of their names the rule uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Names of hidden collections. The name of the collection of a further geometry column hides
    /// only that collection.
    pub hidden_collections: BTreeSet<String>,
    /// Names of collections whose whole table is hidden: every collection of the table, whatever
    /// its geometry column.
    pub hidden_tables: BTreeSet<String>,
    /// Names of hidden columns, by collection.
    pub hidden_columns: BTreeMap<String, BTreeSet<String>>,
    /// The number of this policy: each new policy of the process has a greater one. Answers made
    /// under an older policy are not sent any more.
    pub edition: u64,
}

/// The right to read one collection and some of its columns. Only [`Policy::read`] and
/// [`Policy::planning`] make one.
#[derive(Clone, Debug)]
pub struct Permit {
    columns: Vec<usize>,
    edition: u64,
    is_public: bool,
}

impl Policy {
    /// Whether the name of a table or collection that is not served may appear in public answers. A
    /// hidden collection may not, nor a further geometry column of its table.
    pub fn may_name(&self, qualified: &str) -> bool {
        let dotted = |name: &str| format!(".{}.", name.replace('"', ""));
        let whole = dotted(qualified);
        let hidden = self.hidden_collections.iter().chain(&self.hidden_tables);
        hidden.map(|name| dotted(name)).all(|name| !whole.contains(&name))
    }

    /// Returns the permit of a caller to read `collection`, or None if the collection is hidden
    /// from the caller. Handlers answer None exactly as if the collection did not exist.
    pub fn read(&self, collection: &Collection, caller: &Caller) -> Option<Permit> {
        match caller {
            // All callers see the same.
            Caller::Anonymous => {}
        }
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

    /// Returns the names of all columns that the policy hides in `collection`, even those that the
    /// collection does not have.
    pub fn hidden_in(&self, collection: &Collection) -> BTreeSet<String> {
        self.column_rules(collection).flatten().cloned().collect()
    }

    /// Returns every rule of the policy, one for each hidden collection, table or set of columns.
    pub fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        let columns = self.hidden_columns.iter();
        self.hidden_collections
            .iter()
            .map(|name| Rule::Collection(name))
            .chain(self.hidden_tables.iter().map(|name| Rule::Table(name)))
            .chain(columns.map(|(name, columns)| Rule::Columns(name, columns)))
    }

    /// Returns the permit with which planning reads a collection that has a role in it, hidden or
    /// not. That is safe because planning results pass the protection of small counts and name no
    /// row.
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
    /// The positions of the visible columns in [`Collection::columns`], ascending.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// The edition of the policy that gave the permit.
    pub fn edition(&self) -> u64 {
        self.edition
    }

    /// Whether every caller may see the collection.
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// Whether the column at this position is visible.
    pub fn sees(&self, column: usize) -> bool {
        self.columns.binary_search(&column).is_ok()
    }
}
