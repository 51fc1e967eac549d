//! Work: computation for a request. It ends when its time is over or its request is dropped, and it
//! takes turns with other work.
//!
//! A loop reports its cost with [`spend`]. After some tens of thousands of units, `spend` checks
//! the clock and the flag that the request was dropped. Work that may not continue is unwound to
//! where it began, as by `CHECK_FOR_INTERRUPTS` in PostgreSQL. So no incomplete result is ever
//! used, and the functions in between need not know about time. Data that outlives the work must be
//! consistent at every call of `spend`.
//!
//! Work has the [`Limits`] of its server. Code that finds that the work would exceed a limit ends
//! it with [`refuse`].
//!
//! Work runs in one of two [`Lanes`], so that long work never uses all cores.

mod lanes;
mod memory;
pub mod places;
mod shared;
mod task;
mod terms;
mod threads;

pub use lanes::Lanes;
pub use memory::Counting;
pub use shared::{briefly_together, together};
pub use task::{limits, look, or_refused, refuse, spend, to_the_end, weigh};
pub use threads::spawn;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering};
use std::time::Instant;

use self::task::{Task, UNITS_LEFT, UNITS_PER_LOOK, during};
use self::terms::{Stopped, Terms};
use crate::error::Result;
use crate::limits::Limits;
use lanes::Turn;

/// Computation with a deadline. It also ends when its [`Asker`] is dropped.
#[derive(Clone, Debug)]
pub struct Work {
    terms: Arc<Terms>,
    lanes: Arc<Lanes>,
}

/// The request that waits for some work. Dropping it ends the work.
#[derive(Debug)]
pub struct Asker(Work);

impl Work {
    /// Creates work with a deadline, and its [`Asker`]. `client` is any number that identifies a
    /// client; the lanes give clients turns by it.
    pub fn new(lanes: &Arc<Lanes>, limits: &Arc<Limits>, until: Instant, client: u64) -> (Work, Asker) {
        let limits = limits.clone();
        let (is_left, comparisons, memory) =
            (AtomicBool::new(false), AtomicUsize::new(0), AtomicIsize::new(0));
        let terms = Terms { until, is_left, limits, client, comparisons, memory };
        let work = Work { terms: Arc::new(terms), lanes: lanes.clone() };
        (work.clone(), Asker(work))
    }

    /// Runs `task` on this thread when it is its turn. Fails if the deadline passes or the
    /// [`Asker`] is dropped; panics if `task` panics.
    pub fn run<T>(&self, task: impl FnOnce() -> T) -> Result<T> {
        let turn = Turn::begin(&self.lanes, &self.terms).map_err(Stopped::error)?;
        UNITS_LEFT.set(UNITS_PER_LOOK);
        let during = during(Some(Task::new(&self.terms, Some(turn))));
        let outcome = catch_unwind(AssertUnwindSafe(task));
        drop(during);
        outcome.map_err(|payload| match payload.downcast::<Stopped>() {
            Ok(stopped) => stopped.error(),
            Err(panic) => resume_unwind(panic),
        })
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        self.0.terms.is_left.store(true, Ordering::Relaxed);
        self.0.lanes.wake();
    }
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use std::time::Duration;

    fn endless() {
        loop {
            spend(1);
        }
    }

    fn lanes() -> Arc<Lanes> {
        Arc::new(Lanes::new(2))
    }

    #[test]
    fn work_ends_with_its_time() {
        let begun = Instant::now();
        let (work, _asker) = Work::new(&lanes(), &Arc::default(), begun + Duration::from_millis(30), 0);
        assert_eq!(work.run(endless).unwrap_err().kind, Kind::Timeout);
        assert!(begun.elapsed() < Duration::from_millis(80), "{:?}", begun.elapsed());
        // The thread is as it was.
        spend(10 * UNITS_PER_LOOK);
        assert!(task::CURRENT.with_borrow(Option::is_none));
    }

    #[test]
    fn work_ends_when_its_asker_leaves() {
        let (work, asker) = Work::new(&lanes(), &Arc::default(), Instant::now() + Duration::from_secs(60), 0);
        std::thread::scope(|scope| {
            let running = scope.spawn(|| work.run(endless).unwrap_err().kind);
            std::thread::sleep(Duration::from_millis(20));
            drop(asker);
            let left = Instant::now();
            assert_eq!(running.join().unwrap(), Kind::Unavailable);
            assert!(left.elapsed() < Duration::from_millis(50), "{:?}", left.elapsed());
        });
    }

    #[test]
    fn work_that_takes_too_much_memory_is_refused() {
        let limits = Arc::new(Limits { request_memory: 1 << 20, ..Limits::default() });
        let until = Instant::now() + Duration::from_secs(60);
        let greedy = |_: &mut (), _| {
            let taken: Vec<u8> = Vec::with_capacity(200_000);
            spend(UNITS_PER_LOOK + 1);
            taken
        };
        let (work, _asker) = Work::new(&lanes(), &limits, until, 0);
        assert_eq!(work.run(|| together(4, || (), greedy).len()).unwrap(), 4);
        for is_alone in [false, true] {
            let (work, _asker) = Work::new(&lanes(), &limits, until, 0);
            let more = || match is_alone {
                true => (0..10).map(|index| greedy(&mut (), index)).collect::<Vec<_>>().len(),
                false => together(10, || (), greedy).len(),
            };
            let why = work.run(more).unwrap_err();
            assert_eq!(
                (why.kind, why.limit.map(|limit| limit.name)),
                (Kind::TooLarge, Some("request_memory"))
            );
        }
        // What is kept for all is not the work's.
        let (work, _asker) = Work::new(&lanes(), &limits, until, 0);
        let kept = || {
            let kept = to_the_end(|| vec![0_u8; 2 << 20]);
            look();
            kept.len()
        };
        assert_eq!(work.run(kept).unwrap(), 2 << 20);
    }

    #[test]
    fn what_is_kept_for_all_is_made_to_its_end() {
        let (work, _asker) =
            Work::new(&lanes(), &Arc::default(), Instant::now() + Duration::from_millis(20), 0);
        let begun = Instant::now();
        let slow = || {
            to_the_end(|| {
                while begun.elapsed() < Duration::from_millis(60) {
                    spend(1);
                }
            });
            spend(UNITS_PER_LOOK + 1);
        };
        assert_eq!(work.run(slow).unwrap_err().kind, Kind::Timeout);
        assert!(begun.elapsed() >= Duration::from_millis(60));
    }
}
