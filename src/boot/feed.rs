//! `veedel feed`: installs a database's change feed, takes it away, says how it is.

use crate::config::command_line::{Feed, FeedTables};
use crate::error::{Error, Kind, Result};
use crate::source::Source;
use crate::source::postgis::{Dsn, feed};

/// Does what the command line asks; answers how many tables are not followed, where that was the
/// question.
pub async fn feed(action: &Feed) -> Result<usize> {
    let (Feed::Install(tables) | Feed::Remove(tables) | Feed::Status(tables)) = action;
    let dsn = dsn(tables)?;
    let (lines, missing) = match action {
        Feed::Install(FeedTables { tables, readers, .. }) => (feed::install(&dsn, tables, readers).await?, 0),
        Feed::Remove(FeedTables { tables, .. }) => (feed::remove(&dsn, tables).await?, 0),
        Feed::Status(FeedTables { tables, .. }) => feed::status(&dsn, tables).await?,
    };
    lines.iter().for_each(|line| super::say(line));
    Ok(missing)
}

fn dsn(tables: &FeedTables) -> Result<Dsn> {
    let source = tables.source().map_err(|fault| Error::new(Kind::Invalid, fault.to_string()))?;
    match super::open(&source)? {
        Source::Postgis(dsn) => Ok(*dsn),
        _ => Err(Error::invalid("URL", "this is no database")),
    }
}
