//! Threads for work. One whose work has come to the slow lane has become nicer than others, so that
//! the system lets it run when they do not want to; that cannot be taken back, so the thread ends
//! with its work.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result, said};

/// By how much each of these threads is nicer (`nice(2)`) than those of connections, which must get
/// at a request, and at a tile, before work is done.
const NICE: i32 = 4;
/// By how much a thread in the slow lane is nicer still: of a core that a connection wants too, it
/// gets a tenth.
const NICER: i32 = 6;
/// The time that a thread waits for another task.
const IDLE: Duration = Duration::from_secs(10);

/// Something to be done on one of the threads.
type Task = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queue {
    tasks: VecDeque<Task>,
    /// Threads that wait for a task.
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

/// Does `task` on a thread of its own, one that is idle if there is any. A task must not panic.
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
        // Nobody has looked at the queue since.
        queue.tasks.pop_back();
        return Err(Error::unavailable(said!("a thread cannot be started: {}", fault.to_string())));
    }
    Ok(())
}

/// Makes the thread nicer than others, as long as it lives.
pub fn become_nicer() {
    // A thread of another pool stays as it is.
    if std::thread::current().name() == Some("veedel-work") && !IS_NICER.replace(true) {
        let _ = rustix::process::nice(NICER);
    }
}

/// The life of a thread.
fn work() {
    let _ = rustix::process::nice(NICE);
    while let Some(task) = next() {
        task();
        if IS_NICER.get() {
            return;
        }
    }
}

/// The next task; None after a while without one.
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
