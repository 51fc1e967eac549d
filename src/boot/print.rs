//! Prints the output of commands to a terminal, a file, or a pipe that may be closed early.

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether something could not be printed although somebody would have read it.
static IS_LOST: AtomicBool = AtomicBool::new(false);

/// Prints to standard output.
///
/// A reader that has seen enough (`veedel check`, piped to `head -1`) closes the pipe, and the rest
/// is lost. The command still completes its work, and its exit code says how it went. Any other
/// failure, such as a full disk, is a failure of the command, see [`is_lost`].
pub fn out(text: impl Display) {
    let mut stdout = std::io::stdout().lock();
    match write!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe && !IS_LOST.swap(true, Ordering::Relaxed) => {
            complain(format_args!("veedel: standard output cannot be written: {why}\n"));
        }
        _ => {}
    }
}

/// Prints to standard error. If that fails, it cannot be reported anywhere.
pub fn complain(text: impl Display) {
    let _ = write!(std::io::stderr().lock(), "{text}");
}

/// Returns whether something could not be printed for another reason than a closed pipe.
pub fn is_lost() -> bool {
    IS_LOST.load(Ordering::Relaxed)
}

/// Prints a line of a command's result. A name that contains line breaks cannot begin another line.
pub fn say(line: &str) {
    out(format_args!("{}\n", crate::error::printable(line)));
}
