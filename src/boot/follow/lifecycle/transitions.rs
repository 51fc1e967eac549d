//! The transitions: how each event changes each state.
//!
//! An event that the tables do not list for a state changes nothing; a test reads the tables and
//! checks every state with every event. "Stale" is the end of a load that is not the state's own.
//! "Again" is a load that must be repeated, "redefined" one whose result must not be shown either.
//! "Freeze" marks a layer that claims to be current as `Behind`, and "freeze if it follows" only
//! one that the feed keeps current.
//!
//! The transitions of a file. It is read when two looks find the same stamp, or after the first
//! look if it cannot be incomplete:
//!
//! | state | event | next | actions |
//! | --- | --- | --- | --- |
//! | Unsettled, Refused | Seen same | Due | |
//! | Refused | Seen other | Unsettled | |
//! | Broken, Due | Seen same, Seen other | Unsettled | |
//! | AsRead, Failed | Seen other | Unsettled | |
//! | Unsettled | Seen other | Unsettled | |
//! | Unsettled, Refused, Broken, AsRead, Failed | Seen whole | Due | |
//! | Loading | Seen other, Seen whole, Changed | Loading again | |
//! | AsRead, Failed | Changed | Unsettled | |
//! | Due | Begun | Loading | |
//! | Loading | Read | AsRead | show |
//! | Loading again | Read | Unsettled | show |
//! | Loading | Failed | Failed | show failure |
//! | Loading again | Failed, Away | Unsettled | show failure |
//! | Loading | Away | Unsettled | show failure |
//! | all | Stale | the same | discard |
//! | all but Gone | Broken | Broken | |
//! | all but Gone | Refused | Refused | |
//! | all but Gone | Vanished | Gone | remove |
//!
//! The transitions of a relation:
//!
//! | state | event | next | actions |
//! | --- | --- | --- | --- |
//! | Direct, Refused | Found same, Found timed, Found otherwise | Due | |
//! | AsRead, Failed | Found timed, Changed, Asked | Due | |
//! | AsRead, Failed, Following | Found otherwise, FellBehind | Due | freeze |
//! | Due | Found otherwise, FellBehind | Due | freeze |
//! | Loading, Loading again | FellBehind | Loading again | freeze |
//! | Loading, Loading again, Redefined | Found otherwise | Redefined | freeze |
//! | Redefined | FellBehind | Redefined | freeze |
//! | Held, Held again | Found otherwise | Due | discard, freeze |
//! | Held, Held again | FellBehind | Due | show behind |
//! | Following | Changed, Asked | Due | |
//! | Loading | Changed, Asked, Reclassed | Loading again | |
//! | Held | Changed, Asked | Held again | |
//! | AsRead, Failed, Following | Reclassed | Due | |
//! | Held, Held again | Reclassed | Due | discard |
//! | AsRead | Fingerprint other | Due | |
//! | Following, Failed | Fingerprint other | Due | freeze if it follows |
//! | Due | Fingerprint other | Due | freeze if it follows |
//! | Loading, Loading again | Fingerprint other | Loading again | freeze if it follows |
//! | Redefined | Fingerprint other | Redefined | freeze if it follows |
//! | Held, Held again | Fingerprint other | Held again | freeze if it follows |
//! | Due | Begun | Loading | |
//! | Loading | Read | AsRead | show |
//! | Loading | Read at | Held | hold |
//! | Loading again | Read at | Held again | hold |
//! | Loading, Loading again | Read nowhere | Due | show |
//! | Loading again | Read | Due | show |
//! | Redefined | Read, Read at, Read nowhere | Due | discard |
//! | Loading | Failed | Failed | show failure |
//! | Loading | Away | Due | show failure |
//! | Loading again, Redefined | Failed, Away | Due | show failure |
//! | Held | Brought | Following | show |
//! | Held again | Brought | Due | show behind |
//! | all | Stale | the same | discard |
//! | Held, Held again | Opened | Direct | discard, freeze if it follows |
//! | all but Gone, Held, Held again | Opened | Direct | freeze if it follows |
//! | Held, Held again | Refused | Refused | discard, freeze if it follows |
//! | all but Gone, Held, Held again | Refused | Refused | freeze if it follows |
//! | Held, Held again | Vanished | Gone | discard, remove |
//! | all but Gone, Held, Held again | Vanished | Gone | remove |
//!
//! If a layer that follows the feed is shown, `Brought` moves its position forward, and `Reclassed`
//! reduces its claim to having been current when it was read.

