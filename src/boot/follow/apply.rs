//! Applies the changes that a database reports: all collections that follow the feed change in one
//! next world.

use std::sync::Arc;
use std::time::Instant;

use super::database::{DatabaseFollower, Loaded};
use super::lifecycle::{Action, Event};
use super::publish::LayerChange;
use super::publisher::lock;
use crate::catalog::Freshness;
use crate::error::{Error, Kind, Result};
use crate::layer::world::{AsOf, Entry};
use crate::layer::{Changes, Difference, Layer, State};
use crate::source::postgis::feed::{Batch, Change, Fingerprint, Followed};
use crate::source::{Found, Locator};

/// The number of times in a row that the changes may be late, before whole layers are read instead.
const MOST_STALLS: u32 = 2;

/// A layer of the next world.
struct Next {
    name: String,
    whole: Found<Locator>,
    layer: Arc<Layer>,
    change: LayerChange,
    /// Whether its rows are older than those of the other layers. They are still newer than what is
    /// shown.
    is_behind: bool,
}

impl DatabaseFollower {
    /// Reads what has changed and shows it, together with the layers that were loaded in the
    /// meantime.
    pub(super) async fn follow(&mut self) {
        self.times.read_feed(Instant::now(), false);
        let Some(link) = &self.link else { return };
        if !link.is_usable() {
            return self.is_away(Error::unavailable("the connection to the database was lost"));
        }
        let (names, followed) = self.all_followed();
        if followed.is_empty() {
            return;
        }
        match link.batch(&followed).await {
            Ok(batch) => {
                self.stalls = 0;
                self.times.read_feed(Instant::now(), !batch.noted.is_empty());
                let is_whole = batch.changes.iter().all(|change| !matches!(change, Change::Everything(_)));
                self.apply(&names, batch);
                if !is_whole {
                    // The table's files may have changed, so the fingerprints are read before its
                    // rows are.
                    self.read_fingerprints().await;
                }
            }
            Err(why) if why.kind == Kind::NotFound => {
                tracing::warn!("{}: {why}", self.publisher.source);
                // The fingerprints say how the collections are followed from now on. Reading them
                // again includes the missed changes.
                names.iter().for_each(|name| self.tell(name, Event::FellBehind));
                self.read_fingerprints().await;
            }
            // Locked for the moment; it is read again soon.
            Err(why) if why.kind == Kind::Timeout => tracing::debug!("{}: {why}", self.publisher.source),
            Err(why) => {
                self.stalls += u32::from(link.has_stalled());
                if self.stalls >= MOST_STALLS {
                    self.stalls = 0;
                    tracing::warn!(
                        "{}: what has changed cannot be read in time; all is read again",
                        self.publisher.source
                    );
                    names.iter().for_each(|name| self.tell(name, Event::FellBehind));
                }
                self.is_away(why);
            }
        }
    }

    fn all_followed(&self) -> (Vec<String>, Vec<Followed>) {
        let members = self.members.iter().filter(|(_, member)| member.freshness == Freshness::Feed);
        members
            .filter_map(|(name, member)| {
                let position = member.lifecycle.position()?.clone();
                let relations = member.fingerprint.as_ref()?.reaches.iter().copied().collect();
                Some((name.clone(), Followed { found: member.found.clone(), relations, position }))
            })
            .unzip()
    }

    fn apply(&mut self, names: &[String], batch: Batch) {
        let mut next = vec![];
        for (name, change) in names.iter().zip(batch.changes) {
            let brought = Event::Brought(batch.position.clone());
            match change {
                Change::Nothing => next.extend(self.step_to_next(name, brought)),
                Change::Rows(changes) => match self.patch(name, &changes) {
                    Ok(patched) => {
                        next.extend(patched);
                        next.extend(self.step_to_next(name, brought));
                    }
                    Err(why) => {
                        if let Some(member) = self.members.get_mut(name) {
                            let id = &member.whole.collection.id;
                            tracing::warn!("{id}: it cannot be followed row by row: {why}");
                            member.is_unfit = true;
                        }
                        next.extend(self.step_to_next(name, Event::FellBehind));
                        self.times.fingerprints_now(Instant::now());
                    }
                },
                Change::Everything(why) => {
                    if let Some(member) = self.members.get(name) {
                        tracing::info!("{}: {why}; it is read again", member.whole.collection.id);
                    }
                    next.extend(self.step_to_next(name, Event::FellBehind));
                }
            }
        }
        self.show(next, batch.as_of);
        let is_noted = |fingerprint: &Fingerprint| {
            fingerprint.kind == "v" && fingerprint.reaches.iter().any(|oid| batch.noted.contains(oid))
        };
        let views =
            self.members.iter().filter(|(_, member)| member.fingerprint.as_ref().is_some_and(is_noted));
        for name in views.map(|(name, _)| name.clone()).collect::<Vec<String>>() {
            self.tell(&name, Event::Changed);
        }
    }

