//! The memory that layers may take: estimated before loading, counted after.

use std::collections::BTreeMap;

use crate::error::{Error, Kind, Result};

/// What has been given out, by qualified name.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    taken: BTreeMap<String, u64>,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: u64) -> Budget {
        Budget { limit, taken: BTreeMap::new() }
    }

    /// Sets `bytes` aside for a collection (instead of what it had), or says by how much it does not fit.
    pub fn reserve(&mut self, qualified: &str, bytes: u64) -> Result<()> {
        let others: u64 =
            self.taken.iter().filter(|(name, _)| *name != qualified).map(|(_, bytes)| bytes).sum();
        if others.saturating_add(bytes) > self.limit {
            let what = format!(
                "it would take about {} MiB of memory, and {} of {} MiB are left",
                bytes.div_ceil(1 << 20),
                self.limit.saturating_sub(others) >> 20,
                self.limit >> 20,
            );
            return Err(Error::new(Kind::TooLarge, what).hint(
                "raise memory_budget (--memory-budget), or hide other collections' sources from this server",
            ));
        }
        self.taken.insert(qualified.into(), bytes);
        Ok(())
    }

    /// Corrects a reservation to what a layer really takes.
    pub fn settle(&mut self, qualified: &str, bytes: u64) {
        self.taken.insert(qualified.into(), bytes);
    }

    /// Gives back what a collection had.
    pub fn release(&mut self, qualified: &str) {
        self.taken.remove(qualified);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_and_what_goes_makes_room() {
        let mut budget = Budget::new(100 << 20);
        assert!(budget.reserve("a", 60 << 20).is_ok());
        assert!(budget.reserve("b", 60 << 20).unwrap_err().what.contains("40 of 100 MiB"));
        assert!(budget.reserve("a", 100 << 20).is_ok(), "a reload takes its own place");
        budget.release("a");
        assert!(budget.reserve("b", 60 << 20).is_ok());
    }
}
