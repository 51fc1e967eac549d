//! Follows a database: what it tells of its changes is applied at once, what it does not is watched or read in time.
//!
//! One loop does everything in turn; looks at the catalogue and loads of whole layers, which take long, run beside it and
//! hand it their results. A layer that was loaded while others went on is brought to their moment before it is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;

use super::{AWAY_AT_FIRST, AWAY_AT_MOST};
use crate::catalog::Freshness;
use crate::error::{Error, Result};
use crate::layer::Layer;
use crate::layer::world::AsOf;
use crate::source::postgis::feed::{FeedState, Link, Position, Sign};
use crate::source::postgis::{self, Dsn};
use crate::source::{Found, Locator, Look, Source};

/// How often a feed is read that has told of nothing: a transaction that ends long after its statement tells nobody.
const FEED_EVERY: Duration = Duration::from_millis(500);
/// How soon it is read again once it has told of something: what follows closely is not told of by itself.
const FEED_AGAIN: Duration = Duration::from_millis(25);
/// The time between two looks that changes of the catalogue cause.
pub(super) const LOOK_AT_MOST: Duration = Duration::from_secs(3);

/// Follows one database.
pub(super) struct Follower {
    pub(super) base: super::Follower,
    pub(super) link: Option<Link>,
    /// What is served or about to be, by qualified name.
    pub(super) members: BTreeMap<String, Member>,
    /// Layers read and not yet shown: they wait for the next batch.
    pub(super) loaded: BTreeMap<String, Loaded>,
    /// Up to when those that follow the feed are known to be current.
    pub(super) as_of: Option<Arc<AsOf>>,
    pub(super) work: FuturesUnordered<Pin<Box<dyn Future<Output = Work> + Send>>>,
    pub(super) catalogue: String,
    pub(super) feed: FeedState,
    /// How many times in a row the changes did not come in time.
    pub(super) stalls: u32,
    pub(super) times: Times,
    is_looking: bool,
    /// Collections being read, those read since the last line about it, and since when.
    pub(super) round: (usize, usize, Instant),
}

/// When what is due.
pub(super) struct Times {
    pub(super) look: Instant,
    pub(super) looked: Instant,
    pub(super) signs: Instant,
    feed: Instant,
    link: Instant,
    pub(super) away: Duration,
    all_read: Option<Instant>,
}

/// A collection of this database.
pub(super) struct Member {
    pub(super) whole: Found<Locator>,
    pub(super) found: Arc<Found<postgis::Locator>>,
    pub(super) class: Freshness,
    pub(super) sign: Option<Sign>,
    /// Up to where the layer that is shown has followed the feed; None where it has to be read again first.
    pub(super) position: Option<Arc<Position>>,
    /// Whether following it row by row has failed, so that it is watched until it is found otherwise.
    pub(super) is_unfit: bool,
    pub(super) is_due: bool,
    pub(super) is_loading: bool,
    /// The signs when what is shown was loaded: of its rows, and what they come from.
    pub(super) loaded_signs: Option<(String, Vec<u32>)>,
    pub(super) not_before: Instant,
}

/// A layer read at a position of the feed.
pub(super) struct Loaded {
    pub(super) whole: Found<Locator>,
    pub(super) layer: Layer,
    pub(super) position: Arc<Position>,
}

/// A layer that was read, or could not be.
pub(super) struct Read {
    pub(super) whole: Found<Locator>,
    pub(super) result: Result<(Layer, Option<Position>)>,
    pub(super) took: Duration,
}

/// What was done beside the loop.
pub(super) enum Work {
    Looked(Result<Look<Locator>>),
    Read(Box<Read>),
}

enum Event {
    Work(Work),
    Notified,
    Time,
    Reload,
    Expired,
}

impl Follower {
    pub(super) fn of(base: super::Follower) -> Follower {
        let now = Instant::now();
        Follower {
            base,
            link: None,
            members: BTreeMap::new(),
            loaded: BTreeMap::new(),
            as_of: None,
            work: FuturesUnordered::new(),
            catalogue: String::new(),
            feed: FeedState::Absent,
            stalls: 0,
            times: Times {
                look: now,
                looked: now,
                signs: now,
                feed: now,
                link: now,
                away: AWAY_AT_FIRST,
                all_read: None,
            },
            is_looking: false,
            round: (0, 0, now),
        }
    }

