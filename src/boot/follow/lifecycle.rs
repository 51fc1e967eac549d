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
//! layer that may be behind ([`Shown::Behind`]) is shown only where something is under way. And
//! what is told while a load is under way is remembered with it ([`Again`]): a load that began
//! before does not end the need.

#[cfg(test)]
mod law_tests;
mod shown;
#[cfg(test)]
mod stage_tests;
mod stamp;
#[cfg(test)]
mod tests;
mod transitions;

use std::sync::Arc;
use std::time::Instant;

use crate::catalog::Freshness;
use crate::source::postgis::feed::Position;

use shown::{Follows, Shown};
pub(super) use stamp::Stamp;

/// The number of a load, given once: so what an earlier load of the same name brings is told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LoadNumber(u64);

impl LoadNumber {
    /// Gives the next number.
    pub(super) fn next(&mut self) -> LoadNumber {
        self.0 += 1;
        *self
    }
}

/// Whether what is being read has to be read again after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Again {
    /// Nothing was told since the load began.
    No,
    /// Rows may have changed since.
    Changed,
    /// It was defined otherwise since: what comes is not to be shown.
    Redefined,
}

/// A load.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) load: LoadNumber,
    /// What was known of its source when it began.
    pub(super) stamp: Option<Stamp>,
    pub(super) again: Again,
}

/// The state of one collection.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
    /// A file seen with a stamp and not yet a second time.
    Unsettled { shown: Shown, stamp: Stamp },
    /// To be read.
    Due { shown: Shown },
    /// Being read.
    Loading { shown: Shown, reading: Reading },
    /// Read at a position of the feed, and to be shown with all others at one moment.
    Held { shown: Shown, reading: Reading, position: Arc<Position> },
    /// Shown as it was read.
    AsRead { stamp: Option<Stamp> },
    /// Shown, and kept current by the feed.
    Following(Follows),
    /// It could not be read, and not since its source was away.
    Failed { shown: Shown, stamp: Option<Stamp> },
    /// Not to be read: broken, too large, named twice. The stamp is that of a file that was whole.
    Refused { shown: Shown, stamp: Option<Stamp> },
    /// Not kept: each request asks the database.
    Direct,
    /// No longer there.
    Gone,
}

/// What a look at a database finds of a collection that was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The same.
    Same,
    /// The same, and its interval is over.
    Timed,
    /// Its columns, its configuration or the way to read it are others.
    Otherwise,
}

/// Of which moment a layer is that was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Placed {
    /// That of its reading, and that is enough.
    AsRead,
    /// A position of the feed.
    At(Arc<Position>),
    /// It should follow the feed, and cannot from here.
    Nowhere,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    /// A look found a file with this stamp; `is_whole` where it cannot be half written.
    Seen { stamp: Stamp, is_whole: bool },
    /// A look at a database found it.
    Found(Found),
    /// A database tells this of it, which is followed so.
    Fingerprint { stamp: Stamp, freshness: Freshness },
    /// Its rows may have changed: all is read again.
    Changed,
    /// The operator says that its rows have changed: no rest is kept.
    Asked { now: Instant },
    /// It can no longer be brought along: more was noted than single rows, or nobody knows what.
    FellBehind,
    /// It begins or ceases to follow the feed.
    Reclassed,
    /// A load has begun; the stamp is what was known then.
    Begun { load: LoadNumber, stamp: Option<Stamp> },
    /// A load has brought a layer.
    Read { load: LoadNumber, placed: Placed, rests_until: Instant },
    /// A load has failed; `is_away` where that says nothing of the collection.
    CouldNotRead { load: LoadNumber, is_away: bool, rests_until: Instant },
    /// A batch holds what has changed up to this position.
    Brought(Arc<Position>),
    /// Requests ask the database from now on.
    Opened,
    /// A look refuses it, or it does not fit; the stamp is that of a file that was whole.
    Refused { stamp: Option<Stamp> },
    /// A look neither finds nor refuses it.
    Vanished,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// What was read is kept for the next batch.
    Hold(LoadNumber),
    /// What was read takes the place of what is shown.
    Show(LoadNumber),
    /// The same, and it says that it may be behind.
    ShowBehind(LoadNumber),
    /// The failure is shown where no layer is.
    ShowFailure(LoadNumber),
    /// What was read is of no use.
    Discard(LoadNumber),
    /// What is shown may be behind from now on, and says so.
    Freeze,
    /// It is no longer served.
    Remove,
}

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
