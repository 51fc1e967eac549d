//! What the operator says has changed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::layer::geometries::WorldBox;

/// More boxes than this that wait for a collection to be read are everywhere.
const MOST_BOXES: usize = 100_000;

/// Collections that are to be read again, by qualified name, and the boxes of the world grid in which their tiles are to
/// be made anew.
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
    /// Asks for these collections, and for all of them before anyone is woken.
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

    /// Rings whenever something is asked.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    /// Whether the collection of this qualified name is to be read again.
    pub fn is_asked(&self, name: &str) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }

    /// Takes what was asked of a collection.
    pub fn take(&self, name: &str) -> Vec<WorldBox> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(name).unwrap_or_default()
    }
}
