//! The statements about keys and the record, as text. Values are parameters.

use std::time::Duration;

use crate::source::postgis::ident::Ident;

/// The comment that marks both tables as veedel's, and says their version.
pub const FORM: &str = "veedel state, form 1";

/// Creates the tables and functions.
pub const SCHEMA: &str = include_str!("schema.sql");

/// Marks the tables as veedel's.
pub fn mark() -> String {
    format!("COMMENT ON TABLE veedel.key IS '{FORM}'; COMMENT ON TABLE veedel.audit IS '{FORM}'")
}

/// Begins a transaction that may write. Whoever waits, or is waited for, gives up after `patience`.
/// What it has committed is on the disk.
pub fn begin(patience: Duration) -> String {
    let time = patience.as_millis().max(1);
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL statement_timeout = {time}; \
         SET LOCAL lock_timeout = {time}; SET LOCAL idle_in_transaction_session_timeout = {time}; \
         SET LOCAL synchronous_commit = on; SET LOCAL DateStyle = 'ISO, YMD'; \
         SET LOCAL client_min_messages = warning"
    )
}

/// Ends a transaction that has failed.
pub const ROLLBACK: &str = "ROLLBACK";

/// Returns what the role finds, in one row: whether this is a standby; the comments of both tables,
/// NULL if they do not exist; what the role lacks to serve, to change keys, to read the record and
/// to read keys, and what it may beyond serving; the number of our functions.
pub const FOUND: &str = "\
WITH place AS (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = 'veedel'), \
relation AS ( \
    SELECT c.oid, c.relname, c.relowner, COALESCE(pg_catalog.obj_description(c.oid, 'pg_class'), '') AS form \
    FROM pg_catalog.pg_class c JOIN place p ON p.oid = c.relnamespace WHERE c.relname IN ('key', 'audit')), \
routine AS ( \
    SELECT p.oid FROM pg_catalog.pg_proc p JOIN place n ON n.oid = p.pronamespace \
    WHERE p.proname IN ('audit_end', 'audit_append')), \
lack(need, name) AS ( \
    SELECT 'all', 'USAGE on schema veedel' FROM place p WHERE NOT pg_catalog.has_schema_privilege(p.oid, 'USAGE') \
    UNION ALL SELECT 'all', 'SELECT on veedel.key' FROM relation r \
    WHERE r.relname = 'key' AND NOT pg_catalog.has_table_privilege(r.oid, 'SELECT') \
    UNION ALL SELECT 'serve', 'UPDATE (last_used) on veedel.key' FROM relation r \
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attname = 'last_used' \
    WHERE r.relname = 'key' AND NOT pg_catalog.has_column_privilege(r.oid, a.attnum, 'UPDATE') \
    UNION ALL SELECT 'change', w.name || ' on veedel.key' FROM relation r \
    CROSS JOIN (VALUES ('INSERT'), ('DELETE')) AS w(name) \
    WHERE r.relname = 'key' AND NOT pg_catalog.has_table_privilege(r.oid, w.name) \
    UNION ALL SELECT DISTINCT w.need, 'EXECUTE on the functions veedel.audit_end and veedel.audit_append' \
    FROM routine r CROSS JOIN (VALUES ('serve'), ('change')) AS w(need) \
    WHERE NOT pg_catalog.has_function_privilege(r.oid, 'EXECUTE') \
    UNION ALL SELECT 'record', 'SELECT on veedel.audit' FROM relation r \
    WHERE r.relname = 'audit' AND NOT pg_catalog.has_table_privilege(r.oid, 'SELECT') \
    UNION ALL SELECT 'beyond', CASE r.relname WHEN 'audit' THEN 'read or change the record' ELSE 'make keys' END \
    FROM relation r WHERE pg_catalog.has_table_privilege(r.oid, \
        CASE r.relname WHEN 'audit' THEN 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE' ELSE 'INSERT, UPDATE, DELETE, TRUNCATE' END)) \
SELECT pg_catalog.pg_is_in_recovery()::text, \
    (SELECT r.form FROM relation r WHERE r.relname = 'key'), \
    (SELECT r.form FROM relation r WHERE r.relname = 'audit'), \
    (SELECT pg_catalog.string_agg(l.name, ', ') FROM lack l WHERE l.need IN ('all', 'serve')), \
    (SELECT pg_catalog.string_agg(l.name, ', ') FROM lack l WHERE l.need IN ('all', 'change')), \
    (SELECT pg_catalog.string_agg(l.name, ', ') FROM lack l WHERE l.need IN ('all', 'record') \
        AND l.name <> 'SELECT on veedel.key'), \
    (SELECT pg_catalog.string_agg(l.name, ', ') FROM lack l WHERE l.need = 'all'), \
    (SELECT pg_catalog.string_agg(l.name, ' and ' ORDER BY l.name) FROM lack l WHERE l.need = 'beyond'), \
    (SELECT pg_catalog.count(*) FROM routine)::text";

