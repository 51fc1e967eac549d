//! The data that questions are answered from: network, points of demand, areas and population. Each
//! part is read from the layers of a world when it is first needed, and reused as long as these
//! layers do not change.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::areas::Level;
use super::cells;
use super::demand::Demand;
use super::disclosure::Disclosure;
use super::loaded_collection::LoadedCollection;
use super::memo::{Memo, reused};
use super::network::{Graph, Network};
use super::population::Population;
use super::profile::Profile;
use super::reading::{Plane, text_of};
use super::routable_graph::RoutableGraph;
use super::search::Index;
use crate::access::{Caller, Permit};
use crate::catalog::{Collection, Roles};
use crate::error::{Error, Result, said};
use crate::layer::{Column, State, World};
use crate::limits::Limits;
use crate::snapshot::{Described, Snapshot};

/// The unit on which persons are counted. It follows from the protection of counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// The points of demand, for exact counts.
    Points,
    /// Cells of 100 m, for protected counts.
    Cells,
}

/// The data from which the questions of one moment are answered.
#[derive(Debug)]
pub struct PlanningData {
    /// The layers of the snapshot.
    pub world: Arc<World>,
    /// The roles of collections. They are those of the configuration, but that counts are exact for
    /// callers in a role with exact statistics.
    pub roles: Arc<Roles>,
    /// The limits on questions.
    pub limits: Arc<Limits>,
    /// The digest of everything that the caller may see.
    pub digest: u64,
    pub(super) snapshot: Arc<Snapshot>,
    caller: Caller,
    pub(super) network: Arc<Memo<Network>>,
    demand: BTreeMap<Count, Arc<Memo<Demand>>>,
    levels: BTreeMap<(String, Count), Arc<Memo<Level>>>,
    population: Arc<Memo<Population>>,
    addresses: Arc<Memo<Vec<String>>>,
    pub(super) search: Arc<Memo<Index>>,
    pub(super) graphs: BTreeMap<Profile, Arc<Memo<Graph>>>,
    pub(super) routable_graphs: BTreeMap<(Profile, Count), Arc<Memo<RoutableGraph>>>,
}

impl PlanningData {
    /// Returns the caller's permit to read a collection.
    pub(super) fn read(&self, collection: &Arc<Collection>) -> Option<Permit> {
        self.snapshot.permit(&self.caller, collection)
    }

    /// Whether the caller sees all rows of a collection, and all columns that everyone sees. Areas
    /// and addresses in other collections are not shown at all.
    pub(super) fn is_open(&self, id: &str) -> bool {
        self.snapshot.sees_all(&self.caller, id)
    }

    /// Returns a collection with the rows that the caller sees; None if it is hidden.
    pub(super) fn seen(&self, id: &str) -> Option<Described> {
        self.world.entry(id).and_then(|entry| self.snapshot.describe(&self.caller, &entry.collection.id).ok())
    }

    /// Returns the maximum length of a way in metres.
    pub fn longest(&self) -> f64 {
        self.limits.planning_distance as f64
    }

