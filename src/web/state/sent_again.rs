//! Tiles whose answer has just been given are given again as they were, head and body.
//!
//! Finding a tile that is kept ([`crate::web::state::tile_cache`]) takes reading its address, opening its collections, and writing
//! its head anew: several times what it takes to send it. So the last answers lie here, each under the very words of
//! its request, and hold while three things hold:
//!
//! - the snapshot is the one that the answer was made of: the next change of anything ends them all;
//! - it is younger than a quarter of a second; then its tile is looked up once more, so that what is in use keeps its place
//!   among the tiles that are kept, and that `Veedel-As-Of` moves on;
//! - its tile is still kept: only the cache holds the bytes, within its own limit.
//!
//! A tile behind which a change waits, and one that a database was asked for, never come here.

use std::hash::BuildHasher;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;

use crate::web::state::tile_cache::SentTile;

/// How long an answer is given again.
const LIFE: Duration = Duration::from_millis(250);
/// How many answers are at hand at most; each takes about a kilobyte.
const PLACES: usize = 4096;
/// No longer address is taken: links to tiles are short, and long ones carry filters that are seldom asked twice.
const LONGEST: usize = 512;

/// What an answer carries along that may be given again.
#[derive(Clone, Debug)]
pub struct MayRepeat {
    /// The number of the snapshot that it was made of.
    pub snapshot: u64,
    /// Its body.
    pub tile: Arc<SentTile>,
}

/// An answer and what it holds for.
#[derive(Debug)]
struct Answer {
    address: Box<str>,
    accepts: HeaderValue,
    snapshot: u64,
    until: Instant,
    headers: HeaderMap,
    tile: Weak<SentTile>,
}

/// The answers at hand. Each has one place, which it takes from whatever was there.
#[derive(Debug)]
pub struct SentAgain {
    places: Box<[ArcSwapOption<Answer>]>,
    hasher: foldhash::fast::RandomState,
}

impl Default for SentAgain {
    fn default() -> SentAgain {
        SentAgain {
            places: (0..PLACES).map(|_| ArcSwapOption::empty()).collect(),
            hasher: foldhash::fast::RandomState::default(),
        }
    }
}

impl SentAgain {
    /// The answer to a request of this snapshot, if it was given just now and still holds; without an id.
    pub fn find(&self, snapshot: u64, uri: &Uri, headers: &HeaderMap, now: Instant) -> Option<Response> {
        let (address, accepts) = asked(uri, headers)?;
        let place = self.place(address, accepts)?.load();
        let answer = place.as_ref()?;
        let is_it = *answer.address == *address && answer.accepts == accepts;
        if !is_it || now >= answer.until || answer.snapshot != snapshot {
            return None;
        }
        let tile = answer.tile.upgrade()?;
        let mut response = Response::new(Body::from(tile.bytes.clone()));
        *response.headers_mut() = answer.headers.clone();
        Some(response)
    }

    /// Keeps the answer to this request, all of whose fields are there but the id.
    pub fn keep(&self, asked_for: (&Uri, &HeaderMap), answered: &HeaderMap, of: &MayRepeat, now: Instant) {
        let Some((address, accepts)) = asked(asked_for.0, asked_for.1) else { return };
        let Some(place) = self.place(address, accepts) else { return };
        place.store(Some(Arc::new(Answer {
            address: address.into(),
            accepts: accepts.clone(),
            snapshot: of.snapshot,
            until: now + LIFE,
            headers: answered.clone(),
            tile: Arc::downgrade(&of.tile),
        })));
    }

    fn place(&self, address: &str, accepts: &HeaderValue) -> Option<&ArcSwapOption<Answer>> {
        let hash = self.hasher.hash_one((address, accepts.as_bytes()));
        self.places.get(hash as usize % PLACES)
    }
}

/// All that an answer depends on beside the data; None for requests of another kind, which go the long way.
fn asked<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<(&'a str, &'a HeaderValue)> {
    static NOTHING: HeaderValue = HeaderValue::from_static("");
    let address = uri.path_and_query()?.as_str();
    let mut codings = headers.get_all(header::ACCEPT_ENCODING).iter();
    let accepts = codings.next().unwrap_or(&NOTHING);
    let is_plain = codings.next().is_none() && !headers.contains_key(header::IF_NONE_MATCH);
    (is_plain && address.len() <= LONGEST && accepts.len() <= LONGEST).then_some((address, accepts))
}
