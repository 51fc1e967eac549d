//! Compares the tables of transitions in the module's description with the code.

use std::collections::BTreeMap;
use std::time::Duration;

use super::shown::{Follows, Shown};
use super::state::{Again, Reading, State};
use super::*;
use crate::catalog::Freshness;

const OWN: LoadNumber = LoadNumber(7);
const STALE: LoadNumber = LoadNumber(6);

pub(super) fn file(text: &str) -> Stamp {
    Stamp::File(text.into())
}

pub(super) fn relation(text: &str) -> Stamp {
    Stamp::Relation { rows: text.into(), files: text.into(), reaches: vec![1] }
}

pub(super) fn position(number: u64) -> Arc<Position> {
    Arc::new(Position::at(number))
}

fn follows() -> Follows {
    Follows { position: position(1), stamp: Some(relation("known")) }
}

/// What requests may get. Files neither follow the feed nor are direct.
fn all_shown(known: fn(&str) -> Stamp) -> Vec<Shown> {
    let of_files = vec![Shown::Nothing, Shown::AsRead];
    match known("known") {
        Stamp::File(_) => of_files,
        Stamp::Relation { .. } => {
            let of_relations = [Shown::Following(follows()), Shown::Behind, Shown::Direct];
            of_files.into_iter().chain(of_relations).collect()
        }
    }
}

/// Returns the states in the tables, by name. `shown` is what requests get in states that do not
/// say it themselves.
fn states(shown: &Shown, known: fn(&str) -> Stamp) -> BTreeMap<&'static str, State> {
    let shown = || shown.clone();
    let stamp = || Some(known("known"));
    let reading = |again| Reading { load: OWN, stamp: stamp(), again };
    let loading = |again| State::Loading { shown: shown(), reading: reading(again) };
    let held = |again| State::Held { shown: shown(), reading: reading(again), position: position(2) };
    let both = [
        ("Due", State::Due { shown: shown() }),
        ("Loading", loading(Again::No)),
        ("Loading again", loading(Again::Changed)),
        ("AsRead", State::AsRead { stamp: stamp() }),
        ("Failed", State::Failed { shown: shown(), stamp: stamp() }),
        ("Refused", State::Refused { shown: shown(), stamp: stamp() }),
        ("Gone", State::Gone),
    ];
    let of_files = [
        ("Unsettled", State::Unsettled { shown: shown(), stamp: known("known") }),
        ("Broken", State::Refused { shown: shown(), stamp: None }),
    ];
    let of_relations = [
        ("Redefined", loading(Again::Redefined)),
        ("Held", held(Again::No)),
        ("Held again", held(Again::Changed)),
        ("Following", State::Following(follows())),
        ("Direct", State::Direct),
    ];
    match known("known") {
        Stamp::File(_) => both.into_iter().chain(of_files).collect(),
        Stamp::Relation { .. } => both.into_iter().chain(of_relations).collect(),
    }
}

fn name(state: &State, known: fn(&str) -> Stamp) -> &'static str {
    match state {
        State::Unsettled { .. } => "Unsettled",
        State::Due { .. } => "Due",
        State::Loading { reading, .. } => match reading.again {
            Again::No => "Loading",
            Again::Changed => "Loading again",
            Again::Redefined => "Redefined",
        },
        State::Held { reading, .. } if reading.again == Again::No => "Held",
        State::Held { .. } => "Held again",
        State::AsRead { .. } => "AsRead",
        State::Following(_) => "Following",
        State::Failed { .. } => "Failed",
        State::Refused { stamp: None, .. } if known("") == file("") => "Broken",
        State::Refused { .. } => "Refused",
        State::Direct => "Direct",
        State::Gone => "Gone",
    }
}