    /// Creates the data for a caller. Parts that did not change are those of `before`.
    pub(super) fn new(
        snapshot: &Arc<Snapshot>,
        caller: &Caller,
        limits: &Arc<Limits>,
        before: Option<&PlanningData>,
    ) -> PlanningData {
        let (world, digest) = (snapshot.world(), snapshot.digest(caller));
        let roles = &roles_for(snapshot, caller);
        let exact = u64::from(roles.exact);
        let version = |collection: Option<&String>| version_of(world, collection);
        let network = version(roles.network.as_ref().map(|role| &role.collection));
        let demand = version(roles.demand.as_ref().map(|role| &role.collection));
        let area = |level: &String| version(roles.areas.get(level).map(|role| &role.collection));
        let base_area = roles.population.as_ref().map_or(0, |role| area(&role.level));
        let population = version(roles.population.as_ref().map(|role| &role.collection));
        let counts = [Count::Points, Count::Cells];
        let sees_all = |collection: &String| u64::from(snapshot.sees_all(caller, collection));
        // If the points of demand may not be known, the ways of cells begin at other places.
        let sees_demand = roles.demand.as_ref().map_or(0, |role| sees_all(&role.collection));
        // If the names of areas may not be known, they are called by their ids.
        let sees_area = |level: &String| roles.areas.get(level).map_or(0, |role| sees_all(&role.collection));
        let of_demand = |count: Count| match count {
            Count::Points => vec![demand],
            Count::Cells => vec![demand, base_area, population, sees_demand, exact],
        };
        let levels = roles.areas.keys().flat_map(|level| counts.map(|count| (level.clone(), count)));
        let routable = Profile::ALL.into_iter().flat_map(|profile| counts.map(|count| (profile, count)));
        PlanningData {
            world: world.clone(),
            roles: roles.clone(),
            limits: limits.clone(),
            digest,
            snapshot: snapshot.clone(),
            caller: caller.clone(),
            network: reused(before.map(|before| &before.network), vec![network]),
            demand: counts
                .into_iter()
                .map(|count| {
                    let memo = before.and_then(|before| before.demand.get(&count));
                    (count, reused(memo, of_demand(count)))
                })
                .collect(),
            levels: levels
                .map(|key| {
                    let of = [of_demand(key.1), vec![area(&key.0), sees_area(&key.0)]].concat();
                    let memo = reused(before.and_then(|before| before.levels.get(&key)), of);
                    (key, memo)
                })
                .collect(),
            population: reused(before.map(|before| &before.population), vec![population, base_area, exact]),
            addresses: reused(before.map(|before| &before.addresses), vec![demand, digest]),
            search: reused(
                before.map(|before| &before.search),
                [demand, digest]
                    .into_iter()
                    .chain(roles.areas.keys().map(area))
                    .chain(roles.facilities.keys().map(|id| version(Some(id))))
                    .collect(),
            ),
            graphs: graphs(before, network),
            routable_graphs: routable
                .map(|key| {
                    let of = [of_demand(key.1), vec![network]].concat();
                    let memo = reused(before.and_then(|before| before.routable_graphs.get(&key)), of);
                    (key, memo)
                })
                .collect(),
        }
    }

    /// Returns the collection of a role with its data. All of it can be read, even if it is hidden.
    ///
    /// # Errors
    ///
    /// Returns an error if the collection does not exist or is not in memory.
    pub fn role_collection(&self, role: &str, id: &str) -> Result<LoadedCollection> {
        let entry = self.world.entry(id).ok_or_else(|| {
            Error::not_found(said!("there is no collection {:?}, which is to be the {}", id, role))
                .hint(said!("name a collection that is served under [roles.{}]", role))
        })?;
        let permit = self.snapshot.policy().planning(&entry.collection);
        let mut loaded = LoadedCollection::of(&entry.collection, &entry.state, permit)?;
        // Times of rows that the caller does not see are not told either.
        loaded.is_public &= self.is_open(id);
        Ok(loaded)
    }

    /// Returns a collection with the rows and columns that the caller may see.
    ///
    /// # Errors
    ///
    /// Returns an error if the collection does not exist, is hidden, or is not in memory.
    pub fn visible(&self, id: &str) -> Result<LoadedCollection> {
        let unknown = || Error::invalid("collection", said!("there is no collection {:?}", id));
        let Described { collection, state, permit, .. } = self.seen(id).ok_or_else(unknown)?;
        LoadedCollection::of(&collection, &state, permit)
    }

    /// Returns a collection of which the caller sees all rows, so that they are those of
    /// [`role_collection`](Self::role_collection).
    ///
    /// # Errors
    ///
    /// Returns an error if the collection does not exist, if some of it is hidden from the caller,
    /// or if it is not in memory.
    pub fn public(&self, id: &str) -> Result<LoadedCollection> {
        let visible = self.visible(id)?;
        match self.is_open(id) {
            true => Ok(visible),
            false => Err(Error::invalid("collection", said!("there is no collection {:?}", id))),
        }
    }

