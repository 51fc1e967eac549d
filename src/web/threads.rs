//! The threads of the connections, and the way from them to the runtime on which everything but tiles is answered.
//!
//! The runtime's own threads share one queue of what the system has to say, so that one of them sleeps while another
//! hands out; where answers take some twenty microseconds, as tiles do, that leaves a sixth of the machine idle. So
//! connections lie on threads with a queue each, as many as the machine has cores, and stay where they are. A thread
//! that computes keeps all its other connections waiting; so only tiles that are at hand or made in no time are
//! answered here, and the rest is handed over, with its answer's body, which is often made while it is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

use super::awake;
use crate::error::{Error, Result};

/// Pieces of a body made ahead of what is sent.
const AHEAD: usize = 1;

/// Threads for connections; they end when this is dropped.
#[derive(Debug)]
pub struct Threads(Vec<Thread>);

#[derive(Debug)]
struct Thread {
    handle: Handle,
    /// Tasks on it.
    tasks: Arc<AtomicUsize>,
    /// Ends it when dropped.
    _end: oneshot::Sender<()>,
}

impl Threads {
    /// As many as the machine has cores.
    pub fn start() -> Result<Threads> {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = (0..count).map(Thread::start).collect::<std::io::Result<Vec<Thread>>>();
        threads.map(Threads).map_err(|fault| Error::internal(format!("a thread cannot be started: {fault}")))
    }

    /// Does `task` on the thread with the fewest.
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
            // Work that nobody waits for any more is not waited for here either.
            runtime.shutdown_background();
        })?;
        Ok(Thread { handle, tasks: Arc::default(), _end: end })
    }
}

/// One task more, as long as it lives.
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

/// In an answer's extensions: the pieces of its body are at hand and may be taken on a thread of connections.
#[derive(Clone, Copy, Debug)]
pub struct AtHand;

/// The answer as `runtime` makes it, head and body; given up with whoever waits for it. Its panic is ours.
pub async fn handed_over(
    runtime: &Handle,
    answer: impl Future<Output = Response> + Send + 'static,
) -> Response {
    match AbortOnDropHandle::new(runtime.spawn(answer)).await {
        Ok(response) if response.extensions().get::<AtHand>().is_some() => response,
        Ok(response) => response.map(|body| carried(runtime, body)),
        Err(why) if why.is_panic() => std::panic::resume_unwind(why.into_panic()),
        Err(_) => super::problem::internal(),
    }
}

/// The same body, made piece by piece on `runtime` unless it is there already.
fn carried(runtime: &Handle, mut body: Body) -> Body {
    if body.size_hint().exact().is_some() {
        return body;
    }
    let (sender, receiver) = mpsc::channel::<Option<Piece>>(AHEAD);
    runtime.spawn(async move {
        loop {
            let piece = tokio::select! {
                () = sender.closed() => return,
                piece = body.frame() => piece,
            };
            let is_last = piece.is_none();
            if sender.send(piece).await.is_err() || is_last {
                return;
            }
        }
    });
    Body::new(StreamBody::new(stream::unfold(Some(receiver), |receiver| async move {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Some(piece)) => Some((piece, Some(receiver))),
            Some(None) => None,
            // Its making broke off: what was sent must not look like all of it.
            None => Some((Err(axum::Error::new("the answer broke off")), None)),
        }
    })))
}

type Piece = std::result::Result<Frame<Bytes>, axum::Error>;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn counting(to: usize, then_panics: bool) -> Body {
        Body::from_stream(stream::unfold(0, move |number| async move {
            assert!(!(then_panics && number == to), "on purpose");
            (number < to).then(|| (std::io::Result::Ok(format!("{number} ")), number + 1))
        }))
    }

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

    #[tokio::test]
    async fn a_body_arrives_whole_or_as_an_error() {
        let runtime = Handle::current();
        let whole = carried(&runtime, counting(5, false)).collect().await.unwrap().to_bytes();
        assert_eq!(whole, "0 1 2 3 4 ");
        assert!(carried(&runtime, counting(5, true)).collect().await.is_err());
        let short = Body::from("at hand");
        assert_eq!(carried(&runtime, short).size_hint().exact(), Some(7));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_given_up() {
        let (held, mut is_held) = oneshot::channel::<()>();
        let runtime = Handle::current();
        let answer = async move {
            let _held = held;
            std::future::pending::<Response>().await
        };
        let waiting = handed_over(&runtime, answer);
        assert!(tokio::time::timeout(Duration::from_millis(20), waiting).await.is_err());
        tokio::time::timeout(Duration::from_secs(5), &mut is_held).await.unwrap().unwrap_err();
    }
}
