//! What GDAL says while a GeoPackage is written, which otherwise goes to standard error: whether
//! the disk is full is in its words alone.

use std::cell::Cell;
use std::io;
use std::sync::Once;

use crate::encode::spool::failed;
use crate::error::{Error, printable};

thread_local! {
    /// Whether the disk was full, as was said on this thread since it was last asked for.
    static WAS_FULL: Cell<bool> = const { Cell::new(false) };
}

/// Listens from now on, to all threads.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gdal::config::set_error_handler(|_, _, message| {
            // SQLite's words for its error 13.
            if message.contains("disk is full") {
                WAS_FULL.set(true);
            }
            tracing::debug!("GDAL: {}", printable(message));
        });
    });
    WAS_FULL.set(false);
}

/// The error of a call on this thread, or that the disk is full, where that was why.
pub fn or_no_room(error: Error) -> Error {
    match WAS_FULL.take() {
        true => failed(&io::ErrorKind::StorageFull.into()),
        false => error,
    }
}
