//! The states of one collection that is followed, and how events change them.
//!
//! Nothing here reads, waits or uses a clock. A loop reports what has happened ([`Event`]) and
//! executes what follows ([`Action`]). A state says what requests get ([`Shown`]) and what is going
//! on:
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
//! All transitions are listed at [`transitions`]. Two rules follow from the states themselves. A
//! layer that may be outdated ([`Shown::Behind`]) occurs in no state of rest, since `AsRead` and
//! `Following` cannot contain it. What is reported during a load is remembered with the load
//! ([`Again`]), so that a load that began earlier is followed by another one.

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

/// The state of a collection, and how long it is not to be read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lifecycle {
    state: State,
    rests_until: Instant,
}

impl Lifecycle {
    /// Makes the lifecycle of a file that a look found for the first time.
    pub(super) fn of_file(stamp: Stamp, is_whole: bool, now: Instant) -> Lifecycle {
        Lifecycle { state: State::settling(Shown::Nothing, stamp, is_whole), rests_until: now }
    }

    /// Makes the lifecycle of a relation that a look found for the first time.
    pub(super) fn of_relation(now: Instant) -> Lifecycle {
        Lifecycle { state: State::Due { shown: Shown::Nothing }, rests_until: now }
    }

    /// Handles an event, and returns what must be done, in this order.
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

    /// Returns whether a load may begin.
    pub(super) fn may_begin(&self, now: Instant) -> bool {
        matches!(self.state, State::Due { .. }) && self.rests_until <= now
    }

    /// Returns when a load may begin, if it waits only for this time.
    pub(super) fn rests_until(&self) -> Option<Instant> {
        matches!(self.state, State::Due { .. }).then_some(self.rests_until)
    }

    /// Returns whether the collection must be read, now or after the present load.
    pub(super) fn needs_reading(&self) -> bool {
        match &self.state {
            State::Due { .. } => true,
            State::Loading { reading, .. } | State::Held { reading, .. } => reading.again != Again::No,
            _ => false,
        }
    }

    /// Returns whether nothing happens to the collection before another look.
    pub(super) fn awaits_a_look(&self) -> bool {
        matches!(self.state, State::Unsettled { .. } | State::Due { .. })
    }

    pub(super) fn is_loading(&self) -> bool {
        matches!(self.state, State::Loading { .. })
    }

    /// Returns whether events of its source matter to the collection.
    pub(super) fn is_kept(&self) -> bool {
        !matches!(self.state, State::Refused { .. } | State::Direct | State::Gone)
    }

    /// Returns the load that waits for the next batch.
    pub(super) fn held(&self) -> Option<LoadNumber> {
        match &self.state {
            State::Held { reading, .. } => Some(reading.load),
            _ => None,
        }
    }

    /// Returns up to where what is shown has followed the feed.
    pub(super) fn shown_position(&self) -> Option<&Arc<Position>> {
        self.state.follows().map(|follows| &follows.position)
    }

    /// Returns where the next batch must begin: at the position of the load that is held, or else
    /// of what is shown.
    pub(super) fn position(&self) -> Option<&Arc<Position>> {
        match &self.state {
            State::Held { position, .. } => Some(position),
            _ => self.shown_position(),
        }
    }
}
