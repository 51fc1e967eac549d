//! The statements sent to the database, as text. What follows from a query is made in `direct`.
//!
//! Nothing from a request gets in: names come from the database's own catalogue through [`Ident`],
//! and the expressions of columns are chosen from the few here.

use std::time::Duration;

use super::ident::Ident;

/// What is there: one row a relation, as JSON.
pub const INTROSPECT: &str = include_str!("introspect.sql");

/// The end of a transaction that only read.
pub const COMMIT: &str = "COMMIT";

/// Asks whether the session can only read.
pub const IS_READ_ONLY: &str = "SHOW transaction_read_only";

/// The longest that a relation locked by another session is tried again.
pub const LOCKED_TIMEOUT: Duration = Duration::from_secs(10);

/// Begins a transaction that sees one moment and changes nothing, in which dates, intervals and
/// floats are written the same whatever the role's settings, and no statement takes longer than
/// `timeout`.
///
/// It waits for a lock less long than PostgreSQL before it looks for deadlocks (1 s): whoever
/// changes or drops tables must not be the one who fails because we read them. Who meets a lock
/// begins anew, for at most [`LOCKED_TIMEOUT`].
pub fn begin(timeout: Duration) -> String {
    format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}", settings(timeout))
}

/// The settings of a transaction that answers a request: beside those of [`begin`] it is ended
/// where nobody goes on reading for `patience`.
pub fn settings_of_request(timeout: Duration, patience: Duration) -> String {
    format!("{}; SET LOCAL idle_in_transaction_session_timeout = {}", settings(timeout), patience.as_millis())
}

/// They end with the transaction, so that a connection pooler's next client does not inherit them.
fn settings(timeout: Duration) -> String {
    format!(
        "SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = 500; SET LOCAL jit = off; \
         SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'iso_8601'; \
         SET LOCAL extra_float_digits = 1; SET LOCAL client_min_messages = warning; SET LOCAL bytea_output = 'hex'",
        timeout.as_millis()
    )
}

/// Begins what may fail without ending the transaction, and takes at most `timeout` a statement.
pub fn attempt(timeout: Duration) -> String {
    format!("SAVEPOINT attempt; SET LOCAL statement_timeout = {}", timeout.as_millis())
}

/// Undoes [`attempt`], whether it failed or not.
pub const END_OF_ATTEMPT: &str = "ROLLBACK TO SAVEPOINT attempt";

/// How a column is selected so that its binary form is one of the few that `copy` reads.
///
/// Each is a cast, even to the type it has: where that has changed since the look, the database
/// then converts or complains, and never are the bytes of one type read as another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As this type of `pg_catalog`.
    Cast(&'static str),
    /// As the text of its JSON.
    Json,
}

impl Form {
    /// The expression for a column.
    pub fn of(self, column: &Ident) -> String {
        match self {
            Form::Cast(kind) => format!("{column}::pg_catalog.{kind}"),
            Form::Json => format!("pg_catalog.to_json({column})::pg_catalog.text"),
        }
    }
}

/// A geometry column as EWKB; `geometry` is the qualified type.
pub fn geometry(column: &Ident, geometry: &Ident) -> String {
    format!("{column}::{geometry}")
}

/// The rows of `relation` as `COPY` in binary.
pub fn copy(relation: &Ident, expressions: &[String]) -> String {
    format!("COPY ({}) TO STDOUT (FORMAT binary)", select(relation, expressions))
}

/// The plan of reading `relation`, as JSON: how many rows, how wide.
pub fn explain(relation: &Ident, expressions: &[String]) -> String {
    format!("EXPLAIN (FORMAT json) {}", select(relation, expressions))
}

fn select(relation: &Ident, expressions: &[String]) -> String {
    format!("SELECT {} FROM {relation}", expressions.join(", "))
}

/// The SRIDs, and whether there are heights, among the first geometries; `postgis` is the schema of
/// PostGIS.
pub fn probe(relation: &Ident, column: &Ident, postgis: &Ident) -> String {
    format!(
        "SELECT {postgis}.st_srid(shape)::int4, \
                pg_catalog.bool_or({postgis}.st_zmflag(shape)::int4 >= 2) \
         FROM (SELECT {column}::{postgis}.geometry AS shape FROM {relation} \
               WHERE {column} IS NOT NULL LIMIT 1000) AS sample \
         GROUP BY 1 ORDER BY 1"
    )
}

/// What a database's owner runs to let `role` read `relation`, for hints.
pub fn grant_select(relation: &Ident, role: &Ident) -> String {
    format!("GRANT SELECT ON {relation} TO {role}")
}

/// What a database's owner runs to let `role` see into `schema`, for hints.
pub fn grant_usage(schema: &Ident, role: &Ident) -> String {
    format!("GRANT USAGE ON SCHEMA {schema} TO {role}")
}

/// What a table's owner runs to state the coordinate system of its geometries, for hints: `kind` is
/// the name of a geometry type, with its Z.
pub fn set_srid(relation: &Ident, column: &Ident, postgis: &Ident, kind: &str) -> String {
    format!(
        "ALTER TABLE {relation} ALTER COLUMN {column} TYPE {postgis}.geometry({kind}, 25832) \
         USING {postgis}.ST_SetSRID({column}, 25832)"
    )
}

/// What a materialised view's owner runs to fill it, for hints.
pub fn refresh(relation: &Ident) -> String {
    format!("REFRESH MATERIALIZED VIEW {relation}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_name_stays_a_name() {
        let relation = Ident::qualified("s", "a\"; drop table x; --");
        assert_eq!(
            copy(&relation, &[Form::Json.of(&Ident::new("ä"))]),
            "COPY (SELECT pg_catalog.to_json(\"ä\")::pg_catalog.text FROM \"s\".\"a\"\"; drop table x; --\") \
             TO STDOUT (FORMAT binary)"
        );
    }
}
