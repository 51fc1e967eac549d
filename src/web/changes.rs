//! `/changes`: what has changed, as server-sent events (WHATWG HTML, 9.2).
//!
//! Each event names a collection that the asker may see, and boxes in degrees (west, south, east, north) within which
//! its tiles and features may be others now; without boxes all of it may. Boxes are snapped outwards to the tiles of
//! zoom [`SNAPPED_TO`], so that they tell where to ask again, and not where something hidden has moved.
//!
//! A client that comes back with `Last-Event-ID` gets what it missed, or an event `reset` where that is not known any
//! more: then everything may have changed.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::broadcast::{self, error::RecvError};

use super::parameters::Parameters;
use super::path;
use super::state::App;
use crate::catalog::Collection;
use crate::error::{Error, Result};
use crate::geo::mercator;
use crate::layer::geometries::WorldBox;

/// The zoom whose tiles boxes are snapped to.
pub const SNAPPED_TO: u32 = 12;
/// More boxes than this become one.
const MOST_BOXES: usize = 16;
/// Events remembered for those who come back, and those a slow client may be behind.
const REMEMBERED: usize = 512;
/// A line without meaning is sent so often, so that nobody between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How soon a stream ends when the server stops.
const STOP_LOOK: Duration = Duration::from_millis(500);

/// All who listen.
#[derive(Debug)]
pub struct Changes {
    sender: broadcast::Sender<Arc<Event>>,
    recent: Mutex<Recent>,
    clients: AtomicUsize,
    /// Tells this process's events from another's.
    process: u64,
}

#[derive(Debug, Default)]
struct Recent {
    last: u64,
    events: VecDeque<Arc<Event>>,
}

/// A change of one collection.
#[derive(Debug)]
pub struct Event {
    number: u64,
    collection: Arc<Collection>,
    data: String,
}

impl Default for Changes {
    fn default() -> Changes {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Changes {
            sender: broadcast::channel(REMEMBERED).0,
            recent: Mutex::default(),
            clients: AtomicUsize::new(0),
            process: since.map_or(0, |since| since.as_micros() as u64),
        }
    }
}

impl Changes {
    /// Tells everyone that `collection` has changed within `boxes` of the world grid; anywhere, without.
    pub fn tell(&self, collection: &Arc<Collection>, version: u64, boxes: Option<&[WorldBox]>) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.last += 1;
        let data = json!({ "collection": collection.id, "version": version, "boxes": boxes.map(snapped) });
        let event =
            Arc::new(Event { number: recent.last, collection: collection.clone(), data: data.to_string() });
        if recent.events.len() == REMEMBERED {
            recent.events.pop_front();
        }
        recent.events.push_back(event.clone());
        // Within the lock, so that whoever comes meanwhile gets each event once.
        let _ = self.sender.send(event);
    }

    /// What came after the event `last` (None where that is not known), and all that comes from now on.
    fn listen(&self, last: Option<&str>) -> (Option<Vec<Arc<Event>>>, broadcast::Receiver<Arc<Event>>) {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.sender.subscribe();
        let Some(last) = last else { return (Some(vec![]), receiver) };
        let number = last.split_once('-').filter(|(process, _)| process.parse() == Ok(self.process));
        let number = number.and_then(|(_, number)| number.parse::<u64>().ok());
        let first = recent.events.front().map_or(recent.last + 1, |event| event.number);
        let is_known = |number: &u64| (first.saturating_sub(1)..=recent.last).contains(number);
        let missed = number
            .filter(is_known)
            .map(|number| recent.events.iter().filter(|event| event.number > number).cloned().collect());
        (missed, receiver)
    }

    fn id(&self, event: &Event) -> String {
        format!("{}-{}", self.process, event.number)
    }
}

