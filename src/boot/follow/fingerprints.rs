//! Uses the fingerprints of a database: how each collection is followed, and which have changed
//! without an entry in the feed.

use std::time::{Duration, Instant};

use super::database::{DatabaseFollower, Member};
use super::lifecycle::{Event, Stamp};
use crate::catalog::Freshness;
use crate::source::postgis::feed::{FeedState, Fingerprint};

impl DatabaseFollower {
    /// Reads the fingerprints and handles them.
    pub(super) async fn read_fingerprints(&mut self) {
        self.times.asks_fingerprints(Instant::now(), self.watch());
        let Some(link) = &self.link else { return };
        let kept = self.members.values().filter(|member| member.lifecycle.is_kept());
        let mut served: Vec<u32> = kept.map(|member| member.found.locator.oid).collect();
        served.sort_unstable();
        served.dedup();
        let fingerprints = match link.fingerprints(&served).await {
            Ok(fingerprints) => fingerprints,
            Err(why) => return self.is_away(why),
        };
        let before = self.catalogue.replace(fingerprints.catalogue);
        let mut looks_again = before.is_some() && before != self.catalogue;
        self.feed = fingerprints.feed;
        let kept = self.members.iter().filter(|(_, member)| member.lifecycle.is_kept());
        for name in kept.map(|(name, _)| name.clone()).collect::<Vec<String>>() {
            let Some(member) = self.members.get(&name) else { continue };
            match fingerprints.relations.get(&member.found.locator.oid) {
                Some(fingerprint) => looks_again |= self.fingerprint(&name, fingerprint.clone()),
                None => looks_again = true,
            }
        }
        if looks_again {
            self.times.look_soon(Instant::now());
        }
    }

    /// Handles the fingerprint of a collection. Returns whether a look is needed.
    fn fingerprint(&mut self, name: &str, fingerprint: Fingerprint) -> bool {
        let interval = self.publisher.shared.settings.load().reload;
        let feed = self.feed;
        let Some(member) = self.members.get_mut(name) else { return false };
        let freshness = member.freshness_by(&fingerprint, feed, interval);
        let stamp = Stamp::of(&fingerprint);
        let gaps = match fingerprint.gaps.is_empty() {
            true => "the feed cannot be read".into(),
            false => fingerprint.gaps.join("; "),
        };
        let before = member.fingerprint.replace(fingerprint);
        let is_defined_otherwise = before
            .zip(member.fingerprint.as_ref())
            .is_some_and(|(before, now)| before.definition != now.definition);
        self.reclass(name, freshness, &gaps);
        self.tell(name, Event::Fingerprint { stamp, freshness });
        is_defined_otherwise
    }

    /// Follows a collection in another way, if it differs. `gaps` says why it can no longer follow
    /// the feed.
    fn reclass(&mut self, name: &str, freshness: Freshness, gaps: &str) {
        let Some(member) = self.members.get_mut(name) else { return };
        let before = std::mem::replace(&mut member.freshness, freshness);
        if std::mem::discriminant(&before) == std::mem::discriminant(&freshness) {
            return;
        }
        let id = member.whole.collection.id.clone();
        if before == Freshness::Feed {
            let class = freshness.class();
            tracing::warn!("{id}: it no longer follows the feed and is {class} from now on: {gaps}");
        }
        self.publisher.reclass(&id, freshness);
        // What is shown may already be outdated, and following the feed begins at a position of a
        // load.
        if before == Freshness::Feed || freshness == Freshness::Feed {
            self.tell(name, Event::Reclassed);
        }
    }

    /// Stops asking the database for changes. Everything is read at intervals.
    pub(super) fn unwatch(&mut self) {
        self.link = None;
        let timed = Freshness::Timed(self.publisher.shared.settings.load().reload);
        let is_asked = |member: &Member| matches!(member.freshness, Freshness::Feed | Freshness::Watched(_));
        let asked = self.members.iter().filter(|(_, member)| is_asked(member));
        for name in asked.map(|(name, _)| name.clone()).collect::<Vec<String>>() {
            self.reclass(&name, timed, "watch is 0, so the database is not asked");
            if let Some(member) = self.members.get_mut(&name) {
                member.fingerprint = None;
            }
        }
    }
}

impl Member {
    fn freshness_by(&self, fingerprint: &Fingerprint, feed: FeedState, interval: Duration) -> Freshness {
        let by_key = self.found.locator.by_key().filter(|_| !self.is_unfit);
        let is_noted =
            fingerprint.is_noted_when_refreshed() || by_key.is_some_and(|key| fingerprint.is_noted_by(key));
        if feed == FeedState::Readable && is_noted {
            Freshness::Feed
        } else if fingerprint.is_certain {
            Freshness::Watched(interval)
        } else {
            Freshness::Timed(interval)
        }
    }
}
