//! The way to the record of what must be known later.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::access::Policy;
use crate::access::audit::{Entry, What};
use crate::error::{Error, Result};
use crate::web::state::metrics::Route;

/// A function that appends entries. It returns when they are on the disk.
pub type Record = Box<dyn Fn(&[Entry]) -> Result<()> + Send + Sync>;
/// A function that appends the hash of rules, if others were recorded last.
pub type RecordRules = Box<dyn Fn(&Policy) -> Result<()> + Send + Sync>;

/// The record, and refused requests that are not recorded yet.
pub struct Audit {
    record: Record,
    record_rules: RecordRules,
    denied: Mutex<BTreeMap<&'static str, u64>>,
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").field("denied", &self.denied).finish_non_exhaustive()
    }
}

impl Audit {
    /// Creates the way to a record.
    pub fn new(record: Record, record_rules: RecordRules) -> Audit {
        Audit { record, record_rules, denied: Mutex::default() }
    }

    /// Appends an entry. It takes as long as the disk or the database does.
    ///
    /// # Errors
    ///
    /// Fails if the entry cannot be written. What it is about must not happen then.
    pub fn record(&self, entry: Entry) -> Result<()> {
        self.record_all(&[entry])
    }

    fn record_all(&self, entries: &[Entry]) -> Result<()> {
        let refused = |fault: Error| {
            tracing::error!("the record cannot be written: {fault}");
            Error::unavailable("this is given only where it is recorded, and the record cannot be written")
        };
        (self.record)(entries).map_err(refused)
    }

    /// Appends the hash of the rules in force, if others were recorded last.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub fn record_rules(&self, policy: &Policy) -> Result<()> {
        (self.record_rules)(policy)
    }

    /// Counts a request that was refused for its credentials. A flood of them costs neither time
    /// nor space, because [`record_denied`](Self::record_denied) appends only their number.
    pub fn deny(&self, route: Route) {
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        *denied.entry(route.name()).or_default() += 1;
    }

    /// Appends an entry for each kind of address at which requests were refused since the last
    /// call.
    pub fn record_denied(&self) {
        let denied = std::mem::take(&mut *self.denied.lock().unwrap_or_else(PoisonError::into_inner));
        let entry = |(route, count): (&&'static str, &u64)| Entry {
            count: Some(*count),
            ..Entry::now(What::Denied, *route)
        };
        let entries: Vec<Entry> = denied.iter().map(entry).collect();
        // A failure is logged, and they are counted with the next.
        if !entries.is_empty() && self.record_all(&entries).is_err() {
            let mut next = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
            denied.into_iter().for_each(|(route, count)| *next.entry(route).or_default() += count);
        }
    }
}
