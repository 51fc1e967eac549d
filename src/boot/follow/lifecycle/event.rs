//! What happens to a collection that is followed, and what is to be done then.

use std::sync::Arc;
use std::time::Instant;

use super::stamp::Stamp;
use crate::catalog::Freshness;
use crate::source::postgis::feed::Position;

/// The number of a load, given once: so what an earlier load of the same name brings is told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::boot::follow) struct LoadNumber(pub(super) u64);

impl LoadNumber {
    /// Gives the next number.
    pub(in crate::boot::follow) fn next(&mut self) -> LoadNumber {
        self.0 += 1;
        *self
    }
}

/// What a look at a database finds of a collection that was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::boot::follow) enum Found {
    /// The same.
    Same,
    /// The same, and its interval is over.
    Timed,
    /// Its columns, its configuration or the way to read it are others.
    Otherwise,
}

/// Of which moment a layer is that was read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::boot::follow) enum Placed {
    /// That of its reading, and that is enough.
    AsRead,
    /// A position of the feed.
    At(Arc<Position>),
    /// It should follow the feed, and cannot from here.
    Nowhere,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::boot::follow) enum Event {
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
pub(in crate::boot::follow) enum Action {
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
