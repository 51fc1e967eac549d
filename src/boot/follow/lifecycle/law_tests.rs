//! Laws that hold whatever the order of events: a source is played that changes, is told of late,
//! is away, and whose loads come when they come.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::tests::{file, position};
use super::*;

/// What is played.
#[derive(Clone, Debug)]
enum Play {
    /// Rows change, and the feed notes it if there is one.
    Change,
    /// Rows change so that the feed does not note it.
    ChangeUnnoted,
    /// A look at the files, or the fingerprints.
    Tell,
    /// Said to have changed, by the operator or SIGHUP.
    Say,
    Redefine,
    Reclass,
    FallBehind,
    Interval,
    /// A load begins, where one may.
    Begin,
    /// A load comes, the how-manieth of those under way.
    Come(usize),
    Fail(usize),
    FailAway(usize),
    /// A batch is read.
    Batch,
    Refuse,
    Open,
    Vanish,
    /// A look finds it.
    Find,
    Wait(u64),
}

fn plays() -> impl Strategy<Value = Vec<Play>> {
    let one = prop_oneof![
        3 => Just(Play::Change),
        1 => Just(Play::ChangeUnnoted),
        4 => Just(Play::Tell),
        1 => Just(Play::Say),
        1 => Just(Play::Redefine),
        1 => Just(Play::Reclass),
        1 => Just(Play::FallBehind),
        1 => Just(Play::Interval),
        5 => Just(Play::Begin),
        5 => (0..3_usize).prop_map(Play::Come),
        1 => (0..3_usize).prop_map(Play::Fail),
        1 => (0..3_usize).prop_map(Play::FailAway),
        3 => Just(Play::Batch),
        1 => Just(Play::Refuse),
        1 => Just(Play::Open),
        1 => Just(Play::Vanish),
        2 => Just(Play::Find),
        1 => (1..20_u64).prop_map(Play::Wait),
    ];
    prop::collection::vec(one, 0..60)
}

/// How often rows have changed, noted and not.
type Version = (u64, u64);

#[derive(Clone, Debug)]
struct Load {
    number: LoadNumber,
    version: Version,
    /// Which lifecycle it is of, and the moment it began.
    life: usize,
    begun: u64,
}

#[derive(Debug)]
struct Stage {
    freshness: Freshness,
    /// None when it is gone.
    lifecycle: Option<Lifecycle>,
    life: usize,
    now: Instant,
    /// Counts the events.
    moment: u64,
    source: Version,
    known: Option<Stamp>,
    looks: BTreeSet<String>,
    under_way: Vec<Load>,
    brought: BTreeMap<LoadNumber, Load>,
    shown: Option<Load>,
    /// Whether what is shown says that it may be behind.
    is_frozen: bool,
    /// When it was last told that it has to be read, and of which unnoted changes.
    told: u64,
    told_unnoted: u64,
    last: LoadNumber,
    last_ended: u64,
}

