//! The statements that install the feed and remove it, made by pure functions. Names come from the
//! catalogue.
//!
//! For an UPDATE, both old and new rows are compared, only to find keys that changed. A row trigger
//! on the key's columns would cost the writer less, but PostgreSQL does not change the type of a
//! column with such a trigger, and the feed must never make a command of the owner fail.

use super::statement::{CHANNEL, FORM};
use crate::source::postgis::ident::Ident;

/// The number of changed keys above which a statement is recorded as one "read all again".
pub const ROWS_NOTED: usize = 500;
/// The minimum time in milliseconds between two notifications. A reader finds changes in between by
/// looking again after this time.
pub const TOLD_EVERY: u64 = 20;

/// Creates the schema, the change table and what belongs to it.
pub fn schema() -> String {
    include_str!("schema.sql").replace("{told_every}", &TOLD_EVERY.to_string()).replace("{channel}", CHANNEL)
}

/// Creates the event trigger for refreshed materialised views and new partitions, which needs a
/// superuser.
pub const COMMANDS: &str = include_str!("commands.sql");

/// Asks whether the role and the owner of the change table are superusers.
pub const MAY_NOTE_COMMANDS: &str = "\
SELECT (me.rolsuper AND owner.rolsuper)::text FROM pg_catalog.pg_roles me, pg_catalog.pg_class c \
JOIN pg_catalog.pg_roles owner ON owner.oid = c.relowner \
WHERE me.rolname = current_user AND c.oid = 'veedel.change'::pg_catalog.regclass";

/// Lists schema, name and kind of a table, its partitions and its children, the table first.
pub const PARTS: &str = "\
WITH RECURSIVE part(oid, depth) AS ( \
    SELECT $1::pg_catalog.text::pg_catalog.oid, 0 \
    UNION SELECT i.inhrelid, p.depth + 1 FROM part p JOIN pg_catalog.pg_inherits i ON i.inhparent = p.oid) \
SELECT n.nspname::text, c.relname::text, c.relkind::text FROM part p \
JOIN pg_catalog.pg_class c ON c.oid = p.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
ORDER BY p.depth, 1, 2";

/// Creates the triggers on a table and its partitions and children. `root` is the table's OID;
/// `has_dates` says whether its key contains dates.
pub fn install(root: u32, parts: &[Ident], key: &[String], has_dates: bool) -> String {
    let mut text = function(root, key, has_dates);
    for part in parts {
        text += &drop_triggers(part);
        text += &triggers(root, part, key);
    }
    text
}

/// Returns the statements that record the keys of inserted, deleted and updated rows. Each is a
/// single statement, since every further one costs the writer some percent.
///
/// A value is written by the output function of its type. A cast to text or JSON could call a
/// function of the table's owner, which would run with the rights of the role that installed the
/// feed. Keys are compared as they are written, because 1.0 and 1.00 are equal but different keys
/// for readers.
fn notes(key: &[String]) -> [String; 3] {
    let columns: Vec<Ident> = key.iter().map(|name| Ident::new(name)).collect();
    let numbered = |form: fn(usize, &Ident) -> String| {
        (1..).zip(&columns).map(|(number, column)| form(number, column)).collect::<Vec<_>>().join(", ")
    };
    let plain = numbered(|number, column| format!("{column} AS k{number}"));
    let written = numbered(|number, column| {
        format!("CASE WHEN {column} IS NOT NULL THEN concat({column}) END COLLATE \"C\" AS k{number}")
    });
    let (nulls, names) = (numbered(|_, _| "NULL::text".into()), numbered(|_, column| column.to_string()));
    // If the owner renames or drops a column, its name refers to the column that is always NULL, so
    // that writers do not fail.
    let some = |list: &str| {
        format!(
            "(SELECT k.* FROM (VALUES ({nulls})) missing({names}) CROSS JOIN LATERAL ({list} LIMIT {}) k) r",
            ROWS_NOTED + 1
        )
    };
    let values = numbered(|number, _| format!("r.k{number}"));
    let note = |list: &str, keys: &str, also: &str| {
        format!(
            "INSERT INTO veedel.change (relation, operation, keys) \
             SELECT TG_RELID, TG_OP, CASE WHEN count(*) <= {ROWS_NOTED} AND bool_and(num_nulls({values}) = 0) THEN {keys} END \
             FROM {} HAVING count(*) > 0{also};",
            some(list)
        )
    };
    let select = |what: &str, rows: &str| format!("SELECT {what} FROM {rows}");
    let both = format!(
        "({} LIMIT {more}) UNION ({} LIMIT {more})",
        select(&written, "old_rows"),
        select(&written, "new_rows"),
        more = ROWS_NOTED + 1
    );
    if columns.len() == 1 {
        let [old, new] = ["old_rows", "new_rows"].map(|rows| select(&plain, rows));
        let keys = "concat(array_agg(r.k1))";
        // Mostly all rows keep their keys, and checking this is cheaper than a UNION.
        let same = format!(" AND {keys} COLLATE \"C\" = (SELECT {keys} FROM {})", some(&old));
        let updated = [
            note(&new, keys, &same),
            "        IF NOT FOUND THEN".into(),
            format!("            {}", note(&both, keys, "")),
            "        END IF;".into(),
        ];
        return [note(&new, keys, ""), note(&old, keys, ""), updated.join("\n")];
    }
    let keys = format!("json_agg(json_build_array({values}))");
    let [old, new] = ["old_rows", "new_rows"].map(|rows| select(&written, rows));
    [&new, &old, &both].map(|list| note(list, &keys, ""))
}

