//! Decides what may be shown of the planning data. Planning counts with hidden collections and
//! columns, but names nothing of them.

use std::sync::Arc;

use super::areas::Level;
use super::planning_data::{Count, PlanningData, missing};
use super::question::Origin;
use crate::catalog::roles::{AreaRole, FacilityType};
use crate::error::{self, Error, Result, said};
use crate::layer::State;
use crate::snapshot::Described;

impl PlanningData {
    /// Returns whether the areas of a level may be named: whether their collection and the column
    /// with their ids are visible.
    pub fn shows_level(&self, level: &str) -> bool {
        self.roles.areas.get(level).is_some_and(|role| self.shows_column(&role.collection, &role.id))
    }

    /// Returns the levels whose areas may be named.
    pub fn shown_levels(&self) -> impl Iterator<Item = &str> {
        self.roles.areas.keys().map(String::as_str).filter(|level| self.shows_level(level))
    }

    /// Returns a level that a question names. A hidden level is treated as if it did not exist.
    ///
    /// # Errors
    ///
    /// Returns an error with the known levels if there is no such level.
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

    /// Returns the title of the collection of a level, or the name of the level if the collection
    /// is hidden.
    pub fn level_title(&self, level: &str) -> String {
        let role = self.roles.areas.get(level);
        let loaded = role.and_then(|role| self.public(&role.collection).ok());
        loaded.map_or_else(|| level.to_owned(), |loaded| loaded.collection.title.clone())
    }

    /// Returns the name of the population's level, if its areas may be named.
    pub fn shown_base(&self) -> Option<&str> {
        let base = self.roles.population.as_ref().map(|role| role.level.as_str());
        base.filter(|level| self.shows_level(level))
    }

    /// Returns a role without its column of names if this column is hidden. Its areas are named by
    /// their ids then.
    pub(super) fn named(&self, role: &AreaRole) -> AreaRole {
        let name = role.name.clone().filter(|name| self.shows_column(&role.collection, name));
        AreaRole { name, ..role.clone() }
    }

    /// Returns the types of facilities, each with its visible collections. A type without one is
    /// left out.
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

    /// Returns the visible collections of facilities.
    pub fn shown_facilities(&self) -> impl Iterator<Item = &str> {
        self.roles.facilities.keys().map(String::as_str).filter(|collection| !self.hides(collection))
    }

    /// Returns whether a collection exists and is hidden.
    pub fn hides(&self, collection: &str) -> bool {
        let entry = self.world.entry(collection);
        entry.is_some_and(|entry| self.read(&entry.collection).is_none())
    }

    /// Returns whether a column is visible. A column that does not exist counts as visible, because
    /// it is no secret.
    pub(super) fn shows_column(&self, collection: &str, column: &str) -> bool {
        let Some(entry) = self.world.entry(collection) else { return true };
        let permit = self.read(&entry.collection).filter(|permit| !permit.is_restricted());
        let Some(permit) = permit else { return false };
        entry.collection.column(column).is_none_or(|index| permit.sees(index))
    }

    /// Returns a number that increases with each change of visible data.
    pub fn data_version(&self) -> u64 {
        let seen = self.world.entries.keys().filter_map(|id| self.seen(id));
        let version = |seen: Described| match seen.state {
            State::Ready(layer) => Some(layer.seen_version()),
            _ => None,
        };
        seen.filter_map(version).max().unwrap_or_default()
    }
}
