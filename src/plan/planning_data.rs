//! What planning answers from: network, points of demand, areas and population, read from the
//! world's layers once and kept as long as these stay.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::areas::Level;
use super::cells;
use super::demand::Demand;
use super::disclosure::Disclosure;
use super::memo::{Memo, reused};
use super::network::{Graph, Junctions, Line, Network, build};
use super::loaded_collection::LoadedCollection;
use super::population::Population;
use super::profile::Profile;
use super::reading::{Plane, text_of};
use super::search::Index;
use super::routable_graph::RoutableGraph;
use crate::access::{Caller, Permit, Policy};
use crate::catalog::roles::Pattern;
use crate::catalog::{Collection, Roles};
use crate::error::{Error, Result, said};
use crate::geo::geometry::Role;
use crate::layer::{Column, State, World};
use crate::limits::Limits;

/// How small counts are treated, and so on what persons are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// On the points of demand themselves.
    Points,
    /// On whole cells of 100 m.
    Cells,
}

/// What questions of one moment are answered from.
#[derive(Debug)]
pub struct PlanningData {
    /// The world it was made from.
    pub world: Arc<World>,
    /// Who plays which part.
    pub roles: Arc<Roles>,
    /// What a question may ask for.
    pub limits: Arc<Limits>,
    pub(super) policy: Arc<Policy>,
    network: Arc<Memo<Network>>,
    demand: BTreeMap<Count, Arc<Memo<Demand>>>,
    levels: BTreeMap<(String, Count), Arc<Memo<Level>>>,
    population: Arc<Memo<Population>>,
    addresses: Arc<Memo<Vec<String>>>,
    pub(super) search: Arc<Memo<Index>>,
    graphs: BTreeMap<Profile, Arc<Memo<Graph>>>,
    routable_graphs: BTreeMap<(Profile, Count), Arc<Memo<RoutableGraph>>>,
}

/// Keeps the planning data of the current world.
#[derive(Debug, Default)]
pub struct Planner {
    limits: Arc<Limits>,
    current: Mutex<Option<Arc<PlanningData>>>,
}

impl Planner {
    /// A planner of questions within these limits.
    pub fn new(limits: Limits) -> Planner {
        Planner { limits: Arc::new(limits), current: Mutex::default() }
    }

    /// Returns the planning data of a world. Parts whose layers did not change are taken over from
    /// the world before. The call is cheap, because each part is made when it is first needed.
    pub fn data(&self, world: &Arc<World>, roles: &Arc<Roles>, policy: &Arc<Policy>) -> Arc<PlanningData> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |data: &&Arc<PlanningData>| {
            data.world.version == world.version
                && Arc::ptr_eq(&data.roles, roles)
                && Arc::ptr_eq(&data.policy, policy)
        };
        if let Some(data) = current.as_ref().filter(same) {
            return data.clone();
        }
        // What may be seen has changed with the policy, and so what can be found.
        let is_alike = |before: &Arc<PlanningData>| before.roles == *roles && Arc::ptr_eq(&before.policy, policy);
        let before = current.take().filter(is_alike);
        let data = Arc::new(PlanningData::new(world, roles, policy, &self.limits, before.as_deref()));
        *current = Some(data.clone());
        data
    }
}

impl PlanningData {
    /// The permit to read a collection as everyone may.
    pub(super) fn read(&self, collection: &Collection) -> Option<Permit> {
        self.policy.read(collection, &Caller::Anonymous)
    }

    /// The longest way of a question in metres.
    pub fn longest(&self) -> f64 {
        self.limits.planning_distance as f64
    }

