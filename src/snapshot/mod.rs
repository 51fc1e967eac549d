//! The snapshot: everything that requests of one moment see, as one immutable value.
//!
//! A [`Snapshot`] holds the world of layers, the direct collections (whose rows stay in a
//! database), the policy, the roles of planning and the publication. [`Snapshots`] keeps the
//! current one. A request takes the current snapshot once and keeps it until its end, so everything
//! it sees belongs to one moment.

mod areas;
mod moment;
mod open;
mod permits;

pub use areas::Areas;
pub use moment::{Snapshot, Snapshots};
pub use open::{Collected, DESCRIPTION, Described, Opened, OpenedDirect};
