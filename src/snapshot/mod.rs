//! Everything that requests of one moment see, as one immutable value.
//!
//! A [`Snapshot`] holds the world of layers, the collections whose rows stay in a database, the
//! policy, the roles of planning and the publication. [`Snapshots`] keeps the current one. A request
//! takes it once and keeps it to its end, so what it sees is of one moment.

mod open;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

pub use open::{Collected, DESCRIPTION, Described, Opened, OpenedDirect};

use crate::access::{Caller, Policy};
use crate::catalog::{Collection, Publication, Roles};
use crate::layer::World;
use crate::source::postgis::direct::Direct;

/// All that may change while the server runs, as it is at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Grows with each change.
    version: u64,
    world: Arc<World>,
    /// The collections whose rows stay in the database, by qualified name.
    directs: BTreeMap<String, Arc<Direct>>,
    policy: Arc<Policy>,
    roles: Arc<Roles>,
    publication: Arc<Publication>,
    shows_refusals: bool,
}

impl Snapshot {
    /// The number of the snapshot: each has another, and a later one a greater.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The collections and their layers.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// The same, to change it: it gets the next version.
    pub fn world_mut(&mut self) -> &mut World {
        let world = Arc::make_mut(&mut self.world);
        world.version += 1;
        world
    }

    /// What is asked for the rows of the collection of this qualified name, where they stay in the
    /// database.
    pub fn direct(&self, qualified: &str) -> Option<&Arc<Direct>> {
        self.directs.get(qualified)
    }

    /// Has the rows of a collection asked for in the database from now on; or not any more.
    pub fn set_direct(&mut self, qualified: &str, direct: Option<Arc<Direct>>) {
        match direct {
            Some(direct) => self.directs.insert(qualified.to_owned(), direct),
            None => self.directs.remove(qualified),
        };
    }

    /// Who may see what.
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Whether a caller may see anything of a collection.
    pub fn sees(&self, caller: &Caller, collection: &Collection) -> bool {
        self.policy.read(collection, caller).is_some()
    }

    /// Whether a thing of this qualified name, which is not served, may be named in public.
    pub fn may_name(&self, qualified: &str) -> bool {
        self.policy.may_name(qualified)
    }

    /// The number of the policy: each has another, and a later one a greater.
    pub fn edition(&self) -> u64 {
        self.policy.edition
    }

    /// Which collection plays which part in planning.
    pub fn roles(&self) -> &Arc<Roles> {
        &self.roles
    }

    /// Who publishes the collections.
    pub fn publication(&self) -> &Arc<Publication> {
        &self.publication
    }

    /// Whether answers name what is not served, and why. Names and rights of tables are for the
    /// operator: so only where the server is not open to others.
    pub fn shows_refusals(&self) -> bool {
        self.shows_refusals
    }

    /// Puts a configuration into force.
    pub fn configure(&mut self, policy: Policy, roles: Roles, publication: Publication) {
        self.policy = Arc::new(policy);
        self.roles = Arc::new(roles);
        self.publication = Arc::new(publication);
    }

    /// Has answers name what is not served, or not.
    pub fn show_refusals(&mut self, shows: bool) {
        self.shows_refusals = shows;
    }
}

/// The current snapshot, and the only way to the next one.
#[derive(Debug, Default)]
pub struct Snapshots {
    current: ArcSwap<Snapshot>,
    writer: Mutex<()>,
}

impl Snapshots {
    /// The snapshot of now.
    pub fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// The snapshot of now, for a short look at it.
    pub fn look(&self) -> Guard<Arc<Snapshot>> {
        self.current.load()
    }

    /// The world of now.
    pub fn world(&self) -> Arc<World> {
        self.current.load().world.clone()
    }

    /// Makes the next snapshot. Writers wait for each other; readers never wait.
    pub fn update(&self, change: impl FnOnce(&mut Snapshot)) {
        let _alone = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&self.current.load());
        change(&mut next);
        next.version += 1;
        self.current.store(Arc::new(next));
    }

    /// Makes the next snapshot by another world.
    pub fn update_world(&self, change: impl FnOnce(&mut World)) {
        self.update(|next| change(next.world_mut()));
    }
}