fn events(known: fn(&str) -> Stamp) -> BTreeMap<&'static str, Event> {
    let now = Instant::now();
    let read = |load, placed| Event::Read { load, placed, rests_until: now };
    let failed = |is_away| Event::CouldNotRead { load: OWN, is_away, rests_until: now };
    let both = [
        ("Changed", Event::Changed),
        ("Begun", Event::Begun { load: OWN, stamp: Some(known("known")) }),
        ("Read", read(OWN, Placed::AsRead)),
        ("Failed", failed(false)),
        ("Away", failed(true)),
        ("Stale", read(STALE, Placed::AsRead)),
        ("Refused", Event::Refused { stamp: Some(known("known")) }),
        ("Vanished", Event::Vanished),
    ];
    let seen = |text, is_whole| Event::Seen { stamp: known(text), is_whole };
    let fingerprint =
        |text| Event::Fingerprint { stamp: known(text), freshness: Freshness::Watched(Duration::ZERO) };
    let of_files = [
        ("Seen same", seen("known", false)),
        ("Seen other", seen("other", false)),
        ("Seen whole", seen("other", true)),
        ("Broken", Event::Refused { stamp: None }),
    ];
    let of_relations = [
        ("Asked", Event::Asked { now }),
        ("Found same", Event::Found(Found::Same)),
        ("Found timed", Event::Found(Found::Timed)),
        ("Found otherwise", Event::Found(Found::Otherwise)),
        ("Fingerprint same", fingerprint("known")),
        ("Fingerprint other", fingerprint("other")),
        ("FellBehind", Event::FellBehind),
        ("Reclassed", Event::Reclassed),
        ("Read at", read(OWN, Placed::At(position(2)))),
        ("Read nowhere", read(OWN, Placed::Nowhere)),
        ("Brought", Event::Brought(position(3))),
        ("Opened", Event::Opened),
    ];
    match known("known") {
        Stamp::File(_) => both.into_iter().chain(of_files).collect(),
        Stamp::Relation { .. } => both.into_iter().chain(of_relations).collect(),
    }
}

/// The content of a table: next state and actions, by state and event.
type Table = BTreeMap<(String, String), (String, Vec<String>)>;

fn list(cell: &str) -> Vec<String> {
    cell.split(", ").map(str::to_owned).filter(|word| !word.is_empty()).collect()
}

/// Reads table `number` of the module's description.
fn table(number: usize, states: &[&str]) -> Table {
    let text = include_str!("transitions.rs");
    let part = text.split("| --- | --- | --- | --- |").nth(number + 1).unwrap();
    let rows = part.lines().skip(1).take_while(|line| line.starts_with("//! |"));
    let mut table = Table::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, of, events, next, actions, ""] = cells[..] else { panic!("{row}") };
        let but = of.strip_prefix("all but ").map_or(vec![], list);
        let of = if of.starts_with("all") {
            states.iter().map(|name| (*name).to_owned()).filter(|name| !but.contains(name)).collect()
        } else {
            list(of)
        };
        for state in &of {
            assert!(states.contains(&state.as_str()), "{row}: no state {state}");
            for event in list(events) {
                let next = if next == "the same" { state } else { next };
                let key = (state.clone(), event);
                assert!(table.insert(key, (next.into(), list(actions))).is_none(), "{row}: said twice");
            }
        }
    }
    table
}

fn action(name: &str) -> Action {
    match name {
        "hold" => Action::Hold(OWN),
        "show" => Action::Show(OWN),
        "show behind" => Action::ShowBehind(OWN),
        "show failure" => Action::ShowFailure(OWN),
        "discard" => Action::Discard(OWN),
        "freeze" | "freeze if it follows" => Action::Freeze,
        "remove" => Action::Remove,
        _ => panic!("no action {name}"),
    }
}

fn requests_get(state: &State) -> Shown {
    match state {
        State::Unsettled { shown, .. }
        | State::Due { shown }
        | State::Loading { shown, .. }
        | State::Held { shown, .. }
        | State::Failed { shown, .. }
        | State::Refused { shown, .. } => shown.clone(),
        State::AsRead { .. } => Shown::AsRead,
        State::Following(follows) => Shown::Following(follows.clone()),
        State::Direct => Shown::Direct,
        State::Gone => Shown::Nothing,
    }
}