use std::sync::Arc;

use super::event::{Action, Event, Found, LoadNumber, Placed};
use super::shown::{Follows, Shown};
use super::stamp::Stamp;
use super::state::{Again, Reading, State};
use crate::catalog::Freshness;
use crate::source::postgis::feed::Position;

type Step = (State, Vec<Action>);

impl State {
    /// Returns the next state and what must be done, in this order.
    pub(super) fn step(self, event: Event) -> Step {
        if self == State::Gone {
            return self.after_it_is_gone(&event);
        }
        match event {
            Event::Seen { stamp, is_whole } => (self.seen(stamp, is_whole), vec![]),
            Event::Found(Found::Same) => (self.found(), vec![]),
            Event::Found(Found::Timed) => (self.timed(), vec![]),
            Event::Found(Found::Otherwise) => self.redefined(),
            Event::Fingerprint { stamp, freshness } => self.fingerprint(&stamp, freshness),
            Event::Changed | Event::Asked { .. } => (self.changed(), vec![]),
            Event::FellBehind => self.fell_behind(),
            Event::Reclassed => self.reclassed(),
            Event::Begun { load, stamp } => (self.begun(load, stamp), vec![]),
            Event::Read { load, placed, .. } => self.read(load, placed),
            Event::CouldNotRead { load, is_away, .. } => self.could_not_read(load, is_away),
            Event::Brought(position) => self.brought(&position),
            Event::Opened => self.left_for(|_| State::Direct),
            Event::Refused { stamp } => self.left_for(|shown| State::Refused { shown, stamp }),
            Event::Vanished => self.vanished(),
        }
    }

    /// Handles a load that ends after its collection has gone.
    fn after_it_is_gone(self, event: &Event) -> Step {
        match event {
            Event::Read { load, .. } | Event::CouldNotRead { load, .. } => {
                (self, vec![Action::Discard(*load)])
            }
            _ => (self, vec![]),
        }
    }

    /// Returns what requests get meanwhile; None if the state itself says it.
    fn shown(&self) -> Option<&Shown> {
        match self {
            State::Unsettled { shown, .. }
            | State::Due { shown }
            | State::Loading { shown, .. }
            | State::Held { shown, .. }
            | State::Failed { shown, .. }
            | State::Refused { shown, .. } => Some(shown),
            State::AsRead { .. } | State::Following(_) | State::Direct | State::Gone => None,
        }
    }

    /// Returns up to where what requests get has followed the feed, if it does.
    pub(super) fn follows(&self) -> Option<&Follows> {
        match (self, self.shown()) {
            (State::Following(follows), _) | (_, Some(Shown::Following(follows))) => Some(follows),
            _ => None,
        }
    }

    fn into_shown(self) -> Shown {
        match self {
            State::Unsettled { shown, .. }
            | State::Due { shown }
            | State::Loading { shown, .. }
            | State::Held { shown, .. }
            | State::Failed { shown, .. }
            | State::Refused { shown, .. } => shown,
            State::AsRead { .. } => Shown::AsRead,
            State::Following(follows) => Shown::Following(follows),
            State::Direct => Shown::Direct,
            State::Gone => Shown::Nothing,
        }
    }

    /// Returns the state of a file, which is read when it cannot be incomplete.
    pub(super) fn settling(shown: Shown, stamp: Stamp, is_whole: bool) -> State {
        if is_whole { State::Due { shown } } else { State::Unsettled { shown, stamp } }
    }

    /// Returns the state of what must be read. A file needs a look first that finds its stamp.
    fn to_be_read(shown: Shown, stamp: Option<Stamp>) -> State {
        match stamp {
            Some(stamp @ Stamp::File(_)) => State::Unsettled { shown, stamp },
            _ => State::Due { shown },
        }
    }

