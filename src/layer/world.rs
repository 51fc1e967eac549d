//! The world: all collections and layers of one moment, immutable, behind an `Arc`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

use super::resident::Layer;
use crate::catalog::{Collection, Refusal};
use crate::error::Error;

/// Where a collection's data is on its way into memory.
#[derive(Clone, Debug)]
pub enum State {
    /// Known, and waiting or being read.
    Loading,
    /// Resident.
    Ready(Arc<Layer>),
    /// Not resident: each request asks the database. The layer has no rows and says what is known
    /// without them: columns, key, extent.
    Direct(Arc<Layer>),
    /// It could not be read; tried again at the source's next look.
    Failed(Error),
}

/// Up to when rows are known to be those of the source: grows while nothing changes. What changes
/// gets another one, so that an older world never claims to be newer than it is.
#[derive(Debug)]
pub struct AsOf(AtomicI64);

impl AsOf {
    /// Known at this time.
    pub fn new(time: Timestamp) -> AsOf {
        AsOf(AtomicI64::new(time.as_microsecond()))
    }

    /// Still the same at this time.
    pub fn confirm(&self, time: Timestamp) {
        self.0.store(time.as_microsecond(), Ordering::Relaxed);
    }

    /// The last time at which it was known.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap_or_default()
    }
}

/// A collection and the state of its data.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What is published.
    pub collection: Arc<Collection>,
    /// The rows, or why they are not there.
    pub state: State,
    /// Which of the world's sources it comes from.
    pub source: usize,
    /// Up to when its rows are known to be the source's, where that is followed.
    pub as_of: Option<Arc<AsOf>>,
    /// Whether it is being read again because it is known to be behind.
    pub is_reloading: bool,
}

impl Entry {
    /// Up to when its rows are known to be those of the source; None while there are none.
    pub fn as_of(&self) -> Option<Timestamp> {
        match (&self.state, &self.as_of) {
            (State::Ready(_), Some(as_of)) => Some(as_of.time()),
            (State::Ready(layer), None) => Some(layer.loaded_at()),
            _ => None,
        }
    }
}

/// How a source is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStatus {
    /// The source for everyone: no path, no host, no user.
    pub name: String,
    /// Why it cannot be reached at present; None while it can.
    pub away: Option<Error>,
    /// Whether it has been looked at since the start.
    pub looked: bool,
    /// What was found in it and is not served.
    pub refusals: Vec<Refusal>,
}

/// All collections of one moment. A request takes one world and keeps it to its end.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Grows with each change.
    pub version: u64,
    /// Collections by id.
    pub entries: BTreeMap<String, Entry>,
    /// The sources in the order given.
    pub sources: Vec<SourceStatus>,
}

impl World {
    /// The collection with this id, or with this qualified name.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.get(id).or_else(|| self.entries.values().find(|entry| entry.collection.qualified == id))
    }

    /// Whether every source has been reached, and every collection has been read or has failed. A
    /// source that goes away later does not change that: reading goes on from memory.
    pub fn is_ready(&self) -> bool {
        self.sources.iter().all(|source| source.looked)
            && !self.entries.values().any(|entry| matches!(entry.state, State::Loading))
    }
}
