//! Who may see what. Code that reads data for a request must get a [`Permit`] here first.
//!
//! What the configuration hides, no caller may read. Of the rest, an anonymous caller may read
//! everything, and a caller in a role what the [`Restriction`] of the role leaves: some columns, or
//! the rows that a rule selects. A permit is the only way to a [`View`](crate::layer::View) of a
//! layer, so no route can skip the check.

mod caller;
mod permit;
mod restriction;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use caller::Caller;
pub use permit::Permit;
pub use restriction::Restriction;
pub use rules::Rule;

use crate::catalog::Collection;
use crate::error::{Error, Result};

/// The collections and columns that the configuration hides, by short or qualified name. A
/// collection that is hidden by its short name stays hidden when another collection with the same
/// short name appears and both get qualified ids.
///
/// A rule applies to the table it names. If several collections come from one table, each with its
/// own geometry column, a rule about the table applies to all of them. A hidden column is hidden in
/// all of them, whichever of their names the rule uses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// Names of hidden collections. The name of the collection of a further geometry column hides
    /// only that collection.
    pub hidden_collections: BTreeSet<String>,
    /// Names of collections whose whole table is hidden: every collection of the table, whatever
    /// its geometry column.
    pub hidden_tables: BTreeSet<String>,
    /// Names of hidden columns, by collection.
    pub hidden_columns: BTreeMap<String, BTreeSet<String>>,
    /// What callers in a role may see of collections: by the name of the role, then by short or
    /// qualified name of the collection. A restriction applies to all collections of the table; of
    /// several, all apply. A collection without any is seen as by everyone.
    pub restrictions: BTreeMap<Arc<str>, BTreeMap<String, Restriction>>,
    /// The number of this policy: each new policy of the process has a greater one. Answers made
    /// under an older policy are not sent any more.
    pub edition: u64,
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
    ///
    /// A collection whose restriction cannot be evaluated, for example because it names a column
    /// that was dropped, is hidden from the callers in that role; [`faults`](Self::faults) says
    /// why.
    pub fn read(&self, collection: &Collection, caller: &Caller) -> Option<Permit> {
        if self.hides(collection) {
            return None;
        }
        let columns = self.public_columns(collection);
        match self.restrictions_of(collection, caller).as_slice() {
            [] => Some(Permit::unrestricted(columns, self.edition, true)),
            restrictions => restriction::permit(restrictions, collection, columns, self.edition).ok(),
        }
    }

    /// Returns why restrictions of `collection` cannot be evaluated: the role, and the fault.
    pub fn faults(&self, collection: &Collection) -> Vec<(Arc<str>, Error)> {
        let fault = |role: &Arc<str>| -> Result<()> {
            let caller = Caller::InRole(role.clone());
            let restrictions = self.restrictions_of(collection, &caller);
            let columns = self.public_columns(collection);
            restriction::permit(&restrictions, collection, columns, self.edition).map(drop)
        };
        let roles = self.restrictions.keys();
        roles.filter_map(|role| fault(role).err().map(|why| (role.clone(), why))).collect()
    }

    /// A number for all that a caller may see, the same for all callers who see what everyone does.
    /// Whatever is kept for a caller of more than one collection is kept under it.
    pub fn digest(&self, caller: &Caller) -> u64 {
        let restrictions = match caller {
            Caller::Anonymous => None,
            Caller::InRole(role) => self.restrictions.get(role).filter(|rules| !rules.is_empty()),
        };
        restrictions.map_or(self.edition, |rules| permit::digest(self.edition, rules))
    }

    /// The caller who sees the same as this one, as far as the policy tells callers apart:
    /// anonymous, unless there are restrictions for the role. So as many callers are told apart as
    /// there are roles, whatever names requests bring.
    pub fn known(&self, caller: &Caller) -> Caller {
        match caller {
            Caller::InRole(role) if self.restrictions.contains_key(role) => caller.clone(),
            Caller::InRole(_) | Caller::Anonymous => Caller::Anonymous,
        }
    }

    /// The restrictions of a collection, under whichever name of its table, or of another
    /// collection of the table, they are written.
    fn restrictions_of(&self, collection: &Collection, caller: &Caller) -> Vec<&Restriction> {
        let Caller::InRole(role) = caller else { return vec![] };
        let Some(restrictions) = self.restrictions.get(role) else { return vec![] };
        let names: BTreeSet<&str> = rules::names_of_all(collection).collect();
        names.into_iter().filter_map(|name| restrictions.get(name)).collect()
    }

    /// The positions of the columns that everyone sees, ascending.
    fn public_columns(&self, collection: &Collection) -> Vec<usize> {
        let rules: Vec<&BTreeSet<String>> = self.column_rules(collection).collect();
        let is_hidden = |column: &str| rules.iter().any(|hidden| hidden.contains(column));
        let columns = collection.columns.iter().enumerate();
        columns.filter(|(_, column)| !is_hidden(&column.name)).map(|(index, _)| index).collect()
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
        let columns = (0..collection.columns.len()).collect();
        Permit::unrestricted(columns, self.edition, !self.hides(collection))
    }

    fn hides(&self, collection: &Collection) -> bool {
        rules::names_of_table(collection).any(|name| self.hidden_collections.contains(name))
            || rules::names_of_all(collection).any(|name| self.hidden_tables.contains(name))
    }

    fn column_rules(&self, collection: &Collection) -> impl Iterator<Item = &BTreeSet<String>> {
        rules::names_of_all(collection).filter_map(|name| self.hidden_columns.get(name))
    }
}