impl Stage {
    fn new(freshness: Freshness) -> Stage {
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

    fn is_file(&self) -> bool {
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

    fn state(&self) -> Option<&State> {
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

    fn tell(&mut self, event: Event) {
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

    fn find(&mut self) {
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
                // A relation's fingerprints are asked for after each look.
                self.tell_what_is_known();
            }
            (Some(_), true) => self.tell_what_is_known(),
            (Some(_), false) => self.tell(Event::Found(Found::Same)),
        }
    }

    fn tell_what_is_known(&mut self) {
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

    fn begin(&mut self) {
        let Some(lifecycle) = self.lifecycle.as_mut().filter(|one| one.may_begin(self.now)) else { return };
        let number = self.last.next();
        lifecycle.step(Event::Begun { load: number, stamp: self.known.clone() });
        self.moment += 1;
        let load = Load { number, version: self.source, life: self.life, begun: self.moment };
        self.under_way.push(load);
    }

    fn end(&mut self, which: usize, is_away: Option<bool>) {
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

    fn batch(&mut self) {
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

    fn play(&mut self, play: &Play) {
        let is_file = self.is_file();
        match play {
            Play::Change => self.source.0 += 1,
            Play::ChangeUnnoted => self.source.1 += 1,
            Play::Tell => self.tell_what_is_known(),
            Play::Say => self.tell(Event::Changed),
            Play::Begin => self.begin(),
            Play::Come(which) => self.end(*which, None),
            Play::Fail(which) => self.end(*which, Some(false)),
            Play::FailAway(which) => self.end(*which, Some(true)),
            Play::Batch => self.batch(),
            Play::Refuse => self.tell(Event::Refused { stamp: None }),
            Play::Vanish => self.tell(Event::Vanished),
            Play::Find => self.find(),
            Play::Wait(seconds) => self.now += Duration::from_secs(*seconds),
            _ if is_file => {}
            Play::Redefine => self.tell(Event::Found(Found::Otherwise)),
            Play::Reclass => self.tell(Event::Reclassed),
            Play::FallBehind => self.tell(Event::FellBehind),
            Play::Interval => self.tell(Event::Found(Found::Timed)),
            Play::Open => self.tell(Event::Opened),
        }
    }

    fn is_at_rest(&self) -> bool {
        matches!(self.state(), Some(State::AsRead { .. } | State::Following(_)))
    }

    /// Nothing changes any more: looks, loads and batches go on as the loops do them. Answers how
    /// many loads it took.
    fn come_to_rest(&mut self) -> usize {
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

fn ways() -> impl Strategy<Value = Freshness> {
    prop::sample::select(vec![Freshness::File, Freshness::Watched(Duration::ZERO), Freshness::Feed])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// The laws after each event are in [`Stage::hold_to_the_laws`] and beside the actions.
    #[test]
    fn in_every_order_nothing_is_lost_and_nothing_behind_is_called_current(way in ways(), plays in plays()) {
        let mut stage = Stage::new(way);
        for play in &plays {
            stage.play(play);
        }
    }

    #[test]
    fn without_further_events_all_comes_to_rest_and_is_as_the_source(way in ways(), plays in plays()) {
        let mut stage = Stage::new(way);
        for play in &plays {
            stage.play(play);
        }
        // What is refused or direct is found by the next look, and what failed is read at the next
        // interval.
        stage.come_to_rest();
        stage.tell(Event::Found(Found::Timed));
        if stage.is_file() && matches!(stage.state(), Some(State::Failed { .. })) {
            // A file that cannot be read waits until it is another.
            stage.source.0 += 1;
        }
        stage.come_to_rest();
        prop_assert!(stage.is_at_rest(), "{:?}", stage.state());
        prop_assert_eq!(stage.shown.as_ref().map(|load| load.version), Some(stage.source));
        let loads = stage.come_to_rest();
        prop_assert_eq!(loads, 0, "nothing is read again without a reason");
    }

    #[test]
    fn a_source_that_is_away_leaves_what_is_shown_and_is_read_again(way in ways(), plays in plays()) {
        let mut stage = Stage::new(way);
        for play in &plays {
            stage.play(play);
        }
        stage.come_to_rest();
        stage.tell(Event::Changed);
        stage.tell_what_is_known();
        stage.now += Duration::from_secs(60);
        stage.begin();
        let shown = stage.shown.clone().map(|load| load.number);
        let was_loading = stage.lifecycle.as_ref().is_some_and(Lifecycle::is_loading);
        stage.end(0, Some(true));
        prop_assert_eq!(stage.shown.clone().map(|load| load.number), shown);
        if was_loading {
            let is_to_be_read = matches!(stage.state(), Some(State::Due { .. } | State::Unsettled { .. }));
            prop_assert!(is_to_be_read);
        }
    }

    #[test]
    fn what_has_vanished_never_returns_by_itself(way in ways(), plays in plays(), rest in plays()) {
        let mut stage = Stage::new(way);
        for play in &plays {
            stage.play(play);
        }
        stage.tell(Event::Vanished);
        for play in rest.iter().filter(|play| !matches!(play, Play::Find)) {
            stage.play(play);
            prop_assert!(stage.shown.is_none() && stage.lifecycle.is_none());
        }
        while !stage.under_way.is_empty() {
            stage.end(0, None);
        }
        prop_assert!(stage.brought.is_empty());
    }
}
