//! What the operator says has changed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::layer::geometries::WorldBox;

/// More boxes than this that wait for a collection to be read are everywhere.
const MOST_BOXES: usize = 100_000;

/// Collections that are to be read again, by qualified name, and the boxes of the world grid in
/// which their tiles are to be made anew.
#[derive(Debug)]
pub struct Expirations {
    asked: Mutex<BTreeMap<String, Vec<WorldBox>>>,
    notifier: watch::Sender<u64>,
}

impl Default for Expirations {
    fn default() -> Expirations {
        Expirations { asked: Mutex::default(), notifier: watch::channel(0).0 }
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
        // Still locked, so that what is asked is never found with an older count.
        self.notifier.send_modify(|count| *count += 1);
    }

    /// Changes whenever something is asked.
    pub fn notifications(&self) -> watch::Receiver<u64> {
        self.notifier.subscribe()
    }

    /// Whether the collection of this qualified name is to be read again.
    pub fn is_asked(&self, name: &str) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }

    /// How often anything was asked so far.
    pub fn count(&self) -> u64 {
        *self.notifier.borrow()
    }

    /// Whether the collection of this qualified name is to be read again, and anything was asked
    /// since the count was `count`: what was read from then on may be older than what was asked.
    pub fn is_asked_since(&self, name: &str, count: u64) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.contains_key(name) && self.count() != count
    }

    /// Takes what was asked of a collection.
    pub fn take(&self, name: &str) -> Vec<WorldBox> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(name).unwrap_or_default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_while_a_collection_is_read_is_told_from_what_was_asked_before() {
        let expirations = Expirations::default();
        let mut notified = expirations.notifications();
        expirations.ask(["a".to_owned()], &[WorldBox::WORLD]);
        assert!(notified.has_changed().unwrap() && expirations.is_asked("a"));
        let begun = expirations.count();
        notified.mark_unchanged();
        assert!(!expirations.is_asked_since("a", begun), "the load sees what it was asked for");
        expirations.ask(["a".to_owned()], &[WorldBox::WORLD]);
        assert!(expirations.is_asked_since("a", begun) && !expirations.is_asked_since("b", begun));
        assert_eq!(expirations.take("a").len(), 2);
        assert!(!expirations.is_asked("a") && !expirations.is_asked_since("a", begun));
    }
}
