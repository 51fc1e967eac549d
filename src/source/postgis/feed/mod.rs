//! The change feed: a table in the database that records changed rows, so that layers can follow
//! each commit.
//!
//! [`install()`] makes the triggers of `triggers` on the chosen tables. After each statement they
//! write the keys of the rows that it changed to `veedel.change`, and notify. A statement that
//! changes more than [`triggers::ROWS_NOTED`] rows, and TRUNCATE, is recorded as one "read all
//! again". Writers never wait for readers. [`follow`] reads the entries, and `rows` the present
//! state of their rows. Old and new bounding boxes need not be recorded, since the layer knows the
//! old row and reads the new one. An event trigger records what no trigger on a table sees (REFRESH
//! MATERIALIZED VIEW, new partitions), if a superuser installs it (`commands.sql`). [`status()`]
//! lists what is not recorded.
//!
//! To install the feed, a role must own the tables (or have the TRIGGER right on them and the right
//! to enable triggers) and have CREATE on the database. To follow it, only the rights that
//! `--reader` grants are needed.

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
