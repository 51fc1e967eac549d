//! Keeps a connection thread from sleeping while requests arrive quickly.
//!
//! If requests follow each other within microseconds, most of the time goes into falling asleep and
//! being woken, above all on virtual machines. So a thread with quick requests polls the system for
//! a moment before it sleeps, and yields the core to any other thread meanwhile. Network cards call
//! this busy polling (Linux, `SO_BUSY_POLL`); the loopback interface to a proxy on the same machine
//! does not have it. The thread polls all its connections, so none waits for another. A thread to
//! which requests come seldom sleeps at once.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How long a thread polls after the last request or answer.
const PATIENCE: Duration = Duration::from_micros(60);

/// The recent requests and answers of a thread.
#[derive(Debug)]
struct Traffic {
    /// When the last request came or the last answer left.
    last: Cell<Instant>,
    /// Whether the last request came soon after the event before it.
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

    /// Polls until nothing has come or left for a while.
    async fn look(&self) {
        while self.last.get().elapsed() < PATIENCE {
            let before = self.last.get();
            // The runtime polls the system whenever no other task is ready.
            tokio::task::yield_now().await;
            if self.last.get() == before {
                std::thread::yield_now();
            }
        }
    }
}

/// Records that a request has come to this thread.
pub fn request() {
    TRAFFIC.with(|traffic| traffic.request());
}

/// Records that an answer leaves this thread.
pub fn answer() {
    TRAFFIC.with(|traffic| traffic.something());
}

/// Keeps this thread from sleeping while requests come quickly. It never ends, and must be polled
/// beside the thread's connections.
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
            // An answer that took long is looked after, if its request came quickly. Not each time:
            // this thread, too, may be kept from its core.
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