    /// Returns the points of demand, or the cells that combine them. All points of a cell are in
    /// the same area.
    ///
    /// # Errors
    ///
    /// Returns an error if there are no points of demand, if their collection is not in memory, or
    /// if it lacks a column of its role.
    pub fn demand(&self, count: Count) -> Result<Arc<Demand>> {
        let role = self.roles.demand.as_ref().ok_or_else(|| missing("demand"))?;
        let memo = self.demand.get(&count).ok_or_else(|| missing("demand"))?;
        match count {
            Count::Points => {
                let loaded = self.role_collection("demand", &role.collection)?;
                memo.get(|| {
                    let view = loaded.view();
                    Demand::read(&view, role, &Plane::of(&view, self.roles.srid)?)
                })
            }
            Count::Cells => {
                let (points, base) = (self.demand(Count::Points)?, self.base(Count::Points)?);
                // A hidden address must not be revealed by the length of a way.
                let start = cells::CellStart::of(self.is_open(&role.collection));
                memo.get(|| Ok(cells::demand(&points, &base, self.grain(&points)?, start)))
            }
        }
    }

    /// Returns the weight that corresponds to one step of protected persons, if weights are
    /// protected. It is the step divided by the persons per unit of weight at the latest date. This
    /// ratio is rounded to a power of two, so that the sum of the weights is not revealed.
    fn grain(&self, points: &Demand) -> Result<Option<f64>> {
        let Some(step) = self.disclosure().step().filter(|_| self.roles.are_weights_protected()) else {
            return Ok(None);
        };
        let population = self.population()?;
        let latest = population.date(None)?;
        let areas = self.base(Count::Points)?.areas.len();
        let mut persons = 0.0;
        for group in population.groups_of(latest) {
            persons += population.persons(latest, &[group], areas).iter().flatten().sum::<f64>();
        }
        let weight: f64 = points.weights.iter().sum();
        let ratio = if persons > 0.0 && weight > 0.0 { persons / weight } else { 1.0 };
        Ok(Some(step / ratio.log2().round().exp2()))
    }

    /// Returns the address of each point of demand for people: the columns of its role, separated
    /// by spaces; empty if none of them may be seen.
    ///
    /// # Errors
    ///
    /// Returns an error if the points of demand are hidden.
    pub fn addresses(&self) -> Result<Arc<Vec<String>>> {
        let role = self.roles.demand.as_ref().ok_or_else(|| missing("demand"))?;
        let hidden = |_| Error::invalid("per_address", "the addresses have not been published");
        let loaded = self.public(&role.collection).map_err(hidden)?;
        self.addresses.get(|| {
            let view = loaded.view();
            let columns: Vec<&Column> = role.address.iter().filter_map(|name| view.column(name)).collect();
            let text = |row: usize| {
                let words = columns.iter().filter_map(|column| text_of(column.get(row)));
                words.collect::<Vec<_>>().join(" ")
            };
            Ok((0..view.len()).map(text).collect())
        })
    }

    /// Returns the areas of a level for counting, even if it is hidden. See
    /// [`shown_level`](Self::shown_level).
    pub(super) fn level(&self, level: &str, count: Count) -> Result<Arc<Level>> {
        let role = self.roles.areas.get(level).ok_or_else(|| missing(&format!("areas.{level}")))?;
        let memo = self.levels.get(&(level.to_owned(), count)).ok_or_else(|| missing("areas"))?;
        match count {
            Count::Points => {
                let (loaded, points) =
                    (self.role_collection(&format!("areas.{level}"), &role.collection)?, self.points()?);
                memo.get(|| {
                    let view = loaded.view();
                    Level::read(&view, &self.named(role), &Plane::of(&view, self.roles.srid)?, &points)
                })
            }
            Count::Cells => {
                let (points, whole) = (self.demand(Count::Points)?, self.level(level, Count::Points)?);
                let base = self.base(Count::Points)?;
                memo.get(|| Ok(cells::level(&points, &base, &whole)))
            }
        }
    }