/// Boxes in degrees, grown to whole tiles; few.
fn snapped(boxes: &[WorldBox]) -> Vec<[f64; 4]> {
    let side = 1i64 << (32 - SNAPPED_TO);
    let down = |at: i32| (i64::from(at) - i64::from(i32::MIN)).div_euclid(side);
    let mut tiles: BTreeSet<[i64; 4]> = boxes
        .iter()
        .filter(|bounds| !bounds.is_empty())
        .map(|bounds| {
            let [west, north, east, south] =
                [bounds.min[0], bounds.min[1], bounds.max[0], bounds.max[1]].map(down);
            [west, north, east + 1, south + 1]
        })
        .collect();
    if tiles.len() > MOST_BOXES {
        let all = tiles.iter().copied().reduce(|one, other| {
            [one[0].min(other[0]), one[1].min(other[1]), one[2].max(other[2]), one[3].max(other[3])]
        });
        tiles = all.into_iter().collect();
    }
    let corner = |column: i64, row: i64| {
        let at = |place: i64| (place * side + i64::from(i32::MIN)).min(i64::from(i32::MAX)) as i32;
        mercator::to_lonlat(mercator::from_world([at(column), at(row)]))
    };
    let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
    let degrees = |[west, north, east, south]: [i64; 4]| {
        let ([west, north], [east, south]) = (corner(west, north), corner(east, south));
        [west, south, east, north].map(round)
    };
    tiles.into_iter().map(degrees).collect()
}

/// A place among the clients that listen.
struct Listening(Arc<App>);

impl Listening {
    fn begin(app: &Arc<App>) -> Option<Listening> {
        let listening = Listening(app.clone());
        let before = app.changes.clients.fetch_add(1, Ordering::Relaxed);
        (before < app.limits.change_clients).then_some(listening)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.changes.clients.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One client.
struct Stream {
    receiver: broadcast::Receiver<Arc<Event>>,
    waiting: VecDeque<sse::Event>,
    /// The collections asked for; all without.
    only: Option<Vec<String>>,
    listening: Listening,
}

/// The stream of changes; `?collections=a,b` of these alone.
pub async fn get(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Result<Response> {
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    let only = parameters.take("collections").map(|names| {
        names
            .split(',')
            .map(|name| path::decode(name).map_or(name.into(), Into::into))
            .collect::<Vec<String>>()
    });
    parameters.end()?;
    let busy = || Error::unavailable("too many clients listen for changes already");
    let listening = Listening::begin(&app).ok_or_else(busy)?;
    let last = headers.get("last-event-id").map(|id| id.to_str().unwrap_or_default());
    let (missed, receiver) = app.changes.listen(last);
    let mut stream = Stream { receiver, waiting: VecDeque::new(), only, listening };
    // Something at once, so that a client knows that it listens.
    stream.waiting.push_back(sse::Event::default().comment("listening").retry(Duration::from_secs(2)));
    match missed {
        Some(missed) => missed.iter().for_each(|event| stream.take(event)),
        None => stream.waiting.push_back(reset()),
    }
    let events = futures_util::stream::unfold(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that gathers answers would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn reset() -> sse::Event {
    sse::Event::default().event("reset").data("{}")
}

impl Stream {
    /// Takes an event of a collection that may be seen and was asked for.
    fn take(&mut self, event: &Arc<Event>) {
        let app = &self.listening.0;
        let collection = &event.collection;
        let is_asked = self.only.as_ref().is_none_or(|only| only.contains(&collection.id));
        if is_asked && app.policy.load().read(collection).is_some() {
            let id = app.changes.id(event);
            self.waiting.push_back(sse::Event::default().event("change").id(id).data(&event.data));
        }
    }

    /// The next event; None once the server stops.
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.listening.0.stopping.load(Ordering::Relaxed) {
                return None;
            }
            match tokio::time::timeout(STOP_LOOK, self.receiver.recv()).await {
                Ok(Ok(event)) => self.take(&event),
                Ok(Err(RecvError::Lagged(_))) => self.waiting.push_back(reset()),
                Ok(Err(RecvError::Closed)) => return None,
                Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_snapped_outwards_and_few() {
        let at = |x: i32, y: i32| WorldBox { min: [x, y], max: [x + 5, y + 5] };
        let one = snapped(&[at(0, 0), at(9, 9)]);
        assert_eq!(one, [[0.0, -0.087891, 0.087891, 0.0]]);
        let many: Vec<WorldBox> = (0..40).map(|step| at(step << 20, 0)).collect();
        assert_eq!(snapped(&many).len(), 1);
        assert!(snapped(&[WorldBox::EMPTY]).is_empty());
        let edge = snapped(&[WorldBox::WORLD]);
        assert!(edge[0][0] == -180.0 && (edge[0][2] - 180.0).abs() < 1e-6);
    }
}
