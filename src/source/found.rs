//! What a look at a source finds.

use crate::catalog::{Collection, Overrides, Refusal};

/// A collection that can be loaded.
#[derive(Clone, Debug)]
pub struct Found<L> {
    /// The collection as it will be published. Its `id` is the short name until ids are assigned.
    pub collection: Collection,
    /// The short name (see [`catalog::names`](crate::catalog::names)).
    pub short: String,
    /// The estimated size in memory, in bytes.
    pub estimate: u64,
    /// The estimated number of rows, which only progress messages use.
    pub rows: u64,
    /// A text that differs after the data may have changed, such as a file's size and time. If it
    /// is equal, nothing needs to be loaded again.
    pub stamp: String,
    /// How the source finds the collection again.
    pub locator: L,
}

/// The result of a look at a source.
#[derive(Clone, Debug)]
pub struct Look<L> {
    /// The collections that can be loaded.
    pub found: Vec<Found<L>>,
    /// What the source has and cannot be served, each with the reason and what to do.
    pub refusals: Vec<Refusal>,
}

/// Returns the configuration of a collection, given its short and its qualified name.
pub type OverridesOf<'a> = &'a (dyn Fn(&str, &str) -> Overrides + Sync);

impl<L> Found<L> {
    pub(super) fn with<M>(&self, locator: M) -> Found<M> {
        Found {
            collection: self.collection.clone(),
            short: self.short.clone(),
            estimate: self.estimate,
            rows: self.rows,
            stamp: self.stamp.clone(),
            locator,
        }
    }
}

impl<L: Clone> Look<L> {
    pub(super) fn map<M>(self, wrap: impl Fn(L) -> M) -> Look<M> {
        let found = self.found.iter().map(|found| found.with(wrap(found.locator.clone()))).collect();
        Look { found, refusals: self.refusals }
    }
}
