//! The states of one collection that is followed, and what each event makes of them.
//!
//! Nothing here reads, waits or asks for the time: a loop tells what has happened ([`Event`]) and
//! does what follows ([`Action`]). A state says what requests get ([`Shown`]) and what is under
//! way:
//!
//! | state | requests get | what is under way |
//! | --- | --- | --- |
//! | `Unsettled` | anything shown before, or nothing | a file, maybe half written, is seen again |
//! | `Due` | the same | it waits for its rest to end and for a free place, and is read |
//! | `Loading` | the same | it is being read |
//! | `Held` | the same | it was read at a position of the feed, and waits for the next batch |
//! | `AsRead` | a layer as it was read | nothing: fresh until something is told |
//! | `Following` | a layer that the feed keeps current | nothing: each batch brings it along |
//! | `Failed` | anything shown before, or nothing | it is read when it changes or in time |
//! | `Refused` | anything shown before, or nothing | it is tried again when a look finds it |
//! | `Direct` | what the database answers | each look decides anew whether it is read into memory |
//! | `Gone` | nothing | nothing, ever |
//!
//! The table of all transitions is at [`transitions`]. Two laws are in the states themselves. A
//! layer that may be behind ([`Shown::Behind`]) is in no state of rest: `AsRead` and `Following`
//! cannot say it. And what is told while a load is under way is remembered with it ([`Again`]): a
//! load that began before does not end the need.

mod event;
#[cfg(test)]
mod law_tests;
mod shown;
#[cfg(test)]
mod stage_tests;
mod stamp;
mod state;
#[cfg(test)]
mod tests;
mod transitions;

use std::sync::Arc;
use std::time::Instant;

use crate::source::postgis::feed::Position;
use shown::Shown;
use state::{Again, State};

pub(super) use event::{Action, Event, Found, LoadNumber, Placed};
pub(super) use stamp::Stamp;

/// A collection's state, and how long it is not to be read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lifecycle {
    state: State,
    rests_until: Instant,
}

impl Lifecycle {
    /// Of a file that a look found for the first time.
    pub(super) fn of_file(stamp: Stamp, is_whole: bool, now: Instant) -> Lifecycle {
        Lifecycle { state: State::settling(Shown::Nothing, stamp, is_whole), rests_until: now }
    }

    /// Of a relation that a look found for the first time.
    pub(super) fn of_relation(now: Instant) -> Lifecycle {
        Lifecycle { state: State::Due { shown: Shown::Nothing }, rests_until: now }
    }

    /// Takes one event, and says what is to be done, in this order.
    pub(super) fn step(&mut self, event: Event) -> Vec<Action> {
        match (&event, &self.state) {
            (Event::Asked { now }, _) => self.rests_until = *now,
            (
                Event::Read { load, rests_until, .. } | Event::CouldNotRead { load, rests_until, .. },
                State::Loading { reading, .. },
            ) if reading.load == *load => self.rests_until = *rests_until,
            _ => {}
        }
        let (state, actions) = std::mem::replace(&mut self.state, State::Gone).step(event);
        self.state = state;
        actions
    }

    /// Whether a load may begin.
    pub(super) fn may_begin(&self, now: Instant) -> bool {
        matches!(self.state, State::Due { .. }) && self.rests_until <= now
    }

    /// When a load may begin, if it waits for that alone.
    pub(super) fn rests_until(&self) -> Option<Instant> {
        matches!(self.state, State::Due { .. }).then_some(self.rests_until)
    }

    /// Whether it is to be read, now or once it has been read.
    pub(super) fn needs_reading(&self) -> bool {
        match &self.state {
            State::Due { .. } => true,
            State::Loading { reading, .. } | State::Held { reading, .. } => reading.again != Again::No,
            _ => false,
        }
    }

    /// Whether only another look tells how it goes on.
    pub(super) fn awaits_a_look(&self) -> bool {
        matches!(self.state, State::Unsettled { .. } | State::Due { .. })
    }

    pub(super) fn is_loading(&self) -> bool {
        matches!(self.state, State::Loading { .. })
    }

    /// Whether what its source tells of it matters.
    pub(super) fn is_kept(&self) -> bool {
        !matches!(self.state, State::Refused { .. } | State::Direct | State::Gone)
    }

    /// The load that waits for the next batch.
    pub(super) fn held(&self) -> Option<LoadNumber> {
        match &self.state {
            State::Held { reading, .. } => Some(reading.load),
            _ => None,
        }
    }

    /// Up to where what is shown has followed the feed.
    pub(super) fn shown_position(&self) -> Option<&Arc<Position>> {
        self.state.follows().map(|follows| &follows.position)
    }

    /// From where the next batch is to be read: of what is held, else of what is shown.
    pub(super) fn position(&self) -> Option<&Arc<Position>> {
        match &self.state {
            State::Held { position, .. } => Some(position),
            _ => self.shown_position(),
        }
    }
}