    pub(super) async fn run(mut self, first: Result<Look<Locator>>, mut reload: watch::Receiver<u64>) {
        let mut bell = self.base.shared.expirations.bell();
        self.looked(first).await;
        loop {
            self.start_loads();
            match self.event(&mut reload, &mut bell).await {
                Event::Work(Work::Looked(look)) => {
                    self.is_looking = false;
                    self.looked(look).await;
                }
                Event::Work(Work::Read(read)) => self.read(*read).await,
                Event::Notified => {
                    self.follow().await;
                    self.followed(true);
                }
                Event::Time => self.tick().await,
                Event::Expired => {
                    for (name, member) in &mut self.members {
                        if self.base.shared.expirations.is_asked(name) {
                            member.is_due = true;
                            member.not_before = Instant::now();
                        }
                    }
                }
                Event::Reload => {
                    tracing::info!("{}: reloading", self.base.source);
                    self.members.values_mut().for_each(|member| member.is_due = true);
                    self.times.look = Instant::now();
                    self.tick().await;
                }
            }
        }
    }

    async fn event(&mut self, reload: &mut watch::Receiver<u64>, bell: &mut watch::Receiver<u64>) -> Event {
        let until = self.next_time();
        let link = self.link.as_ref();
        let notified = async {
            match link {
                Some(link) => link.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(work) = self.work.next(), if !self.work.is_empty() => Event::Work(work),
            () = notified => Event::Notified,
            Ok(()) = reload.changed() => Event::Reload,
            Ok(()) = bell.changed() => Event::Expired,
            () = tokio::time::sleep_until(until.into()) => Event::Time,
        }
    }

    pub(super) fn watch(&self) -> Duration {
        self.base.shared.settings.load().watch
    }

    fn next_time(&self) -> Instant {
        let mut next = if self.is_looking { Instant::now() + LOOK_AT_MOST } else { self.times.look };
        if !self.watch().is_zero() {
            let asked = match &self.link {
                Some(_) => self.times.signs.min(self.times.feed),
                None => self.times.link,
            };
            next = next.min(asked);
        }
        let resting = self.members.values().filter(|member| member.is_due && !member.is_loading);
        let now = Instant::now();
        let rested = resting.map(|member| member.not_before).filter(|at| *at > now).min();
        rested.map_or(next, |at| next.min(at))
    }

    /// Does what is due by now.
    async fn tick(&mut self) {
        let now = Instant::now();
        if now >= self.times.look && !self.is_looking {
            self.is_looking = true;
            let (shared, source) = (self.base.shared.clone(), self.base.source.clone());
            self.work.push(Box::pin(async move { Work::Looked(super::look(&shared, &source).await) }));
        }
        if self.watch().is_zero() {
            self.link = None;
            return;
        }
        if self.link.is_none() && now >= self.times.link {
            self.connect().await;
        }
        if now >= self.times.signs {
            self.read_signs().await;
        }
        if now >= self.times.feed {
            self.follow().await;
        }
    }

    async fn connect(&mut self) {
        let Source::Postgis(dsn) = &*self.base.source else { return };
        let dsn: &Dsn = dsn;
        match Link::open(dsn).await {
            Ok(link) => {
                self.link = Some(link);
                self.times.away = AWAY_AT_FIRST;
                self.times.signs = Instant::now();
                self.is_back();
            }
            Err(why) => self.is_away(why),
        }
    }

    /// The connection is lost, or there is none.
    pub(super) fn is_away(&mut self, why: Error) {
        self.link = None;
        self.times.link = Instant::now() + self.times.away;
        self.times.away = (self.times.away * 2).min(AWAY_AT_MOST);
        self.base.is_away(why);
        // What was read cannot be brought to the others' moment, and is newer than nothing.
        for (name, loaded) in std::mem::take(&mut self.loaded) {
            self.base.publish(loaded.whole, Ok(loaded.layer));
            self.fall_behind(&name);
        }
    }

    fn is_back(&mut self) {
        let index = self.base.index;
        let was_away =
            self.base.shared.snapshots.world().sources.get(index).is_some_and(|source| source.away.is_some());
        if was_away {
            tracing::info!("{}: it answers again", self.base.source);
            self.base.shared.snapshots.update_world(|world| {
                if let Some(source) = world.sources.get_mut(index) {
                    source.away = None;
                }
            });
            // What could not be read meanwhile is looked for now.
            self.times.look = Instant::now();
        }
    }

    async fn looked(&mut self, look: Result<Look<Locator>>) {
        let now = Instant::now();
        self.times.looked = now;
        let look = match look {
            Ok(look) => look,
            Err(why) => {
                self.times.look = now + self.times.away;
                self.is_away(why);
                return;
            }
        };
        let interval = self.base.shared.settings.load().reload;
        let is_in_time = self.times.all_read.is_some_and(|at| at.elapsed() < interval);
        if !is_in_time {
            self.times.all_read = Some(now);
        }
        self.times.look = now + interval;
        let (found, mut refusals) = self.base.prepare(look);
        let names: BTreeSet<String> = found.iter().map(|one| one.collection.qualified.clone()).collect();
        self.members.retain(|name, _| names.contains(name));
        self.loaded.retain(|name, _| names.contains(name));
        for one in found {
            self.found(one, is_in_time);
        }
        if !self.watch().is_zero() {
            if self.link.is_none() {
                self.connect().await;
            }
            self.read_signs().await;
        }
        let due = self.members.values().filter(|member| member.is_due).map(|member| member.whole.clone());
        let mut due: Vec<Found<Locator>> = due.collect();
        due.sort_by_key(|found| found.estimate);
        let wanted: BTreeSet<String> = due.iter().map(|one| one.collection.qualified.clone()).collect();
        let (due, direct) = self.base.within_budget(due, &mut refusals);
        let fits: BTreeSet<&String> = due.iter().map(|one| &one.collection.qualified).collect();
        for name in wanted.iter().filter(|name| !fits.contains(name)) {
            // What is shown of it stays as it is, and is followed no more; what is direct has nothing to follow.
            if !direct.iter().any(|(one, _)| one.collection.qualified == *name) {
                self.fall_behind(name);
            }
            self.members.remove(name);
        }
        self.base.announce(&due, &refusals);
        self.base.open_all(direct, &mut refusals).await;
        self.base.publish_status(refusals);
    }

    /// A collection as a look found it: new, otherwise than before, or the same.
    fn found(&mut self, whole: Found<Locator>, is_in_time: bool) {
        let Some(found) = whole.relation().map(Arc::new) else { return };
        let name = whole.collection.qualified.clone();
        let Some(member) = self.members.get_mut(&name) else {
            let member = Member {
                class: whole.collection.freshness,
                whole,
                found,
                sign: None,
                position: None,
                is_unfit: false,
                is_due: true,
                is_loading: false,
                loaded_signs: None,
                not_before: Instant::now(),
            };
            self.members.insert(name, member);
            return;
        };
        let is_otherwise =
            member.whole.collection != whole.collection || !member.found.locator.reads_like(&found.locator);
        member.is_due |= !is_in_time && member.class != Freshness::Feed;
        member.whole = whole;
        member.found = found;
        if is_otherwise {
            member.is_unfit = false;
            self.loaded.remove(&name);
            self.fall_behind(&name);
        }
    }

    /// The signs are asked for at once.
    pub(super) fn read_signs_soon(&mut self) {
        self.times.signs = Instant::now();
    }

    /// Sets when the feed is read next, told or not.
    pub(super) fn followed(&mut self, found_something: bool) {
        self.times.feed = Instant::now() + if found_something { FEED_AGAIN } else { FEED_EVERY };
    }
}

impl Follower {
    /// What is shown of a collection may be behind: it is read again, and until then stays at the moment up to which it
    /// is known to be current.
    pub(super) fn fall_behind(&mut self, name: &str) {
        let Some(member) = self.members.get_mut(name) else { return };
        member.position = None;
        member.is_due = true;
        let (id, index) = (&member.whole.collection.id, self.base.index);
        self.base.shared.snapshots.update_world(|world| {
            if let Some(entry) = world.entries.get_mut(id).filter(|entry| entry.source == index) {
                entry.is_reloading = true;
                entry.as_of = entry.as_of().map(|time| Arc::new(AsOf::new(time)));
            }
        });
    }
}
