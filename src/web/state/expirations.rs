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
    notifier: watch::Sender<u64>,
}

impl Default for Expirations {
    fn default() -> Expirations {
        Expirations { asked: Mutex::default(), notifier: watch::channel(0).0 }
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
        // Still locked, so that what is asked is never found with an older count.
        self.notifier.send_modify(|count| *count += 1);
    }

    /// Returns a receiver that is notified of each report.
    pub fn notifications(&self) -> watch::Receiver<u64> {
        self.notifier.subscribe()
    }

    /// Whether a collection must be reloaded, by its qualified name.
    pub fn is_asked(&self, name: &str) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }

    /// The number of reports so far.
    pub fn count(&self) -> u64 {
        *self.notifier.borrow()
    }

    /// Whether a collection must be reloaded, by its qualified name, and a report came since the
    /// count was `count`. If so, rows read from then on may be older than the report.
    pub fn is_asked_since(&self, name: &str, count: u64) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.contains_key(name) && self.count() != count
    }

    /// Removes the report for a collection and returns its boxes.
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
