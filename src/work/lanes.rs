//! Two lanes for work. Work begins in the quick lane; after [`QUICK`] it moves to the slow lane,
//! where pieces of work take turns of [`TURN`]. The slow lane never uses all cores.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use super::terms::{Stopped, Terms};
use super::threads::become_nicer;

/// Processor time after which work leaves the quick lane.
const QUICK: Duration = Duration::from_millis(20);
/// Wall-clock time after which work leaves the quick lane, whatever processor time it used.
const QUICK_AT_MOST: Duration = Duration::from_millis(200);
/// Time for which a piece of work in the slow lane runs before those that wait there have their
/// turn.
const TURN: Duration = Duration::from_millis(50);

/// The lanes of one server.
#[derive(Debug)]
pub struct Lanes {
    /// How many pieces of work run at once, in both lanes together.
    cores: usize,
    queues: Mutex<Queues>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queues {
    quick: Lane,
    slow: Lane,
    /// The number that the next waiting piece of work gets.
    next: u64,
}

#[derive(Debug, Default)]
struct Lane {
    running: usize,
    /// The waiting pieces of work: the number of each, and its client.
    waiting: VecDeque<(u64, u64)>,
    /// For each client with waiting work, the count at which its work was last let in.
    let_in: HashMap<u64, u64>,
    count: u64,
}

impl Lane {
    /// Returns the number of the piece of work whose turn it is: the first of the client that was
    /// let in longest ago. So one client with much waiting work does not delay the others.
    fn next(&self) -> Option<u64> {
        let let_in = |client: &u64| self.let_in.get(client).copied();
        self.waiting
            .iter()
            .min_by_key(|(number, client)| (let_in(client), *number))
            .map(|(number, _)| *number)
    }

    /// Removes a piece of work from the queue, because it is let in or because it ended.
    fn remove(&mut self, number: u64, client: u64, is_let_in: bool) {
        self.waiting.retain(|(waiting, _)| *waiting != number);
        if !self.waiting.iter().any(|(_, of)| *of == client) {
            self.let_in.remove(&client);
        } else if is_let_in {
            self.let_in.insert(client, self.count);
        }
        if is_let_in {
            self.count += 1;
        }
    }
}

/// One of the lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Quick,
    Slow,
}

impl Queues {
    fn lane(&mut self, kind: Kind) -> &mut Lane {
        match kind {
            Kind::Quick => &mut self.quick,
            Kind::Slow => &mut self.slow,
        }
    }

    /// Whether one more piece of work may run. Slow work leaves one core to quick work, and quick
    /// work leaves one core to slow work.
    fn has_room(&self, kind: Kind, cores: usize) -> bool {
        let is_free = self.quick.running + self.slow.running < cores;
        match kind {
            Kind::Quick => {
                let kept = usize::from(self.slow.running > 0 || !self.slow.waiting.is_empty());
                is_free && self.quick.running + kept < cores
            }
            Kind::Slow => {
                let is_last = self.quick.waiting.is_empty() || self.slow.running == 0;
                is_free && self.slow.running + 1 < cores && is_last
            }
        }
    }
}

impl Lanes {
    /// Creates lanes for a machine with this number of cores. With one core, two pieces of work run
    /// at once, so that the slow lane makes progress.
    pub fn new(cores: usize) -> Lanes {
        Lanes { cores: cores.max(2), queues: Mutex::default(), changed: Condvar::new() }
    }

