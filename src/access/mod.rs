//! Who may see what. Code that reads data for a request must get a [`Permit`] here first.
//!
//! What the configuration hides, no caller may read. Of the rest, a caller may read what the
//! [`Grants`] of a collection give his roles, or everyone: some columns, and the rows that a rule
//! selects; without grants everything. A permit is the only way to a [`View`](crate::layer::View)
//! of a layer, so no route can skip the check.

pub mod audit;
mod caller;
pub mod chain;
mod grants;
pub mod key;
mod permit;
mod rules;
pub mod stored_key;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use caller::{Caller, EVERYONE, Identified, Subject};
pub use grants::{Edit, Grants};
pub use permit::{Permit, Storing};
pub use rules::Rule;

use crate::catalog::Collection;
use crate::error::Error;
use crate::query::cql2::{Area, Border};

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
    /// What is granted of collections, by short or qualified name. Grants apply to all collections
    /// of the table; of several, all apply. A collection without any is granted to everyone.
    pub grants: BTreeMap<String, Grants>,
    /// The names of the roles that callers can have.
    pub roles: BTreeSet<Arc<str>>,
    /// The roles whose callers get exact numbers of persons from planning.
    pub exact_roles: BTreeSet<Arc<str>>,
    /// The number of this policy: each new policy of the process has a greater one. Answers made
    /// under an older policy are not sent any more.
    pub edition: u64,
}

impl Policy {
    /// Whether the name of a table or collection that is not served may appear in answers to the
    /// caller. One that he could not see if it were served may not, nor a further geometry column
    /// of its table.
    pub fn may_name(&self, qualified: &str, caller: &Caller) -> bool {
        let dotted = |name: &str| format!(".{}.", name.replace('"', ""));
        let whole = dotted(qualified);
        let hidden = self.hidden_collections.iter().chain(&self.hidden_tables);
        let closed = self.grants.iter().filter(|(_, grants)| grants.readers(caller).is_empty());
        hidden.chain(closed.map(|(name, _)| name)).all(|name| !whole.contains(&dotted(name)))
    }

    /// Whether callers see more or less than others of any collection.
    pub fn has_grants(&self) -> bool {
        !self.grants.is_empty()
    }

    /// Whether any answer depends on the caller: on what is granted to him, or on whether he gets
    /// exact numbers of persons.
    pub fn tells_callers_apart(&self) -> bool {
        self.has_grants() || !self.exact_roles.is_empty()
    }

    /// Whether planning gives the caller exact numbers of persons, which are not for publication.
    pub fn is_exact_for(&self, caller: &Caller) -> bool {
        caller.roles().any(|role| self.exact_roles.contains(role))
    }

    /// Who may store an answer to the caller that may be about any collection.
    pub fn storing(&self, caller: &Caller) -> Storing {
        let is_seen = |grants: &Grants| grants.is_protected && !grants.readers(caller).is_empty();
        match self.is_exact_for(caller) || self.grants.values().any(is_seen) {
            true => Storing::Nobody,
            false if self.tells_callers_apart() => Storing::Caller,
            false => Storing::Anyone,
        }
    }

    /// Returns the permit of a caller to read `collection`, or None if the collection is hidden
    /// from the caller. Handlers answer None exactly as if the collection did not exist.
    ///
    /// A collection with grants that cannot be evaluated, for example because they name a column
    /// that was dropped, is hidden from the callers whom they concern; [`faults`](Self::faults)
    /// says why.
    pub fn read(&self, collection: &Collection, caller: &Caller) -> Option<Permit> {
        if self.hides(collection) {
            return None;
        }
        let columns = self.public_columns(collection);
        match self.grants_of(collection).as_slice() {
            [] => Some(Permit::unrestricted(columns, self.edition, true)),
            grants => grants::permit(grants, collection, caller, columns, self.edition).ok().flatten(),
        }
    }

    /// Returns why grants of `collection` cannot be evaluated: the role, and the fault. Areas that
    /// they name are taken for found.
    pub fn faults(&self, collection: &Collection) -> Vec<(Arc<str>, Error)> {
        let border = grants::any_border(collection);
        let found = self.with_borders(&|_| Some(border.clone()));
        let grants = found.grants_of(collection);
        let fault = |role: Arc<str>| {
            let caller = Caller::in_roles([role.clone()]);
            let columns = self.public_columns(collection);
            let permit = grants::permit(&grants, collection, &caller, columns, self.edition);
            permit.err().map(|why| (role, why))
        };
        let roles: BTreeSet<Arc<str>> =
            grants.iter().flat_map(|grants| grants.roles()).cloned().chain([EVERYONE.into()]).collect();
        roles.into_iter().filter_map(fault).collect()
    }

    /// The areas that rules name by reference, by level and id, each once.
    pub fn areas(&self) -> impl Iterator<Item = &Area> {
        let areas = self.grants.values().flat_map(Grants::areas);
        areas.map(|area| ((&area.level, &area.id), area)).collect::<BTreeMap<_, _>>().into_values()
    }

    /// Returns the policy with the borders of the areas that rules name.
    pub fn with_borders(&self, find: &impl Fn(&Area) -> Option<Arc<Border>>) -> Policy {
        let grants = self.grants.iter().map(|(name, grants)| (name.clone(), grants.with_borders(find)));
        Policy { grants: grants.collect(), ..self.clone() }
    }

    /// A number for all that a caller may see, the same for all callers who see what an anonymous
    /// one does. Whatever is kept for a caller of more than one collection is kept under it.
    pub fn digest(&self, caller: &Caller) -> u64 {
        match self.known(caller) {
            Caller::Anonymous => self.edition,
            known => permit::digest(self.edition, &known),
        }
    }

    /// The caller who sees the same as this one, as far as the policy tells callers apart: in those
    /// of his roles that it names. So no more callers are told apart than there are sets of roles,
    /// whatever names requests bring.
    pub fn known(&self, caller: &Caller) -> Caller {
        let Caller::InRoles(roles) = caller else { return Caller::Anonymous };
        let is_named = |role: &Arc<str>| {
            self.roles.contains(role)
                || self.grants.values().any(|grants| grants.roles().any(|own| own == role))
        };
        if roles.iter().all(is_named) {
            return caller.clone();
        }
        Caller::in_roles(roles.iter().filter(|role| is_named(role)).cloned())
    }

    /// The grants of a collection, under whichever name of its table, or of another collection of
    /// the table, they are written.
    fn grants_of(&self, collection: &Collection) -> Vec<&Grants> {
        if self.grants.is_empty() {
            return vec![];
        }
        let names: BTreeSet<&str> = rules::names_of_all(collection).collect();
        names.into_iter().filter_map(|name| self.grants.get(name)).collect()
    }

    /// The positions of the columns that are not hidden, ascending.
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

    /// Returns every rule of the policy, one for each hidden collection, table or set of columns,
    /// and for the grants of each collection.
    pub fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        let columns = self.hidden_columns.iter();
        self.hidden_collections
            .iter()
            .map(|name| Rule::Collection(name))
            .chain(self.hidden_tables.iter().map(|name| Rule::Table(name)))
            .chain(columns.map(|(name, columns)| Rule::Columns(name, columns)))
            .chain(self.grants.keys().map(|name| Rule::Grants(name)))
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
