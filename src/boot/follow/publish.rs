//! Changes the world after looks and loads: collections appear, disappear, fail, fall behind or are
//! refused.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::direct::NotResident;
use super::publisher::{Publisher, lock};
use crate::access::Permit;
use crate::catalog::{Collection, Freshness, Refusal};
use crate::error::Error;
use crate::layer::world::{AsOf, Entry, SourceStatus};
use crate::layer::{DerivedChange, Difference, Layer, State};
use crate::source::{Found, Locator, Source};

impl Publisher {
    /// Removes collections that are gone.
    pub(super) fn remove(&self, names: &[String]) {
        let gone: Vec<(String, String)> = self
            .shared
            .snapshots
            .world()
            .entries
            .values()
            .filter(|entry| entry.source == self.index)
            .map(|entry| &entry.collection)
            .filter(|collection| names.contains(&collection.qualified))
            .map(|collection| (collection.id.clone(), collection.qualified.clone()))
            .collect();
        if gone.is_empty() {
            return;
        }
        for (id, qualified) in &gone {
            tracing::warn!("{id}: it is gone from {} and no longer served", self.source);
            lock(&self.shared.budget).release(qualified);
            self.close_direct(qualified);
        }
        self.shared.update_world(|world| gone.iter().for_each(|(id, _)| drop(world.entries.remove(id))));
    }

    /// Divides collections into those that are read into memory and those that stay in the
    /// database, because of the configuration or the budget.
    pub(super) fn within_budget(
        &mut self,
        due: Vec<Found<Locator>>,
        refusals: &mut Vec<Refusal>,
    ) -> (Vec<Found<Locator>>, Vec<NotResident>) {
        let reloaded_by = (!matches!(&*self.source, Source::Embedded)).then_some(self.index);
        let mut budget = lock(&self.shared.budget);
        let (mut resident, mut direct) = (vec![], vec![]);
        for found in due {
            let qualified = found.collection.qualified.clone();
            if found.is_direct() {
                direct.push((found, None));
                continue;
            }
            match (budget.reserve(&qualified, found.estimate, reloaded_by), &found.locator) {
                (Ok(()), _) => resident.push(found),
                (Err(why), Locator::Relation(_)) => direct.push((found, Some(why))),
                (Err(why), Locator::File(_)) => refusals.push(Refusal { name: qualified, why }),
            }
        }
        (resident, direct)
    }

    /// Shows new collections as loading. Those that are served remain so meanwhile.
    pub(super) fn announce(&mut self, due: &[Found<Locator>], refusals: &[Refusal]) {
        let world = self.shared.snapshots.world();
        let is_served = |name: &str| {
            let ready = |entry: &&Entry| matches!(entry.state, State::Ready(_));
            world.entries.values().filter(ready).any(|entry| entry.collection.qualified == name)
        };
        let mut lines = BTreeSet::new();
        for refusal in refusals {
            let fate = if is_served(&refusal.name) {
                "goes on being served as it was read before"
            } else {
                "is not served"
            };
            lines.insert(format!("{}: {} {fate}: {}", self.source, refusal.name, refusal.why));
        }
        lines.difference(&self.said).for_each(|line| tracing::warn!("{line}"));
        // A refusal that was mended and occurs again is logged again.
        self.said = lines;
        self.shared.update_world(|world| {
            for found in due {
                let loading = self.entry(found.collection.clone(), State::Loading);
                world.entries.entry(found.collection.id.clone()).or_insert(loading);
            }
        });
    }

    pub(super) fn publish_status(&self, refusals: Vec<Refusal>) {
        let index = self.index;
        let same =
            |status: &SourceStatus| status.looked && status.away.is_none() && status.refusals == refusals;
        if self.shared.snapshots.world().sources.get(index).is_some_and(same) {
            return;
        }
        self.shared.update_world(|world| {
            if let Some(status) = world.sources.get_mut(index) {
                *status = SourceStatus { name: status.name.clone(), away: None, refusals, looked: true };
            }
        });
    }

    /// Replaces the old layer by the new one at once, together with its collection.
    pub(super) fn show(&self, collection: Collection, layer: Layer) {
        let (id, qualified) = (collection.id.clone(), collection.qualified.clone());
        lock(&self.shared.budget).settle(&qualified, layer.memory() as u64);
        let (layer, change) = self.succeeding(&collection, layer);
        let entry = self.entry(collection, State::Ready(Arc::new(layer)));
        let collection = entry.collection.clone();
        self.shared.update_world(|world| {
            // Meanwhile, an earlier source that was away may have got this id.
            let is_earlier = |there: &Entry| there.source < entry.source;
            if !world.entries.get(&id).is_some_and(is_earlier) {
                world.entries.insert(id, entry);
            }
        });
        self.tell(&collection, &change);
        self.close_direct(&qualified);
    }

    /// Shows a failure. A collection that is served stays as it was; its `loadedAt` says how old it
    /// is.
    pub(super) fn show_failure(&self, collection: &Collection, why: Error) {
        let id = &collection.id;
        tracing::warn!("{id}: it could not be read: {why}");
        self.give_back(id, &collection.qualified);
        self.shared.update_world(|world| {
            let entry = world.entries.get_mut(id);
            if let Some(entry) =
                entry.filter(|entry| !matches!(entry.state, State::Ready(_) | State::Direct(_)))
            {
                entry.state = State::Failed(why);
            }
        });
    }

