//! The statements of a look: which relations there are, which SRIDs occur, and how much data it is.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::connect::Client;
use super::dsn::STATEMENT_TIMEOUT;
use super::ident::Ident;
use super::relation::{Column, Described, Relation};
use super::{statement, wording};
use crate::error::{Error, Result, said};

/// The time limit for reading rows of one relation.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an answer is awaited beyond the server's own timeout.
const GRACE: Duration = Duration::from_secs(5);
/// The maximum size of an answer in bytes, about ten times that of ten thousand tables.
const MOST: usize = 128 << 20;
/// The size in bytes of a value in memory, without its text.
const VALUE: usize = 32;

/// Returns all relations with a geometry, as the catalogue describes them.
pub async fn describe(client: &Client, source: &str) -> Result<Vec<Described>> {
    let rows =
        ask(client, STATEMENT_TIMEOUT, statement::INTROSPECT, &format!("the catalogue of {source}")).await?;
    let misread = || Error::internal(format!("the catalogue of {source} could not be understood"));
    rows.iter()
        .map(|row| serde_json::from_str(row.get(0).ok_or_else(misread)?).map_err(|_| misread()))
        .collect()
}

/// Runs one statement in a transaction of its own, with a time limit on both sides. Its values are
/// returned as text.
async fn ask(client: &Client, timeout: Duration, text: &str, subject: &str) -> Result<Vec<SimpleQueryRow>> {
    let begun = Instant::now();
    let asking = async {
        loop {
            client.batch_execute(&statement::begin(timeout)).await?;
            let answer = gather(client, text).await;
            if let Ok(None) = answer {
                return Ok(None);
            }
            // If the transaction failed, this rolls it back.
            let ending = client.batch_execute(statement::COMMIT).await;
            match answer {
                Err(error) if wording::is_locked(&error) && begun.elapsed() < timeout => {}
                answer => return answer.and_then(|rows| ending.map(|()| rows)),
            }
        }
    };
    match tokio::time::timeout(timeout + GRACE, asking).await {
        Ok(Ok(Some(rows))) => Ok(rows),
        Ok(Ok(None)) => {
            let what = said!("the database answers with more than {} MiB about {}", MOST >> 20, subject);
            Err(Error::unavailable(what))
        }
        Ok(Err(error)) => Err(wording::statement(&error, subject)),
        Err(_) => {
            client.give_up();
            Err(Error::unavailable(said!("the database does not answer about {}", subject)))
        }
    }
}

/// Returns all rows of an answer; None if it is larger than [`MOST`].
async fn gather(
    client: &Client,
    text: &str,
) -> std::result::Result<Option<Vec<SimpleQueryRow>>, tokio_postgres::Error> {
    let (mut rows, mut bytes) = (Vec::new(), 0);
    let mut answer = std::pin::pin!(client.simple_query_raw(text).await?);
    while let Some(message) = answer.try_next().await? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        bytes += VALUE + (0..row.len()).map(|at| VALUE + row.get(at).map_or(0, str::len)).sum::<usize>();
        if bytes > MOST {
            client.give_up();
            return Ok(None);
        }
        rows.push(row);
    }
    Ok(Some(rows))
}

/// Returns the SRIDs (0 for none) of the first geometries of a column, and whether they have
/// heights. `postgis` is the schema of PostGIS.
pub async fn probe(
    client: &Client,
    relation: &Relation,
    column: &Column,
    postgis: &str,
) -> Result<(BTreeSet<u32>, bool)> {
    let text = statement::probe(&relation.ident(), &Ident::new(&column.name), &Ident::new(postgis));
    let rows = ask(client, PROBE_TIMEOUT, &text, &relation.qualified()).await?;
    let srid = |row: &SimpleQueryRow| row.get(0).and_then(|srid| srid.parse().ok()).unwrap_or(0);
    let has_z = rows.iter().any(|row| row.get(1) == Some("t"));
    Ok((rows.iter().map(srid).collect(), has_z))
}

/// Returns the planner's estimates for a relation: the number of rows, and the bytes for each row.
pub async fn plan(client: &Client, relation: &Relation, expressions: &[String]) -> Result<(f64, f64)> {
    let text = statement::explain(&relation.ident(), expressions);
    let rows = ask(client, PROBE_TIMEOUT, &text, &relation.qualified()).await?;
    let text: String = rows.iter().filter_map(|row| row.get(0)).collect();
    let plan: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let number = |name| plan.get(0)?.get("Plan")?.get(name)?.as_f64();
    Ok((number("Plan Rows").unwrap_or(0.0), number("Plan Width").unwrap_or(0.0)))
}
