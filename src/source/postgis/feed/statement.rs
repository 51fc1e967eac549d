//! The statements for following the feed, made by pure functions. Names come from the catalogue,
//! and values are parameters.

use crate::source::postgis::ident::Ident;

/// The comment that marks the change table as veedel's, and says its version.
pub const FORM: &str = "veedel change feed, form 1";
/// The channel of the notifications.
pub const CHANNEL: &str = "veedel";

/// Subscribes to the notifications about transactions with changes.
pub fn listen() -> String {
    format!("LISTEN {CHANNEL}")
}

/// The maximum number of entries that are read together. If there are more, everything is read
/// again.
pub const MOST_ENTRIES: usize = 100_000;

/// Returns one row for each relation with an OID in `served`; `fingerprints.sql` describes the
/// columns.
pub fn fingerprints(served: &[u32]) -> String {
    let oids: Vec<String> = served.iter().map(u32::to_string).collect();
    include_str!("fingerprints.sql").replace("'{served}'", &format!("'{{{}}}'", oids.join(",")))
}

/// Returns a text that changes when relations are created or dropped, or their definitions or
/// rights change.
pub const CATALOGUE: &str = "\
SELECT pg_catalog.concat_ws(':', pg_catalog.count(*), pg_catalog.sum(c.xmin::text::int8), \
    pg_catalog.sum(c.oid::int8), (SELECT pg_catalog.sum(n.xmin::text::int8) FROM pg_catalog.pg_namespace n)) \
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' \
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'veedel')";

/// Returns the change table: its OID, whether it is of this version, and whether the role may read
/// everything that following needs.
pub const FEED: &str = "\
SELECT c.oid::text, (pg_catalog.obj_description(c.oid, 'pg_class') = 'veedel change feed, form 1')::text, \
    (pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') \
     AND pg_catalog.bool_and(pg_catalog.has_sequence_privilege(s.oid, 'SELECT')))::text \
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
LEFT JOIN pg_catalog.pg_class s ON s.relnamespace = n.oid AND s.relkind = 'S' AND s.relname = 'pruned' \
WHERE n.nspname = 'veedel' AND c.relname = 'change' AND c.relkind = 'r' GROUP BY c.oid, n.oid";

/// Returns the state of the transaction: the oldest transaction that may still be running; a text
/// that identifies the run of the server and the file of the change table, which changes with a
/// restart, a failover or a TRUNCATE; the newest transaction whose entries were deleted; and on a
/// standby the time of the last replayed commit in microseconds since 1970.
pub const STAND: &str = "\
SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text, \
    pg_catalog.concat_ws('/', (SELECT system_identifier FROM pg_catalog.pg_control_system()), \
        CASE WHEN pg_catalog.pg_is_in_recovery() \
            THEN 'standby ' || (SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()) \
            ELSE pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8) END, \
        pg_catalog.pg_postmaster_start_time(), pg_catalog.pg_relation_filenode('veedel.change')), \
    (SELECT last_value FROM veedel.pruned)::text, \
    CASE WHEN pg_catalog.pg_is_in_recovery() THEN (pg_catalog.date_part('epoch', \
        COALESCE(pg_catalog.pg_last_xact_replay_timestamp(), '1970-01-01Z')) * 1000000)::int8::text END";

/// Returns the entries of transactions that were running at `$1` (an xid8 as text) or began later,
/// except those with the numbers in `$2` (an array as text).
pub const ENTRIES: &str = "\
SELECT c.position::text, c.transaction::text, c.relation::text, c.keys::text FROM veedel.change c \
WHERE c.transaction >= $1::pg_catalog.text::pg_catalog.xid8 \
  AND c.position <> ALL ($2::pg_catalog.text::pg_catalog.int8[]) \
ORDER BY c.position LIMIT 100001";

