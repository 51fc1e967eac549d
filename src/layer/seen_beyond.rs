//! Whether keys beyond the ids of tiles have been seen.

use std::sync::atomic::AtomicBool;

/// Whether keys beyond ids have been seen among rows that stay in a database.
#[derive(Debug, Default)]
pub(crate) struct SeenBeyond(pub(super) AtomicBool);
