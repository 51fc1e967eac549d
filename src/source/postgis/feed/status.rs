//! The state of the feed, what it does not record, and the fingerprints by which relations without
//! it are watched.

use std::collections::BTreeMap;

use serde::Deserialize;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::statement;
use crate::error::{Error, Result};
use crate::source::found::{Found, Look};
use crate::source::postgis::connect::{Client, connect};
use crate::source::postgis::dsn::{Dsn, STATEMENT_TIMEOUT};
use crate::source::postgis::introspect::look;
use crate::source::postgis::statement::{COMMIT, begin};
use crate::source::postgis::wording;

/// Whether a database has a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedState {
    /// There is no feed.
    Absent,
    /// There is a table of the same name, which is not veedel's.
    Foreign,
    /// There is a feed that the role may not read.
    Unreadable,
    /// There is a feed that the role may read.
    Readable,
}

/// All fingerprints of one moment.
#[derive(Clone, Debug)]
pub struct Fingerprints {
    /// A text that changes when relations are created or dropped, or their definitions or rights
    /// change.
    pub catalogue: String,
    /// Whether there is a feed.
    pub feed: FeedState,
    /// The fingerprint of each relation, by its OID.
    pub relations: BTreeMap<u32, Fingerprint>,
}

/// What is known about one relation, to recognize changes.
#[derive(Clone, Debug, Deserialize)]
pub struct Fingerprint {
    /// The object identifier (OID) in `pg_class`.
    pub oid: u32,
    /// The name `schema.name`.
    pub name: String,
    /// The kind in `pg_class`: `r`, `p`, `v`, `m` or `f`.
    pub kind: String,
    /// A text that changes after rows may have changed, some time after the commit, since
    /// statistics are gathered later.
    pub rows: String,
    /// A text that changes when the table has other partitions, or was rewritten as a whole.
    pub files: String,
    /// A text that changes when the columns, the rights or the definition of a view change.
    pub definition: String,
    /// The OIDs of the relations that its rows come from: itself, its partitions, and those that a
    /// view reads.
    pub reaches: Vec<u32>,
    /// Whether `rows` changes with every change. This is not so for foreign tables, for functions
    /// that may read anything, and on a standby, which gathers no statistics.
    pub is_certain: bool,
    /// Whether an event trigger records what triggers on tables do not see: refreshed views and new
    /// partitions.
    pub notes_commands: bool,
    /// Sentences about changes that the feed does not record.
    pub gaps: Vec<String>,
    /// The keys that triggers record: names of columns, each ended by a zero byte, as hexadecimal
    /// digits.
    keys: Vec<String>,
}

impl Fingerprint {
    /// Returns whether it is a materialised view whose refreshing is recorded.
    pub fn is_noted_when_refreshed(&self) -> bool {
        self.kind == "m" && self.notes_commands
    }

    /// Returns whether triggers record all its changes by this key.
    pub fn is_noted_by(&self, key: &[String]) -> bool {
        let text: String = key.iter().flat_map(|name| [name.as_str(), "\0"]).collect();
        let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        self.gaps.is_empty() && self.keys == [digits]
    }
}

/// Returns the fingerprints of relations as of one moment.
pub(super) async fn fingerprints(client: &Client, served: &[u32]) -> Result<Fingerprints> {
    let worded = |error| wording::statement(&error, "the catalogue");
    client.batch_execute(&begin(STATEMENT_TIMEOUT)).await.map_err(worded)?;
    let asked = async {
        let catalogue = client.simple_query(statement::CATALOGUE).await?;
        let feed = client.simple_query(statement::FEED).await?;
        let relations = client.simple_query(&statement::fingerprints(served)).await?;
        Ok([catalogue, feed, relations])
    };
    let answer = asked.await;
    let ended = client.batch_execute(COMMIT).await;
    let [catalogue, feed, relations] = answer.and_then(|answer| ended.map(|()| answer)).map_err(worded)?;
    let read = |row: SimpleQueryRow| serde_json::from_str::<Fingerprint>(row.get(0)?).ok();
    Ok(Fingerprints {
        catalogue: rows(catalogue).next().and_then(|row| row.get(0).map(Into::into)).unwrap_or_default(),
        feed: match rows(feed).next().map(|row| [1, 2].map(|column| row.get(column) == Some("true"))) {
            None => FeedState::Absent,
            Some([false, _]) => FeedState::Foreign,
            Some([true, false]) => FeedState::Unreadable,
            Some([true, true]) => FeedState::Readable,
        },
        relations: rows(relations)
            .filter_map(read)
            .map(|fingerprint| (fingerprint.oid, fingerprint))
            .collect(),
    })
}

