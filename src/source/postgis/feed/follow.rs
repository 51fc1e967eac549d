//! Follows a database: a connection that receives notifications and reads, as of one moment,
//! everything that has changed since another.

use super::change::Change;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_postgres::types::Type;

use super::position::{Position, Stand};
use super::statement::{self, MOST_ENTRIES};
use super::status::{self, Fingerprints};
use super::{keys, rows};
use crate::error::{Error, Kind, Result};
use crate::source::found::Found;
use crate::source::postgis::connect::{Client, connect};
use crate::source::postgis::dsn::Dsn;
use crate::source::postgis::load::Locator;
use crate::source::postgis::statement::{COMMIT, begin};
use crate::source::postgis::wording;

/// The time limit for reading the changes of one moment.
const BATCH_TIMEOUT: Duration = Duration::from_secs(20);
/// The number of changed keys above which reading the whole table is faster.
const MOST_KEYS: usize = 20_000;

/// An open connection for following a database.
pub struct Link {
    pub(super) client: Client,
}

/// A collection that follows the feed.
#[derive(Clone, Debug)]
pub struct Followed {
    /// The collection and how it is read.
    pub found: Arc<Found<Locator>>,
    /// The OIDs of the table and its partitions.
    pub relations: BTreeSet<u32>,
    /// The position up to which its layer contains the changes.
    pub position: Arc<Position>,
}

/// All changes up to one moment.
#[derive(Debug)]
pub struct Batch {
    /// The position of the moment, for all collections that were followed.
    pub position: Arc<Position>,
    /// The moment, by the clock of this machine. For a standby it is the time of the last commit
    /// that it has replayed.
    pub as_of: Timestamp,
    /// The changes of each followed collection, in the order in which these were given.
    pub changes: Vec<Change>,
    /// The OIDs of the relations that have entries.
    pub noted: BTreeSet<u32>,
}

/// An entry of the change table.
struct Entry {
    position: i64,
    transaction: u64,
    relation: u32,
    keys: Option<String>,
}

impl Link {
    /// Connects and subscribes to notifications.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be reached.
    pub async fn open(dsn: &Dsn) -> Result<Link> {
        let client = connect(dsn).await?;
        let listen = statement::listen();
        let listening = tokio::time::timeout(dsn.deadline(), client.batch_execute(&listen)).await;
        // A standby sends no notifications, so it must be polled every second.
        match listening {
            Ok(_) => Ok(Link { client }),
            Err(_) => Err(Error::unavailable(format!("{dsn} stopped answering"))),
        }
    }

    /// Waits until the database sends a notification or the connection ends.
    pub async fn notified(&self) {
        self.client.notified().await;
    }

    /// Returns whether another statement can be sent.
    pub fn is_usable(&self) -> bool {
        self.client.is_usable()
    }

    /// Returns whether the connection was ended because no answer came in time.
    pub fn has_stalled(&self) -> bool {
        self.client.is_given_up()
    }

