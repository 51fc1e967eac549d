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
mod threads;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

pub use lanes::Lanes;
use lanes::Turn;
pub use memory::Counting;
use memory::held;
use shared::during;
pub use shared::together;
pub use threads::spawn;

use crate::error::{Error, Kind, Result, said};
use crate::limits::{Key, Limits};

/// Units between two checks of the clock. One unit takes some nanoseconds: comparing a cell, moving
/// a vertex.
const UNITS_PER_LOOK: usize = 20_000;

/// Computation with a deadline. It also ends when its [`Asker`] is dropped.
#[derive(Clone, Debug)]
pub struct Work(Arc<Terms>);

#[derive(Debug)]
struct Terms {
    until: Instant,
    is_left: AtomicBool,
    lanes: Arc<Lanes>,
    limits: Arc<Limits>,
    /// The client that the work is done for.
    client: u64,
    /// The number of comparisons that [`weigh`] has counted.
    comparisons: AtomicUsize,
    /// Bytes that the work holds, as far as its threads have reported them.
    memory: AtomicIsize,
}

/// The request that waits for some work. Dropping it ends the work.
#[derive(Debug)]
pub struct Asker(Work);

/// The reason why work was unwound.
#[derive(Debug)]
enum Stopped {
    /// Its deadline has passed.
    Late,
    /// Its [`Asker`] was dropped.
    Left,
    /// It would exceed a limit.
    Refused(Error),
}

impl Stopped {
    fn error(self) -> Error {
        match self {
            Stopped::Late => Error::new(Kind::Timeout, "the answer took too long"),
            Stopped::Left => Error::unavailable("nobody waits for the answer"),
            Stopped::Refused(why) => why,
        }
    }
}

/// The work that a thread does at present.
#[derive(Debug)]
struct Task {
    work: Work,
    /// The work's turn in the lanes; None on a thread that helps with the work.
    turn: Option<Turn>,
    /// The bytes that the thread held when it last reported its memory.
    held: isize,
}

impl Task {
    fn new(work: &Work, turn: Option<Turn>) -> Task {
        Task { work: work.clone(), turn, held: held() }
    }

    /// Reports to the work the memory that this thread has taken for it.
    fn tell_memory(&mut self) {
        let now = held();
        self.work.0.memory.fetch_add(now - self.held, Ordering::Relaxed);
        self.held = now;
    }
}

thread_local! {
    /// Units until the next check.
    static UNITS_LEFT: Cell<usize> = const { Cell::new(UNITS_PER_LOOK) };
    /// What this thread works on; None if it works for no request.
    static CURRENT: RefCell<Option<Task>> = const { RefCell::new(None) };
}

/// Counts `units` of the work of this thread. Unwinds if the work may not continue; does nothing on
/// a thread that works for no request.
#[inline]
pub fn spend(units: usize) {
    match UNITS_LEFT.get().checked_sub(units) {
        Some(left) => UNITS_LEFT.set(left),
        None => look(),
    }
}

/// Checks at once whether the work of this thread may continue, and unwinds if not. For use before
/// a long step that cannot be interrupted.
#[cold]
pub fn look() {
    look_and(Turn::go_on);
}

/// Moves the work of this thread to the slow lane, unless it is already there.
fn slow_down() {
    look_and(Turn::slow_down);
}

fn look_and(then: fn(&mut Turn) -> std::result::Result<(), Stopped>) {
    UNITS_LEFT.set(UNITS_PER_LOOK);
    // Destructors that run during unwinding may call `spend` too.
    if std::thread::panicking() {
        return;
    }
    // The task is taken out of the cell while it waits in a lane, so that no borrow is active when
    // it unwinds.
    let Some(mut task) = CURRENT.take() else { return };
    task.tell_memory();
    let outcome = task.work.state().and_then(|()| task.turn.as_mut().map_or(Ok(()), then));
    CURRENT.set(Some(task));
    if let Err(stopped) = outcome {
        resume_unwind(Box::new(stopped));
    }
}

/// Ends the work of this thread with an error. On a thread that works for no request, it panics.
pub fn refuse(why: Error) -> ! {
    resume_unwind(Box::new(Stopped::Refused(why)))
}