    fn new(
        world: &Arc<World>,
        roles: &Arc<Roles>,
        policy: &Arc<Policy>,
        limits: &Arc<Limits>,
        before: Option<&PlanningData>,
    ) -> PlanningData {
        let version = |collection: Option<&String>| version_of(world, collection);
        let network = version(roles.network.as_ref().map(|role| &role.collection));
        let demand = version(roles.demand.as_ref().map(|role| &role.collection));
        let area = |level: &String| version(roles.areas.get(level).map(|role| &role.collection));
        let base = roles.population.as_ref().map(|role| &role.level);
        let base_area = base.map_or(0, area);
        let population = version(roles.population.as_ref().map(|role| &role.collection));
        let counts = [Count::Points, Count::Cells];
        let of_demand = |count: Count| match count {
            Count::Points => vec![demand],
            Count::Cells => vec![demand, base_area, population],
        };
        let levels = roles.areas.keys().flat_map(|level| counts.map(|count| (level.clone(), count)));
        let routable = Profile::ALL.into_iter().flat_map(|profile| counts.map(|count| (profile, count)));
        PlanningData {
            world: world.clone(),
            roles: roles.clone(),
            limits: limits.clone(),
            policy: policy.clone(),
            network: reused(before.map(|before| &before.network), vec![network]),
            demand: counts
                .into_iter()
                .map(|count| {
                    (count, reused(before.and_then(|before| before.demand.get(&count)), of_demand(count)))
                })
                .collect(),
            levels: levels
                .map(|key| {
                    let of = [of_demand(key.1), vec![area(&key.0)]].concat();
                    let memo = reused(before.and_then(|before| before.levels.get(&key)), of);
                    (key, memo)
                })
                .collect(),
            population: reused(before.map(|before| &before.population), vec![population, base_area]),
            addresses: reused(before.map(|before| &before.addresses), vec![demand]),
            search: reused(
                before.map(|before| &before.search),
                [demand]
                    .into_iter()
                    .chain(roles.areas.keys().map(area))
                    .chain(roles.facilities.keys().map(|id| version(Some(id))))
                    .collect(),
            ),
            graphs: Profile::ALL
                .into_iter()
                .map(|profile| {
                    let memo = before.and_then(|before| before.graphs.get(&profile));
                    (profile, reused(memo, vec![network]))
                })
                .collect(),
            routable_graphs: routable
                .map(|key| {
                    let of = [of_demand(key.1), vec![network]].concat();
                    let memo = reused(before.and_then(|before| before.routable_graphs.get(&key)), of);
                    (key, memo)
                })
                .collect(),
        }
    }

    /// The collection that plays a part, with its data. It is read in full, hidden or not.
    pub fn role_collection(&self, role: &str, id: &str) -> Result<LoadedCollection> {
        let entry = self.world.entry(id).ok_or_else(|| {
            Error::not_found(said!("there is no collection {:?}, which is to be the {}", id, role))
                .hint(said!("name a collection that is served under [roles.{}]", role))
        })?;
        let permit = self.policy.planning(&entry.collection);
        LoadedCollection::of(&entry.collection, &entry.state, permit)
    }

    /// A collection as everyone may see it.
    pub fn public(&self, id: &str) -> Result<LoadedCollection> {
        let unknown = || Error::invalid("collection", said!("there is no collection {:?}", id));
        let entry = self.world.entry(id).ok_or_else(unknown)?;
        let permit = self.read(&entry.collection).ok_or_else(unknown)?;
        LoadedCollection::of(&entry.collection, &entry.state, permit)
    }

    /// The network.
    pub fn network(&self) -> Result<Arc<Network>> {
        let role = self.roles.network.as_ref().ok_or_else(|| missing("network"))?;
        let loaded = self.role_collection("network", &role.collection)?;
        self.network.get(|| {
            let lines = self.lines(&loaded)?;
            let junctions = if role.joined_at_vertices { Junctions::Vertices } else { Junctions::Ends };
            Ok(build(&lines, junctions, role.node_tolerance))
        })
    }

    fn lines(&self, loaded: &LoadedCollection) -> Result<Vec<Line>> {
        let view = loaded.view();
        let plane = Plane::of(&view, self.roles.srid)?;
        let of_row = |row: u32| {
            let parts = view.geometry(row).into_iter().flat_map(|geometry| geometry.parts());
            let lines = parts.filter(|part| part.role == Role::Line);
            lines.map(|part| Line { row, vertices: plane.points(part.xy) }).collect::<Vec<_>>()
        };
        Ok((0..view.len() as u32).flat_map(of_row).collect())
    }

