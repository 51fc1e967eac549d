//! What planning answers from: network, points of demand, areas and population, read from the
//! world's layers once and kept as long as these stay.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::areas::Level;
use super::cells;
use super::demand::Demand;
use super::disclosure::Disclosure;
use super::made::{Made, kept};
use super::network::{Graph, Junctions, Line, Network, build};
use super::part::Part;
use super::population::Population;
use super::profile::Profile;
use super::reading::{Plane, text_of};
use super::search::Index;
use super::ways::Ways;
use crate::access::{Caller, Permit};
use crate::catalog::roles::Pattern;
use crate::catalog::{Collection, Roles};
use crate::error::{Error, Result, said};
use crate::geo::geometry::Role;
use crate::layer::{Column, State, World};
use crate::limits::Limits;
use crate::snapshot::{Described, Snapshot};

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
pub struct Basis {
    /// The world it was made from.
    pub world: Arc<World>,
    /// Who plays which part.
    pub roles: Arc<Roles>,
    /// What a question may ask for.
    pub limits: Arc<Limits>,
    /// The digest of everything that the caller may see.
    pub digest: u64,
    snapshot: Arc<Snapshot>,
    caller: Caller,
    network: Arc<Made<Network>>,
    demand: BTreeMap<Count, Arc<Made<Demand>>>,
    levels: BTreeMap<(String, Count), Arc<Made<Level>>>,
    population: Arc<Made<Population>>,
    addresses: Arc<Made<Vec<String>>>,
    pub(super) search: Arc<Made<Index>>,
    graphs: BTreeMap<Profile, Arc<Made<Graph>>>,
    ways: BTreeMap<(Profile, Count), Arc<Made<Ways>>>,
}

/// Keeps the basis of the current snapshot, for each digest of what callers may see.
#[derive(Debug, Default)]
pub struct Planner {
    limits: Arc<Limits>,
    current: Mutex<Vec<Arc<Basis>>>,
}

/// The greatest number of bases; the one that was asked for longest ago goes first.
const MOST_BASES: usize = 16;

impl Planner {
    /// A planner of questions within these limits.
    pub fn new(limits: Limits) -> Planner {
        Planner { limits: Arc::new(limits), current: Mutex::default() }
    }

    /// The basis of this snapshot for a caller; what is made of layers that stayed is kept. Making
    /// it is cheap: its parts are made when they are asked for.
    pub fn basis(&self, snapshot: &Arc<Snapshot>, caller: &Caller) -> Arc<Basis> {
        let digest = snapshot.digest(caller);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        // What may be seen has changed with the policy, and so what can be found.
        current.retain(|before| {
            before.roles == *snapshot.roles() && Arc::ptr_eq(before.snapshot.policy(), snapshot.policy())
        });
        let own = current.iter().position(|basis| basis.digest == digest).map(|at| current.remove(at));
        let basis = match own {
            Some(basis) if basis.world.version == snapshot.world().version => basis,
            own => {
                // What does not depend on the caller is taken from another's.
                let before = own.as_ref().or(current.first()).map(Arc::as_ref);
                Arc::new(Basis::new(snapshot, caller, &self.limits, before))
            }
        };
        current.insert(0, basis.clone());
        current.truncate(MOST_BASES);
        basis
    }
}

impl Basis {
    /// The caller's permit to read a collection.
    pub(super) fn read(&self, collection: &Collection) -> Option<Permit> {
        self.snapshot.policy().read(collection, &self.caller)
    }

    /// Whether the caller sees all rows of a collection and all columns that everyone sees. Areas
    /// and addresses of others are hidden from him altogether.
    pub(super) fn is_open(&self, id: &str) -> bool {
        Sight { snapshot: &self.snapshot, caller: &self.caller }.all_of(id)
    }

    /// A collection as the caller sees it, with only its visible rows; None if it is hidden.
    pub(super) fn seen(&self, id: &str) -> Option<Described> {
        self.world.entry(id).and_then(|entry| self.snapshot.describe(&self.caller, &entry.collection.id).ok())
    }

    /// The longest way of a question in metres.
    pub fn longest(&self) -> f64 {
        self.limits.planning_distance as f64
    }

