//! What the signs of a database say: how each collection is followed, and what has changed without being noted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::database::{Follower, LOOK_AT_MOST, Member};
use crate::catalog::Freshness;
use crate::source::postgis::feed::{FeedState, Sign};

impl Follower {
    /// Asks for the signs, and does what follows from them.
    pub(super) async fn read_signs(&mut self) {
        self.times.signs = Instant::now() + self.watch();
        let Some(link) = &self.link else { return };
        let mut served: Vec<u32> = self.members.values().map(|member| member.found.locator.oid).collect();
        served.sort_unstable();
        served.dedup();
        let signs = match link.signs(&served).await {
            Ok(signs) => signs,
            Err(why) => return self.is_away(why),
        };
        let mut looks_again = false;
        if self.catalogue != signs.catalogue {
            looks_again = !self.catalogue.is_empty();
            self.catalogue = signs.catalogue;
        }
        self.feed = signs.feed;
        let names: Vec<String> = self.members.keys().cloned().collect();
        for name in names {
            let Some(member) = self.members.get(&name) else { continue };
            match signs.relations.get(&member.found.locator.oid) {
                Some(sign) => looks_again |= self.signed(&name, sign.clone()),
                None => looks_again = true,
            }
        }
        if looks_again {
            self.times.look = self.times.look.min(self.times.looked + LOOK_AT_MOST);
        }
    }

    /// Whether a collection waits for being read anyway.
    fn is_being_read(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(|member| member.position.is_none())
    }

    /// What a sign says of a collection; whether the catalogue is to be looked at.
    fn signed(&mut self, name: &str, sign: Sign) -> bool {
        let interval = self.base.shared.settings.load().reload;
        let feed = self.feed;
        let Some(member) = self.members.get_mut(name) else { return false };
        let class = member.class_by(&sign, feed, interval);
        let before = member.sign.replace(sign.clone());
        let loaded = member.loaded_signs.as_ref();
        let rows_differ = loaded.is_some_and(|(rows, _)| *rows != sign.rows);
        let parts_differ = loaded.is_some_and(|(_, reaches)| *reaches != sign.reaches);
        // Of a table with a feed the statistics change with each edit; its files only by what fires no trigger.
        let files_differ = before.as_ref().is_some_and(|before| before.files != sign.files);
        let falls_behind = class == Freshness::Feed && (parts_differ || files_differ);
        member.is_due |= matches!(class, Freshness::Watched(_)) && (rows_differ || parts_differ);
        let defined_otherwise = before.is_some_and(|before| before.definition != sign.definition);
        if std::mem::discriminant(&member.class) != std::mem::discriminant(&class) {
            let was_feed = member.class == Freshness::Feed;
            member.class = class;
            self.reclassed(name, was_feed, &sign);
        }
        if falls_behind && !self.is_being_read(name) {
            self.fall_behind(name);
        }
        defined_otherwise
    }

    fn reclassed(&mut self, name: &str, was_feed: bool, sign: &Sign) {
        let Some(member) = self.members.get_mut(name) else { return };
        let (id, class) = (member.whole.collection.id.clone(), member.class);
        member.position = None;
        if was_feed {
            let gaps =
                if sign.gaps.is_empty() { "the feed cannot be read".into() } else { sign.gaps.join("; ") };
            tracing::warn!(
                "{id}: it no longer follows the feed and is {} from now on: {gaps}",
                class.class()
            );
        }
        // What is shown may be behind already; to follow the feed it must be read at a position of it.
        member.is_due |= was_feed || class == Freshness::Feed;
        self.loaded.remove(name);
        self.base.shared.snapshots.update_world(|world| {
            if let Some(entry) = world.entries.get_mut(&id) {
                let collection = Arc::make_mut(&mut entry.collection);
                collection.freshness = class;
                entry.as_of = None;
            }
        });
    }
}

impl Member {
    fn class_by(&self, sign: &Sign, feed: FeedState, interval: Duration) -> Freshness {
        let by_key = self.found.locator.by_key().filter(|_| !self.is_unfit);
        let is_noted = sign.is_noted_when_refreshed() || by_key.is_some_and(|key| sign.is_noted_by(key));
        if feed == FeedState::Readable && is_noted {
            Freshness::Feed
        } else if sign.is_certain {
            Freshness::Watched(interval)
        } else {
            Freshness::Timed(interval)
        }
    }
}
