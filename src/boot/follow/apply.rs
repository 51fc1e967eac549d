//! From what a database says has changed to the next world: all that follow the feed take one step together.

use std::sync::Arc;

use super::database::{Follower, Loaded};
use super::lock;
use crate::catalog::Freshness;
use crate::error::Kind;
use crate::layer::world::{AsOf, Entry};
use crate::layer::{Changes, Difference, Layer, State};
use crate::source::postgis::feed::{Batch, Change, Followed, Position};
use crate::source::{Found, Locator};

/// After so many changes in a row that the database did not tell in time, whole layers are read instead.
const MOST_STALLS: u32 = 2;

/// A layer of the next world.
struct Next {
    name: String,
    whole: Found<Locator>,
    layer: Arc<Layer>,
    /// Where it differs from the one before.
    difference: Difference,
    /// The moment it is of, if that is all others' too.
    position: Option<Arc<Position>>,
}

impl Follower {
    /// Reads what has changed and shows it, with the layers that were read meanwhile.
    pub(super) async fn follow(&mut self) {
        self.followed(false);
        let Some(link) = &self.link else { return };
        if !link.is_usable() {
            return self.is_away(crate::error::Error::unavailable("the connection to the database was lost"));
        }
        let (names, followed) = self.all_followed();
        if followed.is_empty() {
            return;
        }
        match link.batch(&followed).await {
            Ok(batch) => {
                self.stalls = 0;
                self.followed(!batch.noted.is_empty());
                self.apply(names, batch);
            }
            Err(why) if why.kind == Kind::NotFound => {
                tracing::warn!("{}: {why}", self.base.source);
                // The signs tell how they are followed from now on; what was missed is in what is read then.
                for name in names {
                    self.fall_behind(&name);
                }
                self.read_signs().await;
            }
            // Locked for a moment: it is read again soon.
            Err(why) if why.kind == Kind::Timeout => tracing::debug!("{}: {why}", self.base.source),
            Err(why) => {
                self.stalls += u32::from(link.has_stalled());
                if self.stalls >= MOST_STALLS {
                    self.stalls = 0;
                    tracing::warn!(
                        "{}: what has changed cannot be read in time; all is read again",
                        self.base.source
                    );
                    names.iter().for_each(|name| self.fall_behind(name));
                }
                self.is_away(why);
            }
        }
    }

    fn all_followed(&self) -> (Vec<String>, Vec<Followed>) {
        let members = self.members.iter().filter(|(_, member)| member.class == Freshness::Feed);
        members
            .filter_map(|(name, member)| {
                let loaded = self.loaded.get(name).map(|loaded| &loaded.position);
                let position = loaded.or(member.position.as_ref())?.clone();
                let relations = member.sign.as_ref()?.reaches.iter().copied().collect();
                Some((name.clone(), Followed { found: member.found.clone(), relations, position }))
            })
            .unzip()
    }

    fn apply(&mut self, names: Vec<String>, batch: Batch) {
        let mut next = vec![];
        for (name, change) in names.iter().zip(batch.changes) {
            let loaded = self.loaded.remove(name);
            match (change, loaded) {
                (Change::Nothing, None) => {
                    if let Some(member) = self.members.get_mut(name) {
                        member.position = Some(batch.position.clone());
                    }
                }
                (Change::Nothing, Some(loaded)) => {
                    next.push(self.read_in_full(name, loaded, Some(batch.position.clone())));
                }
                (Change::Rows(changes), loaded) => {
                    next.extend(self.patched(name, &changes, loaded, &batch.position));
                }
                (Change::Everything(why), loaded) => {
                    if let Some(member) = self.members.get(name) {
                        tracing::info!("{}: {why}; it is read again", member.whole.collection.id);
                    }
                    self.fall_behind(name);
                    // Not of the others' moment, and yet nearer to it than what is shown.
                    next.extend(loaded.map(|loaded| self.read_in_full(name, loaded, None)));
                }
            }
        }
        self.show(next, batch.as_of);
        for member in self.members.values_mut() {
            let sign = member.sign.as_ref().filter(|sign| sign.kind == "v");
            if sign.is_some_and(|sign| sign.reaches.iter().any(|oid| batch.noted.contains(oid))) {
                member.is_due = true;
            }
        }
    }

    fn read_in_full(&self, name: &str, loaded: Loaded, position: Option<Arc<Position>>) -> Next {
        let Loaded { whole, layer, .. } = loaded;
        let (layer, difference) = self.base.succeeding(&whole.collection, layer);
        Next { name: name.into(), whole, layer: Arc::new(layer), difference, position }
    }

    /// A layer with changed rows: of the one that is shown, or of one just read.
    fn patched(
        &mut self,
        name: &str,
        changes: &Changes,
        loaded: Option<Loaded>,
        position: &Arc<Position>,
    ) -> Option<Next> {
        let whole = match &loaded {
            Some(loaded) => loaded.whole.clone(),
            None => self.members.get(name)?.whole.clone(),
        };
        let is_new = loaded.is_some();
        let old = match loaded {
            Some(loaded) => Arc::new(loaded.layer),
            None => match &self.base.shared.snapshots.world().entries.get(&whole.collection.id)?.state {
                State::Ready(layer) => layer.clone(),
                _ => return None,
            },
        };
        match tokio::task::block_in_place(|| old.patched(changes, &whole.collection)) {
            Ok(patched) => {
                let (layer, difference) = match is_new {
                    true => self.base.succeeding(&whole.collection, patched.layer),
                    false if patched.is_seen => (patched.layer, Difference::Within(patched.boxes)),
                    false => (patched.layer, Difference::Nothing),
                };
                let position = Some(position.clone());
                Some(Next { name: name.into(), whole, layer: Arc::new(layer), difference, position })
            }
            Err(why) => {
                tracing::warn!("{}: it cannot be followed row by row: {why}", whole.collection.id);
                if let Some(member) = self.members.get_mut(name) {
                    member.is_unfit = true;
                }
                self.fall_behind(name);
                self.read_signs_soon();
                None
            }
        }
    }

    /// One next world for all of it.
    fn show(&mut self, next: Vec<Next>, time: jiff::Timestamp) {
        for one in &next {
            if let Some(member) = self.members.get_mut(&one.name) {
                member.position.clone_from(&one.position);
            }
            lock(&self.base.shared.budget).settle(&one.name, one.layer.memory() as u64);
        }
        let followed: Vec<String> = self
            .members
            .values()
            .filter(|member| member.position.is_some())
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
        let base = &self.base;
        base.shared.snapshots.update_world(|world| {
            for one in next {
                let id = one.whole.collection.id.clone();
                let mut collection = one.whole.collection;
                collection.freshness = Freshness::Feed;
                let mut entry = base.entry(collection, State::Ready(one.layer.clone()));
                entry.is_reloading = one.position.is_none();
                told.push((entry.collection.clone(), one.layer.seen_version(), one.difference));
                // An earlier source that was away may have taken the address meanwhile.
                let is_earlier = |there: &Entry| there.source < entry.source;
                if !world.entries.get(&id).is_some_and(is_earlier) {
                    world.entries.insert(id, entry);
                }
            }
            for id in &followed {
                if let Some(entry) = world.entries.get_mut(id).filter(|entry| entry.source == base.index) {
                    entry.as_of = Some(as_of.clone());
                }
            }
        });
        for (collection, version, difference) in told {
            base.tell(&collection, version, &difference);
        }
    }
}
