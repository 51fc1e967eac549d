//! How many requests are answered at once, and for how long: beyond it a quick 503 or 504, so that a crowd
//! at one door does not stop another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::error::{Error, Kind, Reached, Result};
use crate::limits::{Key, Limits};
use crate::web::http::client::Client;
use crate::work::places::{Places, Refusal, Taken};
use crate::work::{self, Lanes, Work};

/// A class of requests with places of its own.
#[derive(Debug)]
pub struct Class {
    places: Places,
    time: Duration,
    lanes: Arc<Lanes>,
    limits: Arc<Limits>,
    /// What is said to those who come when too many wait, who have too many places, and whose time is over.
    full: Reached,
    too_many: Reached,
    late: Reached,
}

/// The classes.
#[derive(Debug)]
pub struct Admission {
    /// Tiles that must be made.
    pub tiles: Class,
    /// Questions of planning.
    pub planning: Class,
    /// Whole collections.
    pub downloads: Class,
    /// Everything else.
    pub others: Class,
}

impl Admission {
    /// The classes with the places that `limits` give them.
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

/// A request's place, in its extensions. What is still being sent holds it to its end.
#[derive(Clone, Debug)]
pub struct Place {
    taken: Arc<Taken>,
    /// When the time for the answer is over.
    until: Instant,
    /// What is said when it is.
    late: Reached,
    lanes: Arc<Lanes>,
    limits: Arc<Limits>,
}

impl Place {
    /// Whose it is.
    pub fn client(&self) -> Option<u64> {
        self.taken.client()
    }

    /// Does `task` as [`Work`] on a thread of its own, which holds the place until it is done. The work ends with the
    /// time of the request's class, and when this is dropped: nobody waits for it any more.
    pub async fn work<T: Send + 'static>(self, task: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let client = self.client().unwrap_or(0);
        let (work, _asker) = Work::new(&self.lanes, &self.limits, self.until, client);
        let late = self.late;
        let (sender, done) = oneshot::channel();
        work::spawn(move || {
            let _place = self;
            let done = catch_unwind(AssertUnwindSafe(|| work.run(task)));
            // Whoever has left takes nothing.
            let _ = sender.send(done);
        })?;
        let done = match done.await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) | Err(_) => return Err(Error::internal("the work ended in a panic")),
        };
        done.map_err(|why| if why.kind == Kind::Timeout { why.reached(late) } else { why })
    }
}

/// Bytes of a request's parameters that are read in no time, so that another thread would only
/// cost.
const SHORT: usize = 1_000;

/// Reads what is asked by so many bytes: where the request is if they are few, else as work in the
/// place that `place` waits for. Geometries in a filter take long to read.
pub async fn read<T: Send + 'static>(
    bytes: usize,
    place: impl Future<Output = Result<Place>>,
    read: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    if bytes < SHORT { read() } else { place.await?.work(read).await? }
}

impl Class {
    /// A place for this client (for no one in particular, without), if it may have one now.
    pub fn free_place(&self, client: Option<Client>) -> Option<Place> {
        self.places.take_now(client.map(Client::number)).ok().map(|taken| self.given(taken, Instant::now()))
    }

    /// The same after a wait if need be; 503 where too many wait already, 429 where too many of this client do.
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

    /// The answer, or 504 once the time of the class is over.
    pub async fn in_time<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        let late = |_| Error::new(Kind::Timeout, "the answer took too long").reached(self.late);
        tokio::time::timeout(self.time, answer).await.map_err(late)?
    }
}
