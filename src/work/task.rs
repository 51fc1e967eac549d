//! What a thread does, and what it spends on it.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};

use super::lanes::Turn;
use super::memory::held;
use super::terms::{Stopped, Terms};
use crate::error::{Error, Result, said};
use crate::limits::{Key, Limits};

/// Units between two looks at the clock. A unit is what takes some nanoseconds: a cell compared, a
/// vertex moved.
pub(super) const UNITS_PER_LOOK: usize = 20_000;

/// The work that a thread does at present.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) terms: Arc<Terms>,
    /// The work's turn in the lanes; None on a thread that helps with it.
    pub(super) turn: Option<Turn>,
    /// What the thread held when it last told of its memory.
    held: isize,
}

impl Task {
    pub(super) fn new(terms: &Arc<Terms>, turn: Option<Turn>) -> Task {
        Task { terms: terms.clone(), turn, held: held() }
    }

    /// Tells the work of the memory that this thread has taken for it.
    fn tell_memory(&mut self) {
        let now = held();
        self.terms.memory.fetch_add(now - self.held, Ordering::Relaxed);
        self.held = now;
    }
}

thread_local! {
    /// Units until the next look.
    pub(super) static UNITS_LEFT: Cell<usize> = const { Cell::new(UNITS_PER_LOOK) };
    /// What this thread works on.
    pub(super) static CURRENT: RefCell<Option<Task>> = const { RefCell::new(None) };
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
pub(super) fn slow_down() {
    look_and(Turn::slow_down);
}

pub(super) fn look_and(then: fn(&mut Turn) -> std::result::Result<(), Stopped>) {
    UNITS_LEFT.set(UNITS_PER_LOOK);
    // What is dropped on the way out may spend too.
    if std::thread::panicking() {
        return;
    }
    // Taken out while it waits in a lane, so that nothing is borrowed when it unwinds.
    let Some(mut task) = CURRENT.take() else { return };
    task.tell_memory();
    let outcome = task.terms.state().and_then(|()| task.turn.as_mut().map_or(Ok(()), then));
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
    let own = CURRENT.with_borrow(|current| current.as_ref().map(|task| task.terms.limits.clone()));
    own.unwrap_or_else(|| DEFAULTS.clone())
}

/// Counts vertices that are going to be compared, before the comparison. Refuses the work if the
/// whole request exceeds [`filter_comparisons`](Limits::filter_comparisons).
pub fn weigh(comparisons: usize) {
    let too_many = CURRENT.with_borrow(|current| {
        let terms = &current.as_ref()?.terms;
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

/// Runs `task` on a thread that works for no request, and returns why it refused, if it did.
///
/// # Errors
///
/// Those that `task` gives to [`refuse`].
pub fn or_refused<T>(task: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(task)).map_err(|payload| match payload.downcast::<Stopped>() {
        Ok(stopped) => stopped.error(),
        Err(panic) => resume_unwind(panic),
    })
}

/// For as long as it lives, the thread does something else than before.
#[derive(Debug)]
pub struct During {
    before: Option<Task>,
    /// A thread's own.
    _own: PhantomData<*const ()>,
}

/// Lets this thread do `task` until the guard is dropped.
pub fn during(task: Option<Task>) -> During {
    let mut before = CURRENT.replace(task);
    before.as_mut().map(Task::tell_memory);
    During { before, _own: PhantomData }
}

impl Drop for During {
    fn drop(&mut self) {
        let mut before = self.before.take();
        // What was taken meanwhile is the other task's.
        if let Some(before) = &mut before {
            before.held = held();
        }
        if let Some(mut ended) = CURRENT.replace(before) {
            ended.tell_memory();
        }
    }
}
