//! The change feed: what a database notes of its changes so that layers can follow each commit.
//!
//! [`install()`] makes the triggers of `triggers` on the tables chosen: after each statement they
//! note the keys of the rows that it changed in `veedel.change`, and notify. What changes more than
//! [`triggers::ROWS_NOTED`] rows at once, and TRUNCATE, is noted as one "read all again". The
//! writer waits for nobody. [`follow`] reads what was noted, `rows` what the rows are now; old and
//! new boxes need not be noted, as the layer knows the old row and the new one is read. What no
//! trigger on a table sees (REFRESH MATERIALIZED VIEW, new partitions) an event trigger notes,
//! where a superuser installs (`commands.sql`). [`status()`] names what is not seen.
//!
//! Installing needs the owner of the tables (or their TRIGGER right and that to enable triggers)
//! and CREATE on the database; following needs only what `--reader` grants.

mod change;
pub mod follow;
mod install;
mod keys;
pub(super) mod position;
mod rows;
pub mod statement;
mod status;
pub mod triggers;

pub use change::Change;
pub use follow::{Batch, Followed, Link};
pub use install::{install, remove};
pub use position::Position;
pub use status::{FeedState, Fingerprint, Fingerprints, status};
