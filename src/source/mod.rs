//! Where data lives. A source is looked at (what is there?) and each collection in it is loaded (its rows).
//!
//! The only room with SQL and data files. It fills [`LayerBuilder`](crate::layer::LayerBuilder)s and hands
//! finished layers to whoever asked; `boot` decides when.

pub mod folder;
pub mod postgis;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::catalog::{Collection, Overrides, Refusal};
use crate::error::Result;
use crate::layer::Layer;

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

/// What the configuration says about a collection, by short and qualified name.
pub type OverridesOf<'a> = &'a (dyn Fn(&str, &str) -> Overrides + Sync);

/// A source of collections.
#[derive(Debug)]
pub enum Source {
    /// The invented city inside the binary.
    Embedded,
    /// A folder of files.
    Folder(PathBuf),
    /// A database.
    Postgis(Box<postgis::Dsn>),
}

/// How a source finds a collection again.
#[derive(Clone, Debug)]
pub enum Locator {
    /// A file, in a folder or embedded.
    File(folder::Locator),
    /// A relation of a database.
    Relation(postgis::Locator),
}

impl fmt::Display for Source {
    /// For people and logs, without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Embedded => f.write_str("the embedded city"),
            Source::Folder(path) => write!(f, "{}", path.display()),
            Source::Postgis(dsn) => write!(f, "{dsn}"),
        }
    }
}
