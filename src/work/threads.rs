//! Threads for work. A thread whose work moves to the slow lane gets a higher nice value, so that
//! the operating system prefers other threads. The value cannot be lowered again, so the thread
//! ends with its work.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result, said};

/// How much the nice value (`nice(2)`) of these threads is above that of the connection threads,
/// which must get to a request, and to a tile, before work is done.
const NICE: i32 = 4;
/// How much the nice value of a thread in the slow lane is higher still. It then gets a tenth of a
/// core that a connection thread wants too.
const NICER: i32 = 6;
/// The time that an idle thread waits for another task before it ends.
const IDLE: Duration = Duration::from_secs(10);

/// A task for one of the threads.
type Task = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queue {
    tasks: VecDeque<Task>,
    /// The number of threads that wait for a task.
    idle: usize,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { tasks: VecDeque::new(), idle: 0 });
static CHANGED: Condvar = Condvar::new();

thread_local! {
    static IS_NICER: Cell<bool> = const { Cell::new(false) };
}

fn queue() -> MutexGuard<'static, Queue> {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `task` on a thread of its own, an idle one if there is any. A task must not panic.
pub fn spawn(task: impl FnOnce() + Send + 'static) -> Result<()> {
    let mut queue = queue();
    queue.tasks.push_back(Box::new(task));
    if queue.tasks.len() <= queue.idle {
        drop(queue);
        CHANGED.notify_one();
        return Ok(());
    }
    let started = std::thread::Builder::new().name("veedel-work".into()).spawn(work);
    if let Err(fault) = started {
        // The lock was held since the task was added, so the last task is this one.
        queue.tasks.pop_back();
        return Err(Error::unavailable(said!("a thread cannot be started: {}", fault.to_string())));
    }
    Ok(())
}

/// Raises the nice value of this thread for the rest of its life.
pub fn become_nicer() {
    // A thread of another pool keeps its value.
    if std::thread::current().name() == Some("veedel-work") && !IS_NICER.replace(true) {
        let _ = rustix::process::nice(NICER);
    }
}

/// The main function of a thread.
fn work() {
    let _ = rustix::process::nice(NICE);
    while let Some(task) = next() {
        task();
        if IS_NICER.get() {
            return;
        }
    }
}

/// Waits for the next task; returns None after [`IDLE`] without one.
fn next() -> Option<Task> {
    let mut queue = queue();
    if let Some(task) = queue.tasks.pop_front() {
        return Some(task);
    }
    queue.idle += 1;
    let (mut queue, _) = CHANGED
        .wait_timeout_while(queue, IDLE, |queue| queue.tasks.is_empty())
        .unwrap_or_else(PoisonError::into_inner);
    queue.idle -= 1;
    queue.tasks.pop_front()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread::{ThreadId, current};

    use super::*;

    /// The thread that a task was done on, and how nice it was before.
    fn done(is_slow: bool) -> (ThreadId, i32) {
        let (sender, receiver) = mpsc::channel();
        spawn(move || {
            let nice = rustix::process::getpriority_process(None).unwrap_or_default();
            if is_slow {
                become_nicer();
            }
            let _ = sender.send((current().id(), nice));
        })
        .unwrap();
        receiver.recv().unwrap()
    }

    #[test]
    fn a_thread_that_became_nicer_does_nothing_else() {
        let own = rustix::process::getpriority_process(None).unwrap();
        let mut nicer = std::collections::HashSet::new();
        for round in 0..20 {
            let (thread, nice) = done(round % 3 == 0);
            assert_eq!(nice, own + NICE);
            assert!(!nicer.contains(&thread));
            if round % 3 == 0 {
                nicer.insert(thread);
            }
        }
    }
}