    /// Marks a collection as possibly outdated: it stays at the moment up to which it is known to
    /// be current.
    pub(super) fn freeze(&self, id: &str) {
        self.shared.update_world(|world| {
            if let Some(entry) = world.entries.get_mut(id).filter(|entry| entry.source == self.index) {
                entry.is_reloading = true;
                entry.as_of = entry.as_of().map(|time| Arc::new(AsOf::new(time)));
            }
        });
    }

    /// Follows a collection in another way from now on.
    pub(super) fn reclass(&self, id: &str, freshness: Freshness) {
        self.shared.update_world(|world| {
            let entry = world.entries.get_mut(id);
            if let Some(entry) = entry.filter(|entry| !matches!(entry.state, State::Direct(_))) {
                let collection = Arc::make_mut(&mut entry.collection);
                collection.freshness = freshness;
                entry.as_of = None;
            }
        });
    }

    /// Notes that the source answers again. Returns whether it was away.
    pub(super) fn is_back(&self) -> bool {
        let index = self.index;
        let was_away =
            self.shared.snapshots.world().sources.get(index).is_some_and(|source| source.away.is_some());
        if was_away {
            tracing::info!("{}: it answers again", self.source);
            self.shared.update_world(|world| {
                if let Some(source) = world.sources.get_mut(index) {
                    source.away = None;
                }
            });
        }
        was_away
    }

    /// Makes a fully loaded layer the successor of the one that is shown, if both have the same
    /// columns.
    pub(super) fn succeeding(&self, collection: &Collection, layer: Layer) -> (Layer, LayerChange) {
        let expired = self.shared.expirations.take(&collection.qualified);
        let snapshot = self.shared.snapshots.current();
        let before = snapshot.world().entries.get(&collection.id).filter(|entry| {
            let was = &entry.collection;
            entry.source == self.index
                && was.columns == collection.columns
                && was.geometry == collection.geometry
                && was.detail == collection.detail
                && was.hidden == collection.hidden
        });
        let Some(State::Ready(old)) = before.map(|entry| &entry.state) else {
            let version = layer.seen_version();
            let change =
                LayerChange { version, difference: Difference::Anywhere, derived: vec![], before: None };
            return (layer, change);
        };
        tokio::task::block_in_place(|| {
            let (layer, difference) = layer.succeeding(old, &expired);
            let is_unseen = difference == Difference::Nothing && !collection.hidden.is_empty();
            let layer = match is_unseen && tells_when_read(collection.freshness, old) {
                true => layer.read_with(old),
                false => layer,
            };
            let derived = layer.succeed_derived(old, snapshot.room());
            let change =
                LayerChange { version: layer.seen_version(), difference, derived, before: Some(old.clone()) };
            (layer, change)
        })
    }

    /// Tells those who listen where a collection has changed in what they see of it. Of what a
    /// caller does not see there is no event at all: the numbers of events have no gaps.
    pub(super) fn tell(&self, collection: &Arc<Collection>, change: &LayerChange) {
        let snapshot = self.shared.snapshots.current();
        for caller in self.shared.changes.callers() {
            let Some(permit) = snapshot.permit(&caller, collection) else { continue };
            let (version, difference) = change.seen_by(&permit);
            if *difference != Difference::Nothing {
                self.shared.changes.tell(&caller, collection, version, difference.boxes());
            }
        }
    }

    /// Releases the reservation of a load that failed, except what is still served.
    fn give_back(&self, id: &str, qualified: &str) {
        let mut budget = lock(&self.shared.budget);
        match self.shared.snapshots.world().entries.get(id).map(|entry| &entry.state) {
            Some(State::Ready(layer)) => budget.settle(qualified, layer.memory() as u64),
            _ => budget.release(qualified),
        }
    }
}

/// What a new layer of a collection changes.
#[derive(Debug)]
pub(super) struct LayerChange {
    /// The version of what everyone sees of it.
    pub(super) version: u64,
    /// Where it differs from the layer before in what everyone sees.
    pub(super) difference: Difference,
    /// What has changed in the layers of restricted permits.
    pub(super) derived: Vec<DerivedChange>,
    /// The layer before; None if it had other columns, or there was none.
    pub(super) before: Option<Arc<Layer>>,
}

impl LayerChange {
    /// The version of what a permit shows, and where that differs.
    fn seen_by(&self, permit: &Permit) -> (u64, &Difference) {
        if !permit.is_restricted() {
            return (self.version, &self.difference);
        }
        match self.derived.iter().find(|change| change.permit == permit.digest()) {
            Some(change) => (change.version, &change.difference),
            // Nobody has opened it under this permit, so there is nothing to ask for again.
            None if self.before.as_ref().is_some_and(|before| !before.was_derived(permit)) => {
                (self.version, &Difference::Nothing)
            }
            None => (self.version, &Difference::Anywhere),
        }
    }
}

/// Returns whether the time of reading would reveal a change of hidden data, since such a change
/// caused the reading. It does not if the collection is read at intervals in any case.
fn tells_when_read(freshness: Freshness, old: &Layer) -> bool {
    match freshness {
        Freshness::Timed(_) => false,
        Freshness::Watched(interval) => {
            let since = jiff::Timestamp::now().duration_since(old.loaded_at());
            since.unsigned_abs() < interval
        }
        _ => true,
    }
}
