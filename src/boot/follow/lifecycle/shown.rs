//! What requests get of a collection while something newer is on the way.

use std::sync::Arc;

use super::event::Action;
use super::stamp::Stamp;
use crate::source::postgis::feed::Position;

/// What requests get while something newer is on the way.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::boot::follow) enum Shown {
    /// No rows: the collection is loading, or its failure is shown.
    Nothing,
    /// A layer that was current when it was read, and claims no more.
    AsRead,
    /// A layer that the feed keeps current.
    Following(Follows),
    /// A layer that is marked as possibly outdated.
    Behind,
    /// The rows in the database.
    Direct,
}

/// A layer that the feed keeps current.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::boot::follow) struct Follows {
    /// The position up to which it contains the changes.
    pub(in crate::boot::follow) position: Arc<Position>,
    /// What was known about its source when it was read. Changes without an entry in the feed show
    /// here.
    pub(in crate::boot::follow) stamp: Option<Stamp>,
}

impl Shown {
    /// Marks a layer that claims to be current as possibly outdated.
    pub(super) fn frozen(self) -> (Shown, Option<Action>) {
        match self {
            Shown::AsRead | Shown::Following(_) => (Shown::Behind, Some(Action::Freeze)),
            Shown::Nothing | Shown::Behind | Shown::Direct => (self, None),
        }
    }

    /// Turns a layer that followed the feed into one that was current when it was read.
    pub(super) fn unfollowed(self) -> Shown {
        match self {
            Shown::Following(_) => Shown::AsRead,
            _ => self,
        }
    }

    pub(super) fn brought(self, position: Arc<Position>) -> Shown {
        match self {
            Shown::Following(Follows { stamp, .. }) => Shown::Following(Follows { position, stamp }),
            _ => self,
        }
    }
}
