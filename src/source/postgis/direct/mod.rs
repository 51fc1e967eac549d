//! Direct collections: their rows stay in the database, and each request asks for what it needs.
//!
//! A [`Query`](crate::query::Query) becomes a statement (`select`, `condition`, `scalar`: pure
//! functions), a connection is lent (`pool`, `circuit`), and the rows come in binary through a
//! portal (`reading`), to be built into small layers, so that whoever writes or draws resident rows
//! does the same with these.
//!
//! Everything of one answer is of one moment of the database. Whoever goes away ends what he asked
//! for: the statement is cancelled, and its connection serves nobody else.

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

/// The direct collections that are open, by qualified name.
pub type Directs = ArcSwap<BTreeMap<String, Arc<Direct>>>;