/// Returns the numbers of the entries that a load with this snapshot already contains; `$1` is its
/// oldest transaction.
pub const SEEN: &str = "\
SELECT c.position::text, c.transaction::text FROM veedel.change c \
WHERE c.transaction >= $1::pg_catalog.text::pg_catalog.xid8 \
ORDER BY c.position LIMIT 100001";

/// A column of a key: its name, the type that its JSON values are converted to, and how it is
/// selected.
#[derive(Clone, Debug)]
pub struct KeyColumn {
    /// The name of the column.
    pub name: String,
    /// The name of a type in `pg_catalog`.
    pub kind: String,
    /// The form in which the column is selected.
    pub form: super::super::statement::Form,
}

/// Returns a statement for the rows with the keys in `$1` (a JSON array of arrays). Its result has
/// the key that was asked for, followed by the row, which is all NULL if it does not exist.
pub fn rows(relation: &Ident, key: &[KeyColumn], expressions: &[String]) -> String {
    let alias = |number: usize| Ident::new(&format!("veedel wanted {number}"));
    let asked = |(number, column): (usize, &KeyColumn)| {
        format!("(e.key ->> {number})::pg_catalog.{} AS {}", Ident::new(column.asked_as()), alias(number))
    };
    let asked: Vec<String> = key.iter().enumerate().map(asked).collect();
    let wanted = key.iter().enumerate().map(|(number, column)| column.form.of(&alias(number)));
    let selected: Vec<String> = wanted.chain(expressions.iter().cloned()).collect();
    let same = |(number, column): (usize, &KeyColumn)| {
        let (there, wanted) =
            (format!("there.{}", Ident::new(&column.name)), format!("wanted.{}", alias(number)));
        match column.is_asked_as_written() {
            // Compared by its value, so that an index is used.
            true => format!(
                "{there} = {wanted}::pg_catalog.{} AND {there}::pg_catalog.text = {wanted}",
                Ident::new(&column.kind)
            ),
            false => format!("{there} = {wanted}"),
        }
    };
    let same: Vec<String> = key.iter().enumerate().map(same).collect();
    format!(
        "SELECT {} FROM (SELECT DISTINCT {} FROM \
         pg_catalog.jsonb_array_elements($1::pg_catalog.text::pg_catalog.jsonb) AS e(key)) AS wanted \
         LEFT JOIN {relation} AS there ON {}",
        selected.join(", "),
        asked.join(", "),
        same.join(" AND ")
    )
}

impl KeyColumn {
    /// Returns whether equal values of this type may be written differently, as 1.0 and 1.00. Then
    /// they are different keys.
    fn is_asked_as_written(&self) -> bool {
        self.kind == "numeric"
    }

    fn asked_as(&self) -> &str {
        if self.is_asked_as_written() { "text" } else { &self.kind }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::statement::Form;
    use super::*;

    #[test]
    fn rows_are_found_by_key_and_names_stay_names() {
        let key = [
            KeyColumn { name: "id\"".into(), kind: "int8".into(), form: Form::Cast("int8") },
            KeyColumn { name: "tag".into(), kind: "date".into(), form: Form::Cast("date") },
        ];
        let expressions = ["\"id\"\"\"::pg_catalog.int8".into(), "\"tag\"::pg_catalog.date".into()];
        insta::assert_snapshot!(rows(&Ident::qualified("s", "t"), &key, &expressions));
        let number = [KeyColumn { name: "n".into(), kind: "numeric".into(), form: Form::Cast("text") }];
        insta::assert_snapshot!("numeric", rows(&Ident::new("t"), &number, &[]));
    }

    #[test]
    fn limits_are_the_same_in_all_places() {
        let limit = format!("LIMIT {}", MOST_ENTRIES + 1);
        assert!(ENTRIES.ends_with(&limit) && SEEN.ends_with(&limit));
        assert!(FEED.contains(FORM));
        assert_eq!(fingerprints(&[1, 23]).matches("'{1,23}'").count(), 1);
    }
}
