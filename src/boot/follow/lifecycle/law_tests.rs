//! Rules that hold for any order of events. The tests simulate a source whose rows change, whose
//! changes are reported late, which may be away, and whose loads end at any time.

use std::time::Duration;

use proptest::prelude::*;

use super::stage_tests::Stage;
use super::state::State;
use super::*;
use crate::catalog::Freshness;

/// A step of the simulation.
#[derive(Clone, Debug)]
enum Play {
    /// Rows change, and the feed records it if there is one.
    Change,
    /// Rows change without a record in the feed.
    ChangeUnnoted,
    /// A look at the files, or the fingerprints.
    Tell,
    /// The operator or SIGHUP reports a change.
    Say,
    Redefine,
    Reclass,
    FallBehind,
    Interval,
    /// A load begins, if one may.
    Begin,
    /// A load ends; the number chooses one of those that are going on.
    Come(usize),
    Fail(usize),
    FailAway(usize),
    /// A batch is read.
    Batch,
    Refuse,
    Open,
    Vanish,
    /// A look finds the collection.
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

impl Stage {
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
}

fn ways() -> impl Strategy<Value = Freshness> {
    prop::sample::select(vec![Freshness::File, Freshness::Watched(Duration::ZERO), Freshness::Feed])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// The stage checks the rules after each event.
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
            // A file that could not be read is read again only after it has changed.
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
