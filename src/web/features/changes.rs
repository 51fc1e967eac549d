//! `/changes`: a stream of server-sent events that tells clients what has changed and where.

use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::error::{Error, Kind, Result};
use crate::limits::Key;
use crate::web::http::client::Client;
use crate::web::http::handed_over::AtHand;
use crate::web::http::path;
use crate::web::request::{Listener, Request};
use crate::web::state::changes::{Event, Told};
use crate::work::places::{Refusal, Taken};

/// The path of the stream.
pub const PATH: &str = "/changes";
/// The interval at which an empty comment is sent, so that no proxy takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The delay between telling one client and the next of a change.
const TURN: Duration = Duration::from_micros(50);
/// How long a connection rests after events were sent on it, for each other client that listens.
const REST: Duration = Duration::from_micros(200);
/// The first lines: a comment, and the time in milliseconds after which a client reconnects.
const BEGINNING: &[u8] = b": listening\nretry: 2000\n\n";
/// An empty comment, which keeps the connection alive.
const STILL_HERE: &[u8] = b":\n\n";
/// The event that tells a client to reload everything, because the events it missed are not known
/// any more.
const RESET: &[u8] = b"event: reset\ndata: {}\n\n";

/// A client's place among those that listen for changes.
struct Listening {
    listener: Listener,
    /// How many clients listened before this one.
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

    /// Returns how long this client waits so that the others are told first, and how long its
    /// connection rests afterwards. Telling all clients takes some twenty microseconds for each;
    /// with these pauses, a request for a tile meanwhile waits for only a few of them.
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

/// The stream of events to one client.
struct Stream {
    receiver: broadcast::Receiver<Told>,
    /// Events that are to be sent.
    waiting: Vec<u8>,
    /// The ids of the collections that the client asked for; None means all.
    only: Option<Vec<String>>,
    listening: Listening,
    /// The next events are not sent before this moment.
    rests_until: Instant,
    /// When what was made for the caller was last kept.
    kept: Instant,
    is_over: bool,
}

/// Opens the stream of changes; with `?collections=a,b`, of these collections only.
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
    let (missed, receiver) = listening.listener.listen(last);
    // What a restricted caller sees is made now, because only what was made has changes to tell.
    listening.listener.open(only.as_deref());
    // Something is sent at once, so that a client knows that the stream is open.
    let waiting = BEGINNING.to_vec();
    let rests_until = Instant::now();
    let kept = Instant::now();
    let mut stream = Stream { receiver, waiting, only, listening, rests_until, kept, is_over: false };
    match missed {
        Some(missed) => missed.iter().for_each(|event| stream.take(event)),
        None => stream.waiting.extend_from_slice(RESET),
    }
    let pieces = futures_util::stream::unfold(stream, |mut stream| async move {
        let piece = stream.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(piece)), stream))
    });
    let mut response = Body::from_stream(pieces).into_response();
    response.extensions_mut().insert(AtHand);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that buffers answers would delay events.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

impl Stream {
    /// Queues an event, if the client asked for its collection and may see it.
    fn take(&mut self, event: &Event) {
        let collection = &event.collection;
        let is_asked = self.only.as_ref().is_none_or(|only| only.contains(&collection.id));
        if is_asked && self.listening.listener.sees(collection) {
            self.waiting.extend_from_slice(event.text.as_bytes());
        }
    }

    /// Returns everything that happened since the last call, as soon as there is something; None
    /// when the server stops.
    async fn next(&mut self) -> Option<Vec<u8>> {
        while self.waiting.is_empty() {
            if self.is_over || self.listening.listener.is_over() {
                return None;
            }
            if self.kept.elapsed() > KEEP_ALIVE {
                self.kept = Instant::now();
                self.listening.listener.keep();
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

    /// Handles the result of receiving: an event, `Err(false)` if events were lost because there
    /// were too many, or `Err(true)` if the sender has closed.
    fn hear(&mut self, received: std::result::Result<Told, bool>) {
        match received {
            Ok(Some(event)) => self.take(&event),
            Ok(None) | Err(true) => self.is_over = true,
            Err(false) => self.waiting.extend_from_slice(RESET),
        }
    }

    /// Lets other clients be told first, and receives events meanwhile.
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