    /// Wakes all waiting threads, so that each checks whether its work should end.
    pub fn wake(&self) {
        // A thread that is about to wait holds the lock until it waits, so it cannot miss the
        // signal.
        drop(self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `work` may run in a lane.
    fn enter(&self, kind: Kind, terms: &Terms) -> Result<(), Stopped> {
        let mut queues = self.lock();
        if queues.lane(kind).waiting.is_empty() && queues.has_room(kind, self.cores) {
            queues.lane(kind).running += 1;
            return Ok(());
        }
        let number = queues.next;
        queues.next += 1;
        queues.lane(kind).waiting.push_back((number, terms.client));
        loop {
            let state = terms.state();
            let is_free = queues.has_room(kind, self.cores);
            if state.is_err() || (is_free && queues.lane(kind).next() == Some(number)) {
                queues.lane(kind).remove(number, terms.client, state.is_ok());
                queues.lane(kind).running += usize::from(state.is_ok());
                drop(queues);
                self.changed.notify_all();
                return state;
            }
            let waited = self.changed.wait_timeout(queues, terms.time_left());
            queues = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn leave(&self, kind: Kind) {
        self.lock().lane(kind).running -= 1;
        self.changed.notify_all();
    }

    /// Whether exactly one piece of work runs and none waits.
    fn has_one(&self) -> bool {
        let Queues { quick, slow, .. } = &*self.lock();
        quick.running + slow.running == 1 && quick.waiting.is_empty() && slow.waiting.is_empty()
    }

    /// Whether other work waits for the place of a slow one.
    fn is_wanted(&self) -> bool {
        let queues = self.lock();
        !queues.slow.waiting.is_empty() || (!queues.quick.waiting.is_empty() && queues.slow.running > 1)
    }
}

/// The place of a piece of work in the lanes. Dropping it gives the place back.
#[derive(Debug)]
pub struct Turn {
    lanes: Arc<Lanes>,
    terms: Arc<Terms>,
    /// The lane it runs in; None while it waits for one.
    lane: Option<Kind>,
    since: Instant,
    /// The processor time of the thread when the work began.
    used: Duration,
}

/// Returns the processor time that this thread has used.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

impl Turn {
    /// Waits for a place in the quick lane.
    pub fn begin(lanes: &Arc<Lanes>, terms: &Arc<Terms>) -> Result<Turn, Stopped> {
        lanes.enter(Kind::Quick, terms)?;
        let (lanes, terms) = (lanes.clone(), terms.clone());
        Ok(Turn { lanes, terms, lane: Some(Kind::Quick), since: Instant::now(), used: used() })
    }

    /// Moves to the slow lane when the time of the quick lane is over. In the slow lane, lets other
    /// works run after each turn.
    pub fn go_on(&mut self) -> Result<(), Stopped> {
        let is_over = match self.lane {
            Some(Kind::Slow) => self.since.elapsed() >= TURN && self.lanes.is_wanted(),
            // On a machine that is busy otherwise, time goes by also for what does little.
            _ => {
                let time = self.since.elapsed();
                time >= QUICK && (time >= QUICK_AT_MOST || used().saturating_sub(self.used) >= QUICK)
            }
        };
        if is_over { self.enter_slow() } else { Ok(()) }
    }

    /// Whether the work is in the quick lane.
    pub fn is_quick(&self) -> bool {
        self.lane == Some(Kind::Quick)
    }

    /// Whether no other work runs or waits.
    pub fn is_alone(&self) -> bool {
        self.lanes.has_one()
    }

    /// Moves to the slow lane, unless the work is already there.
    pub fn slow_down(&mut self) -> Result<(), Stopped> {
        if self.lane == Some(Kind::Slow) { Ok(()) } else { self.enter_slow() }
    }

    fn enter_slow(&mut self) -> Result<(), Stopped> {
        self.leave();
        self.lanes.enter(Kind::Slow, &self.terms)?;
        (self.lane, self.since) = (Some(Kind::Slow), Instant::now());
        become_nicer();
        Ok(())
    }

    fn leave(&mut self) {
        if let Some(lane) = self.lane.take() {
            self.lanes.leave(lane);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::work::{Work, spend};

    fn work(lanes: &Arc<Lanes>, milliseconds: u64) -> (Work, super::super::Asker) {
        Work::new(lanes, &Arc::default(), Instant::now() + Duration::from_millis(milliseconds), 0)
    }

    #[test]
    fn clients_have_turns_however_many_wait_for_one() {
        let mut lane = Lane::default();
        let asked = [(0, 7), (1, 7), (2, 7), (3, 8), (4, 7), (5, 8)];
        lane.waiting.extend(asked);
        let order: Vec<u64> = std::iter::from_fn(|| {
            let number = lane.next()?;
            lane.remove(number, asked[number as usize].1, true);
            Some(number)
        })
        .collect();
        assert_eq!(order, [0, 3, 1, 5, 2, 4]);
        assert!(lane.let_in.is_empty());
    }

    #[test]
    fn slow_work_keeps_no_quick_work_waiting_and_takes_turns() {
        let lanes = Arc::new(Lanes::new(2));
        let turns = Mutex::new([0usize; 3]);
        std::thread::scope(|scope| {
            for number in 0..3 {
                let (lanes, turns) = (&lanes, &turns);
                scope.spawn(move || {
                    let (work, _asker) = work(lanes, 1500);
                    let endless = || {
                        loop {
                            spend(100);
                            let mut turns = turns.lock().unwrap();
                            turns[number] += 1;
                        }
                    };
                    let _: Result<(), _> = work.run(endless);
                });
            }
            std::thread::sleep(Duration::from_millis(200));
            let mut slowest = Duration::ZERO;
            for _ in 0..50 {
                let (work, _asker) = work(&lanes, 1000);
                let begun = Instant::now();
                work.run(|| ()).unwrap();
                slowest = slowest.max(begun.elapsed());
            }
            assert!(slowest < Duration::from_millis(50), "{slowest:?}");
            let queues = lanes.lock();
            assert!(queues.slow.running <= 1 && !queues.slow.waiting.is_empty(), "{queues:?}");
        });
        let turns = turns.into_inner().unwrap();
        assert!(turns.iter().all(|turns| *turns > 0), "{turns:?}");
        let queues = lanes.lock();
        assert_eq!((queues.quick.running, queues.slow.running), (0, 0));
    }

    #[test]
    fn quick_is_who_has_used_little_of_a_processor() {
        let lanes = Arc::new(Lanes::new(2));
        let (idle, _asker) = work(&lanes, 5_000);
        let rest = || {
            std::thread::sleep(2 * QUICK);
            crate::work::task::look();
            lanes.lock().quick.running
        };
        assert_eq!(idle.run(rest).unwrap(), 1);
        let (busy, _asker) = work(&lanes, 5_000);
        let toil = || {
            while used() < 2 * QUICK {
                spend(100);
            }
            lanes.lock().slow.running
        };
        assert_eq!(std::thread::scope(|scope| scope.spawn(|| busy.run(toil)).join().unwrap()).unwrap(), 1);
    }

    #[test]
    fn who_waits_for_a_place_waits_no_longer_than_his_time() {
        let lanes = Arc::new(Lanes::new(2));
        lanes.lock().quick.running = 2;
        let begun = Instant::now();
        let (late, _asker) = work(&lanes, 30);
        assert!(late.run(|| ()).is_err());
        assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
        let (left, asker) = work(&lanes, 60_000);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| left.run(|| ()).is_err());
            std::thread::sleep(Duration::from_millis(20));
            drop(asker);
            assert!(waiting.join().unwrap());
        });
        assert!(lanes.lock().quick.waiting.is_empty());
    }
}
