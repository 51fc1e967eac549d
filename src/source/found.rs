//! What a look at a source finds.

use crate::catalog::{Collection, Overrides, Refusal};

/// Something that can be loaded, as found by a look at a source.
#[derive(Clone, Debug)]
pub struct Found<L> {
    /// What it will be published as. `id` is the short name until names are assigned.
    pub collection: Collection,
    /// The short name (see `catalog::names`).
    pub short: String,
    /// Bytes it will take in memory, estimated before loading.
    pub estimate: u64,
    /// Rows, estimated before loading; for progress only.
    pub rows: u64,
    /// Changes when the data may have changed (a file's size and time); equal means nothing to
    /// reload.
    pub stamp: String,
    /// How the source finds it again.
    pub locator: L,
}

/// A look at a source: what can be loaded and what cannot.
#[derive(Clone, Debug)]
pub struct Look<L> {
    /// What can be loaded.
    pub found: Vec<Found<L>>,
    /// What is there and cannot be served, each with why and what to do.
    pub refusals: Vec<Refusal>,
}

/// What the configuration says about a collection, by short and qualified name.
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
