//! Installs the feed on tables, and removes it.

use tokio_postgres::types::Type;

use super::status::{FeedState, chosen, look_and_fingerprints};
use super::triggers;
use crate::error::{Error, Kind, Result};
use crate::source::postgis::connect::{Client, connect};
use crate::source::postgis::dsn::Dsn;
use crate::source::postgis::ident::Ident;
use crate::source::postgis::wording;

/// Begins the transaction; it waits at most 10 s for the locks of writers.
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = 10000; SET LOCAL client_min_messages = warning; SET LOCAL veedel.noting = on";

/// Installs the feed on the tables named, or on all tables with a key if none is named, and lets
/// `readers` follow it. It may be repeated: what exists is replaced, and new partitions are added.
/// Returns a line of text for each table.
///
/// # Errors
///
/// Fails, and changes nothing, if a named table cannot be followed, or if the role lacks the
/// rights: ownership of each table, and CREATE on the database.
pub async fn install(dsn: &Dsn, tables: &[String], readers: &[String]) -> Result<Vec<String>> {
    let (client, look, fingerprints) = look_and_fingerprints(dsn).await?;
    if fingerprints.feed == FeedState::Foreign {
        return Err(Error::new(Kind::Invalid, "veedel.change is a table that veedel did not make")
            .hint("rename it, or use another database"));
    }
    let mut lines = vec![];
    client.batch_execute(BEGIN).await.map_err(|error| refused(&error, "the database"))?;
    client.batch_execute(&triggers::schema()).await.map_err(|error| refused(&error, "schema veedel"))?;
    client.batch_execute(&triggers::mark()).await.map_err(|error| refused(&error, "schema veedel"))?;
    for found in chosen(&look.found, tables)? {
        let name = &found.collection.qualified;
        let Some(by_key) = &found.locator.by_key else {
            if !tables.is_empty() {
                let what = format!("{name} has no key by which single rows could be read, or is no table");
                return Err(Error::invalid("TABLE", what).hint("without the feed it is watched"));
            }
            lines.push(format!("{name}: left out: it has no key, or is no table; it is watched"));
            continue;
        };
        let parts = parts(&client, found.locator.oid).await?;
        let (foreign, own): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.2 == "f");
        let own: Vec<Ident> = own.iter().map(|part| Ident::qualified(&part.0, &part.1)).collect();
        let text = triggers::install(found.locator.oid, &own, &by_key.columns, by_key.has_dates);
        client.batch_execute(&text).await.map_err(|error| refused(&error, name))?;
        let key = by_key.columns.join(", ");
        lines.push(match foreign.first() {
            Some(part) => {
                format!("{name}: triggers by {key}; but its part {} is a foreign table: timed", part.1)
            }
            None => format!("{name}: triggers by {key} on {} relations", own.len()),
        });
    }
    lines.push(note_commands(&client).await?);
    for role in readers {
        let granted = client.batch_execute(&triggers::grant(role)).await;
        granted.map_err(|error| refused(&error, &format!("role {role}")))?;
        lines.push(format!("{role} may read the feed"));
    }
    client.batch_execute("COMMIT").await.map_err(|error| refused(&error, "the database"))?;
    client.close().await;
    Ok(lines)
}

/// Installs an event trigger for changes that no trigger on a table sees, if the role may. Returns
/// a line of text about it.
async fn note_commands(client: &Client) -> Result<String> {
    let worded = |error| refused(&error, "the event trigger");
    let rows = client.query_typed(triggers::MAY_NOTE_COMMANDS, &[]).await.map_err(worded)?;
    let may = rows.first().and_then(|row| row.try_get::<_, &str>(0).ok()) == Some("true");
    if !may {
        return Ok(
            "materialised views and new partitions are not noted: only a superuser's installation does that"
                .into(),
        );
    }
    client.batch_execute(triggers::COMMANDS).await.map_err(worded)?;
    Ok("materialised views and new partitions are noted as well".into())
}

/// Removes the feed from the tables named. If none is named, it removes the whole feed.
///
/// # Errors
///
/// Fails, and changes nothing, if the role lacks the rights.
pub async fn remove(dsn: &Dsn, tables: &[String]) -> Result<Vec<String>> {
    let worded = |error| refused(&error, "the feed");
    let mut lines = vec![];
    if tables.is_empty() {
        let client = connect(dsn).await?;
        client.batch_execute(BEGIN).await.map_err(worded)?;
        for row in client.query_typed(triggers::TRIGGERED, &[]).await.map_err(worded)? {
            let [schema, name] = [0, 1].map(|column| row.try_get::<_, &str>(column).unwrap_or_default());
            let text = triggers::drop_triggers(&Ident::qualified(schema, name));
            client.batch_execute(&text).await.map_err(|error| refused(&error, name))?;
            lines.push(format!("{schema}.{name}: triggers removed"));
        }
        client.batch_execute(triggers::DROP_SCHEMA).await.map_err(worded)?;
        client.batch_execute("COMMIT").await.map_err(worded)?;
        client.close().await;
        return Ok(lines);
    }
    let (client, look, _) = look_and_fingerprints(dsn).await?;
    client.batch_execute(BEGIN).await.map_err(worded)?;
    for found in chosen(&look.found, tables)? {
        let name = &found.collection.qualified;
        let mut text = String::new();
        for (schema, part, _) in parts(&client, found.locator.oid).await? {
            text += &triggers::drop_triggers(&Ident::qualified(&schema, &part));
        }
        text += &triggers::drop_function(found.locator.oid);
        client.batch_execute(&text).await.map_err(|error| refused(&error, name))?;
        lines.push(format!("{name}: triggers removed"));
    }
    client.batch_execute("COMMIT").await.map_err(worded)?;
    client.close().await;
    Ok(lines)
}

/// Returns schema, name and kind of a table and its partitions.
async fn parts(client: &Client, oid: u32) -> Result<Vec<(String, String, String)>> {
    let oid = oid.to_string();
    let rows = client.query_typed(triggers::PARTS, &[(&oid, Type::TEXT)]).await;
    let rows = rows.map_err(|error| refused(&error, "the catalogue"))?;
    let text = |row: &tokio_postgres::Row, column| row.try_get::<_, String>(column).unwrap_or_default();
    Ok(rows.iter().map(|row| (text(row, 0), text(row, 1), text(row, 2))).collect())
}

/// Returns the reason why the database rejected a statement.
fn refused(error: &tokio_postgres::Error, subject: &str) -> Error {
    match error.code().map(|code| code.code()) {
        Some("42501") => Error::new(Kind::Invalid, format!("the role may not install the feed on {subject}"))
            .hint("use the owner of the tables, with CREATE on the database"),
        Some("42704") => Error::new(Kind::NotFound, format!("there is no {subject}")),
        Some("25006") => Error::new(Kind::Invalid, "this is a standby").hint("use the primary's address"),
        _ => wording::statement(error, subject),
    }
}
