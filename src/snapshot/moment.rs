//! One snapshot, the current one, and the way to the next.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

use super::areas::{Areas, Levels};
use super::permits::Permits;
use crate::access::{Caller, Permit, Policy};
use crate::catalog::map_parts::BaseMap;
use crate::catalog::{Collection, Publication, Roles};
use crate::layer::derived::Room;
use crate::layer::{State, World};
use crate::source::postgis::direct::Direct;

/// The state of the server that may change while it runs, as it is at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Increases with each change.
    version: u64,
    world: Arc<World>,
    /// The direct collections, by qualified name.
    directs: BTreeMap<String, Arc<Direct>>,
    policy: Arc<Policy>,
    areas: Arc<Areas>,
    permits: Arc<Permits>,
    roles: Arc<Roles>,
    publication: Arc<Publication>,
    base_map: Arc<BaseMap>,
    shows_refusals: bool,
    room: Arc<Room>,
}

impl Snapshot {
    /// The number of the snapshot. Each snapshot has its own, and a later one has a greater.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The collections and their layers.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Returns the world for a change, and increases its version.
    pub fn world_mut(&mut self) -> &mut World {
        let world = Arc::make_mut(&mut self.world);
        world.version += 1;
        world
    }

    /// Returns the access to the database of the direct collection with this qualified name; None
    /// if the collection is not direct.
    pub fn direct(&self, qualified: &str) -> Option<&Arc<Direct>> {
        self.directs.get(qualified)
    }

    /// Makes a collection direct, or no longer direct with None.
    pub fn set_direct(&mut self, qualified: &str, direct: Option<Arc<Direct>>) {
        match direct {
            Some(direct) => self.directs.insert(qualified.to_owned(), direct),
            None => self.directs.remove(qualified),
        };
    }

    /// The policy: who may see what.
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The areas that rules name by reference.
    pub fn areas(&self) -> &Areas {
        &self.areas
    }

    /// The digest of everything that a caller may see. Answers about more than one collection are
    /// kept under it.
    pub fn digest(&self, caller: &Caller) -> u64 {
        self.policy.digest(caller)
    }

    /// The caller as the policy knows him; see [`Policy::known`].
    pub fn known(&self, caller: &Caller) -> Caller {
        self.policy.known(caller)
    }

    /// Returns the permit of a caller to read a collection; see [`Policy::read`].
    pub fn permit(&self, caller: &Caller, collection: &Arc<Collection>) -> Option<Permit> {
        self.permits.read(&self.policy, collection, caller)
    }

    /// Whether a caller may see anything of a collection.
    pub fn sees(&self, caller: &Caller, collection: &Arc<Collection>) -> bool {
        self.permit(caller, collection).is_some()
    }

    /// Whether a caller sees all rows of the collection with this id, and all columns that everyone
    /// sees.
    pub fn sees_all(&self, caller: &Caller, id: &str) -> bool {
        let permit = self.world.entry(id).and_then(|entry| self.permit(caller, &entry.collection));
        permit.is_some_and(|permit| !permit.is_restricted())
    }

    /// Whether a collection that is not served may be named to a caller, by its qualified name.
    pub fn may_name(&self, caller: &Caller, qualified: &str) -> bool {
        self.policy.may_name(qualified, caller)
    }

    /// The number of the policy. Each policy has its own, and a later one has a greater.
    pub fn edition(&self) -> u64 {
        self.policy.edition
    }

    /// The collections that play a role in planning.
    pub fn roles(&self) -> &Arc<Roles> {
        &self.roles
    }

    /// The publisher of the collections.
    pub fn publication(&self) -> &Arc<Publication> {
        &self.publication
    }

    /// The parts of the base map.
    pub fn base_map(&self) -> &Arc<BaseMap> {
        &self.base_map
    }

    /// Replaces the parts of the base map.
    pub fn set_base_map(&mut self, base_map: BaseMap) {
        self.base_map = Arc::new(base_map);
    }

    /// Whether answers name tables that are not served, and why. Names and rights of tables are for
    /// the operator, so this is on only where the server is not open to others.
    pub fn shows_refusals(&self) -> bool {
        self.shows_refusals
    }

    /// The memory for the rows that restricted callers see.
    pub fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// Bounds that memory to `bytes`.
    pub fn set_room(&mut self, bytes: usize) {
        self.room = Arc::new(Room::new(bytes));
    }

    /// Replaces policy, roles and publication.
    pub fn configure(&mut self, policy: Policy, roles: Roles, publication: Publication) {
        self.set_policy(policy);
        self.roles = Arc::new(roles);
        self.publication = Arc::new(publication);
        self.areas = Arc::default();
    }

