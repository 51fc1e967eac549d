//! The states of a collection that is followed.

use std::sync::Arc;

use super::event::LoadNumber;
use super::shown::{Follows, Shown};
use super::stamp::Stamp;
use crate::source::postgis::feed::Position;

/// Whether what is being read has to be read again after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::boot::follow) enum Again {
    /// Nothing was told since the load began.
    No,
    /// Rows may have changed since.
    Changed,
    /// It was defined otherwise since: what comes is not to be shown.
    Redefined,
}

/// A load.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::boot::follow) struct Reading {
    pub(in crate::boot::follow) load: LoadNumber,
    /// What was known of its source when it began.
    pub(in crate::boot::follow) stamp: Option<Stamp>,
    pub(in crate::boot::follow) again: Again,
}

/// The state of one collection.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::boot::follow) enum State {
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
