//! The simulation that the rules are tested on: a source that changes, and a loop that reports
//! events as the real loops do.
//!
//! The rules for every event are checked in [`Stage::hold_to_the_laws`], and those for actions
//! where these are executed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::shown::Follows;
use super::state::{Reading, State};
use super::tests::{file, position};
use super::*;
use crate::catalog::Freshness;

/// The number of changes of rows, with and without a record in the feed.
pub(super) type Version = (u64, u64);

#[derive(Clone, Debug)]
pub(super) struct Load {
    pub(super) number: LoadNumber,
    pub(super) version: Version,
    /// The lifecycle that a load belongs to, and the moment when it began.
    life: usize,
    begun: u64,
}

/// A source with one collection, and the loop that follows it.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) freshness: Freshness,
    /// None after the collection has gone.
    pub(super) lifecycle: Option<Lifecycle>,
    life: usize,
    pub(super) now: Instant,
    /// The number of events so far.
    moment: u64,
    pub(super) source: Version,
    known: Option<Stamp>,
    looks: BTreeSet<String>,
    pub(super) under_way: Vec<Load>,
    pub(super) brought: BTreeMap<LoadNumber, Load>,
    pub(super) shown: Option<Load>,
    /// Whether what is shown is marked as possibly outdated.
    is_frozen: bool,
    /// The moment and the unrecorded changes of the last report that the collection must be read.
    told: u64,
    told_unnoted: u64,
    last: LoadNumber,
    last_ended: u64,
}

impl Stage {
    pub(super) fn new(freshness: Freshness) -> Stage {
        let now = Instant::now();
        let mut stage = Stage {
            freshness,
            lifecycle: None,
            life: 0,
            now,
            moment: 0,
            source: (0, 0),
            known: None,
            looks: BTreeSet::new(),
            under_way: vec![],
            brought: BTreeMap::new(),
            shown: None,
            is_frozen: false,
            told: 0,
            told_unnoted: 0,
            last: LoadNumber::default(),
            last_ended: 0,
        };
        stage.find();
        stage
    }

    pub(super) fn is_file(&self) -> bool {
        self.freshness == Freshness::File
    }

    fn stamp(&self) -> Stamp {
        let (noted, unnoted) = self.source;
        match self.is_file() {
            true => file(&format!("{noted} {unnoted}")),
            false => Stamp::Relation {
                rows: format!("{noted} {unnoted}"),
                files: unnoted.to_string(),
                reaches: vec![],
            },
        }
    }

    pub(super) fn state(&self) -> Option<&State> {
        self.lifecycle.as_ref().map(|lifecycle| &lifecycle.state)
    }

