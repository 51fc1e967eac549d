//! The SQL of imports, made here and nowhere else in this room.
//!
//! Names that import has made are usable ones ([`names`](super::names)), those of tables that are
//! there may be any: all are quoted.

use super::existing::Plan;
use super::postgis::GEOMETRY;
use super::table::Table;

/// All features of a layer of an OSM extract, in GDAL's SQL; GDAL alone names those layers.
pub fn layer_of_extract(layer: &str) -> String {
    format!("SELECT * FROM {layer}")
}

/// How many rows there are.
pub fn count(table: &str) -> String {
    format!("SELECT count(*) FROM {table}")
}

/// Lets the planner know a new table.
pub fn analyze(table: &str) -> String {
    format!("ANALYZE {table}")
}

/// A name that may be any, as SQL reads it.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The schema that tables are made in, quoted, and the table of this name there, if there is one;
/// one JSON object.
pub fn look(name: &str) -> String {
    format!(
        "SELECT json_build_object('schema', quote_ident(current_schema()), 'table', (SELECT json_build_object( \
         'kind', c.relkind, \
         'mark', (SELECT obj_description(k.oid, 'pg_constraint') FROM pg_constraint k \
           WHERE k.conrelid = c.oid AND k.contype = 'p'), \
         'key', (SELECT coalesce(json_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_index i \
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) \
           WHERE i.indrelid = c.oid AND i.indisprimary), \
         'columns', (SELECT coalesce(json_agg(json_build_object('name', a.attname, \
             'kind', format_type(a.atttypid, a.atttypmod), 'is_generated', a.attgenerated <> '') \
             ORDER BY a.attnum), '[]') \
           FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), \
         'uses', (SELECT coalesce(json_agg(DISTINCT jsonb_build_object('column', a.attname, \
             'what', pg_describe_object(d.classid, d.objid, d.objsubid))), '[]') \
           FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
           WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid > 0 \
             AND d.classid <> 'pg_attrdef'::regclass \
             AND NOT (d.classid = 'pg_constraint'::regclass AND EXISTS ( \
               SELECT FROM pg_constraint p WHERE p.oid = d.objid AND p.contype = 'p')) \
             AND NOT (d.classid = 'pg_class'::regclass AND EXISTS ( \
               SELECT FROM pg_class s LEFT JOIN pg_index i ON i.indexrelid = s.oid WHERE s.oid = d.objid \
               AND (s.relkind = 'S' OR i.indkey::text = a.attnum::text AND a.attname = '{GEOMETRY}')))), \
         'referrers', (SELECT count(*) FROM pg_constraint f WHERE f.confrelid = c.oid AND f.contype = 'f'), \
         'is_of_extension', EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass \
           AND e.objid = c.oid AND e.deptype = 'e'), \
         'is_inherited', EXISTS (SELECT FROM pg_inherits h WHERE c.oid IN (h.inhrelid, h.inhparent)), \
         'is_noted', EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid \
           AND t.tgname LIKE 'veedel\\_feed\\_%')) \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relname = '{name}' AND n.nspname = current_schema()))::text"
    )
}

/// The statements that make a table of the draft, where there is none of its name.
pub fn creation(schema: &str, draft: &str, own_key: &str, table: &Table, mark: &str) -> Vec<String> {
    let name = &table.name;
    let (from, to) = (format!("{schema}.\"{draft}\""), format!("{schema}.\"{name}\""));
    let mut all = titles(&from, table, |_| true);
    // PostgreSQL names keys and indexes itself: the names that would fit may be those of a table
    // renamed.
    match table.key.and_then(|key| table.columns.get(key)) {
        Some(_) => all.push(format!("ALTER TABLE {from} DROP COLUMN \"{own_key}\"")),
        None => {
            all.push(format!("ALTER TABLE {from} DROP CONSTRAINT \"{draft}_pkey\""));
            let sequence = |table: &str| format!("{schema}.\"{table}_{own_key}_seq\"");
            all.push(format!(
                "DO $$ BEGIN IF to_regclass('{}') IS NULL THEN ALTER SEQUENCE {} RENAME TO \"{name}_{own_key}_seq\"; \
                 END IF; END $$",
                sequence(name).replace('\'', "''"),
                sequence(draft)
            ));
        }
    }
    all.push(format!("ALTER TABLE {from} RENAME TO \"{name}\""));
    all.push(format!("ALTER TABLE {to} ADD PRIMARY KEY (\"{}\")", table.key_name(own_key)));
    if table.geometry.is_some() {
        all.push(index(&to));
    }
    all.push(marked(&to, mark));
    all
}

