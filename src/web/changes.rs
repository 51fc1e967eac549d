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
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::client::Client;
use super::request::{Listener, Request};
use super::{path, threads};
use crate::catalog::Collection;
use crate::error::{Error, Kind, Result};
use crate::geo::mercator;
use crate::layer::geometries::WorldBox;
use crate::limits::{Key, Limits};
use crate::work::places::{Places, Refusal, Taken};

/// The address.
pub const PATH: &str = "/changes";
/// The zoom whose tiles boxes are snapped to.
pub const SNAPPED_TO: u32 = 12;
/// More boxes than this become one.
const MOST_BOXES: usize = 16;
/// Events remembered for those who come back, and those a slow client may be behind.
const REMEMBERED: usize = 512;
/// A line without meaning is sent so often, so that nobody between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How much later each listener is told than the one before.
const TURN: Duration = Duration::from_micros(50);
/// How long a connection rests after it was told something, for each other that listens.
const REST: Duration = Duration::from_micros(200);
/// The first lines: a comment, and when to come back after a break.
const BEGINNING: &[u8] = b": listening\nretry: 2000\n\n";
/// A line without meaning.
const STILL_HERE: &[u8] = b":\n\n";
/// What is said where nobody knows any more what was missed.
const RESET: &[u8] = b"event: reset\ndata: {}\n\n";

/// All who listen.
#[derive(Debug)]
pub struct Changes {
    sender: broadcast::Sender<Told>,
    recent: Mutex<Recent>,
    clients: AtomicUsize,
    places: Places,
    /// Tells this process's events from another's.
    process: u64,
}

#[derive(Debug, Default)]
struct Recent {
    last: u64,
    events: VecDeque<Arc<Event>>,
}

/// An event; None says that there will be no more.
type Told = Option<Arc<Event>>;

/// A change of one collection.
#[derive(Debug)]
pub struct Event {
    number: u64,
    collection: Arc<Collection>,
    /// As it is sent.
    text: String,
}

impl Changes {
    /// Nobody listens yet.
    pub fn new(limits: &Limits) -> Changes {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Changes {
            sender: broadcast::channel(REMEMBERED).0,
            recent: Mutex::default(),
            clients: AtomicUsize::new(0),
            places: Places::new(limits.change_clients, 0, limits.places_per_client),
            process: since.map_or(0, |since| since.as_micros() as u64),
        }
    }

    /// Ends all streams.
    pub fn end(&self) {
        let _ = self.sender.send(None);
    }

