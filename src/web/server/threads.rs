//! The connection threads, and why requests other than tiles are answered on the runtime.
//!
//! The runtime's own threads share one queue of events from the operating system: one thread sleeps
//! while another distributes events. If answers take some twenty microseconds, as tiles do, that
//! leaves a sixth of the machine idle. So connections are spread over threads with a queue each, as
//! many as the machine has cores, and stay on their thread. A thread that computes delays all its
//! other connections. So only tiles that are cached or made very quickly are answered here; other
//! requests are handed over to the runtime, together with the body of the answer, which is often
//! made while it is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::web::server::awake;

/// The connection threads. They end when this value is dropped.
#[derive(Debug)]
pub struct Threads(Vec<Thread>);

#[derive(Debug)]
struct Thread {
    handle: Handle,
    /// The number of tasks on the thread.
    tasks: Arc<AtomicUsize>,
    /// Ends the thread when it is dropped.
    _end: oneshot::Sender<()>,
}

impl Threads {
    /// Starts one thread for each core of the machine.
    pub fn start() -> Result<Threads> {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = (0..count).map(Thread::start).collect::<std::io::Result<Vec<Thread>>>();
        threads.map(Threads).map_err(|fault| Error::internal(format!("a thread cannot be started: {fault}")))
    }

    /// Runs `task` on the thread with the fewest tasks.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let fewest = self.0.iter().min_by_key(|thread| thread.tasks.load(Ordering::Relaxed));
        if let Some(thread) = fewest {
            let counted = Counted::begin(thread.tasks.clone());
            thread.handle.spawn(async move {
                let _counted = counted;
                task.await;
            });
        }
    }
}

impl Thread {
    fn start(number: usize) -> std::io::Result<Thread> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        std::thread::Builder::new().name(format!("veedel-http-{number}")).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = ended => {}
                    () = awake::stay_awake() => {}
                }
            });
            // Blocking work of this runtime is not awaited.
            runtime.shutdown_background();
        })?;
        Ok(Thread { handle, tasks: Arc::default(), _end: end })
    }
}

/// Counts a task until it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn begin(tasks: Arc<AtomicUsize>) -> Counted {
        tasks.fetch_add(1, Ordering::Relaxed);
        Counted(tasks)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn tasks_go_where_the_fewest_are_and_end_with_the_threads() {
        let threads = Threads::start().unwrap();
        let (name, mut names) = mpsc::unbounded_channel();
        for _ in 0..threads.0.len() * 3 {
            let name = name.clone();
            threads.spawn(async move {
                name.send(std::thread::current().name().unwrap_or_default().to_owned()).unwrap();
                std::future::pending::<()>().await;
            });
        }
        drop(name);
        let mut seen = std::collections::BTreeMap::<String, usize>::new();
        for _ in 0..threads.0.len() * 3 {
            *seen.entry(names.recv().await.unwrap()).or_default() += 1;
        }
        assert!(seen.len() == threads.0.len() && seen.values().all(|count| *count == 3), "{seen:?}");
        drop(threads);
        // Their tasks were dropped, and with them the last senders.
        assert_eq!(names.recv().await, None);
    }
}
