//! `veedel feed`: installs a database's change feed, removes it, or describes its state.

use crate::config::command_line::{Feed, FeedTables};
use crate::error::{Error, Kind, Result};
use crate::source::Source;
use crate::source::postgis::{Dsn, feed};

/// Executes the command. For `status`, it returns the number of tables that are not followed.
///
/// # Errors
///
/// Fails if the database cannot be reached or rejects the command.
pub async fn feed(action: &Feed) -> Result<usize> {
    let (Feed::Install(tables) | Feed::Remove(tables) | Feed::Status(tables)) = action;
    let dsn = dsn(tables)?;
    let (lines, missing) = match action {
        Feed::Install(FeedTables { tables, readers, .. }) => (feed::install(&dsn, tables, readers).await?, 0),
        Feed::Remove(FeedTables { tables, .. }) => (feed::remove(&dsn, tables).await?, 0),
        Feed::Status(FeedTables { tables, .. }) => feed::status(&dsn, tables).await?,
    };
    lines.iter().for_each(|line| super::print::say(line));
    Ok(missing)
}

fn dsn(tables: &FeedTables) -> Result<Dsn> {
    let source = tables.source().map_err(|fault| Error::new(Kind::Invalid, fault.to_string()))?;
    match super::open(&source)? {
        Source::Postgis(dsn) => Ok(*dsn),
        _ => Err(Error::invalid("URL", "this is no database")),
    }
}