    /// Returns the points of demand; none if no collection has this role.
    fn points(&self) -> Result<Vec<super::plane::Point>> {
        match &self.roles.demand {
            Some(_) => Ok(self.demand(Count::Points)?.points.clone()),
            None => Ok(vec![]),
        }
    }

    /// Returns the level of the population for counting, even if it is hidden.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no population, or if the collection of its level is not in
    /// memory.
    pub fn base(&self, count: Count) -> Result<Arc<Level>> {
        let role = self.roles.population.as_ref().ok_or_else(|| missing("population"))?;
        self.level(&role.level, count)
    }

    /// Returns the table of population.
    ///
    /// # Errors
    ///
    /// Returns an error if there is none, if its collection is not in memory or lacks a column of
    /// its role, or if an area has two numbers of the same kind.
    pub fn population(&self) -> Result<Arc<Population>> {
        let role = self.roles.population.as_ref().ok_or_else(|| missing("population"))?;
        let (loaded, base) =
            (self.role_collection("population", &role.collection)?, self.base(Count::Points)?);
        self.population.get(|| Population::read(&loaded.view(), role, &base, self.disclosure()))
    }

    /// Returns the projection of longitude and latitude in degrees to the plane of planning.
    ///
    /// # Errors
    ///
    /// Returns an error if the configured system is in degrees or cannot be projected.
    pub fn plane(&self) -> Result<Plane> {
        Plane::from_crs(crate::geo::Crs::Crs84, self.roles.srid)
    }

    /// Returns the unit on which persons are counted.
    pub fn count(&self) -> Count {
        if self.roles.exact { Count::Points } else { Count::Cells }
    }

    /// The roles of collections as configured, without regard to the caller.
    pub fn configured_roles(&self) -> &Arc<Roles> {
        self.snapshot.roles()
    }

    /// Whether counts are exact for this caller only, so that answers are not for publication.
    pub fn is_confidential(&self) -> bool {
        self.roles.exact && !self.snapshot.roles().exact
    }

    /// Returns the rule by which counts are published.
    pub fn disclosure(&self) -> Disclosure {
        match self.roles.exact {
            true => Disclosure::Exact,
            false => Disclosure::Protected { threshold: self.roles.threshold },
        }
    }
}

/// Returns the roles of collections for a caller: counts are exact for some.
fn roles_for(snapshot: &Snapshot, caller: &Caller) -> Arc<Roles> {
    let configured = snapshot.roles();
    match snapshot.policy().is_exact_for(caller) && !configured.exact {
        true => Arc::new(Roles { exact: true, ..Roles::clone(configured) }),
        false => configured.clone(),
    }
}

/// The graph of the network for each profile, of the network's layer with this version.
fn graphs(before: Option<&PlanningData>, network: u64) -> BTreeMap<Profile, Arc<Memo<Graph>>> {
    let memo = |profile| reused(before.and_then(|before| before.graphs.get(&profile)), vec![network]);
    Profile::ALL.into_iter().map(|profile| (profile, memo(profile))).collect()
}

/// Returns the version of a collection's layer; 0 if it is not in memory.
fn version_of(world: &World, collection: Option<&String>) -> u64 {
    match collection.and_then(|id| world.entry(id)).map(|entry| &entry.state) {
        Some(State::Ready(layer)) => layer.version(),
        _ => 0,
    }
}

/// Returns the error for a role that a question needs and no collection has.
pub fn missing(role: &str) -> Error {
    Error::not_found(said!("this question needs a collection as {}, and none is configured", role))
        .hint(said!("name it under [roles.{}] of the configuration", role))
}