/// Returns the function that records what a statement did to the table with this OID.
fn function(root: u32, key: &[String], has_dates: bool) -> String {
    let [inserted, deleted, updated] = notes(key);
    // A column may have the name of a variable (FOUND, TG_OP); then the name means the column.
    let body = format!(
        r#"#variable_conflict use_column
BEGIN
    -- Whoever has dropped the table wants nothing noted, and no writer to fail.
    IF to_regclass('veedel.change') IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        {updated}
    ELSIF TG_OP = 'INSERT' THEN
        {inserted}
    ELSIF TG_OP = 'DELETE' THEN
        {deleted}
    ELSE
        INSERT INTO veedel.change (relation, operation) VALUES (TG_RELID, TG_OP);
    END IF;
    -- Whether this session has told someone at this moment is a matter of memory; whether another has, of a look.
    IF FOUND AND COALESCE(current_setting('veedel.told', true), '')
        <> ((date_part('epoch', clock_timestamp()) * 1000)::bigint / {TOLD_EVERY})::text THEN
        PERFORM veedel.tell();
    END IF;
    RETURN NULL;
END"#
    );
    // Dates are written as the session sets it, and must be read independently of this.
    let dates = if has_dates { " SET datestyle = 'ISO, YMD'" } else { "" };
    // A literal is used instead of dollar quotes, which the name of a column could end.
    format!(
        "CREATE OR REPLACE FUNCTION veedel.\"note {root}\"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER \
         SET search_path = pg_catalog, pg_temp{dates} AS {};\n\
         REVOKE ALL ON FUNCTION veedel.\"note {root}\"() FROM PUBLIC;\n",
        literal(&body)
    )
}

/// The events, and the rows that a trigger sees for each.
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

/// Drops the feed's triggers on a relation.
pub fn drop_triggers(part: &Ident) -> String {
    EVENTS.iter().map(|(name, ..)| format!("DROP TRIGGER IF EXISTS {name} ON {part};\n")).collect()
}

/// Drops the function that recorded a table's changes.
pub fn drop_function(root: u32) -> String {
    format!("DROP FUNCTION IF EXISTS veedel.\"note {root}\"();\n")
}

/// Lists schema and name of all relations that have a trigger of the feed.
pub const TRIGGERED: &str = "\
SELECT DISTINCT n.nspname::text, c.relname::text FROM pg_catalog.pg_trigger t \
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
WHERE t.tgname IN ('veedel_feed_insert', 'veedel_feed_update', 'veedel_feed_delete', 'veedel_feed_truncate')";

/// Drops everything that the feed created in the schema, and the schema if nothing else is in it.
pub const DROP_SCHEMA: &str = "\
DROP EVENT TRIGGER IF EXISTS veedel_feed_command; DROP FUNCTION IF EXISTS veedel.note_command(); \
DROP TABLE IF EXISTS veedel.change; DROP TABLE IF EXISTS veedel.pruning; \
DROP SEQUENCE IF EXISTS veedel.pruned; DROP SEQUENCE IF EXISTS veedel.told; \
DROP FUNCTION IF EXISTS veedel.remember_pruned(); DROP FUNCTION IF EXISTS veedel.prune(); \
DROP FUNCTION IF EXISTS veedel.tell(); \
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

/// Marks the change table as veedel's.
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

/// Returns a text as an SQL literal.
fn literal(text: &str) -> String {
    let quoted = text.replace('\0', "").replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_and_its_parts_note_their_changes() {
        let parts = [Ident::qualified("s", "t"), Ident::qualified("s", "t 1")];
        insta::assert_snapshot!(install(7, &parts, &["jahr".into(), "a\"'\\$veedel$b".into()], false));
        insta::assert_snapshot!("dated", function(7, &["tag".into()], true));
    }
}
