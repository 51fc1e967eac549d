//! The SQL of the feed, made by pure functions. Names come from the catalogue, values go as parameters.

use crate::source::postgis::ident::Ident;

/// A statement that changes more keys than this is noted as one "read all again".
pub const ROWS_NOTED: usize = 500;
/// What marks the change table as ours, and its form.
pub const FORM: &str = "veedel change feed, form 1";
/// The channel that is notified of changes.
pub const CHANNEL: &str = "veedel";
/// At most once in so many milliseconds a notification is sent; changes within that time of one are found by whoever
/// looks again after it.
pub const TOLD_EVERY: u64 = 20;

/// Has the database tell of transactions with changes.
pub fn listen() -> String {
    format!("LISTEN {CHANNEL}")
}

/// Entries read at once; whoever is further behind reads everything again.
pub const MOST_ENTRIES: usize = 100_000;

/// The schema, the change table and what belongs to it.
pub const SCHEMA: &str = include_str!("schema.sql");

/// What notes refreshed materialised views and new partitions, where a superuser installs.
pub const COMMANDS: &str = include_str!("commands.sql");

/// Whether the role, and the owner of the change table, are superusers.
pub const MAY_NOTE_COMMANDS: &str = "\
SELECT (me.rolsuper AND owner.rolsuper)::text FROM pg_catalog.pg_roles me, pg_catalog.pg_class c \
JOIN pg_catalog.pg_roles owner ON owner.oid = c.relowner \
WHERE me.rolname = current_user AND c.oid = 'veedel.change'::pg_catalog.regclass";

/// One row for each relation of `served`, as `signs.sql` describes.
pub fn signs(served: &[u32]) -> String {
    let oids: Vec<String> = served.iter().map(u32::to_string).collect();
    include_str!("signs.sql").replace("'{served}'", &format!("'{{{}}}'", oids.join(",")))
}

/// A word that changes when relations come, go, or are described or granted otherwise.
pub const CATALOGUE: &str = "\
SELECT pg_catalog.concat_ws(':', pg_catalog.count(*), pg_catalog.sum(c.xmin::text::int8), \
    pg_catalog.sum(c.oid::int8), (SELECT pg_catalog.sum(n.xmin::text::int8) FROM pg_catalog.pg_namespace n)) \
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' \
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'veedel')";

/// The feed's table: its oid, whether it is in our form, and whether the role may read all that following needs.
pub const FEED: &str = "\
SELECT c.oid::text, (pg_catalog.obj_description(c.oid, 'pg_class') = 'veedel change feed, form 1')::text, \
    (pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') \
     AND pg_catalog.bool_and(pg_catalog.has_sequence_privilege(s.oid, 'SELECT')))::text \
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
LEFT JOIN pg_catalog.pg_class s ON s.relnamespace = n.oid AND s.relkind = 'S' AND s.relname = 'pruned' \
WHERE n.nspname = 'veedel' AND c.relname = 'change' AND c.relkind = 'r' GROUP BY c.oid, n.oid";

/// Where a transaction stands: the oldest transaction that may still be under way; a word for the server's life and
/// the change table's file, which changes with a restart, a failover, a TRUNCATE; the newest transaction pruned; on a
/// standby the time of the last commit replayed, in microseconds since 1970.
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

/// The entries of transactions that were under way at `$1` (an xid8 as text) or began later, but for those at the
/// positions of `$2` (an array as text).
pub const ENTRIES: &str = "\
SELECT c.position::text, c.transaction::text, c.relation::text, c.keys::text FROM veedel.change c \
WHERE c.transaction >= $1::pg_catalog.text::pg_catalog.xid8 \
  AND c.position <> ALL ($2::pg_catalog.text::pg_catalog.int8[]) \
ORDER BY c.position LIMIT 100001";

/// The positions of what a load at this snapshot has seen already; `$1` is its oldest transaction.
pub const SEEN: &str = "\
SELECT c.position::text, c.transaction::text FROM veedel.change c \
WHERE c.transaction >= $1::pg_catalog.text::pg_catalog.xid8 \
ORDER BY c.position LIMIT 100001";

/// A column of a key: its name, the type that its values are read as from JSON, and how it is selected.
#[derive(Clone, Debug)]
pub struct KeyColumn {
    /// The column.
    pub name: String,
    /// A type of `pg_catalog`.
    pub kind: String,
    /// The form in which the column is served, of an expression.
    pub form: super::super::statement::Form,
}