    fn seen(self, stamp: Stamp, is_whole: bool) -> State {
        match self {
            State::Unsettled { shown, stamp: known } if known == stamp => State::Due { shown },
            State::Refused { shown, stamp: Some(known) } if known == stamp => State::Due { shown },
            State::AsRead { stamp: Some(ref known) } | State::Failed { stamp: Some(ref known), .. }
                if *known == stamp =>
            {
                self
            }
            State::Loading { .. } | State::Held { .. } => {
                self.again_where(Again::Changed, |known| known != Some(&stamp))
            }
            State::Following(_) | State::Direct | State::Gone => self,
            _ => State::settling(self.into_shown(), stamp, is_whole),
        }
    }

    fn found(self) -> State {
        match self {
            State::Direct | State::Refused { .. } => State::Due { shown: self.into_shown() },
            _ => self,
        }
    }

    fn timed(self) -> State {
        match self {
            State::AsRead { .. } | State::Failed { .. } => self.changed(),
            _ => self.found(),
        }
    }

    fn changed(self) -> State {
        match self {
            State::AsRead { stamp } => State::to_be_read(Shown::AsRead, stamp),
            State::Failed { shown, stamp } => State::to_be_read(shown, stamp),
            State::Following(follows) => State::Due { shown: Shown::Following(follows) },
            _ => self.again_where(Again::Changed, |_| true),
        }
    }

    fn redefined(self) -> Step {
        match self {
            State::Held { shown, reading, .. } => {
                let (shown, freeze) = shown.frozen();
                let actions = [Action::Discard(reading.load)].into_iter().chain(freeze);
                (State::Due { shown }, actions.collect())
            }
            State::Direct | State::Refused { .. } => (self.found(), vec![]),
            _ => self.again_where(Again::Redefined, |_| true).frozen(),
        }
    }

    fn fell_behind(self) -> Step {
        match self {
            State::Held { reading, .. } => {
                (State::Due { shown: Shown::Behind }, vec![Action::ShowBehind(reading.load)])
            }
            State::Direct | State::Refused { .. } | State::Unsettled { .. } => (self, vec![]),
            _ => self.again_where(Again::Changed, |_| true).frozen(),
        }
    }

    fn reclassed(self) -> Step {
        match self {
            State::Held { shown, reading, .. } => {
                (State::Due { shown: shown.unfollowed() }, vec![Action::Discard(reading.load)])
            }
            State::Following(_) => (State::Due { shown: Shown::AsRead }, vec![]),
            _ => (self.changed().with_shown(Shown::unfollowed), vec![]),
        }
    }

    fn fingerprint(self, stamp: &Stamp, freshness: Freshness) -> Step {
        let differs = |known: Option<&Stamp>| stamp.differs(known, freshness);
        let state = match self {
            State::Refused { .. } | State::Direct => return (self, vec![]),
            State::AsRead { stamp: ref known } | State::Failed { stamp: ref known, .. }
                if differs(known.as_ref()) =>
            {
                self.changed()
            }
            _ => self.again_where(Again::Changed, differs),
        };
        match state.follows() {
            Some(follows) if differs(follows.stamp.as_ref()) => state.frozen(),
            _ => (state, vec![]),
        }
    }

    fn begun(self, load: LoadNumber, stamp: Option<Stamp>) -> State {
        match self {
            State::Due { shown } => {
                State::Loading { shown, reading: Reading { load, stamp, again: Again::No } }
            }
            _ => self,
        }
    }

    fn read(self, load: LoadNumber, placed: Placed) -> Step {
        let (shown, reading) = match self {
            State::Loading { shown, reading } if reading.load == load => (shown, reading),
            _ => return (self, vec![Action::Discard(load)]),
        };
        match (reading.again, placed) {
            (Again::Redefined, _) => (State::to_be_read(shown, reading.stamp), vec![Action::Discard(load)]),
            (_, Placed::At(position)) => (State::Held { shown, reading, position }, vec![Action::Hold(load)]),
            (Again::No, Placed::AsRead) => (State::AsRead { stamp: reading.stamp }, vec![Action::Show(load)]),
            (Again::Changed, _) | (_, Placed::Nowhere) => {
                (State::to_be_read(Shown::AsRead, reading.stamp), vec![Action::Show(load)])
            }
        }
    }

