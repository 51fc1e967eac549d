//! What of the parts may be told: planning counts with hidden collections and columns, and names
//! nothing of them.

use std::sync::Arc;

use super::areas::Level;
use super::planning_data::{PlanningData, Count, missing};
use super::question::Origin;
use crate::catalog::roles::{AreaRole, FacilityType};
use crate::error::{self, Error, Result, said};
use crate::layer::State;

impl PlanningData {
    /// Whether the areas of a level may be named: their collection is seen, and the column with
    /// their ids.
    pub fn shows_level(&self, level: &str) -> bool {
        self.roles.areas.get(level).is_some_and(|role| self.shows_column(&role.collection, &role.id))
    }

    /// The levels whose areas may be named.
    pub fn shown_levels(&self) -> impl Iterator<Item = &str> {
        self.roles.areas.keys().map(String::as_str).filter(|level| self.shows_level(level))
    }

    /// A level that a question names. One that is hidden is not there.
    pub fn shown_level(&self, level: &str, count: Count) -> Result<Arc<Level>> {
        if self.shows_level(level) {
            return self.level(level, count);
        }
        let known: Vec<&str> = self.shown_levels().collect();
        Err(match known.is_empty() {
            true => missing(&format!("areas.{level}")),
            false => {
                Error::invalid("by", said!("there is no level {:?}", level)).hint(error::known(level, &known))
            }
        })
    }

    /// What the areas of a level are called together: the title of their collection.
    pub fn level_title(&self, level: &str) -> String {
        let role = self.roles.areas.get(level);
        let loaded = role.and_then(|role| self.public(&role.collection).ok());
        loaded.map_or_else(|| level.to_owned(), |loaded| loaded.collection.title.clone())
    }

    /// The level of the population, by its name, where its areas may be named.
    pub fn shown_base(&self) -> Option<&str> {
        let base = self.roles.population.as_ref().map(|role| role.level.as_str());
        base.filter(|level| self.shows_level(level))
    }

    /// A role as its areas may be named: those whose names are hidden are called by their ids.
    pub(super) fn named(&self, role: &AreaRole) -> AreaRole {
        let name = role.name.clone().filter(|name| self.shows_column(&role.collection, name));
        AreaRole { name, ..role.clone() }
    }

    /// The types of facilities, each with those of its collections that are seen; a type without
    /// any is none.
    pub fn shown_types(&self) -> impl Iterator<Item = (&str, &FacilityType, Vec<Origin>)> {
        self.roles.types.iter().filter_map(|(kind, role)| {
            let origin = |(collection, filter): &(String, Option<String>)| Origin {
                collection: collection.clone(),
                filter: filter.clone(),
            };
            let origins: Vec<Origin> =
                role.of.iter().filter(|(collection, _)| !self.hides(collection)).map(origin).collect();
            (!origins.is_empty()).then_some((kind.as_str(), role, origins))
        })
    }

    /// The collections of facilities, but for hidden ones.
    pub fn shown_facilities(&self) -> impl Iterator<Item = &str> {
        self.roles.facilities.keys().map(String::as_str).filter(|collection| !self.hides(collection))
    }

    /// Whether a collection is there and nobody sees it.
    pub fn hides(&self, collection: &str) -> bool {
        let entry = self.world.entry(collection);
        entry.is_some_and(|entry| self.read(&entry.collection).is_none())
    }

    /// Whether a column may be seen. One that is not there is no secret.
    pub(super) fn shows_column(&self, collection: &str, column: &str) -> bool {
        let Some(entry) = self.world.entry(collection) else { return true };
        let Some(permit) = self.read(&entry.collection) else { return false };
        entry.collection.column(column).is_none_or(|index| permit.sees(index))
    }

    /// A number that grows with each change of what may be seen.
    pub fn data_version(&self) -> u64 {
        let seen = self.world.entries.values().filter(|entry| self.read(&entry.collection).is_some());
        let version = |state: &State| match state {
            State::Ready(layer) => Some(layer.seen_version()),
            _ => None,
        };
        seen.filter_map(|entry| version(&entry.state)).max().unwrap_or_default()
    }
}