    /// Reports to a collection what the batch contains of it. Returns its layer for the next world,
    /// if it gets a new one.
    fn step_to_next(&mut self, name: &str, event: Event) -> Option<Next> {
        let mut next = None;
        for action in self.step(name, event) {
            match action {
                Action::Show(load) | Action::ShowBehind(load) => {
                    let Some(Loaded { whole, result: Ok(layer) }) = self.brought.remove(&load) else {
                        continue;
                    };
                    let (layer, change) = self.publisher.succeeding(&whole.collection, layer);
                    let is_behind = matches!(action, Action::ShowBehind(_));
                    next = Some(Next { name: name.into(), whole, layer: Arc::new(layer), change, is_behind });
                }
                action => self.act(name, action),
            }
        }
        next
    }

    /// Changes rows of the layer that was just loaded, or else of the layer that is shown, and
    /// returns the result for the next world.
    fn patch(&mut self, name: &str, changes: &Changes) -> Result<Option<Next>> {
        let Some(member) = self.members.get(name) else { return Ok(None) };
        if let Some(Loaded { whole, result: Ok(layer) }) =
            member.lifecycle.held().and_then(|load| self.brought.get_mut(&load))
        {
            *layer = tokio::task::block_in_place(|| layer.patched(changes, &whole.collection))?.layer;
            return Ok(None);
        }
        let whole = member.whole.clone();
        let snapshot = self.publisher.shared.snapshots.current();
        let Some(State::Ready(old)) =
            snapshot.world().entries.get(&whole.collection.id).map(|entry| &entry.state)
        else {
            return Ok(None);
        };
        let (patched, derived) = tokio::task::block_in_place(|| {
            let patched = old.patched(changes, &whole.collection)?;
            let derived = old.patch_derived(&patched.layer, changes, snapshot.room());
            Ok::<_, Error>((patched, derived))
        })?;
        let difference =
            if patched.is_seen { Difference::Within(patched.boxes) } else { Difference::Nothing };
        let version = patched.layer.seen_version();
        let change = LayerChange { version, difference, derived, before: Some(old.clone()) };
        let layer = Arc::new(patched.layer);
        Ok(Some(Next { name: name.into(), whole, layer, change, is_behind: false }))
    }

    /// Shows all layers in one next world.
    fn show(&mut self, next: Vec<Next>, time: jiff::Timestamp) {
        for one in &next {
            lock(&self.publisher.shared.budget).settle(&one.name, one.layer.memory() as u64);
        }
        let followed: Vec<String> = self
            .members
            .values()
            .filter(|member| member.lifecycle.shown_position().is_some())
            .map(|member| member.whole.collection.id.clone())
            .collect();
        let as_of = match &self.as_of {
            Some(as_of) if next.is_empty() => {
                as_of.confirm(time);
                return;
            }
            _ => Arc::new(AsOf::new(time)),
        };
        self.as_of = Some(as_of.clone());
        let mut told = vec![];
        let publisher = &self.publisher;
        publisher.shared.update_world(|world| {
            for one in next {
                let id = one.whole.collection.id.clone();
                let mut collection = one.whole.collection;
                collection.freshness = Freshness::Feed;
                let mut entry = publisher.entry(collection, State::Ready(one.layer.clone()));
                entry.is_reloading = one.is_behind;
                told.push((entry.collection.clone(), one.change));
                // Meanwhile, an earlier source that was away may have got this id.
                let is_earlier = |there: &Entry| there.source < entry.source;
                if !world.entries.get(&id).is_some_and(is_earlier) {
                    world.entries.insert(id, entry);
                }
            }
            for id in &followed {
                if let Some(entry) = world.entries.get_mut(id).filter(|entry| entry.source == publisher.index)
                {
                    entry.as_of = Some(as_of.clone());
                }
            }
        });
        for (collection, change) in told {
            publisher.tell(&collection, &change);
            publisher.close_direct(&collection.qualified);
        }
    }
}
