//! Listens to GDAL's messages while a GeoPackage is written. They would otherwise go to standard
//! error, and only they say that the disk is full.

use std::cell::Cell;
use std::io;
use std::sync::Once;

use crate::encode::spool::failed;
use crate::error::{Error, printable};

thread_local! {
    /// Whether a message on this thread said that the disk is full, since this was last checked.
    static WAS_FULL: Cell<bool> = const { Cell::new(false) };
}

/// Begins to listen, on all threads.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gdal::config::set_error_handler(|_, _, message| {
            // The message of SQLite's error 13.
            if message.contains("disk is full") {
                WAS_FULL.set(true);
            }
            tracing::debug!("GDAL: {}", printable(message));
        });
    });
    WAS_FULL.set(false);
}

/// Returns the error of a call on this thread, or the error that the disk is full if that was the
/// reason.
pub fn or_no_room(error: Error) -> Error {
    match WAS_FULL.take() {
        true => failed(&io::ErrorKind::StorageFull.into()),
        false => error,
    }
}