    fn new(snapshot: &Arc<Snapshot>, caller: &Caller, limits: &Arc<Limits>, before: Option<&Basis>) -> Basis {
        let (world, roles, digest) = (snapshot.world(), snapshot.roles(), snapshot.digest(caller));
        let version = |collection: Option<&String>| version_of(world, collection);
        let network = version(roles.network.as_ref().map(|role| &role.collection));
        let demand = version(roles.demand.as_ref().map(|role| &role.collection));
        let area = |level: &String| version(roles.areas.get(level).map(|role| &role.collection));
        let base = roles.population.as_ref().map(|role| &role.level);
        let base_area = base.map_or(0, area);
        let population = version(roles.population.as_ref().map(|role| &role.collection));
        let counts = [Count::Points, Count::Cells];
        let sees = Sight { snapshot, caller };
        // Where the points of demand may not be known, cells are counted at other places.
        let places = roles.demand.as_ref().map(|role| u64::from(sees.all_of(&role.collection)));
        let of_demand = |count: Count| match count {
            Count::Points => vec![demand],
            Count::Cells => vec![demand, base_area, population, places.unwrap_or_default()],
        };
        let levels = roles.areas.keys().flat_map(|level| counts.map(|count| (level.clone(), count)));
        let ways = Profile::ALL.into_iter().flat_map(|profile| counts.map(|count| (profile, count)));
        Basis {
            world: world.clone(),
            roles: roles.clone(),
            limits: limits.clone(),
            digest,
            snapshot: snapshot.clone(),
            caller: caller.clone(),
            network: kept(before.map(|before| &before.network), vec![network]),
            demand: counts
                .into_iter()
                .map(|count| {
                    (count, kept(before.and_then(|before| before.demand.get(&count)), of_demand(count)))
                })
                .collect(),
            levels: levels
                .map(|key| {
                    // Areas are called by their ids where their names may not be known.
                    let names = roles.areas.get(&key.0).map(|role| u64::from(sees.all_of(&role.collection)));
                    let of = [of_demand(key.1), vec![area(&key.0), names.unwrap_or_default()]].concat();
                    let made = kept(before.and_then(|before| before.levels.get(&key)), of);
                    (key, made)
                })
                .collect(),
            population: kept(before.map(|before| &before.population), vec![population, base_area]),
            addresses: kept(before.map(|before| &before.addresses), vec![demand, digest]),
            search: kept(
                before.map(|before| &before.search),
                [demand, digest]
                    .into_iter()
                    .chain(roles.areas.keys().map(area))
                    .chain(roles.facilities.keys().map(|id| version(Some(id))))
                    .collect(),
            ),
            graphs: Profile::ALL
                .into_iter()
                .map(|profile| {
                    let made = before.and_then(|before| before.graphs.get(&profile));
                    (profile, kept(made, vec![network]))
                })
                .collect(),
            ways: ways
                .map(|key| {
                    let of = [of_demand(key.1), vec![network]].concat();
                    let made = kept(before.and_then(|before| before.ways.get(&key)), of);
                    (key, made)
                })
                .collect(),
        }
    }

    /// The collection that plays a part, with its data. It is read in full, hidden or not.
    pub fn part(&self, part: &str, id: &str) -> Result<Part> {
        let entry = self.world.entry(id).ok_or_else(|| {
            Error::not_found(said!("there is no collection {:?}, which is to be the {}", id, part))
                .hint(said!("name a collection that is served under [roles.{}]", part))
        })?;
        let permit = self.snapshot.policy().planning(&entry.collection);
        Part::of(&entry.collection, &entry.state, permit)
    }

    /// A collection as the caller sees it: only the rows that he may see.
    pub fn visible(&self, id: &str) -> Result<Part> {
        let unknown = || Error::invalid("collection", said!("there is no collection {:?}", id));
        let Described { collection, state, permit } = self.seen(id).ok_or_else(unknown)?;
        Part::of(&collection, &state, permit)
    }

