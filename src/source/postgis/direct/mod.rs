//! Direct collections: their rows stay in the database, and each request reads what it needs.
//!
//! A [`Query`](crate::query::Query) is translated into a statement by pure functions (`select`,
//! `condition`, `scalar`). A connection is taken from a pool (`pool`, `circuit`). The rows come in
//! binary through a portal (`reading`) and become small layers, which are written and drawn by the
//! same code as resident ones.
//!
//! All rows of one answer are of one moment of the database. If the client goes away, its statement
//! is cancelled, and the connection is not used again.

mod bound;
mod circuit;
mod collection;
mod condition;
mod cover;
mod ids;
mod keys;
pub(super) mod operand;
mod page;
mod pool;
mod reader;
mod reading;
mod restricted;
mod scalar;
pub(super) mod select;
mod time;
mod wanted;

pub use collection::Direct;
pub use operand::{Operand, Spatial, Statement};
pub use page::Page;
pub use pool::{Pool, PoolLimits};
pub use reader::Reader;
pub use select::Select;
pub use time::{Time, Times};

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

/// The direct collections that are open, by their qualified names.
pub type Directs = ArcSwap<BTreeMap<String, Arc<Direct>>>;