    fn needs(&self, event: &Event) -> bool {
        let stamp = self.stamp();
        match (event, self.state()) {
            (
                Event::Changed | Event::FellBehind | Event::Reclassed | Event::Found(Found::Otherwise),
                Some(state),
            ) => !matches!(state, State::Direct | State::Refused { .. }),
            (
                Event::Fingerprint { .. } | Event::Seen { .. },
                Some(
                    State::AsRead { stamp: known }
                    | State::Failed { stamp: known, .. }
                    | State::Loading { reading: Reading { stamp: known, .. }, .. }
                    | State::Held { reading: Reading { stamp: known, .. }, .. }
                    | State::Following(Follows { stamp: known, .. }),
                ),
            ) => stamp.differs(known.as_ref(), self.freshness),
            _ => false,
        }
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.moment += 1;
        if self.needs(&event) {
            self.told = self.moment;
        }
        let before = self.shown.clone().map(|load| load.number);
        let Some(lifecycle) = &mut self.lifecycle else {
            if let Event::Read { load, .. } | Event::CouldNotRead { load, .. } = event {
                self.brought.remove(&load);
            }
            return;
        };
        let is_away = matches!(event, Event::CouldNotRead { is_away: true, .. });
        for action in lifecycle.step(event) {
            self.act(action);
        }
        if is_away {
            assert_eq!(self.shown.clone().map(|load| load.number), before, "what is there stays");
        }
        self.hold_to_the_laws();
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Hold(load) => assert!(self.brought.contains_key(&load), "{load:?}"),
            Action::Show(load) | Action::ShowBehind(load) => {
                let load = self.brought.remove(&load).expect("what is shown was brought, and not shown yet");
                assert_eq!(load.life, self.life, "nothing returns of what has vanished");
                self.shown = Some(load);
                self.is_frozen = matches!(action, Action::ShowBehind(_));
            }
            Action::ShowFailure(load) | Action::Discard(load) => {
                assert!(self.brought.remove(&load).is_some(), "{load:?} ends once");
            }
            Action::Freeze => self.is_frozen = true,
            Action::Remove => {
                self.shown = None;
                self.lifecycle = None;
            }
        }
    }

    fn hold_to_the_laws(&self) {
        let Some(state) = self.state() else { return };
        let waiting: Vec<&LoadNumber> = self.brought.keys().collect();
        match state {
            State::Held { reading, .. } => assert_eq!(waiting, [&reading.load]),
            _ => assert!(waiting.is_empty(), "{waiting:?} wait for nothing in {state:?}"),
        }
        if let State::AsRead { .. } | State::Following(_) | State::Failed { .. } = state {
            assert!(
                self.last_ended > self.told,
                "told of a change, not read after it, and at rest: {state:?}"
            );
        }
        if let State::AsRead { .. } | State::Following(_) = state {
            assert!(!self.is_frozen, "at rest, and said to be behind");
        }
        if state.follows().is_some() {
            let shown = self.shown.as_ref().expect("what follows is shown");
            assert!(!self.is_frozen && shown.version.1 >= self.told_unnoted, "behind, and called current");
        }
    }

    pub(super) fn find(&mut self) {
        match (&self.lifecycle, self.is_file()) {
            (None, is_file) => {
                self.life += 1;
                self.told = self.moment;
                self.is_frozen = false;
                self.known = None;
                self.lifecycle = Some(match is_file {
                    true => Lifecycle::of_file(self.stamp(), false, self.now),
                    false => Lifecycle::of_relation(self.now),
                });
                self.looks = [format!("{:?}", self.stamp())].into();
                // The fingerprints of a relation are read after each look.
                self.tell_what_is_known();
            }
            (Some(_), true) => self.tell_what_is_known(),
            (Some(_), false) => self.tell(Event::Found(Found::Same)),
        }
    }

    pub(super) fn tell_what_is_known(&mut self) {
        let stamp = self.stamp();
        self.known = Some(stamp.clone());
        if self.is_file() {
            let is_new = self.looks.insert(format!("{stamp:?}"));
            self.tell(Event::Seen { stamp, is_whole: false });
            let begins = matches!(self.state(), Some(State::Due { .. }));
            assert!(!(begins && is_new), "what was seen once may be half written");
        } else {
            self.told_unnoted = self.source.1;
            self.tell(Event::Fingerprint { stamp, freshness: self.freshness });
        }
    }

    pub(super) fn begin(&mut self) {
        let Some(lifecycle) = self.lifecycle.as_mut().filter(|one| one.may_begin(self.now)) else { return };
        let number = self.last.next();
        lifecycle.step(Event::Begun { load: number, stamp: self.known.clone() });
        self.moment += 1;
        let load = Load { number, version: self.source, life: self.life, begun: self.moment };
        self.under_way.push(load);
    }

    pub(super) fn end(&mut self, which: usize, is_away: Option<bool>) {
        if self.under_way.is_empty() {
            return;
        }
        let load = self.under_way.remove(which % self.under_way.len());
        let number = load.number;
        if matches!(self.state(), Some(State::Loading { reading, .. }) if reading.load == number) {
            self.last_ended = load.begun;
        }
        let rests_until = self.now + Duration::from_secs(5);
        let at = position(load.version.0);
        self.brought.insert(number, load);
        self.tell(match (is_away, self.freshness) {
            (Some(is_away), _) => Event::CouldNotRead { load: number, is_away, rests_until },
            (None, Freshness::Feed) => Event::Read { load: number, placed: Placed::At(at), rests_until },
            (None, _) => Event::Read { load: number, placed: Placed::AsRead, rests_until },
        });
    }

    pub(super) fn batch(&mut self) {
        let Some(lifecycle) = self.lifecycle.as_ref().filter(|_| self.freshness == Freshness::Feed) else {
            return;
        };
        let at = position(self.source.0);
        let noted = self.source.0;
        if let Some(load) = lifecycle.held() {
            self.brought.get_mut(&load).expect("what is held is there").version.0 = noted;
        } else if lifecycle.shown_position().is_some() {
            self.shown.as_mut().expect("what follows is shown").version.0 = noted;
        }
        self.tell(Event::Brought(at));
    }

    pub(super) fn is_at_rest(&self) -> bool {
        matches!(self.state(), Some(State::AsRead { .. } | State::Following(_)))
    }

    /// Runs looks, loads and batches as the loops do, without further changes. Returns the number
    /// of loads.
    pub(super) fn come_to_rest(&mut self) -> usize {
        self.find();
        let mut loads = 0;
        for _ in 0..20 {
            self.tell_what_is_known();
            self.now += Duration::from_secs(60);
            let before = self.last;
            self.begin();
            loads += usize::from(self.last != before);
            while !self.under_way.is_empty() {
                self.end(0, None);
            }
            self.batch();
        }
        loads
    }
}