    fn could_not_read(self, load: LoadNumber, is_away: bool) -> Step {
        let (shown, reading) = match self {
            State::Loading { shown, reading } if reading.load == load => (shown, reading),
            _ => return (self, vec![Action::Discard(load)]),
        };
        let state = match reading.again {
            Again::No if !is_away => State::Failed { shown, stamp: reading.stamp },
            _ => State::to_be_read(shown, reading.stamp),
        };
        (state, vec![Action::ShowFailure(load)])
    }

    fn brought(self, position: &Arc<Position>) -> Step {
        let position = position.clone();
        match self {
            State::Following(Follows { stamp, .. }) => {
                (State::Following(Follows { position, stamp }), vec![])
            }
            State::Held { reading: Reading { load, stamp, again: Again::No }, .. } => {
                (State::Following(Follows { position, stamp }), vec![Action::Show(load)])
            }
            State::Held { reading, .. } => {
                (State::Due { shown: Shown::Behind }, vec![Action::ShowBehind(reading.load)])
            }
            _ => (self.with_shown(|shown| shown.brought(position)), vec![]),
        }
    }

    /// Leaves the state for one in which the collection is not followed. What is shown stays, or
    /// goes soon, and no longer claims to be current.
    fn left_for(self, next: impl FnOnce(Shown) -> State) -> Step {
        let held = self.discarded();
        let (shown, freeze) = match self.into_shown() {
            following @ Shown::Following(_) => following.frozen(),
            shown => (shown, None),
        };
        (next(shown), held.into_iter().chain(freeze).collect())
    }

    fn vanished(self) -> Step {
        let held = self.discarded();
        (State::Gone, held.into_iter().chain([Action::Remove]).collect())
    }

    /// Returns the action that discards a load that is held.
    fn discarded(&self) -> Option<Action> {
        match self {
            State::Held { reading, .. } => Some(Action::Discard(reading.load)),
            _ => None,
        }
    }

    /// Notes that what is being read must be read again, if `asks` returns true for what was known
    /// when it began.
    fn again_where(mut self, again: Again, asks: impl Fn(Option<&Stamp>) -> bool) -> State {
        if let State::Loading { reading, .. } | State::Held { reading, .. } = &mut self
            && asks(reading.stamp.as_ref())
        {
            reading.again = reading.again.max(again);
        }
        self
    }

    /// Marks what is shown as possibly outdated, and has it read again.
    fn frozen(self) -> Step {
        let stamp = match &self {
            State::AsRead { stamp } | State::Failed { stamp, .. } => stamp.clone(),
            State::Unsettled { .. } | State::Due { .. } | State::Loading { .. } | State::Held { .. } => {
                let mut freeze = None;
                let state = self.with_shown(|shown| {
                    let (shown, action) = shown.frozen();
                    freeze = action;
                    shown
                });
                return (state, freeze.into_iter().collect());
            }
            _ => None,
        };
        let (shown, freeze) = self.into_shown().frozen();
        (State::to_be_read(shown, stamp), freeze.into_iter().collect())
    }

    fn with_shown(self, change: impl FnOnce(Shown) -> Shown) -> State {
        match self {
            State::Unsettled { shown, stamp } => State::Unsettled { shown: change(shown), stamp },
            State::Due { shown } => State::Due { shown: change(shown) },
            State::Loading { shown, reading } => State::Loading { shown: change(shown), reading },
            State::Held { shown, reading, position } => {
                State::Held { shown: change(shown), reading, position }
            }
            State::Failed { shown, stamp } => State::Failed { shown: change(shown), stamp },
            State::Refused { shown, stamp } => State::Refused { shown: change(shown), stamp },
            State::AsRead { .. } | State::Following(_) | State::Direct | State::Gone => self,
        }
    }
}
