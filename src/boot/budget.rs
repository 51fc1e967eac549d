//! The memory budget of layers: estimated before loading, and counted afterwards.
//!
//! While a layer is read again, its old rows are still served, so both are in memory. The budget
//! includes this: the sizes of all layers, and again those of the largest that a source reads at
//! once.

use std::collections::BTreeMap;

use crate::error::{Error, Kind, Result};

/// The number of layers of one source that are loaded at once. Reading and packing take a core
/// each.
pub const AT_ONCE: usize = 2;

/// The memory that is reserved, by the qualified names of collections.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    taken: BTreeMap<String, Share>,
}

/// The reservation of a collection.
#[derive(Clone, Copy, Debug)]
struct Share {
    bytes: u64,
    /// The number of the source that reads the collection again; None if it is never read again.
    reloaded_by: Option<usize>,
}

impl Budget {
    /// Makes a budget of `limit` bytes.
    pub fn new(limit: u64) -> Budget {
        Budget { limit, taken: BTreeMap::new() }
    }

    /// Reserves `bytes` for a collection, in place of its previous reservation. `reloaded_by` is
    /// the number of the source that will read it again, if one does.
    ///
    /// # Errors
    ///
    /// Fails and says by how much if it does not fit.
    pub fn reserve(&mut self, qualified: &str, bytes: u64, reloaded_by: Option<usize>) -> Result<()> {
        let before = self.taken.remove(qualified);
        let others = self.needed();
        self.taken.insert(qualified.into(), Share { bytes, reloaded_by });
        let all = self.needed();
        if all <= self.limit {
            return Ok(());
        }
        match before {
            Some(before) => self.taken.insert(qualified.into(), before),
            None => self.taken.remove(qualified),
        };
        let what = format!(
            "it would take about {} MiB of memory ({} MiB with the room to read it again), and {} of {} MiB are left",
            bytes.div_ceil(1 << 20),
            all.saturating_sub(others).div_ceil(1 << 20),
            self.limit.saturating_sub(others) >> 20,
            self.limit >> 20,
        );
        Err(Error::new(Kind::TooLarge, what).hint(
            "raise memory_budget (--memory-budget), or hide other collections' sources from this server",
        ))
    }

    /// Returns the sizes of all layers, and for each source those of the largest that it may hold
    /// twice.
    fn needed(&self) -> u64 {
        let mut by_source: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for share in self.taken.values() {
            if let Some(source) = share.reloaded_by {
                by_source.entry(source).or_default().push(share.bytes);
            }
        }
        let room = |mut sizes: Vec<u64>| {
            sizes.sort_unstable_by(|left, right| right.cmp(left));
            sizes.iter().take(AT_ONCE).fold(0, |sum: u64, bytes| sum.saturating_add(*bytes))
        };
        let rooms = by_source.into_values().map(room);
        self.taken.values().map(|share| share.bytes).chain(rooms).fold(0, u64::saturating_add)
    }

    /// Replaces a reservation by the actual size of the layer in bytes.
    pub fn settle(&mut self, qualified: &str, bytes: u64) {
        if let Some(share) = self.taken.get_mut(qualified) {
            share.bytes = bytes;
        }
    }

    /// Releases the reservation of a collection.
    pub fn release(&mut self, qualified: &str) {
        self.taken.remove(qualified);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn what_does_not_fit_is_refused_and_what_goes_makes_room() {
        let mut budget = Budget::new(100 * MIB);
        assert!(budget.reserve("a", 60 * MIB, None).is_ok());
        assert!(budget.reserve("b", 60 * MIB, None).unwrap_err().what.contains("40 of 100 MiB"));
        assert!(budget.reserve("a", 100 * MIB, None).is_ok(), "a reload takes its own place");
        budget.release("a");
        assert!(budget.reserve("b", 60 * MIB, None).is_ok());
    }

    #[test]
    fn what_is_read_again_needs_room_for_old_and_new() {
        let mut budget = Budget::new(100 * MIB);
        let why = budget.reserve("a", 60 * MIB, Some(0)).unwrap_err().what;
        assert!(why.contains("about 60 MiB") && why.contains("120 MiB with the room"), "{why}");
        for name in ["a", "b"] {
            assert!(budget.reserve(name, 20 * MIB, Some(0)).is_ok());
        }
        // Two layers are read at once. The third adds only its own size, since it is not larger
        // than they are.
        assert!(budget.reserve("c", 20 * MIB, Some(0)).is_ok());
        assert!(budget.reserve("d", MIB, Some(0)).is_err(), "100 MiB are given out");
        budget.settle("c", 10 * MIB);
        assert!(budget.reserve("d", 5 * MIB, Some(1)).is_ok(), "another source reads by itself: twice five");
        assert!(budget.reserve("e", MIB, None).is_err());
        assert!(budget.reserve("c", 10 * MIB, Some(0)).is_ok(), "the same again changes nothing");
    }
}
