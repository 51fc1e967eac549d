//! Sources of data: a look finds the collections of a source, and a load reads the rows of one.
//!
//! This is the only room with SQL and data files. It fills
//! [`LayerBuilder`](crate::layer::LayerBuilder)s and returns finished layers; `boot` decides when.

pub mod folder;
mod found;
pub mod postgis;

pub use found::{Found, Look, OverridesOf};

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::catalog::names::Name;
use crate::error::{Error, Result};
use crate::layer::Layer;
use postgis::Dsn;
use postgis::direct::{Direct, Pool, PoolLimits, Times};

/// A function that is called with the number of rows read so far while a collection loads.
pub type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// A source of collections.
#[derive(Debug)]
pub enum Source {
    /// The invented city that is compiled into the binary.
    Embedded,
    /// A folder of FlatGeobuf and CSV files.
    Folder(PathBuf),
    /// A PostGIS database.
    Postgis(Box<postgis::Dsn>),
}

/// How a source finds a collection again.
#[derive(Clone, Debug)]
pub enum Locator {
    /// A file in a folder, or an embedded one.
    File(folder::Locator),
    /// A relation in a database.
    Relation(postgis::Locator),
}

impl fmt::Display for Source {
    /// Names the source for people and logs, without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Embedded => f.write_str("the embedded city"),
            Source::Folder(path) => write!(f, "{}", path.display()),
            Source::Postgis(dsn) => write!(f, "{dsn}"),
        }
    }
}

impl Source {
    /// Returns a name of the source for everyone who may read its collections. Unlike `Display`,
    /// which is for logs, it contains no path, host or user.
    pub fn label(&self) -> String {
        match self {
            Source::Embedded => self.to_string(),
            Source::Folder(path) => {
                let name = path.canonicalize().ok().and_then(|path| path.file_name().map(OsStr::to_owned));
                format!("folder {}", name.unwrap_or_default().to_string_lossy())
            }
            Source::Postgis(dsn) => format!("PostgreSQL database {}", dsn.database()),
        }
    }

    /// Looks at what the source has now. Must run on a multi-threaded runtime, because it blocks
    /// while it reads files.
    ///
    /// # Errors
    ///
    /// Fails if the source as a whole cannot be reached. What is wrong with one collection is a
    /// refusal.
    pub async fn look(&self, overrides: OverridesOf<'_>, reload: Duration) -> Result<Look<Locator>> {
        match self {
            Source::Embedded => Ok(folder::look_embedded(overrides).map(Locator::File)),
            Source::Folder(path) => tokio::task::block_in_place(|| folder::look(path, overrides))
                .map(|look| look.map(Locator::File)),
            Source::Postgis(dsn) => {
                let client = postgis::connect(dsn).await?;
                let look = postgis::look(&client, &dsn.to_string(), overrides, reload).await?;
                client.close().await;
                Ok(look.map(Locator::Relation))
            }
        }
    }

    /// Returns a text that changes when another look may find something else; None if only a look
    /// can tell.
    pub fn stamp(&self) -> Option<String> {
        match self {
            Source::Embedded => Some(String::new()),
            Source::Folder(path) => folder::stamp(path).ok(),
            Source::Postgis(_) => None,
        }
    }

    /// Opens a collection whose rows stay in the database. `pool` is filled if it is empty.
    ///
    /// # Errors
    ///
    /// Fails if the collection cannot be served in this way: it has no key, it is a file, or the
    /// database cannot be reached.
    pub async fn open_direct(
        &self,
        found: &Found<Locator>,
        pool: &mut Option<Arc<Pool>>,
        limits: PoolLimits,
        times: Times,
    ) -> Result<Direct> {
        match (self, &found.locator) {
            (Source::Postgis(dsn), Locator::Relation(relation)) => {
                let pool = pool.get_or_insert_with(|| Pool::new(Dsn::clone(dsn), limits));
                Direct::open(pool.clone(), &found.with(relation.clone()), times).await
            }
            _ => Err(Error::internal("a file was to be asked like a database")),
        }
    }

    /// Reads one collection that a look at this source found. With `is_followed`, it also returns
    /// the position of its rows in the database's change feed.
    ///
    /// # Errors
    ///
    /// Fails as [`folder::load`] and [`postgis::load_followed`] do.
    pub async fn load(
        &self,
        found: &Found<Locator>,
        is_followed: bool,
        progress: Progress,
    ) -> Result<(Layer, Option<postgis::feed::Position>)> {
        match (self, &found.locator) {
            (Source::Postgis(dsn), Locator::Relation(relation)) => {
                postgis::load_followed(dsn, &found.with(relation.clone()), is_followed, &*progress).await
            }
            (_, Locator::File(file)) => {
                let found = found.with(file.clone());
                let read = tokio::task::spawn_blocking(move || folder::load(&found, &*progress));
                let read = read.await;
                let layer =
                    read.unwrap_or_else(|panic| Err(Error::internal(format!("reading failed: {panic}"))));
                layer.map(|layer| (layer, None))
            }
            _ => Err(Error::internal("a file was looked for in a database")),
        }
    }
}

impl Found<Locator> {
    /// Returns the same collection as a relation of a database; None if it is a file.
    pub fn relation(&self) -> Option<Found<postgis::Locator>> {
        match &self.locator {
            Locator::Relation(relation) => Some(self.with(relation.clone())),
            Locator::File(_) => None,
        }
    }

    /// Returns the names of the tables that it inherits from. Their rows include its own.
    pub fn parents(&self) -> &[Name] {
        match &self.locator {
            Locator::Relation(relation) => relation.parents(),
            Locator::File(_) => &[],
        }
    }

    /// Returns whether the configuration keeps its rows in the database.
    pub fn is_direct(&self) -> bool {
        matches!(&self.locator, Locator::Relation(relation) if relation.is_direct())
    }
}
