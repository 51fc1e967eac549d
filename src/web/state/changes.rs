//! The events of `/changes`: what has changed, as server-sent events (WHATWG HTML, 9.2).
//!
//! Each event names a collection that the caller may see, and boxes in degrees (west, south, east,
//! north) within which its tiles and features may have changed; without boxes, all of it may have.
//! Boxes are extended to whole tiles of zoom [`SNAPPED_TO`]. So they tell a client where to request
//! again, but do not show the place of a hidden change.
//!
//! A client that reconnects with `Last-Event-ID` gets the events it missed. If they are not known
//! any more, it gets an event `reset`: then everything may have changed.

#![allow(clippy::indexing_slicing)] // Only the two axes of a point are indexed, by 0 and 1.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;
use tokio::sync::broadcast;

use crate::access::Caller;
use crate::catalog::Collection;
use crate::geo::mercator;
use crate::layer::geometries::WorldBox;
use crate::limits::Limits;
use crate::work::places::Places;

/// The zoom to whose tiles boxes are extended.
pub const SNAPPED_TO: u32 = 12;
/// The maximum number of boxes in an event. More are merged into one.
const MOST_BOXES: usize = 16;
/// The number of past events that are kept for clients that reconnect, and by which a slow client
/// may be behind.
const REMEMBERED: usize = 512;

/// The sender of events to all listening clients.
#[derive(Debug)]
pub struct Changes {
    /// What is told, by caller. Each has numbers of its own, so that a gap in them does not tell of
    /// events that others see.
    streams: Mutex<BTreeMap<Caller, Stream>>,
    /// The number of clients that listen.
    pub clients: AtomicUsize,
    /// The places for clients that listen.
    pub places: Places,
    /// A number in the event ids that distinguishes this process from others.
    process: AtomicU64,
}

/// What callers in one role are told.
#[derive(Debug)]
struct Stream {
    sender: broadcast::Sender<Told>,
    /// The number of the last event.
    last: u64,
    /// The last events, for clients that reconnect.
    events: VecDeque<Arc<Event>>,
}

impl Default for Stream {
    fn default() -> Stream {
        Stream { sender: broadcast::channel(REMEMBERED).0, last: 0, events: VecDeque::new() }
    }
}

impl Stream {
    fn tell(&mut self, process: u64, collection: &Arc<Collection>, version: u64, boxes: Option<&[WorldBox]>) {
        self.last += 1;
        let data = json!({ "collection": collection.id, "version": version, "boxes": boxes.map(snapped) });
        let text = format!("event: change\nid: {process}-{}\ndata: {data}\n\n", self.last);
        let event = Arc::new(Event { number: self.last, collection: collection.clone(), text });
        if self.events.len() == REMEMBERED {
            self.events.pop_front();
        }
        self.events.push_back(event.clone());
        // Sent while the lock is held, so that a client that connects meanwhile gets each event
        // exactly once.
        let _ = self.sender.send(Some(event));
    }
}

/// An event; None means that no more events follow.
pub type Told = Option<Arc<Event>>;

/// A change of one collection.
#[derive(Debug)]
pub struct Event {
    number: u64,
    /// The collection that has changed.
    pub collection: Arc<Collection>,
    /// The event as it is sent.
    pub text: String,
}

impl Changes {
    /// Creates the sender, without listening clients.
    pub fn new(limits: &Limits) -> Changes {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Changes {
            streams: Mutex::new(BTreeMap::from([(Caller::Anonymous, Stream::default())])),
            clients: AtomicUsize::new(0),
            places: Places::new(limits.change_clients, 0, limits.places_per_client),
            process: AtomicU64::new(since.map_or(0, |since| since.as_micros() as u64)),
        }
    }

    /// Ends all streams.
    pub fn end(&self) {
        self.streams().values().for_each(|stream| drop(stream.sender.send(None)));
    }

    /// Ends all streams and forgets what was told, because callers see other rows than before. The
    /// clients connect again, and are told to load everything again.
    pub fn begin_anew(&self) {
        let mut streams = self.streams();
        streams.values().for_each(|stream| drop(stream.sender.send(None)));
        *streams = BTreeMap::from([(Caller::Anonymous, Stream::default())]);
        // Ids of events before are those of another process from now on.
        self.process.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the callers to whom changes may have to be told.
    pub fn callers(&self) -> Vec<Caller> {
        self.streams().keys().cloned().collect()
    }

    /// Tells the listening clients of `caller` that `collection` has changed within `boxes` of the
    /// world grid. None means that it may have changed anywhere.
    pub fn tell(
        &self,
        caller: &Caller,
        collection: &Arc<Collection>,
        version: u64,
        boxes: Option<&[WorldBox]>,
    ) {
        if let Some(stream) = self.streams().get_mut(caller) {
            stream.tell(self.process(), collection, version, boxes);
        }
    }

    /// A number that becomes another whenever callers may see other rows than before.
    pub fn epoch(&self) -> u64 {
        self.process()
    }

    fn process(&self) -> u64 {
        self.process.load(Ordering::Relaxed)
    }

    fn streams(&self) -> MutexGuard<'_, BTreeMap<Caller, Stream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what `caller` is told after the event with the id `last`, and a receiver of all
    /// further events. The list is empty without `last`, and None if the events after it are not
    /// known any more.
    pub fn listen(
        &self,
        caller: &Caller,
        last: Option<&str>,
    ) -> (Option<Vec<Arc<Event>>>, broadcast::Receiver<Told>) {
        let mut streams = self.streams();
        let recent = streams.entry(caller.clone()).or_default();
        let receiver = recent.sender.subscribe();
        let Some(last) = last else { return (Some(vec![]), receiver) };
        let number = last.split_once('-').filter(|(process, _)| process.parse() == Ok(self.process()));
        let number = number.and_then(|(_, number)| number.parse::<u64>().ok());
        let first = recent.events.front().map_or(recent.last + 1, |event| event.number);
        let is_known = |number: &u64| (first.saturating_sub(1)..=recent.last).contains(number);
        let missed = number
            .filter(is_known)
            .map(|number| recent.events.iter().filter(|event| event.number > number).cloned().collect());
        (missed, receiver)
    }
}

/// Converts boxes to degrees, extended to whole tiles, and merges them if they are too many.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_before_other_rules_is_told_to_nobody() {
        let changes = Changes::new(&Limits::default());
        let (missed, mut receiver) = changes.listen(&Caller::Anonymous, None);
        assert!(missed.is_some_and(|missed| missed.is_empty()));
        let first = format!("{}-0", changes.process());
        assert!(changes.listen(&Caller::Anonymous, Some(&first)).0.is_some());
        changes.begin_anew();
        assert!(matches!(receiver.try_recv(), Ok(None)), "the stream goes on");
        assert!(changes.listen(&Caller::Anonymous, Some(&first)).0.is_none(), "no reset");
    }

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