    /// Where people live: the points, or cells that hold whole points of one area.
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
                // An address that nobody may see must not be found out by the length of a way.
                let start = cells::CellStart::of(self.public(&role.collection).is_ok());
                memo.get(|| Ok(cells::demand(&points, &base, self.grain(&points)?, start)))
            }
        }
    }

    /// The weight that stands for one step of protected persons, where weights are not for
    /// everyone: as many persons of the latest date as there are for each unit of weight, to the
    /// next power of two, so that the weights' sum stays open.
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

    /// The address of each point of demand as people write it: the columns of its role, with spaces
    /// between; empty where there are none that may be seen. In the order of the points; fails
    /// where these are hidden.
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

    /// The areas of a level, hidden or not, to count with; see [`shown_level`](Self::shown_level).
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

    /// The points of demand; none where nothing plays that part.
    fn points(&self) -> Result<Vec<super::plane::Point>> {
        match &self.roles.demand {
            Some(_) => Ok(self.demand(Count::Points)?.points.clone()),
            None => Ok(vec![]),
        }
    }

    /// The level of areas that population is of, hidden or not, to count with.
    pub fn base(&self, count: Count) -> Result<Arc<Level>> {
        let role = self.roles.population.as_ref().ok_or_else(|| missing("population"))?;
        self.level(&role.level, count)
    }

    /// The table of population.
    pub fn population(&self) -> Result<Arc<Population>> {
        let role = self.roles.population.as_ref().ok_or_else(|| missing("population"))?;
        let (loaded, base) = (self.role_collection("population", &role.collection)?, self.base(Count::Points)?);
        self.population.get(|| Population::read(&loaded.view(), role, &base, self.disclosure()))
    }

    /// Returns the open edges of a profile, with the nearest of them for each point of demand.
    ///
    /// # Errors
    ///
    /// Returns an error if a network or the points of demand are not configured or not loaded.
    pub fn routable_graph(&self, profile: Profile, count: Count) -> Result<Arc<RoutableGraph>> {
        let (network, graph, demand) = (self.network()?, self.graph(profile)?, self.demand(count)?);
        let memo = self.routable_graphs.get(&(profile, count)).ok_or_else(|| missing("network"))?;
        memo.get(|| Ok(RoutableGraph::of(&network, graph.clone(), &demand, self.roles.snapping)))
    }

    /// The network as it is open to a profile.
    pub fn graph(&self, profile: Profile) -> Result<Arc<Graph>> {
        let network = self.network()?;
        let memo = self.graphs.get(&profile).ok_or_else(|| missing("network"))?;
        memo.get(|| self.open_edges(&network, profile))
    }

    fn open_edges(&self, network: &Network, profile: Profile) -> Result<Graph> {
        let role = self.roles.network.as_ref().ok_or_else(|| missing("network"))?;
        let loaded = self.role_collection("network", &role.collection)?;
        let view = loaded.view();
        let closed = profile.closed(role);
        let rules: Vec<(&Column, &Vec<Pattern>)> = closed
            .into_iter()
            .flatten()
            .map(|(name, patterns)| match view.column(name) {
                Some(column) => Ok((column, patterns)),
                None => Err(Error::not_found(said!("the network has no column {:?}", name))
                    .hint("check the columns under [roles.network.closed]")),
            })
            .collect::<Result<_>>()?;
        let is_closed = |row: u32| {
            rules.iter().any(|(column, patterns)| {
                let text = text_of(column.get(row as usize));
                text.is_some_and(|text| patterns.iter().any(|pattern| pattern.matches(&text)))
            })
        };
        Ok(Graph::new(network, |row| !is_closed(row)))
    }

    /// The plane of a question's own coordinates, given as longitude and latitude.
    pub fn plane(&self) -> Result<Plane> {
        Plane::from_crs(crate::geo::Crs::Crs84, self.roles.srid)
    }

    /// The edition of the policy by which collections are read.
    pub fn edition(&self) -> u64 {
        self.policy.edition
    }

    /// What persons are counted on.
    pub fn count(&self) -> Count {
        if self.roles.exact { Count::Points } else { Count::Cells }
    }

    /// How small counts are treated.
    pub fn disclosure(&self) -> Disclosure {
        match self.roles.exact {
            true => Disclosure::Exact,
            false => Disclosure::Protected { threshold: self.roles.threshold },
        }
    }
}

/// The version of a collection's layer; 0 where it is not there.
fn version_of(world: &World, collection: Option<&String>) -> u64 {
    match collection.and_then(|id| world.entry(id)).map(|entry| &entry.state) {
        Some(State::Ready(layer)) => layer.version(),
        _ => 0,
    }
}

/// Nothing plays a part that a question needs.
pub fn missing(role: &str) -> Error {
    Error::not_found(said!("this question needs a collection as {}, and none is configured", role))
        .hint(said!("name it under [roles.{}] of the configuration", role))
}
