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

/// How long a thread looks after the last request.
const PATIENCE: Duration = Duration::from_micros(60);

/// What a thread knows of the requests that come to it.
#[derive(Debug, Default)]
struct Arrivals {
    count: Cell<u64>,
    sleeps: Cell<bool>,
    wake: Notify,
}

thread_local! {
    static ARRIVALS: Rc<Arrivals> = Rc::default();
}

impl Arrivals {
    fn one_more(&self) {
        self.count.set(self.count.get() + 1);
        if self.sleeps.get() {
            self.wake.notify_one();
        }
    }

    /// Returns with the next request after a sleep, and says whether it came soon after the last one.
    async fn sleep(&self, last: Instant) -> bool {
        self.sleeps.set(true);
        self.wake.notified().await;
        self.sleeps.set(false);
        last.elapsed() < PATIENCE * 2
    }

    /// Looks until no request has come for a while; returns when the last one was seen.
    async fn look(&self) -> Instant {
        let (mut seen, mut last) = (self.count.get(), Instant::now());
        while last.elapsed() < PATIENCE {
            // The runtime asks the system whenever nothing but this is to be done.
            tokio::task::yield_now().await;
            if self.count.get() == seen {
                std::thread::yield_now();
            } else {
                (seen, last) = (self.count.get(), Instant::now());
            }
        }
        last
    }

    async fn stay_awake(&self) {
        let mut last = Instant::now();
        loop {
            let is_quick = self.sleep(last).await;
            last = if is_quick { self.look().await } else { Instant::now() };
        }
    }
}

/// A request has come to this thread.
pub fn arrived() {
    ARRIVALS.with(|arrivals| arrivals.one_more());
}

/// Keeps this thread from sleeping while requests come quickly; to be driven beside its connections. Never ends.
pub async fn stay_awake() {
    let arrivals = ARRIVALS.with(Rc::clone);
    arrivals.stay_awake().await;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_thread_to_which_requests_come_quickly_looks_and_not_for_long() {
        let arrivals = Arrivals::default();
        let requests = async {
            tokio::task::yield_now().await;
            assert!(arrivals.sleeps.get(), "nothing has come");
            // Long after the start: it goes to sleep again.
            tokio::time::sleep(Duration::from_millis(5)).await;
            arrivals.one_more();
            tokio::task::yield_now().await;
            assert!(arrivals.sleeps.get(), "one alone is no reason to look");
            let mut looked = 0;
            for _ in 0..100 {
                arrivals.one_more();
                tokio::task::yield_now().await;
                looked += u32::from(!arrivals.sleeps.get());
            }
            assert!(looked > 90, "{looked}");
            tokio::time::sleep(Duration::from_millis(5)).await;
            assert!(arrivals.sleeps.get(), "nothing has come for long");
        };
        tokio::select! {
            biased;
            () = arrivals.stay_awake() => {}
            () = requests => {}
        }
    }
}