/// Returns the limits of the work of this thread; the defaults on a thread that works for no
/// request.
pub fn limits() -> Arc<Limits> {
    static DEFAULTS: LazyLock<Arc<Limits>> = LazyLock::new(Arc::default);
    let own = CURRENT.with_borrow(|current| current.as_ref().map(|task| task.work.0.limits.clone()));
    own.unwrap_or_else(|| DEFAULTS.clone())
}

/// Counts vertices that are going to be compared, before the comparison. Refuses the work if the
/// whole request exceeds [`filter_comparisons`](Limits::filter_comparisons).
pub fn weigh(comparisons: usize) {
    let too_many = CURRENT.with_borrow(|current| {
        let terms = &current.as_ref()?.work.0;
        let all = terms.comparisons.fetch_add(comparisons, Ordering::Relaxed).saturating_add(comparisons);
        let most = terms.limits.filter_comparisons;
        (all > most).then(|| (all, most, terms.limits.reached(Key::filter_comparisons)))
    });
    if let Some((all, most, limit)) = too_many {
        let what = said!(
            "the filter's geometries have some {} vertices to be held against features, more than {}",
            all,
            most
        );
        let hint = "simplify the geometry, or narrow the filter by other conditions or a box";
        refuse(Error::invalid("filter", what).hint(hint).reached(limit))
    }
}

/// Runs `task` to its end, even past the deadline or when the request is dropped. For results that
/// are made once and shared by all requests. The task runs in the slow lane. This function may
/// unwind before the task begins, but not later.
pub fn to_the_end<T>(task: impl FnOnce() -> T) -> T {
    slow_down();
    let _during = during(None);
    task()
}

impl Work {
    /// Creates work with a deadline, and its [`Asker`]. `client` is any number that identifies a
    /// client; the lanes give clients turns by it.
    pub fn new(lanes: &Arc<Lanes>, limits: &Arc<Limits>, until: Instant, client: u64) -> (Work, Asker) {
        let (lanes, limits) = (lanes.clone(), limits.clone());
        let (is_left, comparisons, memory) =
            (AtomicBool::new(false), AtomicUsize::new(0), AtomicIsize::new(0));
        let work = Work(Arc::new(Terms { until, is_left, lanes, limits, client, comparisons, memory }));
        (work.clone(), Asker(work))
    }

    /// Runs `task` on this thread when it is its turn. Fails if the deadline passes or the
    /// [`Asker`] is dropped; panics if `task` panics.
    pub fn run<T>(&self, task: impl FnOnce() -> T) -> Result<T> {
        let turn = Turn::begin(self).map_err(Stopped::error)?;
        UNITS_LEFT.set(UNITS_PER_LOOK);
        let during = during(Some(Task::new(self, Some(turn))));
        let outcome = catch_unwind(AssertUnwindSafe(task));
        drop(during);
        outcome.map_err(|payload| match payload.downcast::<Stopped>() {
            Ok(stopped) => stopped.error(),
            Err(panic) => resume_unwind(panic),
        })
    }

    /// Whether the work may continue, and if not, why.
    fn state(&self) -> std::result::Result<(), Stopped> {
        if self.0.is_left.load(Ordering::Relaxed) {
            return Err(Stopped::Left);
        }
        if Instant::now() >= self.0.until {
            return Err(Stopped::Late);
        }
        let most = self.0.limits.request_memory;
        match usize::try_from(self.0.memory.load(Ordering::Relaxed)) {
            Ok(held) if held > most => Err(Stopped::Refused(self.too_large(most))),
            _ => Ok(()),
        }
    }

    fn too_large(&self, most: usize) -> Error {
        let what = said!("the answer would take more than {} bytes of memory to make", most);
        let error = Error::new(Kind::TooLarge, what).reached(self.0.limits.reached(Key::request_memory));
        error.hint("ask for less at once")
    }

    /// The time until the deadline.
    fn time_left(&self) -> Duration {
        self.0.until.saturating_duration_since(Instant::now())
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        let terms = &self.0.0;
        terms.is_left.store(true, Ordering::Relaxed);
        terms.lanes.wake();
    }
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

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
        assert!(CURRENT.with_borrow(Option::is_none));
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