    /// Returns the fingerprints of the relations with the OIDs `served`, and the state of the feed.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn fingerprints(&self, served: &[u32]) -> Result<Fingerprints> {
        let answer = tokio::time::timeout(BATCH_TIMEOUT, status::fingerprints(&self.client, served)).await;
        answer.unwrap_or_else(|_| Err(self.stalled()))
    }

    /// Returns everything that has changed of `followed` since their positions, as of one moment of
    /// the database. The rows of all of them are from the same snapshot.
    ///
    /// # Errors
    ///
    /// Fails with [`Kind::NotFound`] if the feed can no longer be read, with [`Kind::Timeout`] if
    /// another session has locked it for the moment, and otherwise if the database does not answer.
    pub async fn batch(&self, followed: &[Followed]) -> Result<Batch> {
        let answer = tokio::time::timeout(BATCH_TIMEOUT, self.read(followed)).await;
        answer.unwrap_or_else(|_| Err(self.stalled()))
    }

    fn stalled(&self) -> Error {
        self.client.give_up();
        Error::unavailable("the database does not answer about its changes")
    }

    async fn read(&self, followed: &[Followed]) -> Result<Batch> {
        let as_of = Timestamp::now();
        self.client.batch_execute(&begin(BATCH_TIMEOUT)).await.map_err(|error| lost(&error))?;
        let batch = self.read_in_transaction(followed, as_of).await;
        let ended = self.client.batch_execute(COMMIT).await;
        batch.and_then(|batch| ended.map(|()| batch).map_err(|error| lost(&error)))
    }

    async fn read_in_transaction(&self, followed: &[Followed], as_of: Timestamp) -> Result<Batch> {
        let stand = Stand::read(&self.client).await.map_err(|error| lost(&error))?;
        let from = followed.iter().map(|one| one.position.oldest).min().unwrap_or(stand.oldest);
        // Usually all have the same position, and entries before it need not be read again.
        let first = followed.first().map(|one| &one.position);
        let common = first.filter(|first| followed.iter().all(|one| one.position == **first));
        let seen = common.map_or(&[][..], |position| &position.seen);
        let entries = self.entries(from, seen).await.map_err(|error| lost(&error))?;
        let mut changes = Vec::with_capacity(followed.len());
        for one in followed {
            changes.push(self.change(one, &stand, &entries).await?);
        }
        let known =
            seen.iter().copied().chain(entries.iter().map(|entry| (entry.position, entry.transaction)));
        let mut seen: Vec<(i64, u64)> = known.filter(|entry| entry.1 >= stand.oldest).collect();
        seen.sort_unstable();
        let as_of = stand.replayed.unwrap_or(as_of);
        let noted = entries.iter().map(|entry| entry.relation).collect();
        let position = Arc::new(Position { epoch: stand.epoch, oldest: stand.oldest, seen });
        Ok(Batch { position, as_of, changes, noted })
    }

    async fn entries(
        &self,
        from: u64,
        seen: &[(i64, u64)],
    ) -> std::result::Result<Vec<Entry>, tokio_postgres::Error> {
        let positions: Vec<String> = seen.iter().map(|entry| entry.0.to_string()).collect();
        let (from, seen) = (from.to_string(), format!("{{{}}}", positions.join(",")));
        let rows =
            self.client.query_typed(statement::ENTRIES, &[(&from, Type::TEXT), (&seen, Type::TEXT)]).await?;
        let entry = |row: &tokio_postgres::Row| {
            let text = |column: usize| row.try_get::<_, Option<&str>>(column).ok().flatten();
            Some(Entry {
                position: text(0)?.parse().ok()?,
                transaction: text(1)?.parse().ok()?,
                relation: text(2)?.parse().ok()?,
                keys: text(3).map(Into::into),
            })
        };
        Ok(rows.iter().filter_map(entry).collect())
    }

    async fn change(&self, followed: &Followed, stand: &Stand, entries: &[Entry]) -> Result<Change> {
        let position = &followed.position;
        if position.epoch != stand.epoch {
            return Ok(Change::Everything(
                "the database was restarted or replaced, or its change table emptied",
            ));
        }
        if stand.pruned >= position.oldest || entries.len() > MOST_ENTRIES {
            return Ok(Change::Everything("more has changed than was kept"));
        }
        let is_new = |entry: &&Entry| {
            followed.relations.contains(&entry.relation)
                && !position.has_seen(entry.position, entry.transaction)
        };
        let mut all: BTreeSet<String> = BTreeSet::new();
        for entry in entries.iter().filter(is_new) {
            let Some(list) = &entry.keys else {
                return Ok(Change::Everything("many rows have changed at once"));
            };
            let Some(list) = keys::of(list) else {
                return Ok(Change::Everything("the change table holds what veedel did not write"));
            };
            all.extend(list);
        }
        match all.len() {
            0 => Ok(Change::Nothing),
            1..=MOST_KEYS => {
                let list: Vec<String> = all.into_iter().collect();
                rows::read(&self.client, &followed.found, &format!("[{}]", list.join(","))).await
            }
            _ => Ok(Change::Everything("many rows have changed")),
        }
    }
}

/// Returns the error: not found if the feed itself is missing or unreadable, else one of the
/// connection.
fn lost(error: &tokio_postgres::Error) -> Error {
    match error.code().map(|code| code.code()) {
        Some(code) if code.starts_with("42") || code.starts_with("3F") => {
            Error::not_found("the change feed cannot be read any more")
                .hint("veedel feed status tells what is missing; veedel feed install makes it anew")
        }
        Some("55P03") => Error::new(Kind::Timeout, "the change feed is locked by another session"),
        _ => wording::statement(error, "the change feed"),
    }
}