    /// Tells everyone that `collection` has changed within `boxes` of the world grid; anywhere, without.
    pub fn tell(&self, collection: &Arc<Collection>, version: u64, boxes: Option<&[WorldBox]>) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.last += 1;
        let data = json!({ "collection": collection.id, "version": version, "boxes": boxes.map(snapped) });
        let text = format!("event: change\nid: {}-{}\ndata: {data}\n\n", self.process, recent.last);
        let event = Arc::new(Event { number: recent.last, collection: collection.clone(), text });
        if recent.events.len() == REMEMBERED {
            recent.events.pop_front();
        }
        recent.events.push_back(event.clone());
        // Within the lock, so that whoever comes meanwhile gets each event once.
        let _ = self.sender.send(Some(event));
    }

    /// What came after the event `last` (None where that is not known), and all that comes from now on.
    fn listen(&self, last: Option<&str>) -> (Option<Vec<Arc<Event>>>, broadcast::Receiver<Told>) {
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
struct Listening {
    listener: Listener,
    /// How many listened before.
    turn: usize,
    _place: Taken,
}

impl Listening {
    fn begin(request: &Request) -> Result<Listening> {
        let refused = |why| match why {
            Refusal::TooMany => Error::new(Kind::TooMany, "you listen for changes too many times already")
                .reached(request.limits().reached(Key::places_per_client)),
            Refusal::Full => Error::unavailable("too many clients listen for changes already")
                .reached(request.limits().reached(Key::change_clients)),
        };
        let place =
            request.changes().places.take_now(request.client().map(Client::number)).map_err(refused)?;
        let turn = request.changes().clients.fetch_add(1, Ordering::Relaxed);
        Ok(Listening { listener: request.listener(), turn, _place: place })
    }

    /// How long this one lets the others go first, and then its connection rest. Telling all who listen takes some twenty
    /// microseconds for each, and whoever wants a tile meanwhile waits for no more than a few of them.
    fn patience(&self) -> (Duration, Duration) {
        let all = self.listener.changes().clients.load(Ordering::Relaxed).max(1);
        let times = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (TURN * times(self.turn % all), REST * times(all - 1))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.listener.changes().clients.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One client.
struct Stream {
    receiver: broadcast::Receiver<Told>,
    /// What is to be sent.
    waiting: Vec<u8>,
    /// The collections asked for; all without.
    only: Option<Vec<String>>,
    listening: Listening,
    /// Not before this is sent what comes next.
    rests_until: Instant,
    is_over: bool,
}

/// The stream of changes; `?collections=a,b` of these alone.
pub async fn get(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let only = parameters.take("collections").map(|names| {
        names
            .split(',')
            .map(|name| path::decode(name).map_or(name.into(), Into::into))
            .collect::<Vec<String>>()
    });
    parameters.end()?;
    let listening = Listening::begin(&request)?;
    let last = request.headers().get("last-event-id").map(|id| id.to_str().unwrap_or_default());
    let (missed, receiver) = request.changes().listen(last);
    // Something at once, so that a client knows that it listens.
    let waiting = BEGINNING.to_vec();
    let rests_until = Instant::now();
    let mut stream = Stream { receiver, waiting, only, listening, rests_until, is_over: false };
    match missed {
        Some(missed) => missed.iter().for_each(|event| stream.take(event)),
        None => stream.waiting.extend_from_slice(RESET),
    }
    let pieces = futures_util::stream::unfold(stream, |mut stream| async move {
        let piece = stream.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(piece)), stream))
    });
    let mut response = Body::from_stream(pieces).into_response();
    response.extensions_mut().insert(threads::AtHand);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that gathers answers would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

impl Stream {
    /// Takes an event of a collection that may be seen and was asked for.
    fn take(&mut self, event: &Event) {
        let collection = &event.collection;
        let is_asked = self.only.as_ref().is_none_or(|only| only.contains(&collection.id));
        if is_asked && self.listening.listener.sees(collection) {
            self.waiting.extend_from_slice(event.text.as_bytes());
        }
    }

    /// What is to be sent next: all that has happened since. None once the server stops.
    async fn next(&mut self) -> Option<Vec<u8>> {
        while self.waiting.is_empty() {
            if self.is_over || self.listening.listener.is_over() {
                return None;
            }
            match tokio::time::timeout(KEEP_ALIVE, self.receiver.recv()).await {
                Ok(received) => {
                    self.hear(received.map_err(|why| why == RecvError::Closed));
                    self.wait_for_its_turn().await;
                }
                Err(_) => self.waiting.extend_from_slice(STILL_HERE),
            }
        }
        let (_, rest) = self.listening.patience();
        self.rests_until = Instant::now() + rest;
        Some(std::mem::take(&mut self.waiting))
    }

    /// Something was told; or nothing was heard, since too much was told or (true) the end has come.
    fn hear(&mut self, received: std::result::Result<Told, bool>) {
        match received {
            Ok(Some(event)) => self.take(&event),
            Ok(None) | Err(true) => self.is_over = true,
            Err(false) => self.waiting.extend_from_slice(RESET),
        }
    }

    /// Lets others go first, and hears what is told meanwhile.
    async fn wait_for_its_turn(&mut self) {
        let (turn, _) = self.listening.patience();
        let until = self.rests_until.max(Instant::now() + turn);
        if !turn.is_zero() || until > Instant::now() {
            tokio::time::sleep_until(until.into()).await;
        }
        loop {
            match self.receiver.try_recv() {
                Ok(told) => self.hear(Ok(told)),
                Err(TryRecvError::Lagged(_)) => self.hear(Err(false)),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Closed) => return self.hear(Err(true)),
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
