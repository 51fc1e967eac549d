//! Where data lives. A source is looked at (what is there?) and each collection in it is loaded (its rows).
//!
//! The only room with SQL and data files. It fills [`LayerBuilder`](crate::layer::LayerBuilder)s and hands
//! finished layers to whoever asked; `boot` decides when.

pub mod folder;
pub mod postgis;

use crate::catalog::{Collection, Refusal};

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
    /// Changes when the data may have changed (a file's size and time); equal means nothing to reload.
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

/// Told the rows read so far while a collection loads.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);
