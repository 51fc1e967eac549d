//! The events of a collection that is followed, and the actions that they require.

use std::sync::Arc;
use std::time::Instant;

use super::stamp::Stamp;
use crate::catalog::Freshness;
use crate::source::postgis::feed::Position;

/// The number of a load. No number is used twice, so that the result of an earlier load of the same
/// collection is recognized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::boot::follow) struct LoadNumber(pub(super) u64);

impl LoadNumber {
    /// Returns the next number.
    pub(in crate::boot::follow) fn next(&mut self) -> LoadNumber {
        self.0 += 1;
        *self
    }
}

/// How a look at a database found a collection that was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::boot::follow) enum Found {
    /// It is the same.
    Same,
    /// It is the same, and its interval has passed.
    Timed,
    /// Its columns, its configuration or the way to read it have changed.
    Otherwise,
}

/// The moment of a layer that was loaded.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::boot::follow) enum Placed {
    /// The moment when it was read, which is sufficient.
    AsRead,
    /// A position of the feed.
    At(Arc<Position>),
    /// It should follow the feed, and its moment is not known as a position.
    Nowhere,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::boot::follow) enum Event {
    /// A look found a file with this stamp. With `is_whole` it cannot be incomplete.
    Seen { stamp: Stamp, is_whole: bool },
    /// A look at a database found the collection.
    Found(Found),
    /// A database reports this stamp of the collection, which is followed in this way.
    Fingerprint { stamp: Stamp, freshness: Freshness },
    /// Its rows may have changed, and all are read again.
    Changed,
    /// The operator reports that its rows have changed. It is read without delay.
    Asked { now: Instant },
    /// Single changes no longer suffice: too many were recorded, or they are unknown.
    FellBehind,
    /// It begins or ceases to follow the feed.
    Reclassed,
    /// A load has begun. The stamp is what was known then.
    Begun { load: LoadNumber, stamp: Option<Stamp> },
    /// A load has returned a layer.
    Read { load: LoadNumber, placed: Placed, rests_until: Instant },
    /// A load has failed. With `is_away` the reason is not the collection.
    CouldNotRead { load: LoadNumber, is_away: bool, rests_until: Instant },
    /// A batch contains the changes up to this position.
    Brought(Arc<Position>),
    /// Requests read the database from now on.
    Opened,
    /// A look refuses the collection, or it does not fit. The stamp is that of a complete file.
    Refused { stamp: Option<Stamp> },
    /// A look neither finds nor refuses the collection.
    Vanished,
}

/// What must be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::boot::follow) enum Action {
    /// Keep the loaded layer for the next batch.
    Hold(LoadNumber),
    /// Replace what is shown by the loaded layer.
    Show(LoadNumber),
    /// Replace what is shown by the loaded layer, and mark it as possibly outdated.
    ShowBehind(LoadNumber),
    /// Show the failure if no layer is shown.
    ShowFailure(LoadNumber),
    /// Discard the loaded layer.
    Discard(LoadNumber),
    /// Mark what is shown as possibly outdated from now on.
    Freeze,
    /// Stop serving the collection.
    Remove,
}