fn rows(messages: Vec<SimpleQueryMessage>) -> impl Iterator<Item = SimpleQueryRow> {
    messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

/// Returns everything that could be followed, and its fingerprints. Tables without geometry are
/// included.
pub(super) async fn look_and_fingerprints(
    dsn: &Dsn,
) -> Result<(Client, Look<crate::source::postgis::load::Locator>, Fingerprints)> {
    let client = connect(dsn).await?;
    let all = |_: &str, _: &str| crate::catalog::Overrides { listed: true, ..Default::default() };
    let look = look(&client, &dsn.to_string(), &all, std::time::Duration::ZERO).await?;
    let mut served: Vec<u32> = look.found.iter().map(|found| found.locator.oid).collect();
    served.dedup();
    let fingerprints = fingerprints(&client, &served).await?;
    Ok((client, look, fingerprints))
}

/// Describes the state of the feed in lines of text, first of the feed and then of each table.
/// Returns also how many of the tables named (or of all if none is named) are not followed.
///
/// # Errors
///
/// Fails if the database cannot be reached or a named table does not exist.
pub async fn status(dsn: &Dsn, tables: &[String]) -> Result<(Vec<String>, usize)> {
    let (client, look, fingerprints) = look_and_fingerprints(dsn).await?;
    client.close().await;
    let mut lines = vec![match fingerprints.feed {
        FeedState::Absent => "no feed is installed".to_owned(),
        FeedState::Foreign => "veedel.change is a table that veedel did not make".to_owned(),
        FeedState::Unreadable => {
            "a feed is installed, which this role may not read (install --reader)".to_owned()
        }
        FeedState::Readable => "a feed is installed, and this role may read it".to_owned(),
    }];
    let mut missing = usize::from(fingerprints.feed != FeedState::Readable);
    for found in chosen(&look.found, tables)? {
        let Some(fingerprint) = fingerprints.relations.get(&found.locator.oid) else { continue };
        let (line, is_followed) = one(found, fingerprint, fingerprints.feed);
        missing += usize::from(!is_followed);
        lines.push(line);
    }
    Ok((lines, missing))
}

fn one(
    found: &Found<crate::source::postgis::load::Locator>,
    fingerprint: &Fingerprint,
    feed: FeedState,
) -> (String, bool) {
    let else_class = if fingerprint.is_certain { "watched" } else { "timed" };
    let why = match (fingerprint.kind.as_str(), &found.locator.by_key) {
        ("v", _) => "a view: it is read again when the tables it reads change".into(),
        ("m", _) if fingerprint.is_noted_when_refreshed() && feed == FeedState::Readable => {
            return (format!("{}: feed: read again whenever it is refreshed", fingerprint.name), true);
        }
        ("m", _) => {
            "a materialised view: only an event trigger notes REFRESH, which a superuser installs".into()
        }
        ("f", _) => "a foreign table tells of no change".into(),
        (_, None) => "it has no key by which single rows could be read".into(),
        (_, Some(by_key)) if fingerprint.is_noted_by(&by_key.columns) => {
            let class = if feed == FeedState::Readable { "feed" } else { else_class };
            return (format!("{}: {class}", fingerprint.name), class == "feed");
        }
        (_, Some(by_key)) if fingerprint.gaps.is_empty() => {
            format!("its triggers note another key than {}", by_key.columns.join(", "))
        }
        _ => fingerprint.gaps.join("; "),
    };
    (format!("{}: {else_class}: {why}", fingerprint.name), false)
}

/// Returns one collection for each of the tables named `table` or `schema.table`; all tables if
/// none is named.
pub(super) fn chosen<'a>(
    found: &'a [Found<crate::source::postgis::load::Locator>],
    tables: &[String],
) -> Result<Vec<&'a Found<crate::source::postgis::load::Locator>>> {
    let mut all: Vec<_> = found.iter().collect();
    all.dedup_by_key(|found| found.locator.oid);
    let is = |found: &Found<crate::source::postgis::load::Locator>, name: &String| {
        [&found.short, &found.collection.qualified].contains(&name)
    };
    if let Some(name) = tables.iter().find(|name| !all.iter().any(|found| is(found, name))) {
        return Err(Error::invalid("TABLE", format!("there is no table {name:?} that could be followed")));
    }
    all.retain(|found| tables.is_empty() || tables.iter().any(|name| is(found, name)));
    Ok(all)
}
