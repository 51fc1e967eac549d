//! What requests get of a collection while something newer is under way.

use std::sync::Arc;

use super::event::Action;
use super::stamp::Stamp;
use crate::source::postgis::feed::Position;

/// What requests get while something newer is under way.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::boot::follow) enum Shown {
    /// Nothing: it is loading, or the failure.
    Nothing,
    /// A layer that claims to be current when it was read, and no longer.
    AsRead,
    /// A layer that the feed keeps current.
    Following(Follows),
    /// A layer that may be behind, and says so.
    Behind,
    /// What the database answers.
    Direct,
}

/// A layer that the feed keeps current.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::boot::follow) struct Follows {
    /// Up to where.
    pub(in crate::boot::follow) position: Arc<Position>,
    /// What was known of its source when it was read: what changes without being noted shows here.
    pub(in crate::boot::follow) stamp: Option<Stamp>,
}

impl Shown {
    /// A layer that claims to be current claims it no longer.
    pub(super) fn frozen(self) -> (Shown, Option<Action>) {
        match self {
            Shown::AsRead | Shown::Following(_) => (Shown::Behind, Some(Action::Freeze)),
            Shown::Nothing | Shown::Behind | Shown::Direct => (self, None),
        }
    }

    /// A layer that followed claims to be current when it was read, and no longer.
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
