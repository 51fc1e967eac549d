//! The statements that are sent to the database, as text, except those that depend on a query.
//!
//! Nothing from a request becomes part of them: names come from the database's own catalogue
//! through [`Ident`], and the expressions of columns are among the few in this file.

use std::time::Duration;

use super::ident::Ident;

/// Lists all relations, one row for each, as JSON.
pub const INTROSPECT: &str = include_str!("introspect.sql");

/// Ends a transaction that only read.
pub const COMMIT: &str = "COMMIT";

/// Asks whether the session can only read.
pub const IS_READ_ONLY: &str = "SHOW transaction_read_only";

/// How long reading a relation is tried again while another session has locked it.
pub const LOCKED_TIMEOUT: Duration = Duration::from_secs(10);

/// Begins a read-only transaction that sees one moment. Dates, intervals and floats are written in
/// the same way whatever the role's settings are, and no statement takes longer than `timeout`.
///
/// It waits for a lock for less than the 1 s after which PostgreSQL looks for deadlocks. So a
/// session that changes or drops tables does not fail because of this one. A transaction that meets
/// a lock is begun again, for at most [`LOCKED_TIMEOUT`].
pub fn begin(timeout: Duration) -> String {
    format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}", settings(timeout))
}

/// Returns the settings of a transaction that answers a request. Besides those of [`begin`], the
/// server ends it if no statement comes for `patience`.
pub fn settings_of_request(timeout: Duration, patience: Duration) -> String {
    format!("{}; SET LOCAL idle_in_transaction_session_timeout = {}", settings(timeout), patience.as_millis())
}

/// The settings end with the transaction, so that the next client of a connection pooler does not
/// get them.
fn settings(timeout: Duration) -> String {
    format!(
        "SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = 500; SET LOCAL jit = off; \
         SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'iso_8601'; \
         SET LOCAL extra_float_digits = 1; SET LOCAL client_min_messages = warning; SET LOCAL bytea_output = 'hex'",
        timeout.as_millis()
    )
}

/// Begins a savepoint for statements that may fail without ending the transaction. Each of them
/// takes at most `timeout`.
pub fn attempt(timeout: Duration) -> String {
    format!("SAVEPOINT attempt; SET LOCAL statement_timeout = {}", timeout.as_millis())
}

/// Rolls back to the savepoint of [`attempt`], whether the statements failed or not.
pub const END_OF_ATTEMPT: &str = "ROLLBACK TO SAVEPOINT attempt";

/// The expression by which a column is selected, so that its binary form is one that `copy` reads.
///
/// Each is a cast, even to the column's own type. If the type has changed since the look, the
/// database converts the value or fails, and bytes of one type are never read as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A cast to this type of `pg_catalog`.
    Cast(&'static str),
    /// The text of the value as JSON.
    Json,
}

impl Form {
    /// Returns the expression for a column.
    pub fn of(self, column: &Ident) -> String {
        match self {
            Form::Cast(kind) => format!("{column}::pg_catalog.{kind}"),
            Form::Json => format!("pg_catalog.to_json({column})::pg_catalog.text"),
        }
    }
}

/// Returns the expression for a geometry column as EWKB; `geometry` is the qualified type.
pub fn geometry(column: &Ident, geometry: &Ident) -> String {
    format!("{column}::{geometry}")
}

/// Returns a binary `COPY` of the rows of `relation`.
pub fn copy(relation: &Ident, expressions: &[String]) -> String {
    format!("COPY ({}) TO STDOUT (FORMAT binary)", select(relation, expressions))
}

/// Returns a statement for the planner's estimate of the number and the width of rows, as JSON.
pub fn explain(relation: &Ident, expressions: &[String]) -> String {
    format!("EXPLAIN (FORMAT json) {}", select(relation, expressions))
}

fn select(relation: &Ident, expressions: &[String]) -> String {
    format!("SELECT {} FROM {relation}", expressions.join(", "))
}

/// Returns a statement for the SRIDs of the first geometries, and whether they have heights.
/// `postgis` is the schema of PostGIS.
pub fn probe(relation: &Ident, column: &Ident, postgis: &Ident) -> String {
    format!(
        "SELECT {postgis}.st_srid(shape)::int4, \
                pg_catalog.bool_or({postgis}.st_zmflag(shape)::int4 >= 2) \
         FROM (SELECT {column}::{postgis}.geometry AS shape FROM {relation} \
               WHERE {column} IS NOT NULL LIMIT 1000) AS sample \
         GROUP BY 1 ORDER BY 1"
    )
}

/// Returns the statement that lets `role` read `relation`, for hints to the database's owner.
pub fn grant_select(relation: &Ident, role: &Ident) -> String {
    format!("GRANT SELECT ON {relation} TO {role}")
}

/// Returns the statement that lets `role` use `schema`, for hints to the database's owner.
pub fn grant_usage(schema: &Ident, role: &Ident) -> String {
    format!("GRANT USAGE ON SCHEMA {schema} TO {role}")
}

/// Returns the statement that sets the SRID of a table's geometries, for hints to its owner. `kind`
/// is the name of a geometry type with its Z.
pub fn set_srid(relation: &Ident, column: &Ident, postgis: &Ident, kind: &str) -> String {
    format!(
        "ALTER TABLE {relation} ALTER COLUMN {column} TYPE {postgis}.geometry({kind}, 25832) \
         USING {postgis}.ST_SetSRID({column}, 25832)"
    )
}

/// Returns the statement that fills a materialised view, for hints to its owner.
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
