//! The changes that the operator has reported.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::layer::geometries::WorldBox;

/// The maximum number of waiting boxes of a collection. More are replaced by one box of the whole
/// world.
const MOST_BOXES: usize = 100_000;

/// The collections to reload, by qualified name, each with the boxes of the world grid in which its
/// tiles must be made again.
#[derive(Debug)]
pub struct Expirations {
    asked: Mutex<BTreeMap<String, Vec<WorldBox>>>,
    bell: watch::Sender<u64>,
}

impl Default for Expirations {
    fn default() -> Expirations {
        Expirations { asked: Mutex::default(), bell: watch::channel(0).0 }
    }
}

impl Expirations {
    /// Adds a report for these collections. All of them are added before any receiver is notified.
    pub fn ask(&self, names: impl IntoIterator<Item = String>, boxes: &[WorldBox]) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            let all = asked.entry(name).or_default();
            all.extend(boxes);
            if all.len() > MOST_BOXES {
                *all = vec![WorldBox::WORLD];
            }
        }
        drop(asked);
        self.bell.send_modify(|rung| *rung += 1);
    }

    /// Returns a receiver that is notified of each report.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    /// Whether a collection must be reloaded, by its qualified name.
    pub fn is_asked(&self, name: &str) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }

    /// Removes the report for a collection and returns its boxes.
    pub fn take(&self, name: &str) -> Vec<WorldBox> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(name).unwrap_or_default()
    }
}
