//! Follows files, in a folder or in the binary: looks at them, reads those that are new or changed,
//! and removes those that are gone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio::sync::watch;

use super::lifecycle::{Action, Event, Lifecycle, LoadNumber, Placed, Stamp};
use super::publisher::{Publisher, is_away, load, look};
use super::timetable::Backoff;
use crate::boot::budget::AT_ONCE;
use crate::catalog::Refusal;
use crate::error::Result;
use crate::layer::Layer;
use crate::source::{Found, Locator, Look, Source};

/// The interval between looks at a folder.
const FOLDER_EVERY: Duration = Duration::from_secs(1);

/// Follows the files of one source.
pub(super) struct FileFollower {
    publisher: Publisher,
    /// The states of the collections, by qualified name.
    lifecycles: BTreeMap<String, Lifecycle>,
    /// The source's stamp at the last look; None if another look is needed in any case.
    looked_at: Option<String>,
    backoff: Backoff,
    last_load: LoadNumber,
}

impl FileFollower {
    pub(super) fn new(publisher: Publisher) -> FileFollower {
        FileFollower {
            publisher,
            lifecycles: BTreeMap::new(),
            looked_at: None,
            backoff: Backoff::default(),
            last_load: LoadNumber::default(),
        }
    }

    pub(super) async fn run(mut self, first: Result<Look<Locator>>, mut reload: watch::Receiver<u64>) {
        let mut expired = self.publisher.shared.expirations.notifications();
        let mut come = Some(first);
        let mut is_first = true;
        loop {
            let stamp = self.publisher.source.stamp();
            let look = match come.take() {
                Some(look) => Some(look),
                None if self.is_as_it_was(stamp.as_ref()) => None,
                None => Some(look(&self.publisher.shared, &self.publisher.source).await),
            };
            let wait = match look {
                None => self.interval(),
                Some(Ok(look)) => {
                    self.looked_at = stamp;
                    let wait = self.looked(look, is_first).await;
                    is_first = false;
                    wait
                }
                Some(Err(why)) => {
                    self.looked_at = None;
                    self.publisher.is_away(why);
                    self.backoff.wait()
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                Ok(()) = reload.changed() => {
                    tracing::info!("{}: reloading", self.publisher.source);
                    self.tell_changed(|_| true);
                }
                Ok(()) = expired.changed() => {
                    let shared = self.publisher.shared.clone();
                    self.tell_changed(|name| shared.expirations.is_asked(name));
                }
            }
        }
    }

    /// Returns whether another look would find the same.
    fn is_as_it_was(&self, stamp: Option<&String>) -> bool {
        stamp.is_some()
            && stamp == self.looked_at.as_ref()
            && !self.lifecycles.values().any(Lifecycle::awaits_a_look)
    }

    /// Reports to collections that their rows may have changed, and requests a look.
    fn tell_changed(&mut self, is_told: impl Fn(&str) -> bool) {
        self.looked_at = None;
        for (_, lifecycle) in self.lifecycles.iter_mut().filter(|(name, _)| is_told(name)) {
            // They are read after the look.
            lifecycle.step(Event::Changed);
        }
    }

    fn interval(&self) -> Duration {
        match &*self.publisher.source {
            Source::Embedded => Duration::MAX,
            _ => FOLDER_EVERY,
        }
    }

    /// Handles the result of a look and reads what is due. Returns how long to wait for the next
    /// look.
    async fn looked(&mut self, look: Look<Locator>, is_first: bool) -> Duration {
        let (found, mut refusals) = self.publisher.prepare(look);
        self.tell_missing(&found, &refusals);
        let mut due = self.due(found, is_first);
        due.sort_by_key(|found| found.estimate);
        let wanted: Vec<Found<Locator>> = due.clone();
        // Only collections of a database can be direct.
        let (due, _) = self.publisher.within_budget(due, &mut refusals);
        let fits: BTreeSet<&String> = due.iter().map(|found| &found.collection.qualified).collect();
        for found in wanted.iter().filter(|found| !fits.contains(&found.collection.qualified)) {
            if let Some(lifecycle) = self.lifecycles.get_mut(&found.collection.qualified) {
                lifecycle.step(Event::Refused { stamp: Some(Stamp::File(found.stamp.clone())) });
            }
        }
        self.publisher.announce(&due, &refusals);
        self.publisher.publish_status(refusals);
        if self.load_all(due).await {
            return self.backoff.wait();
        }
        self.backoff = Backoff::default();
        self.interval()
    }

    /// Reports to the collections that a look did not find. A collection that was served and is
    /// refused now is still served as it was, since a file is broken while it is being copied.
    fn tell_missing(&mut self, found: &[Found<Locator>], refusals: &[Refusal]) {
        let present: BTreeSet<&String> = found.iter().map(|found| &found.collection.qualified).collect();
        let refused: BTreeSet<&String> = refusals.iter().map(|refusal| &refusal.name).collect();
        let mut gone = vec![];
        for (name, lifecycle) in self.lifecycles.iter_mut().filter(|(name, _)| !present.contains(name)) {
            let event = if refused.contains(name) { Event::Refused { stamp: None } } else { Event::Vanished };
            if lifecycle.step(event).contains(&Action::Remove) {
                gone.push(name.clone());
            }
        }
        self.lifecycles.retain(|name, _| !gone.contains(name));
        self.publisher.remove(&gone);
    }

    /// Returns what must be read now: files that are new or changed, and have the same stamp at two
    /// looks. Otherwise they may be incomplete.
    fn due(&mut self, mut found: Vec<Found<Locator>>, is_first: bool) -> Vec<Found<Locator>> {
        let now = Instant::now();
        // What is compiled into the binary is complete, and is looked at only once.
        let is_whole = is_first || matches!(&*self.publisher.source, Source::Embedded);
        found.retain(|found| {
            let stamp = Stamp::File(found.stamp.clone());
            let lifecycle = match self.lifecycles.get_mut(&found.collection.qualified) {
                Some(lifecycle) => {
                    lifecycle.step(Event::Seen { stamp, is_whole });
                    lifecycle
                }
                None => self
                    .lifecycles
                    .entry(found.collection.qualified.clone())
                    .or_insert(Lifecycle::of_file(stamp, is_whole, now)),
            };
            lifecycle.may_begin(now)
        });
        found
    }

    /// Loads everything that is due, the smallest first and a few at once. Returns whether any
    /// could not be read because the source was away.
    async fn load_all(&mut self, due: Vec<Found<Locator>>) -> bool {
        let (shared, source) = (self.publisher.shared.clone(), self.publisher.source.clone());
        let began = Instant::now();
        let count = due.len();
        let asked = shared.expirations.count();
        let numbered = due.into_iter().map(|found| {
            let number = self.last_load.next();
            if let Some(lifecycle) = self.lifecycles.get_mut(&found.collection.qualified) {
                let stamp = Some(Stamp::File(found.stamp.clone()));
                lifecycle.step(Event::Begun { load: number, stamp });
            }
            (number, found)
        });
        let loads: Vec<(LoadNumber, Found<Locator>)> = numbered.collect();
        let loaded = futures_util::stream::iter(loads)
            .map(|(number, found)| {
                let (shared, source) = (shared.clone(), source.clone());
                async move {
                    let result = load(&shared, &source, &found, false).await;
                    (number, found, result.map(|(layer, _)| layer))
                }
            })
            .buffer_unordered(AT_ONCE);
        let mut loaded = std::pin::pin!(loaded);
        let mut was_away = false;
        while let Some((number, found, result)) = loaded.next().await {
            was_away |= result.as_ref().is_err_and(is_away);
            let name = &found.collection.qualified;
            if shared.expirations.is_asked_since(name, asked) {
                // Showing it marks the operator's request as done, of which the loop does not know
                // yet.
                self.tell_changed(|one| one == name);
            }
            self.loaded(number, found, result);
        }
        if count > 0 {
            let seconds = began.elapsed().as_secs_f64();
            tracing::info!("{}: {count} collections read in {seconds:.2} s", self.publisher.source);
        }
        was_away
    }

    fn loaded(&mut self, load: LoadNumber, found: Found<Locator>, result: Result<Layer>) {
        let Some(lifecycle) = self.lifecycles.get_mut(&found.collection.qualified) else { return };
        let rests_until = Instant::now();
        let event = match &result {
            Ok(_) => Event::Read { load, placed: Placed::AsRead, rests_until },
            Err(why) => Event::CouldNotRead { load, is_away: is_away(why), rests_until },
        };
        let actions = lifecycle.step(event);
        match result {
            Ok(layer) if actions.contains(&Action::Show(load)) => {
                self.publisher.show(found.collection, layer);
            }
            Err(why) if actions.contains(&Action::ShowFailure(load)) => {
                self.publisher.show_failure(&found.collection, why);
            }
            _ => {}
        }
    }
}