fn hold_to_its_table(number: usize, known: fn(&str) -> Stamp) {
    let names: Vec<&str> = states(&Shown::Nothing, known).into_keys().collect();
    let table = table(number, &names);
    let events = events(known);
    for (_, event) in table.keys() {
        assert!(events.contains_key(event.as_str()), "no event {event}");
    }
    for shown in all_shown(known) {
        for (state_name, state) in states(&shown, known) {
            for (event_name, event) in &events {
                let row = table.get(&(state_name.to_owned(), (*event_name).to_owned()));
                let (next, said) = row.cloned().unwrap_or((state_name.to_owned(), vec![]));
                let before = requests_get(&state);
                let applies = |said: &&String| match said.as_str() {
                    "freeze" => matches!(before, Shown::AsRead | Shown::Following(_)),
                    "freeze if it follows" => matches!(before, Shown::Following(_)),
                    _ => true,
                };
                let mut wanted: Vec<Action> = said.iter().filter(applies).map(|name| action(name)).collect();
                match event {
                    Event::Read { load: STALE, .. } => wanted = vec![Action::Discard(STALE)],
                    Event::Read { .. } | Event::CouldNotRead { .. } if row.is_none() => {
                        wanted = vec![Action::Discard(OWN)];
                    }
                    _ => {}
                }
                let (after, actions) = state.clone().step(event.clone());
                let place = format!("{state_name} showing {before:?}, {event_name}");
                assert_eq!(name(&after, known), next, "{place}");
                assert_eq!(actions, wanted, "{place}");
                if row.is_none() && !matches!(*event_name, "Brought" | "Reclassed") {
                    assert_eq!(after, state, "{place}");
                }
                if actions.contains(&Action::Freeze) && after != State::Direct {
                    assert_eq!(requests_get(&after), Shown::Behind, "{place}");
                }
            }
        }
    }
}

#[test]
fn files_go_by_their_table() {
    hold_to_its_table(0, file);
}

#[test]
fn relations_go_by_their_table() {
    hold_to_its_table(1, relation);
}

#[test]
fn what_is_shown_and_follows_is_brought_along_whatever_is_under_way() {
    let shown = Shown::Following(follows());
    for (name, state) in states(&shown, relation) {
        let is_followed = matches!(requests_get(&state), Shown::Following(_)) && !name.starts_with("Held");
        let (after, _) = state.step(Event::Brought(position(3)));
        if is_followed {
            let Shown::Following(follows) = requests_get(&after) else { panic!("{name}") };
            assert_eq!(follows.position, position(3), "{name}");
        }
        let (after, _) = after.step(Event::Reclassed);
        assert!(!matches!(requests_get(&after), Shown::Following(_)), "{name} follows no more");
    }
}

#[test]
fn a_rest_is_kept_but_for_the_operator() {
    let now = Instant::now();
    let later = now + Duration::from_secs(8);
    let mut one = Lifecycle::of_relation(now);
    assert!(one.may_begin(now));
    let mut last = LoadNumber::default();
    let load = last.next();
    one.step(Event::Begun { load, stamp: None });
    assert!(!one.may_begin(later) && one.rests_until().is_none());
    one.step(Event::Read { load, placed: Placed::AsRead, rests_until: later });
    one.step(Event::Changed);
    assert!(!one.may_begin(now) && one.may_begin(later));
    assert_eq!(one.rests_until(), Some(later));
    one.step(Event::Asked { now });
    assert!(one.may_begin(now));
}

#[test]
fn a_fingerprint_is_compared_as_a_collection_is_followed() {
    let interval = Duration::from_secs(60);
    let (feed, watched, timed) = (Freshness::Feed, Freshness::Watched(interval), Freshness::Timed(interval));
    let stamp = |rows: &str, files: &str, reaches: &[u32]| Stamp::Relation {
        rows: rows.into(),
        files: files.into(),
        reaches: reaches.into(),
    };
    let known = stamp("1", "1", &[1]);
    for (now, tells) in [
        (stamp("2", "1", &[1]), [false, true, false]),
        (stamp("1", "2", &[1]), [true, false, false]),
        (stamp("1", "1", &[1, 2]), [true, true, false]),
        (stamp("1", "1", &[1]), [false; 3]),
    ] {
        let differs = [feed, watched, timed].map(|freshness| now.differs(Some(&known), freshness));
        assert_eq!(differs, tells, "{now:?}");
    }
    let unknown = [feed, watched, timed].map(|freshness| known.differs(None, freshness));
    assert_eq!(unknown, [true, true, false], "what was read when nothing was known");
}
