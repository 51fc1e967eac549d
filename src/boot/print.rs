//! What commands print: to a terminal, a file, or a pipe that may be closed before they are done.

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether something could not be printed, and somebody would have read it.
static IS_LOST: AtomicBool = AtomicBool::new(false);

/// Prints to standard output.
///
/// Whoever has read enough (`veedel check | head -1`) closes the pipe, and the rest goes nowhere.
/// The command still does its work to the end, and says by its exit code how that went. Any other
/// fault, such as a full disk, is one of the command's: see [`is_lost`].
pub fn out(text: impl Display) {
    let mut stdout = std::io::stdout().lock();
    match write!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe && !IS_LOST.swap(true, Ordering::Relaxed) => {
            complain(format_args!("veedel: standard output cannot be written: {why}\n"));
        }
        _ => {}
    }
}

/// Prints to standard error; where that is not possible, there is nobody left to tell.
pub fn complain(text: impl Display) {
    let _ = write!(std::io::stderr().lock(), "{text}");
}

/// Whether something could not be printed for another reason than that nobody reads it.
pub fn is_lost() -> bool {
    IS_LOST.load(Ordering::Relaxed)
}
