//! A cache of complete answers with tiles, head and body, which are sent again for a moment.
//!
//! For a tile in the tile cache ([`crate::web::state::tile_cache`]), the server must read the
//! address, open the collections and write the head, which takes several times as long as sending
//! the tile. So the last answers are kept here, each under the exact text of its request. An answer
//! is valid while three conditions hold:
//!
//! - The snapshot is the one that the answer was made from. Any change makes all answers invalid.
//! - The answer is younger than a quarter of a second. Then its tile is looked up in the tile cache
//!   again, so that tiles in use keep their place there, and so that `Veedel-As-Of` advances.
//! - The tile is still in the tile cache. Only the tile cache holds the bytes, within its own
//!   limit.
//!
//! Tiles with a change that is not shown yet, and tiles that were read from a database, are not
//! kept here.

use std::hash::BuildHasher;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;

use crate::web::state::tile_cache::SentTile;

/// How long an answer is sent again.
const LIFE: Duration = Duration::from_millis(250);
/// The maximum number of answers; each takes about a kilobyte.
const PLACES: usize = 4096;
/// The maximum length of an address in bytes. Addresses of tiles are short; long ones contain
/// filters that are seldom requested twice.
const LONGEST: usize = 512;

/// An extension of a response that may be sent again.
#[derive(Clone, Debug)]
pub struct MayRepeat {
    /// The number of the snapshot that it was made from.
    pub snapshot: u64,
    /// The body of the answer.
    pub tile: Arc<SentTile>,
}

/// An answer, and the conditions under which it is valid.
#[derive(Debug)]
struct Answer {
    address: Box<str>,
    accepts: HeaderValue,
    snapshot: u64,
    until: Instant,
    headers: HeaderMap,
    tile: Weak<SentTile>,
}

/// The kept answers. Each has one slot, where it replaces the previous answer.
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
    /// Returns the kept answer to a request, if it is still valid. Its head has no request id.
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

    /// Keeps the answer to a request. `answered` contains all its headers except the request id.
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

/// Returns the parts of a request that the answer depends on; None for requests that are not
/// answered from here.
fn asked<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<(&'a str, &'a HeaderValue)> {
    static NOTHING: HeaderValue = HeaderValue::from_static("");
    let address = uri.path_and_query()?.as_str();
    let mut codings = headers.get_all(header::ACCEPT_ENCODING).iter();
    let accepts = codings.next().unwrap_or(&NOTHING);
    let is_plain = codings.next().is_none() && !headers.contains_key(header::IF_NONE_MATCH);
    (is_plain && address.len() <= LONGEST && accepts.len() <= LONGEST).then_some((address, accepts))
}
