//! Reads the present state of rows with certain keys.

use jiff::Timestamp;
use tokio_postgres::types::{FromSql, Type};

use super::change::Change;
use crate::error::Result;
use crate::layer::{Changes, Column, ColumnBuilder, Value};
use crate::source::found::Found;
use crate::source::postgis::connect::Client;
use crate::source::postgis::load::{Building, ByKey, Locator};
use crate::source::postgis::{copy, wording};

/// The bytes of a value as the server sent them.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(
        _: &Type,
        raw: &'a [u8],
    ) -> std::result::Result<Raw<'a>, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Raw(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Reads the rows of `found` with these keys (a JSON array of arrays) in the open transaction. If
/// they cannot be read by key, the change says that everything must be read again, and why.
pub(super) async fn read(client: &Client, found: &Found<Locator>, keys: &str) -> Result<Change> {
    const FAULT: &str = "its rows cannot be read one by one";
    let Some(by_key) = &found.locator.by_key else { return Ok(Change::Everything(FAULT)) };
    let worded = |error| wording::statement(&error, &found.collection.qualified);
    client.batch_execute("SAVEPOINT rows").await.map_err(worded)?;
    // The statement is prepared with known types. Otherwise the driver asks for unknown types while
    // rows already arrive, and waits for ever if there are many.
    let rows = match client.prepare_typed(&by_key.statement, &[Type::TEXT]).await {
        Ok(prepared) => client.query(&prepared, &[&keys]).await,
        Err(error) => Err(error),
    };
    match rows {
        Ok(rows) => {
            let changes = tokio::task::block_in_place(|| changes(found, by_key, &rows));
            Ok(changes.map_or(Change::Everything(FAULT), |changes| Change::Rows(Box::new(changes))))
        }
        Err(_) if client.is_usable() => {
            client.batch_execute("ROLLBACK TO SAVEPOINT rows").await.map_err(worded)?;
            Ok(Change::Everything(FAULT))
        }
        Err(error) => Err(worded(error)),
    }
}

fn changes(found: &Found<Locator>, by_key: &ByKey, rows: &[tokio_postgres::Row]) -> Result<Changes> {
    let collection = &found.collection;
    let width = by_key.columns.len();
    let kinds: Vec<_> =
        collection.key.iter().filter_map(|index| Some(collection.columns.get(*index)?.kind)).collect();
    let mut keys: Vec<ColumnBuilder> = kinds.iter().map(|kind| ColumnBuilder::new(*kind)).collect();
    let mut building = Building::new(collection, &found.locator)?;
    for row in rows {
        let field = |index: usize| {
            let raw: Option<Raw<'_>> = row.try_get(index).ok().flatten();
            raw.map(|raw| raw.0)
        };
        for ((index, kind), column) in kinds.iter().enumerate().zip(&mut keys) {
            // A key that is no value of its type finds nothing, as it should.
            let _ = column.push(copy::value(*kind, field(index)).unwrap_or(Value::Null));
        }
        let is_there = collection.key.iter().all(|index| field(width + index).is_some());
        if is_there {
            building.row(|index| field(width + index))?;
        }
    }
    let keys: Vec<Column> = keys.into_iter().map(ColumnBuilder::finish).collect();
    Ok(Changes { keys, count: rows.len() as u32, rows: building.finish(Timestamp::now()) })
}