    /// A collection of which the caller sees all rows, so that they are those of
    /// [`part`](Self::part).
    pub fn public(&self, id: &str) -> Result<Part> {
        let part = self.visible(id)?;
        match self.is_open(id) {
            true => Ok(part),
            false => Err(Error::invalid("collection", said!("there is no collection {:?}", id))),
        }
    }

    /// The network.
    pub fn network(&self) -> Result<Arc<Network>> {
        let role = self.roles.network.as_ref().ok_or_else(|| missing("network"))?;
        let part = self.part("network", &role.collection)?;
        self.network.get(|| {
            let lines = self.lines(&part)?;
            let junctions = if role.joined_at_vertices { Junctions::Vertices } else { Junctions::Ends };
            Ok(build(&lines, junctions, role.node_tolerance))
        })
    }

    fn lines(&self, part: &Part) -> Result<Vec<Line>> {
        let view = part.view();
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
        let made = self.demand.get(&count).ok_or_else(|| missing("demand"))?;
        match count {
            Count::Points => {
                let part = self.part("demand", &role.collection)?;
                made.get(|| {
                    let view = part.view();
                    Demand::read(&view, role, &Plane::of(&view, self.roles.srid)?)
                })
            }
            Count::Cells => {
                let (points, base) = (self.demand(Count::Points)?, self.base(Count::Points)?);
                // An address that nobody may see must not be found out by the length of a way.
                let places = cells::Places::of(self.is_open(&role.collection));
                made.get(|| Ok(cells::demand(&points, &base, self.grain(&points)?, places)))
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
        let part = self.public(&role.collection).map_err(hidden)?;
        self.addresses.get(|| {
            let view = part.view();
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
        let made = self.levels.get(&(level.to_owned(), count)).ok_or_else(|| missing("areas"))?;
        match count {
            Count::Points => {
                let (part, points) =
                    (self.part(&format!("areas.{level}"), &role.collection)?, self.points()?);
                made.get(|| {
                    let view = part.view();
                    Level::read(&view, &self.named(role), &Plane::of(&view, self.roles.srid)?, &points)
                })
            }
            Count::Cells => {
                let (points, whole) = (self.demand(Count::Points)?, self.level(level, Count::Points)?);
                let base = self.base(Count::Points)?;
                made.get(|| Ok(cells::level(&points, &base, &whole)))
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
        let (part, base) = (self.part("population", &role.collection)?, self.base(Count::Points)?);
        self.population.get(|| Population::read(&part.view(), role, &base, self.disclosure()))
    }

    /// The network for a profile.
    pub fn ways(&self, profile: Profile, count: Count) -> Result<Arc<Ways>> {
        let (network, graph, demand) = (self.network()?, self.graph(profile)?, self.demand(count)?);
        let made = self.ways.get(&(profile, count)).ok_or_else(|| missing("network"))?;
        made.get(|| Ok(Ways::of(&network, graph.clone(), &demand, self.roles.snapping)))
    }

    /// The network as it is open to a profile.
    pub fn graph(&self, profile: Profile) -> Result<Arc<Graph>> {
        let network = self.network()?;
        let made = self.graphs.get(&profile).ok_or_else(|| missing("network"))?;
        made.get(|| self.open_edges(&network, profile))
    }

    fn open_edges(&self, network: &Network, profile: Profile) -> Result<Graph> {
        let role = self.roles.network.as_ref().ok_or_else(|| missing("network"))?;
        let part = self.part("network", &role.collection)?;
        let view = part.view();
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

/// What a caller sees of a snapshot.
struct Sight<'a> {
    snapshot: &'a Snapshot,
    caller: &'a Caller,
}

impl Sight<'_> {
    /// Whether the caller sees all rows of a collection and all columns that everyone sees.
    fn all_of(&self, id: &str) -> bool {
        let entry = self.snapshot.world().entry(id);
        let permit = entry.and_then(|entry| self.snapshot.policy().read(&entry.collection, self.caller));
        permit.is_some_and(|permit| !permit.is_restricted())
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
pub fn missing(part: &str) -> Error {
    Error::not_found(said!("this question needs a collection as {}, and none is configured", part))
        .hint(said!("name it under [roles.{}] of the configuration", part))
}
