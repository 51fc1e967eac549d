//! Whether keys were found that cannot be ids in tiles.

use std::sync::atomic::AtomicBool;

/// Whether keys that cannot be ids in tiles were found among rows in a database.
#[derive(Debug, Default)]
pub(crate) struct SeenBeyond(pub(super) AtomicBool);
