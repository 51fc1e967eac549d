//! The arguments of `veedel feed`.

use std::ffi::OsString;
use std::fmt;

use clap::{Args, Subcommand};

use super::environment;
use super::fault::{Fault, Wrong};
use super::source::Source;

/// What to do with a database's change feed.
#[derive(Debug, Subcommand)]
pub enum Feed {
    /// Make triggers that note each change, on the tables named or on all that have a key; again is
    /// safe
    Install(FeedTables),
    /// Take the triggers away from the tables named; without any, everything that was installed
    Remove(FeedTables),
    /// Say for each table whether it is followed, and what is missing
    Status(FeedTables),
}

/// A database and tables in it. Their `Debug` leaves the database out, which may hold a password.
#[derive(Args)]
pub struct FeedTables {
    /// The postgresql:// URL; to install, as the owner of the tables
    #[arg(value_name = "URL")]
    pub database: OsString,
    /// Tables, as NAME or SCHEMA.NAME; without any, all
    #[arg(value_name = "TABLE")]
    pub tables: Vec<String>,
    /// With install: the role by which veedel serves, which may then read the feed
    #[arg(long = "reader", value_name = "ROLE")]
    pub readers: Vec<String>,
}

impl FeedTables {
    /// Returns the database as a source.
    ///
    /// # Errors
    ///
    /// Fails if it is no `postgresql://` URL.
    pub fn source(&self) -> Result<Source, Fault> {
        let wrong = || Wrong::new("is no database", "write postgresql://USER@HOST/DATABASE");
        let source = Source::from_argument(&self.database, &environment::of_the_process);
        match source.map_err(|wrong| wrong.of("URL"))? {
            source @ Source::Postgis(_) => Ok(source),
            _ => Err(wrong().of("URL")),
        }
    }
}

impl fmt::Debug for FeedTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedTables").field("tables", &self.tables).finish_non_exhaustive()
    }
}