/// The rows with the keys in `$1` (JSON: an array of arrays): first the key as asked, then the row, all NULL where
/// there is none.
pub fn rows(relation: &Ident, key: &[KeyColumn], expressions: &[String]) -> String {
    let alias = |number: usize| Ident::new(&format!("veedel wanted {number}"));
    let asked: Vec<String> = key
        .iter()
        .enumerate()
        .map(|(number, column)| {
            format!("(e.key ->> {number})::pg_catalog.{} AS {}", Ident::new(&column.kind), alias(number))
        })
        .collect();
    let wanted = key.iter().enumerate().map(|(number, column)| column.form.of(&alias(number)));
    let selected: Vec<String> = wanted.chain(expressions.iter().cloned()).collect();
    let same: Vec<String> = key
        .iter()
        .enumerate()
        .map(|(number, column)| format!("there.{} = wanted.{}", Ident::new(&column.name), alias(number)))
        .collect();
    format!(
        "SELECT {} FROM (SELECT DISTINCT {} FROM \
         pg_catalog.jsonb_array_elements($1::pg_catalog.text::pg_catalog.jsonb) AS e(key)) AS wanted \
         LEFT JOIN {relation} AS there ON {}",
        selected.join(", "),
        asked.join(", "),
        same.join(" AND ")
    )
}

/// What makes a table and its parts (partitions, children) note their changes. `root` is the table's oid; `has_dates`
/// says whether there are dates among the columns of its key.
pub fn install(root: u32, parts: &[Ident], key: &[String], has_dates: bool) -> String {
    let mut text = function(root, key, has_dates);
    for part in parts {
        text += &drop_triggers(part);
        text += &triggers(root, part, key);
    }
    text
}

/// The function that notes what a statement on the table of this oid did.
fn function(root: u32, key: &[String], has_dates: bool) -> String {
    // A value is written by its type's own output, by nothing that the owner of a table could have made: what is called
    // here runs with the rights of whoever installed it. A cast to text or JSON can be his.
    let written = |column: Ident| format!("CASE WHEN r.{column} IS NOT NULL THEN concat(r.{column}) END");
    let columns: Vec<Ident> = key.iter().map(|name| Ident::new(name)).collect();
    let plain = columns.iter().map(Ident::to_string).collect::<Vec<_>>().join(", ");
    let values = columns.into_iter().map(written).collect::<Vec<_>>().join(", ");
    // Of a key of one column the value alone, which is less to write.
    let one = if key.len() == 1 { values } else { format!("json_build_array({values})") };
    let more = ROWS_NOTED + 1;
    let some = |rows: &str| format!("(SELECT {plain} FROM {rows} LIMIT {more})");
    // One statement for all of it: each that a function makes costs the writer some percent.
    let note = |rows: &str| {
        format!(
            "INSERT INTO veedel.change (relation, operation, keys) \
             SELECT TG_RELID, TG_OP, CASE WHEN count(*) <= {ROWS_NOTED} THEN json_agg({one}) END \
             FROM {rows} r HAVING count(*) > 0;"
        )
    };
    let (inserted, deleted) = (note(&some("new_rows")), note(&some("old_rows")));
    let updated = note(&format!("({} UNION {})", some("old_rows"), some("new_rows")));
    let body = format!(
        r#"DECLARE
    now_is bigint := date_part('epoch', clock_timestamp()) * 1000;
    moment text := now_is / {TOLD_EVERY};
BEGIN
    IF TG_OP = 'UPDATE' THEN
        {updated}
    ELSIF TG_OP = 'INSERT' THEN
        {inserted}
    ELSIF TG_OP = 'DELETE' THEN
        {deleted}
    ELSE
        INSERT INTO veedel.change (relation, operation) VALUES (TG_RELID, TG_OP);
    END IF;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- Whether this session has told someone at this moment is a matter of memory; whether another has, of a look.
    IF COALESCE(current_setting('veedel.told', true), '') <> moment THEN
        PERFORM set_config('veedel.told', moment, false);
        IF abs(now_is - (SELECT last_value FROM veedel.told)) >= {TOLD_EVERY} THEN
            PERFORM setval('veedel.told', now_is);
            PERFORM pg_notify('{CHANNEL}', '');
        END IF;
    END IF;
    IF random() < 0.005 THEN
        PERFORM veedel.prune();
    END IF;
    RETURN NULL;
END"#
    );
    // How dates are written is the session's, and read by ours.
    let dates = if has_dates { " SET datestyle = 'ISO, YMD'" } else { "" };
    // A literal and no dollar quotes, which a column's name could end.
    format!(
        "CREATE OR REPLACE FUNCTION veedel.\"note {root}\"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER \
         SET search_path = pg_catalog, pg_temp{dates} AS {};\n\
         REVOKE ALL ON FUNCTION veedel.\"note {root}\"() FROM PUBLIC;\n",
        literal(&body)
    )
}

