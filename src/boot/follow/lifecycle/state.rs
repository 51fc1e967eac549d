//! The states of a collection that is followed.

use std::sync::Arc;

use super::event::LoadNumber;
use super::shown::{Follows, Shown};
use super::stamp::Stamp;
use crate::source::postgis::feed::Position;

/// Whether what is being read must be read again afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::boot::follow) enum Again {
    /// Nothing was reported since the load began.
    No,
    /// Rows may have changed since.
    Changed,
    /// The definition has changed since, and the result must not be shown.
    Redefined,
}

/// A load that is going on.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::boot::follow) struct Reading {
    pub(in crate::boot::follow) load: LoadNumber,
    /// What was known about the source when it began.
    pub(in crate::boot::follow) stamp: Option<Stamp>,
    pub(in crate::boot::follow) again: Again,
}

/// The state of one collection.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::boot::follow) enum State {
    /// A file was seen once with a stamp, and not yet a second time.
    Unsettled { shown: Shown, stamp: Stamp },
    /// The collection must be read.
    Due { shown: Shown },
    /// The collection is being read.
    Loading { shown: Shown, reading: Reading },
    /// The collection was read at a position of the feed, and will be shown with all others of one
    /// moment.
    Held { shown: Shown, reading: Reading, position: Arc<Position> },
    /// The layer is shown as it was read.
    AsRead { stamp: Option<Stamp> },
    /// The layer is shown, and the feed keeps it current.
    Following(Follows),
    /// The collection could not be read, for another reason than that its source was away.
    Failed { shown: Shown, stamp: Option<Stamp> },
    /// The collection must not be read: it is broken, too large, or its name occurs twice. The
    /// stamp is that of a complete file.
    Refused { shown: Shown, stamp: Option<Stamp> },
    /// The rows are not kept; each request reads the database.
    Direct,
    /// The collection no longer exists.
    Gone,
}
