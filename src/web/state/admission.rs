//! Admission: how many requests are answered at once, and how long each may take. Requests beyond
//! that get a quick 503 or 504, so that many requests of one class do not block another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::error::{Error, Kind, Reached, Result};
use crate::limits::{Key, Limits};
use crate::web::http::client::Client;
use crate::work::places::{Places, Refusal, Taken};
use crate::work::{self, Lanes, Work};

/// A class of requests, with places of its own.
#[derive(Debug)]
pub struct Class {
    places: Places,
    time: Duration,
    lanes: Arc<Lanes>,
    limits: Arc<Limits>,
    /// The limits that errors name: if the queue is full, if a client has too many requests, and if
    /// the time is over.
    full: Reached,
    too_many: Reached,
    late: Reached,
}

/// The classes of requests, each with places of its own.
#[derive(Debug)]
pub struct Admission {
    /// Tiles that must be made, and TileJSON.
    pub tiles: Class,
    /// The class of planning questions.
    pub planning: Class,
    /// Downloads of whole collections.
    pub downloads: Class,
    /// All other requests.
    pub others: Class,
}

impl Admission {
    /// Creates the classes with the places and times in `limits`.
    pub fn new(limits: &Limits) -> Admission {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (lanes, own) = (Arc::new(Lanes::new(cores)), Arc::new(limits.clone()));
        let class = |at_once, (waiting, full), (time, late)| Class {
            places: Places::new(at_once, waiting, limits.places_per_client),
            time,
            lanes: lanes.clone(),
            limits: own.clone(),
            full: limits.reached(full),
            too_many: limits.reached(Key::places_per_client),
            late: limits.reached(late),
        };
        Admission {
            tiles: class(
                limits.tiles_at_once,
                (limits.tiles_waiting, Key::tiles_waiting),
                (limits.tile_time, Key::tile_time),
            ),
            planning: class(
                limits.planning_at_once,
                (limits.planning_waiting, Key::planning_waiting),
                (limits.planning_time, Key::planning_time),
            ),
            downloads: class(
                limits.downloads_at_once,
                (limits.downloads_waiting, Key::downloads_waiting),
                (limits.download_time, Key::download_time),
            ),
            others: class(
                limits.requests_at_once,
                (limits.requests_waiting, Key::requests_waiting),
                (limits.request_time, Key::request_time),
            ),
        }
    }
}

/// The place of a request, kept in its extensions. An answer that is still being sent holds it
/// until its end.
#[derive(Clone, Debug)]
pub struct Place {
    taken: Arc<Taken>,
    /// The deadline of the answer.
    until: Instant,
    /// The limit that an error names after the deadline.
    late: Reached,
    lanes: Arc<Lanes>,
    limits: Arc<Limits>,
}

impl Place {
    /// The client that the place counts for; None if it counts for no client.
    pub fn client(&self) -> Option<u64> {
        self.taken.client()
    }

    /// Runs `task` as [`Work`] on a thread of its own, which holds the place until the task is
    /// done. The work ends at the deadline of the request, and when this future is dropped, because
    /// no one waits for the result then.
    pub async fn work<T: Send + 'static>(self, task: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let client = self.client().unwrap_or(0);
        let (work, _asker) = Work::new(&self.lanes, &self.limits, self.until, client);
        let late = self.late;
        let (sender, done) = oneshot::channel();
        work::spawn(move || {
            let _place = self;
            let done = catch_unwind(AssertUnwindSafe(|| work.run(task)));
            // If the receiver was dropped, the result is not needed.
            let _ = sender.send(done);
        })?;
        let done = match done.await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) | Err(_) => return Err(Error::internal("the work ended in a panic")),
        };
        done.map_err(|why| if why.kind == Kind::Timeout { why.reached(late) } else { why })
    }
}

/// The length of parameters, in bytes, below which they are read so quickly that another thread
/// would only cost time.
const SHORT: usize = 1_000;

/// Reads parameters of `bytes` bytes: on the current thread if they are short, otherwise as work in
/// the place that `place` resolves to. Geometries in a filter take long to read.
pub async fn read<T: Send + 'static>(
    bytes: usize,
    place: impl Future<Output = Result<Place>>,
    read: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    if bytes < SHORT { read() } else { place.await?.work(read).await? }
}

impl Class {
    /// Returns a place if this client may have one now. Without a client, the place counts for no
    /// client.
    pub fn free_place(&self, client: Option<Client>) -> Option<Place> {
        self.places.take_now(client.map(Client::number)).ok().map(|taken| self.given(taken, Instant::now()))
    }

    /// Waits for a place if necessary. The error is a 503 if too many requests wait already, and a
    /// 429 if too many of this client do.
    pub async fn place(&self, client: Option<Client>) -> Result<Place> {
        let asked = Instant::now();
        let refused = |why| match why {
            Refusal::Full => Error::unavailable("too many requests wait already").reached(self.full),
            Refusal::TooMany => {
                Error::new(Kind::TooMany, "too many requests of yours wait already").reached(self.too_many)
            }
        };
        self.places
            .take(client.map(Client::number))
            .await
            .map_err(refused)
            .map(|taken| self.given(taken, asked))
    }

    fn given(&self, taken: Taken, asked: Instant) -> Place {
        let (lanes, limits) = (self.lanes.clone(), self.limits.clone());
        Place { taken: Arc::new(taken), until: asked + self.time, late: self.late, lanes, limits }
    }

    /// Awaits the answer; the error is a 504 if the time of the class is over first.
    pub async fn in_time<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        let late = |_| Error::new(Kind::Timeout, "the answer took too long").reached(self.late);
        tokio::time::timeout(self.time, answer).await.map_err(late)?
    }
}
