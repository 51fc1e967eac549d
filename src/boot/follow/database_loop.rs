//! The loop that follows a database: changes that the feed reports are applied at once; collections
//! without the feed are watched, or read at intervals.
//!
//! The loop does one thing at a time. Looks at the catalogue and loads of whole layers take long,
//! so they run in parallel and report their results to it. A layer that was loaded while others
//! changed is brought to their moment before it is shown.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt;
use tokio::sync::watch;

use super::database::{DatabaseFollower, Member, Work};
use super::lifecycle::{self, Event};
use super::publisher::look;
use super::timetable::Contact;
use crate::catalog::Refusal;
use crate::error::Result;
use crate::source::{Found, Locator, Look};

/// What wakes the loop.
enum Wake {
    Work(Work),
    Notified,
    Time,
    Reload,
    Expired,
}

impl DatabaseFollower {
    pub(super) async fn run(mut self, first: Result<Look<Locator>>, mut reload: watch::Receiver<u64>) {
        let mut expired = self.publisher.shared.expirations.notifications();
        self.looked(first).await;
        loop {
            self.start_loads();
            match self.wake(&mut reload, &mut expired).await {
                Wake::Work(Work::Looked(look)) => self.looked(look).await,
                Wake::Work(Work::Read(read)) => self.read(*read).await,
                Wake::Notified => {
                    self.follow().await;
                    self.times.read_feed(Instant::now(), true);
                }
                Wake::Time => self.tick().await,
                Wake::Expired => self.expired(),
                Wake::Reload => {
                    tracing::info!("{}: reloading", self.publisher.source);
                    self.tell_all(&Event::Changed);
                    self.times.look_now(Instant::now());
                    self.tick().await;
                }
            }
        }
    }

    async fn wake(&mut self, reload: &mut watch::Receiver<u64>, expired: &mut watch::Receiver<u64>) -> Wake {
        let until = self.next_time();
        let link = self.link.as_ref();
        let notified = async {
            match link {
                Some(link) => link.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(work) = self.work.next(), if !self.work.is_empty() => Wake::Work(work),
            () = notified => Wake::Notified,
            Ok(()) = reload.changed() => Wake::Reload,
            Ok(()) = expired.changed() => Wake::Expired,
            () = tokio::time::sleep_until(until.into()) => Wake::Time,
        }
    }

    fn next_time(&self) -> Instant {
        let now = Instant::now();
        let next = self.times.next(now, self.contact());
        let rests = self.members.values().filter_map(|member| member.lifecycle.rests_until());
        let rested = rests.filter(|at| *at > now).min();
        rested.map_or(next, |at| next.min(at))
    }

    /// Does everything that is due.
    async fn tick(&mut self) {
        let now = Instant::now();
        if self.times.begin_look(now) {
            let (shared, source) = (self.publisher.shared.clone(), self.publisher.source.clone());
            self.work.push(Box::pin(async move { Work::Looked(look(&shared, &source).await) }));
        }
        match self.contact() {
            Contact::Unwanted => return self.unwatch(),
            Contact::Lost if self.times.is_connecting_due(now) => self.connect().await,
            Contact::Lost | Contact::Open => {}
        }
        if self.times.are_fingerprints_due(now) {
            self.read_fingerprints().await;
        }
        if self.times.is_feed_due(now) {
            self.follow().await;
        }
    }

    /// Handles what the operator reports as changed.
    fn expired(&mut self) {
        let shared = self.publisher.shared.clone();
        let asked = self.members.keys().filter(|name| shared.expirations.is_asked(name));
        for name in asked.cloned().collect::<Vec<String>>() {
            self.tell(&name, Event::Asked { now: Instant::now() });
        }
    }

    /// Handles the result of a look.
    async fn looked(&mut self, look: Result<Look<Locator>>) {
        let now = Instant::now();
        let look = match look {
            Ok(look) => look,
            Err(why) => {
                self.times.could_not_look(now);
                return self.is_away(why);
            }
        };
        let interval = self.publisher.shared.settings.load().reload;
        let is_interval_over = self.times.looked(now, interval);
        let (found, mut refusals) = self.publisher.prepare(look);
        self.tell_missing(&found, &refusals);
        for one in found {
            self.found(one, is_interval_over);
        }
        if self.contact() == Contact::Lost {
            self.connect().await;
        }
        if self.contact() == Contact::Open {
            self.read_fingerprints().await;
        }
        self.place(&mut refusals).await;
        self.publisher.publish_status(refusals);
    }

    /// Reports to the collections that a look did not find. A collection that was served and is
    /// refused now is still served as it was, and no longer followed.
    fn tell_missing(&mut self, found: &[Found<Locator>], refusals: &[Refusal]) {
        let present: BTreeSet<&String> = found.iter().map(|one| &one.collection.qualified).collect();
        let refused: BTreeSet<&String> = refusals.iter().map(|refusal| &refusal.name).collect();
        let missing = self.members.keys().filter(|name| !present.contains(name)).cloned();
        for name in missing.collect::<Vec<String>>() {
            let is_refused = refused.contains(&name);
            self.tell(&name, if is_refused { Event::Refused { stamp: None } } else { Event::Vanished });
        }
    }

    /// Handles a collection that a look found: new, changed or the same.
    fn found(&mut self, whole: Found<Locator>, is_interval_over: bool) {
        let Some(found) = whole.relation().map(Arc::new) else { return };
        let name = whole.collection.qualified.clone();
        let Some(member) = self.members.get_mut(&name) else {
            self.members.insert(name, Member::new(whole, found));
            return;
        };
        let is_otherwise =
            member.whole.collection != whole.collection || !member.found.locator.reads_like(&found.locator);
        member.whole = whole;
        member.found = found;
        if is_otherwise {
            member.is_unfit = false;
            self.tell(&name, Event::Found(lifecycle::Found::Otherwise));
        } else if is_interval_over {
            self.tell(&name, Event::Found(lifecycle::Found::Timed));
        } else {
            self.tell(&name, Event::Found(lifecycle::Found::Same));
        }
    }

    /// Decides for everything that is to be read whether it is kept in memory, read for each
    /// request, or refused.
    async fn place(&mut self, refusals: &mut Vec<Refusal>) {
        let due = self.members.values().filter(|member| member.lifecycle.needs_reading());
        let mut due: Vec<Found<Locator>> = due.map(|member| member.whole.clone()).collect();
        due.sort_by_key(|found| found.estimate);
        let wanted: BTreeSet<String> = due.iter().map(|one| one.collection.qualified.clone()).collect();
        let (due, direct) = self.publisher.within_budget(due, refusals);
        let fits: BTreeSet<&String> = due.iter().map(|one| &one.collection.qualified).collect();
        let asked: BTreeSet<&String> = direct.iter().map(|(one, _)| &one.collection.qualified).collect();
        for name in wanted.iter().filter(|name| !fits.contains(name)) {
            let is_asked = asked.contains(name);
            self.tell(name, if is_asked { Event::Opened } else { Event::Refused { stamp: None } });
        }
        self.publisher.announce(&due, refusals);
        self.publisher.open_all(direct, refusals).await;
    }
}
