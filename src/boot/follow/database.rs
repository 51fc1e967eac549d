//! The state of a database that is followed, and of its collections.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::FuturesUnordered;

use super::lifecycle::{Action, Event, Lifecycle, LoadNumber, Stamp};
use super::publisher::Publisher;
use super::timetable::{Contact, Timetable};
use crate::catalog::Freshness;
use crate::error::{Error, Result};
use crate::layer::Layer;
use crate::layer::world::AsOf;
use crate::source::postgis::feed::{FeedState, Fingerprint, Link, Position};
use crate::source::postgis::{self, Dsn};
use crate::source::{Found, Locator, Look, Source};

/// Follows one database.
pub(super) struct DatabaseFollower {
    pub(super) publisher: Publisher,
    /// The connection on which it is asked for changes.
    pub(super) link: Option<Link>,
    /// The collections that are served or will be, by qualified name.
    pub(super) members: BTreeMap<String, Member>,
    /// The results of loads that are neither shown nor discarded yet.
    pub(super) brought: BTreeMap<LoadNumber, Loaded>,
    pub(super) last_load: LoadNumber,
    /// The moment up to which the collections that follow the feed are current.
    pub(super) as_of: Option<Arc<AsOf>>,
    pub(super) work: FuturesUnordered<Pin<Box<dyn Future<Output = Work> + Send>>>,
    /// The fingerprint of the catalogue, if it is known.
    pub(super) catalogue: Option<String>,
    pub(super) feed: FeedState,
    /// The number of times in a row that the changes were late.
    pub(super) stalls: u32,
    pub(super) times: Timetable,
    pub(super) round: Round,
}

/// A collection of this database.
pub(super) struct Member {
    pub(super) whole: Found<Locator>,
    pub(super) found: Arc<Found<postgis::Locator>>,
    pub(super) freshness: Freshness,
    pub(super) fingerprint: Option<Fingerprint>,
    /// Whether changing single rows has failed. Then the collection is watched until its definition
    /// changes.
    pub(super) is_unfit: bool,
    pub(super) lifecycle: Lifecycle,
}

/// The result of a load: a layer, or the reason why there is none.
pub(super) struct Loaded {
    pub(super) whole: Found<Locator>,
    pub(super) result: Result<Layer>,
}

/// A load that has ended.
pub(super) struct Read {
    pub(super) load: LoadNumber,
    pub(super) whole: Found<Locator>,
    pub(super) result: Result<(Layer, Option<Position>)>,
    pub(super) took: Duration,
    /// The number of the operator's requests when the load began.
    pub(super) asked: u64,
}

/// What runs in parallel to the loop.
pub(super) enum Work {
    Looked(Result<Look<Locator>>),
    Read(Box<Read>),
}

/// Collections that are read together, for one line in the log about them.
pub(super) struct Round {
    pub(super) under_way: usize,
    pub(super) read: usize,
    pub(super) began: Instant,
}

impl DatabaseFollower {
    pub(super) fn new(publisher: Publisher) -> DatabaseFollower {
        let now = Instant::now();
        DatabaseFollower {
            publisher,
            link: None,
            members: BTreeMap::new(),
            brought: BTreeMap::new(),
            last_load: LoadNumber::default(),
            as_of: None,
            work: FuturesUnordered::new(),
            catalogue: None,
            feed: FeedState::Absent,
            stalls: 0,
            times: Timetable::new(now),
            round: Round { under_way: 0, read: 0, began: now },
        }
    }

    /// Returns how often the database is asked for changes.
    pub(super) fn watch(&self) -> Duration {
        self.publisher.shared.settings.load().watch
    }

    pub(super) fn contact(&self) -> Contact {
        match &self.link {
            _ if self.watch().is_zero() => Contact::Unwanted,
            Some(_) => Contact::Open,
            None => Contact::Lost,
        }
    }

    /// Reports an event to a collection, and executes what follows from it.
    pub(super) fn tell(&mut self, name: &str, event: Event) {
        for action in self.step(name, event) {
            self.act(name, action);
        }
    }

    /// Reports the same event to all collections.
    pub(super) fn tell_all(&mut self, event: &Event) {
        for name in self.members.keys().cloned().collect::<Vec<String>>() {
            self.tell(&name, event.clone());
        }
    }

    /// Reports an event to a collection, and returns what follows from it.
    pub(super) fn step(&mut self, name: &str, event: Event) -> Vec<Action> {
        match (self.members.get_mut(name), &event) {
            (Some(member), _) => member.lifecycle.step(event),
            // The collection is gone, and a load of it ends now.
            (None, Event::Read { load, .. } | Event::CouldNotRead { load, .. }) => {
                vec![Action::Discard(*load)]
            }
            (None, _) => vec![],
        }
    }

    pub(super) fn act(&mut self, name: &str, action: Action) {
        match action {
            Action::Hold(_) => {}
            Action::Show(load) | Action::ShowBehind(load) | Action::ShowFailure(load) => {
                let Some(Loaded { mut whole, result }) = self.brought.remove(&load) else { return };
                if let Some(member) = self.members.get(name) {
                    whole.collection.freshness = member.freshness;
                }
                let id = whole.collection.id.clone();
                match result {
                    Ok(layer) => self.publisher.show(whole.collection, layer),
                    Err(why) => self.publisher.show_failure(&whole.collection, why),
                }
                if action == Action::ShowBehind(load) {
                    self.publisher.freeze(&id);
                }
            }
            Action::Discard(load) => drop(self.brought.remove(&load)),
            Action::Freeze => {
                if let Some(member) = self.members.get(name) {
                    self.publisher.freeze(&member.whole.collection.id);
                }
            }
            Action::Remove => {
                self.members.remove(name);
                self.publisher.remove(&[name.to_owned()]);
            }
        }
    }

    /// Connects, to ask for changes.
    pub(super) async fn connect(&mut self) {
        let Source::Postgis(dsn) = &*self.publisher.source else { return };
        let dsn: &Dsn = dsn;
        match Link::open(dsn).await {
            Ok(link) => {
                self.link = Some(link);
                self.times.connected(Instant::now());
                if self.publisher.is_back() {
                    // Look for what could not be read in the meantime.
                    self.times.look_now(Instant::now());
                }
            }
            Err(why) => self.is_away(why),
        }
    }

    /// Notes that the connection is lost, or could not be opened.
    pub(super) fn is_away(&mut self, why: Error) {
        self.link = None;
        self.times.away(Instant::now());
        self.publisher.is_away(why);
        // Layers that are held cannot be brought to the moment of the others, but are newer than
        // what is shown.
        let held = self.members.iter().filter(|(_, member)| member.lifecycle.held().is_some());
        for name in held.map(|(name, _)| name.clone()).collect::<Vec<String>>() {
            self.tell(&name, Event::FellBehind);
        }
    }
}

impl Member {
    pub(super) fn new(whole: Found<Locator>, found: Arc<Found<postgis::Locator>>) -> Member {
        Member {
            freshness: whole.collection.freshness,
            whole,
            found,
            fingerprint: None,
            is_unfit: false,
            lifecycle: Lifecycle::of_relation(Instant::now()),
        }
    }

    /// Returns what is known about its rows at present.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        self.fingerprint.as_ref().map(Stamp::of)
    }
}
