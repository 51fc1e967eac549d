//! A thread of connections that looks again before it sleeps.
//!
//! Where requests follow each other within microseconds, most of the time goes into falling asleep and being woken, on
//! virtual machines above all. So a thread to which requests come quickly asks the system for the next ones a moment
//! longer before it sleeps, and lets whoever else wants the core have it meanwhile: what network cards call busy
//! polling (Linux, `SO_BUSY_POLL`), which the loopback to a proxy beside us does not have. All of its connections are
//! looked at, so none waits for another. One to which requests come seldom sleeps at once.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How long a thread looks after the last request or answer.
const PATIENCE: Duration = Duration::from_micros(60);

/// What a thread knows of the requests that come to it.
#[derive(Debug)]
struct Traffic {
    /// When the last request came or the last answer left.
    last: Cell<Instant>,
    /// Whether the last request came soon after what was before it.
    is_quick: Cell<bool>,
    sleeps: Cell<bool>,
    wake: Notify,
}

thread_local! {
    static TRAFFIC: Rc<Traffic> = Rc::new(Traffic::new());
}

impl Traffic {
    fn new() -> Traffic {
        Traffic {
            last: Cell::new(Instant::now()),
            is_quick: Cell::default(),
            sleeps: Cell::default(),
            wake: Notify::new(),
        }
    }

    fn request(&self) {
        self.is_quick.set(self.last.get().elapsed() < PATIENCE * 2);
        self.something();
    }

    fn something(&self) {
        self.last.set(Instant::now());
        if self.sleeps.get() && self.is_quick.get() {
            self.wake.notify_one();
        }
    }

    async fn stay_awake(&self) {
        loop {
            self.sleeps.set(true);
            self.wake.notified().await;
            self.sleeps.set(false);
            self.look().await;
        }
    }

    /// Looks until nothing has come or left for a while.
    async fn look(&self) {
        while self.last.get().elapsed() < PATIENCE {
            let before = self.last.get();
            // The runtime asks the system whenever nothing but this is to be done.
            tokio::task::yield_now().await;
            if self.last.get() == before {
                std::thread::yield_now();
            }
        }
    }
}

/// A request has come to this thread.
pub fn request() {
    TRAFFIC.with(|traffic| traffic.request());
}

/// The answer to one leaves it.
pub fn answer() {
    TRAFFIC.with(|traffic| traffic.something());
}

/// Keeps this thread from sleeping while requests come quickly; to be driven beside its connections. Never ends.
pub async fn stay_awake() {
    let traffic = TRAFFIC.with(Rc::clone);
    traffic.stay_awake().await;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_thread_to_which_requests_come_quickly_looks_and_not_for_long() {
        let traffic = Traffic::new();
        let requests = async {
            tokio::task::yield_now().await;
            assert!(traffic.sleeps.get(), "nothing has come");
            // Long after the start: it goes to sleep again.
            tokio::time::sleep(Duration::from_millis(5)).await;
            traffic.request();
            tokio::task::yield_now().await;
            assert!(traffic.sleeps.get(), "one alone is no reason to look");
            let mut looked = 0;
            for _ in 0..100 {
                traffic.request();
                tokio::task::yield_now().await;
                looked += u32::from(!traffic.sleeps.get());
            }
            assert!(looked > 90, "{looked}");
            // An answer that took long is looked after, if its request came quickly. Not each time: this thread, too, may
            // be kept from its core.
            let mut looked = 0;
            for _ in 0..20 {
                traffic.request();
                traffic.request();
                tokio::time::sleep(Duration::from_millis(2)).await;
                assert!(traffic.sleeps.get(), "nothing has come for long");
                traffic.something();
                tokio::task::yield_now().await;
                looked += u32::from(!traffic.sleeps.get());
                tokio::time::sleep(Duration::from_millis(2)).await;
                assert!(traffic.sleeps.get(), "the client has nothing more to ask");
            }
            assert!(looked > 10, "{looked}");
        };
        tokio::select! {
            biased;
            () = traffic.stay_awake() => {}
            () = requests => {}
        }
    }
}