    /// Replaces the policy. It gets a number of its own, which is greater than any before.
    fn set_policy(&mut self, policy: Policy) {
        let least = if self.version == 0 { 0 } else { self.policy.edition + 1 };
        let policy = Policy { edition: policy.edition.max(least), ..policy };
        for entry in self.world.entries.values() {
            if let State::Ready(layer) = &entry.state {
                layer.forget_derived();
            }
        }
        self.directs.values().for_each(|direct| direct.forget_restricted());
        self.policy = Arc::new(policy);
        self.permits = Arc::default();
    }

    /// Looks up the areas that rules name, where their collections have changed. Returns whether
    /// callers may see other rows therefore.
    fn find_areas(&mut self) -> bool {
        let among = Levels { roles: &self.roles, world: &self.world };
        let Some(areas) = self.areas.look_again(&self.policy, &among) else { return false };
        let policy = self.policy.with_borders(&|area| areas.border(area));
        self.areas = Arc::new(areas);
        let moved = policy != *self.policy;
        if moved {
            self.set_policy(policy);
        }
        moved
    }

    /// Sets whether answers name tables that are not served.
    pub fn show_refusals(&mut self, shows: bool) {
        self.shows_refusals = shows;
    }
}

/// The current snapshot, and the only way to make the next one.
#[derive(Debug, Default)]
pub struct Snapshots {
    current: ArcSwap<Snapshot>,
    writer: Mutex<()>,
}

impl Snapshots {
    /// Returns the current snapshot, to keep.
    pub fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Returns the current snapshot for a short look at it.
    pub fn look(&self) -> Guard<Arc<Snapshot>> {
        self.current.load()
    }

    /// Returns the current world.
    pub fn world(&self) -> Arc<World> {
        self.current.load().world.clone()
    }

    /// Makes the next snapshot. Writers wait for each other; readers never wait. Returns whether
    /// areas that rules name have other borders than before, so that callers may see other rows.
    pub fn update(&self, change: impl FnOnce(&mut Snapshot)) -> bool {
        let _alone = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&self.current.load());
        change(&mut next);
        let moved = next.find_areas();
        next.version += 1;
        self.current.store(Arc::new(next));
        moved
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use super::*;
    use crate::layer::world::SourceStatus;

    /// Makes everything of the next snapshot say the same number.
    fn number(next: &mut Snapshot, number: u64) {
        let policy = Policy { edition: number, ..Policy::default() };
        let roles = Roles { snapping: number as f64, ..Roles::default() };
        let publication = Publication { contact_page: Some(number.to_string()), ..Publication::default() };
        next.configure(policy, roles, publication);
        let name = number.to_string();
        next.world_mut().sources = vec![SourceStatus { name, away: None, looked: true, refusals: vec![] }];
    }

    #[test]
    fn a_snapshot_is_of_one_moment_however_often_it_changes() {
        let snapshots = Snapshots::default();
        snapshots.update(|next| number(next, 0));
        let (is_over, changes_seen) = (AtomicBool::new(false), AtomicU64::new(0));
        let read = || {
            let mut last = 0;
            while !is_over.load(Ordering::Relaxed) {
                let seen = snapshots.current();
                let edition = seen.edition();
                assert_eq!(seen.roles().snapping as u64, edition);
                assert_eq!(seen.publication().contact_page.as_ref().unwrap(), &edition.to_string());
                assert_eq!(seen.world().sources.first().unwrap().name, edition.to_string());
                assert!(seen.version() >= last, "a snapshot was followed by an older one");
                changes_seen.fetch_add(u64::from(seen.version() > last), Ordering::Relaxed);
                last = seen.version();
            }
        };
        // Until readers have seen enough of it, however busy the machine is.
        let write = || {
            let mut written = 0;
            while written < 1000 || changes_seen.load(Ordering::Relaxed) < 100 {
                snapshots.update(|next| number(next, next.edition() + 1));
                written += 1;
            }
            written
        };
        let written: u64 = std::thread::scope(|scope| {
            let readers = [0; 3].map(|_| scope.spawn(read));
            // Two who change it at once lose nothing of each other.
            let writers = [0; 2].map(|_| scope.spawn(write));
            let written = writers.map(|writer| writer.join().unwrap());
            is_over.store(true, Ordering::Relaxed);
            readers.into_iter().for_each(|reader| reader.join().unwrap());
            written.into_iter().sum()
        });
        assert_eq!(snapshots.current().edition(), written);
        assert_eq!(snapshots.current().version(), written + 1);
    }
}