/// Returns the name of the owner of the record.
pub const OWNER: &str = "\
SELECT pg_catalog.pg_get_userbyid(c.relowner)::text FROM pg_catalog.pg_class c \
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'veedel' AND c.relname = 'audit'";

/// Lists all keys, each as JSON.
pub const KEYS: &str = "\
SELECT pg_catalog.json_build_object('name', k.name, 'prefix', k.prefix, 'sha256', k.sha256, 'roles', k.roles, \
    'created', pg_catalog.to_char(k.created AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
    'expires', pg_catalog.to_char(k.expires AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
    'revoked', pg_catalog.to_char(k.revoked AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
    'last_used', k.last_used)::text \
FROM veedel.key k ORDER BY k.created, k.sha256";

/// Lets nobody else change keys until the end of the transaction.
pub const LOCK_KEYS: &str = "LOCK TABLE veedel.key IN SHARE ROW EXCLUSIVE MODE";

/// Removes the keys with the hashes in `$1`, an array of JSON.
pub const REMOVE_KEYS: &str = "\
DELETE FROM veedel.key k \
WHERE k.sha256 IN (SELECT pg_catalog.json_array_elements_text($1::pg_catalog.text::pg_catalog.json))";

/// Adds the keys in `$1`, an array of JSON.
pub const ADD_KEYS: &str = "\
INSERT INTO veedel.key (name, prefix, sha256, roles, created, expires, revoked, last_used) \
SELECT k.name, k.prefix, k.sha256, k.roles, k.created, k.expires, k.revoked, k.last_used \
FROM pg_catalog.json_to_recordset($1::pg_catalog.text::pg_catalog.json) AS k(name text, prefix text, sha256 text, \
    roles text[], created timestamptz, expires timestamptz, revoked timestamptz, last_used date)";

/// Notes on which day keys were last used, where that is later than what is noted. `$1` is an array
/// of pairs of JSON: the hash of the key and the day.
pub const NOTE_DAYS: &str = "\
UPDATE veedel.key k SET last_used = (d.pair->>1)::pg_catalog.date \
FROM pg_catalog.json_array_elements($1::pg_catalog.text::pg_catalog.json) AS d(pair) \
WHERE k.sha256 = d.pair->>0 AND (k.last_used IS NULL OR k.last_used < (d.pair->>1)::pg_catalog.date)";

/// Returns the last line of the record with its segment, and the last line about rules.
pub const END: &str = "SELECT e.segment, e.line, e.rules FROM veedel.audit_end() e";

/// Appends the lines `$3` to the segment `$2`, behind the line with the hash `$1`.
pub const APPEND: &str = "\
SELECT e.appended::text, e.segment, e.line \
FROM veedel.audit_append($1::pg_catalog.text, $2::pg_catalog.text, $3::pg_catalog.text) e";

/// Lists the segments of the record.
pub const SEGMENTS: &str = "SELECT DISTINCT a.segment FROM veedel.audit a ORDER BY 1";

/// Lists the lines of the segment `$1`.
pub const LINES: &str =
    "SELECT a.line FROM veedel.audit a WHERE a.segment = $1::pg_catalog.text ORDER BY a.position";

/// Lets `role` serve: read keys, note their last use, append to the record, and nothing else.
pub fn grant_serving(role: &str) -> String {
    let role = Ident::new(role);
    format!(
        "REVOKE ALL ON veedel.key, veedel.audit, veedel.appending FROM {role}; \
         GRANT USAGE ON SCHEMA veedel TO {role}; \
         GRANT SELECT, UPDATE (last_used) ON veedel.key TO {role}; \
         GRANT EXECUTE ON FUNCTION veedel.audit_end(), veedel.audit_append(text, text, text) TO {role}"
    )
}

/// Lets `role` make and end keys, and read the record.
pub fn grant_managing(role: &str) -> String {
    let role = Ident::new(role);
    format!(
        "GRANT USAGE ON SCHEMA veedel TO {role}; GRANT SELECT, INSERT, DELETE ON veedel.key TO {role}; \
         GRANT SELECT ON veedel.audit TO {role}; \
         GRANT EXECUTE ON FUNCTION veedel.audit_end(), veedel.audit_append(text, text, text) TO {role}"
    )
}