/// The events, and what of the rows a trigger on them sees.
const EVENTS: [(&str, &str, &str); 4] = [
    ("veedel_feed_insert", "INSERT", "REFERENCING NEW TABLE AS new_rows "),
    ("veedel_feed_update", "UPDATE", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows "),
    ("veedel_feed_delete", "DELETE", "REFERENCING OLD TABLE AS old_rows "),
    ("veedel_feed_truncate", "TRUNCATE", ""),
];

fn triggers(root: u32, part: &Ident, key: &[String]) -> String {
    let arguments: Vec<String> = key.iter().map(|name| literal(name)).collect();
    let trigger = |(name, event, rows): &(&str, &str, &str)| {
        format!(
            "CREATE TRIGGER {name} AFTER {event} ON {part} {rows}FOR EACH STATEMENT \
             EXECUTE FUNCTION veedel.\"note {root}\"({});\n\
             ALTER TABLE ONLY {part} ENABLE ALWAYS TRIGGER {name};\n",
            arguments.join(", ")
        )
    };
    EVENTS.iter().map(trigger).collect()
}

/// Takes the feed's triggers from a relation.
pub fn drop_triggers(part: &Ident) -> String {
    EVENTS.iter().map(|(name, ..)| format!("DROP TRIGGER IF EXISTS {name} ON {part};\n")).collect()
}

/// Takes away the function that noted a table's changes.
pub fn drop_function(root: u32) -> String {
    format!("DROP FUNCTION IF EXISTS veedel.\"note {root}\"();\n")
}

/// Takes away all that the schema holds of ours, and the schema if nothing else is in it.
pub const DROP_SCHEMA: &str = "\
DROP EVENT TRIGGER IF EXISTS veedel_feed_command; DROP FUNCTION IF EXISTS veedel.note_command(); \
DROP TABLE IF EXISTS veedel.change; DROP SEQUENCE IF EXISTS veedel.pruned; DROP SEQUENCE IF EXISTS veedel.told; \
DROP FUNCTION IF EXISTS veedel.remember_pruned(); DROP FUNCTION IF EXISTS veedel.prune(); \
DO $$ DECLARE note pg_catalog.regprocedure; BEGIN \
    FOR note IN SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
                WHERE n.nspname = 'veedel' AND p.proname LIKE 'note %' LOOP \
        EXECUTE pg_catalog.format('DROP FUNCTION %s', note); \
    END LOOP; \
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   WHERE n.nspname = 'veedel') \
       AND EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'veedel') THEN \
        DROP SCHEMA veedel; \
    END IF; \
END $$";

/// Every relation with a trigger of the feed: schema and name.
pub const TRIGGERED: &str = "\
SELECT DISTINCT n.nspname::text, c.relname::text FROM pg_catalog.pg_trigger t \
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
WHERE t.tgname IN ('veedel_feed_insert', 'veedel_feed_update', 'veedel_feed_delete', 'veedel_feed_truncate')";

/// A table, its partitions and children: schema, name and kind of each, the table first.
pub const PARTS: &str = "\
WITH RECURSIVE part(oid, depth) AS ( \
    SELECT $1::pg_catalog.text::pg_catalog.oid, 0 \
    UNION SELECT i.inhrelid, p.depth + 1 FROM part p JOIN pg_catalog.pg_inherits i ON i.inhparent = p.oid) \
SELECT n.nspname::text, c.relname::text, c.relkind::text FROM part p \
JOIN pg_catalog.pg_class c ON c.oid = p.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
ORDER BY p.depth, 1, 2";

/// Marks the change table as ours.
pub fn mark() -> String {
    format!("COMMENT ON TABLE veedel.change IS {}", literal(FORM))
}

/// Lets `role` follow the feed.
pub fn grant(role: &str) -> String {
    let role = Ident::new(role);
    format!(
        "GRANT USAGE ON SCHEMA veedel TO {role}; GRANT SELECT ON veedel.change TO {role}; \
         GRANT SELECT ON SEQUENCE veedel.pruned TO {role}"
    )
}

/// A text as SQL.
fn literal(text: &str) -> String {
    let quoted = text.replace('\0', "").replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

#[cfg(test)]
mod tests {
    use super::super::super::statement::Form;
    use super::*;

    #[test]
    fn a_table_and_its_parts_note_their_changes() {
        let parts = [Ident::qualified("s", "t"), Ident::qualified("s", "t 1")];
        insta::assert_snapshot!(install(7, &parts, &["jahr".into(), "a\"'\\$veedel$b".into()], false));
        let dated = install(7, &parts, &["tag".into()], true);
        assert!(
            dated.contains("json_agg(CASE WHEN r.\"tag\" IS NOT NULL THEN concat(r.\"tag\") END)"),
            "{dated}"
        );
        assert!(dated.contains("SET datestyle = 'ISO, YMD'"), "{dated}");
    }

    #[test]
    fn rows_are_found_by_key_and_names_stay_names() {
        let key = [
            KeyColumn { name: "id\"".into(), kind: "int8".into(), form: Form::Cast("int8") },
            KeyColumn { name: "tag".into(), kind: "date".into(), form: Form::Cast("date") },
        ];
        let expressions = ["\"id\"\"\"::pg_catalog.int8".into(), "\"tag\"::pg_catalog.date".into()];
        insta::assert_snapshot!(rows(&Ident::qualified("s", "t"), &key, &expressions));
    }

    #[test]
    fn limits_are_the_same_in_all_places() {
        let limit = format!("LIMIT {}", MOST_ENTRIES + 1);
        assert!(ENTRIES.ends_with(&limit) && SEEN.ends_with(&limit));
        assert!(FEED.contains(FORM));
        assert_eq!(signs(&[1, 23]).matches("'{1,23}'").count(), 1);
    }
}