fn index(table: &str) -> String {
    format!("CREATE INDEX ON {table} USING gist ({GEOMETRY})")
}

/// Writes the mark that tells a table of import's: on its key, where nobody looks for a place for
/// words.
fn marked(table: &str, mark: &str) -> String {
    let (name, mark) = (table.replace('\'', "''"), mark.replace('\'', "''"));
    format!(
        "DO $$ DECLARE k name := (SELECT conname FROM pg_constraint \
         WHERE conrelid = '{name}'::regclass AND contype = 'p'); \
         BEGIN EXECUTE format('COMMENT ON CONSTRAINT %I ON {name} IS %L', k, '{mark}'); END $$"
    )
}

/// What columns were called in the file, as their comments: strings of a stranger, the only ones here.
fn titles(table: &str, of: &Table, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let comment = |(column, title): (&String, &String)| {
        let title = title.replace('\\', "\\\\").replace('\'', "''");
        format!("COMMENT ON COLUMN {table}.\"{column}\" IS E'{title}'")
    };
    of.titles.iter().filter(|(column, _)| is_wanted(column)).map(comment).collect()
}

/// What comes before a table is compared: nobody writes to it any more, a policy that would hide
/// rows is an error, and the planner knows the draft.
pub fn held(plan: &Plan<'_>) -> [String; 3] {
    // Rows that are known by their key are met by it alone; looking at geometries takes long.
    let met_by = plan.key_kept.as_ref().map_or(String::new(), |key| format!(" ({})", quoted(key)));
    [
        "SET LOCAL row_security = off".into(),
        format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", plan.table),
        analyze(&format!("{}{met_by}", plan.draft)),
    ]
}

/// How many rows are new, changed and gone, as one JSON object. Values are compared as text, so
/// that a column may have another type than before.
pub fn changes(plan: &Plan<'_>) -> String {
    let (table, draft) = (&plan.table, &plan.draft);
    let kept: Vec<&str> = plan.kept().collect();
    match &plan.key_kept {
        Some(key) => {
            let key = quoted(key);
            let differs = differs(&kept);
            format!(
                "SELECT json_build_object('new', count(*) FILTER (WHERE o.{key} IS NULL), \
                 'gone', count(*) FILTER (WHERE n.{key} IS NULL), 'changed', count(*) FILTER \
                 (WHERE o.{key} IS NOT NULL AND n.{key} IS NOT NULL AND {differs}))::text \
                 FROM {table} o FULL JOIN {draft} n ON o.{key}::text = n.{key}::text"
            )
        }
        None => {
            let row = match kept.is_empty() {
                true => "NULL".to_owned(),
                false => {
                    kept.iter().map(|name| format!("{}::text", quoted(name))).collect::<Vec<_>>().join(", ")
                }
            };
            let without = |one: &str, other: &str| {
                format!(
                    "(SELECT count(*) FROM (SELECT {row} FROM {one} EXCEPT ALL SELECT {row} FROM {other}) x)"
                )
            };
            format!(
                "SELECT json_build_object('new', {}, 'gone', {})::text",
                without(draft, table),
                without(table, draft)
            )
        }
    }
}

/// Whether a row and its successor differ in any of the columns.
fn differs(columns: &[&str]) -> String {
    let all = |side: &str| {
        columns.iter().map(|name| format!("{side}.{}::text", quoted(name))).collect::<Vec<_>>().join(", ")
    };
    match columns.is_empty() {
        true => "false".into(),
        false => format!("ROW({}) IS DISTINCT FROM ROW({})", all("o"), all("n")),
    }
}

/// How many values a column of the draft has.
pub fn values(draft: &str, column: &str) -> String {
    format!("SELECT count({}) FROM {draft}", quoted(column))
}

