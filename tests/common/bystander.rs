//! Someone who only wants a tile, while others misbehave.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use crate::server::Server;

/// A delay that no person sees, and that other tests on the same machine may cause. With `VEEDEL_ALONE` set, nothing
/// else runs, and the bound is what the scheduler does by itself.
fn unseen() -> Duration {
    Duration::from_millis(if is_alone() { 2 } else { 100 })
}

/// Whether nothing else runs on the machine, by the word of whoever started the tests.
pub fn is_alone() -> bool {
    std::env::var_os("VEEDEL_ALONE").is_some()
}

/// Asks for `path` on one connection for as long as `time`; every answer must be a 200. The 99th of a hundred waits.
pub fn waits(server: &Server, path: &str, time: Duration) -> Duration {
    let (began, mut waits) = (Instant::now(), vec![]);
    while began.elapsed() < time {
        let asked = Instant::now();
        let answer = server.get(path);
        waits.push(asked.elapsed());
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    waits.sort_unstable();
    assert!(waits.len() > 50, "only {} answers in {time:?}", waits.len());
    waits[waits.len() * 99 / 100]
}

/// Holds that the wait is at most twice the quiet one, or short.
pub fn assert_undisturbed(quiet: Duration, wait: Duration, by: &str) {
    assert!(wait <= (2 * quiet).max(unseen()), "{by}: {wait:?}, in quiet {quiet:?}");
    println!("{by}: {wait:?}, in quiet {quiet:?}");
}
