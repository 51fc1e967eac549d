//! How many requests are answered at once, and for how long: beyond it a quick 503 or 504, so that a crowd
//! at one door does not stop another.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem;
use super::state::App;
use crate::limits::Limits;

/// A class of requests with places of its own.
#[derive(Debug)]
struct Class {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_at_most: usize,
    time: Duration,
}

/// The classes.
#[derive(Debug)]
pub struct Admission {
    tiles: Class,
    others: Class,
}

impl Admission {
    /// The classes with the places that `limits` give them.
    pub fn new(limits: &Limits) -> Admission {
        let class = |at_once: usize, waiting_at_most, time| Class {
            places: Arc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS))),
            waiting: AtomicUsize::new(0),
            waiting_at_most,
            time,
        };
        Admission {
            tiles: class(limits.tiles_at_once, limits.tiles_waiting, limits.tile_time),
            others: class(limits.requests_at_once, limits.requests_waiting, limits.request_time),
        }
    }

    /// None for what must always be answered.
    fn class(&self, path: &str) -> Option<&Class> {
        match path {
            "/health" | "/ready" => None,
            path if path.starts_with("/xyz/") => Some(&self.tiles),
            _ => Some(&self.others),
        }
    }
}

/// A request's place, in its extensions. Work that goes on after the answer was given up (a tile on a thread
/// of its own, a page still being sent) holds it to its own end, so that places bound the work and not only
/// the waiting.
#[derive(Clone, Debug)]
pub struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// Waits for a place and answers within the time of the request's class.
pub async fn admit(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let Some(class) = app.admission.class(request.uri().path()) else { return next.run(request).await };
    let answer = async {
        let permit = match class.places.clone().try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) => match Waiting::begin(class) {
                Some(_waiting) => class.places.clone().acquire_owned().await.ok(),
                None => {
                    let what = "too many requests wait already";
                    return problem::of(StatusCode::SERVICE_UNAVAILABLE, what, None, None);
                }
            },
        };
        if let Some(permit) = permit {
            request.extensions_mut().insert(Place { _permit: Arc::new(permit) });
        }
        next.run(request).await
    };
    match tokio::time::timeout(class.time, answer).await {
        Ok(response) => response,
        Err(_) => problem::of(StatusCode::GATEWAY_TIMEOUT, "the answer took too long", None, None),
    }
}

/// A place in the queue, given back however the wait ends.
struct Waiting<'a>(&'a Class);

impl<'a> Waiting<'a> {
    fn begin(class: &'a Class) -> Option<Waiting<'a>> {
        if class.waiting.fetch_add(1, Ordering::Relaxed) >= class.waiting_at_most {
            class.waiting.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Waiting(class))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_has_an_end_and_places_come_back() {
        let limits = Limits { tiles_waiting: 2, ..Limits::default() };
        let admission = Admission::new(&limits);
        let class = admission.class("/xyz/a/0/0/0").unwrap();
        let first = Waiting::begin(class);
        let second = Waiting::begin(class);
        assert!(first.is_some() && second.is_some());
        assert!(Waiting::begin(class).is_none());
        drop(first);
        assert!(Waiting::begin(class).is_some());
    }

    #[test]
    fn health_is_always_answered() {
        assert!(Admission::new(&Limits::default()).class("/health").is_none());
    }
}