/// The statements that bring the rows and columns of the table to those of the draft. The table
/// stays, with everything on it; where that needs a column that goes, PostgreSQL refuses.
pub fn renewal(plan: &Plan<'_>, of: &Table, mark: Option<&str>) -> Vec<String> {
    let (table, draft) = (&plan.table, &plan.draft);
    let mut all = vec![];
    if plan.drops_key {
        all.push(dropped_key(table));
    }
    for (name, kind) in &plan.added {
        all.push(format!("ALTER TABLE {table} ADD COLUMN \"{name}\" {kind}"));
    }
    for name in &plan.gone {
        all.push(format!("ALTER TABLE {table} DROP COLUMN {}", quoted(name)));
    }
    let is_key = |name: &str| plan.key_kept.as_deref() == Some(name);
    for (name, _, kind) in plan.retyped.iter().filter(|(name, ..)| !is_key(name)) {
        all.push(format!("ALTER TABLE {table} ALTER COLUMN \"{name}\" TYPE {kind} USING NULL"));
    }
    match &plan.key_kept {
        Some(key) => all.extend(merge(plan, key)),
        None => all.extend(refill(plan)),
    }
    all.push(format!("DROP TABLE {draft}"));
    if plan.adds_key {
        all.push(format!("ALTER TABLE {table} ADD PRIMARY KEY (\"{}\")", plan.key));
    }
    if plan.added.iter().any(|(name, _)| name == GEOMETRY) {
        all.push(index(table));
    }
    all.extend(titles(table, of, |column| plan.added.iter().any(|(name, _)| name == column)));
    all.extend(mark.map(|mark| marked(table, mark)));
    all
}

fn dropped_key(table: &str) -> String {
    let name = table.replace('\'', "''");
    format!(
        "DO $$ BEGIN EXECUTE (SELECT format('ALTER TABLE {name} DROP CONSTRAINT %I', conname) \
         FROM pg_constraint WHERE conrelid = '{name}'::regclass AND contype = 'p'); END $$"
    )
}

/// By the key: rows that are gone, changed and new, each row that stayed left alone.
fn merge(plan: &Plan<'_>, key: &str) -> Vec<String> {
    let (table, draft, key) = (&plan.table, &plan.draft, quoted(key));
    let columns: Vec<&str> =
        plan.columns.iter().map(String::as_str).filter(|name| quoted(name) != key).collect();
    let list = |prefix: &str| {
        let names = std::iter::once(key.clone()).chain(columns.iter().map(|name| quoted(name)));
        names.map(|name| format!("{prefix}{name}")).collect::<Vec<_>>().join(", ")
    };
    let mut all = vec![format!(
        "DELETE FROM {table} o WHERE NOT EXISTS (SELECT FROM {draft} n WHERE n.{key}::text = o.{key}::text)"
    )];
    // What is left is written as in the draft, so each key can be read as the new type.
    let retyped = plan.retyped.iter().find(|(name, ..)| quoted(name) == key);
    all.extend(retyped.map(|(.., kind)| {
        format!("ALTER TABLE {table} ALTER COLUMN {key} TYPE {kind} USING {key}::text::{kind}")
    }));
    if !columns.is_empty() {
        let set =
            columns.iter().map(|name| format!("{0} = n.{0}", quoted(name))).collect::<Vec<_>>().join(", ");
        let differs = differs(&columns);
        all.push(format!("UPDATE {table} o SET {set} FROM {draft} n WHERE o.{key} = n.{key} AND {differs}"));
    }
    all.push(format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {draft} n \
         WHERE NOT EXISTS (SELECT FROM {table} o WHERE o.{key} = n.{key})",
        list(""),
        list("n.")
    ));
    all
}

/// Without a key: all rows go, and all come.
fn refill(plan: &Plan<'_>) -> Vec<String> {
    let (table, draft) = (&plan.table, &plan.draft);
    let list = plan.columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let mut all = vec![
        format!("DELETE FROM {table}"),
        format!("INSERT INTO {table} ({list}) SELECT {list} FROM {draft}"),
    ];
    if let Some(own) = &plan.own_key {
        let name = table.replace('\'', "''");
        all.push(format!(
            "DO $$ DECLARE s text := pg_get_serial_sequence('{name}', '{own}'); BEGIN IF s IS NOT NULL THEN \
             PERFORM setval(s, (SELECT greatest(max(\"{own}\"), 1) FROM {table})); END IF; END $$"
        ));
    }
    all
}
