//! Work that several threads do together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::task::{CURRENT, During, Task, during, look, slow_down};
use super::terms::Terms;

/// The time for which all threads work on one part, before other work has its turn.
const PART: Duration = Duration::from_millis(20);
/// The number of items in the first part.
const FIRST: usize = 16;

/// Calls `each` with the numbers below `count` and returns the results in order. `own` makes
/// working memory for each thread, which `each` may reuse.
///
/// If other work is running and this work is still quick, this thread does it alone. Otherwise all
/// threads of `rayon` do it, in parts of 20 ms; between two parts, other work has its turn in the
/// slow lane.
pub fn together<S, T: Send>(
    count: usize,
    own: impl Fn() -> S + Sync + Send,
    each: impl Fn(&mut S, usize) -> T + Sync + Send,
) -> Vec<T> {
    let mut made = Vec::with_capacity(count);
    let mut at_once = FIRST;
    let mut alone = None;
    while made.len() < count {
        let part = made.len()..(made.len() + at_once).min(count);
        let began = Instant::now();
        if is_quick_among_others() {
            let own = alone.get_or_insert_with(&own);
            made.extend(part.map(|index| each(own, index)));
        } else {
            slow_down();
            let shared = shared();
            let part =
                part.into_par_iter().map_init(|| (shared.here(), own()), |(_, own), index| each(own, index));
            made.par_extend(part);
        }
        let took = began.elapsed();
        at_once = match took {
            _ if took < PART / 20 => at_once * 8,
            _ if took < PART / 2 => at_once * 2,
            _ => (at_once / 2).max(1),
        };
        look();
    }
    made
}

/// Calls `each` with the numbers below `count` and returns the results in order, for work of a few
/// milliseconds. The threads of `rayon` help this thread, unless this work is still quick and other
/// work is running. It stays in its lane.
///
/// This thread takes part, as it is awake: two threads that are woken may begin on one core.
pub fn briefly_together<T: Send>(count: usize, each: impl Fn(usize) -> T + Sync) -> Vec<T> {
    if is_quick_among_others() {
        return (0..count).map(each).collect();
    }
    let (shared, next, made) = (shared(), AtomicUsize::new(0), Mutex::new(Vec::with_capacity(count)));
    let take = || {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        for index in numbers.take_while(|index| *index < count) {
            let one = (index, each(index));
            made.lock().unwrap_or_else(PoisonError::into_inner).push(one);
        }
    };
    rayon::in_place_scope(|scope| {
        for _ in 1..rayon::current_num_threads() {
            scope.spawn(|_| {
                let _here = shared.here();
                take();
            });
        }
        take();
    });
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_unstable_by_key(|(index, _)| *index);
    made.into_iter().map(|(_, one)| one).collect()
}

/// Whether this thread is still in the quick lane, and other work runs or waits.
fn is_quick_among_others() -> bool {
    CURRENT.with_borrow(|current| {
        let turn = current.as_ref().and_then(|task| task.turn.as_ref());
        turn.is_some_and(|turn| turn.is_quick() && !turn.is_alone())
    })
}

/// Returns the work of this thread, for other threads that take part in it.
fn shared() -> Shared {
    Shared(CURRENT.with_borrow(|current| current.as_ref().map(|task| task.terms.clone())))
}

#[derive(Clone, Debug)]
struct Shared(Option<Arc<Terms>>);

impl Shared {
    /// Makes this thread take part in the work until the guard is dropped: what the thread spends
    /// counts for the work. Unwinds if the work may not continue. This check is needed because
    /// `rayon` splits the rest into ever smaller pieces when other threads unwind, and each piece
    /// begins here.
    fn here(&self) -> During {
        if let Some(Err(stopped)) = self.0.as_ref().map(|terms| terms.state()) {
            std::panic::resume_unwind(Box::new(stopped));
        }
        during(self.0.as_ref().map(|terms| Task::new(terms, None)))
    }
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;

    use super::super::Lanes;
    use super::*;
    use crate::error::Kind;
    use crate::work::Work;
    use crate::work::task::spend;

    fn work(lanes: &Arc<Lanes>, milliseconds: u64) -> (Work, super::super::Asker) {
        Work::new(lanes, &Arc::default(), Instant::now() + Duration::from_millis(milliseconds), 0)
    }

    #[test]
    fn helpers_end_with_the_work_and_panics_stay_panics() {
        let lanes = Arc::new(Lanes::new(2));
        let endless = |_: &mut (), _| {
            loop {
                spend(1);
            }
        };
        let (late, _asker) = work(&lanes, 30);
        let ended: Result<Vec<()>, _> = late.run(|| together(4, || (), endless));
        assert_eq!(ended.unwrap_err().kind, Kind::Timeout);
        let (work, _asker) = work(&lanes, 60_000);
        assert!(catch_unwind(AssertUnwindSafe(|| work.run(|| panic!("on purpose")))).is_err());
        assert_eq!(
            work.run(|| together(1000, || 1, |one, index| *one + index)).unwrap(),
            (1..=1000).collect::<Vec<_>>()
        );
        assert_eq!(
            work.run(|| briefly_together(1000, |index| index)).unwrap(),
            (0..1000).collect::<Vec<_>>()
        );
        let (late, _asker) = self::work(&lanes, 30);
        let ended = late.run(|| briefly_together(4, |index| endless(&mut (), index)));
        assert_eq!(ended.unwrap_err().kind, Kind::Timeout);
    }

    #[test]
    fn what_is_done_together_lets_others_have_their_turn() {
        let lanes = Arc::new(Lanes::new(2));
        std::thread::scope(|scope| {
            let (long, asker) = work(&lanes, 60_000);
            let ended = scope.spawn(move || {
                let nap = |_: &mut (), _| std::thread::sleep(Duration::from_millis(2));
                long.run(|| together(1_000_000, || (), nap)).is_err()
            });
            std::thread::sleep(Duration::from_millis(100));
            for is_slow in [false, true, true] {
                let (other, _asker) = work(&lanes, 60_000);
                let began = Instant::now();
                other
                    .run(|| {
                        if is_slow {
                            slow_down()
                        }
                    })
                    .unwrap();
                assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
            }
            drop(asker);
            assert!(ended.join().unwrap());
        });
    }
}
