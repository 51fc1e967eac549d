//! Until when work may go on, and what it may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, Kind, said};
use crate::limits::{Key, Limits};

/// Until when, for whom and within what it may go on.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) until: Instant,
    pub(super) is_left: AtomicBool,
    pub(super) limits: Arc<Limits>,
    /// Whose it is.
    pub(super) client: u64,
    /// What [`weigh`](super::weigh) has counted.
    pub(super) comparisons: AtomicUsize,
    /// Bytes that it holds, as far as its threads have told.
    pub(super) memory: AtomicIsize,
}

/// The reason why work was unwound.
#[derive(Debug)]
pub(super) enum Stopped {
    /// Its time is over.
    Late,
    /// Nobody waits for it.
    Left,
    /// It would go beyond a limit.
    Refused(Error),
}

impl Stopped {
    pub(super) fn error(self) -> Error {
        match self {
            Stopped::Late => Error::new(Kind::Timeout, "the answer took too long"),
            Stopped::Left => Error::unavailable("nobody waits for the answer"),
            Stopped::Refused(why) => why,
        }
    }
}

impl Terms {
    /// Whether it may go on.
    pub(super) fn state(&self) -> std::result::Result<(), Stopped> {
        if self.is_left.load(Ordering::Relaxed) {
            return Err(Stopped::Left);
        }
        if Instant::now() >= self.until {
            return Err(Stopped::Late);
        }
        let most = self.limits.request_memory;
        match usize::try_from(self.memory.load(Ordering::Relaxed)) {
            Ok(held) if held > most => Err(Stopped::Refused(self.too_large(most))),
            _ => Ok(()),
        }
    }

    fn too_large(&self, most: usize) -> Error {
        let what = said!("the answer would take more than {} bytes of memory to make", most);
        let error = Error::new(Kind::TooLarge, what).reached(self.limits.reached(Key::request_memory));
        error.hint("ask for less at once")
    }

    /// The time that is left.
    pub(super) fn time_left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}
