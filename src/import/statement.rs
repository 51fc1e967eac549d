//! The SQL of imports, which is made only in this file.
//!
//! Names that import made are usable ones ([`names`](super::names)); those of existing tables may
//! be any. All names are quoted.

use super::plan::Plan;
use super::table::Table;

/// The name of the geometry column.
pub const GEOMETRY: &str = "geom";

/// The types whose values are equal exactly if they are written in the same way.
const PLAIN: [&str; 9] = [
    "smallint",
    "integer",
    "bigint",
    "boolean",
    "date",
    "timestamp without time zone",
    "timestamp with time zone",
    "time without time zone",
    "uuid",
];

/// Selects all features of a layer of an OSM extract, in GDAL's SQL. GDAL names these layers
/// itself.
pub fn layer_of_extract(layer: &str) -> String {
    format!("SELECT * FROM {layer}")
}

/// Counts the rows of a table.
pub fn count(table: &str) -> String {
    format!("SELECT count(*) FROM {table}")
}

/// Updates the planner's statistics of a new table.
pub fn analyze(table: &str) -> String {
    format!("ANALYZE {table}")
}

/// Quotes a name for SQL.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Describes an object as people name it. PostgreSQL knows a view as a rule.
const DESCRIBED: &str = "CASE WHEN r.rulename = '_RETURN' THEN pg_describe_object('pg_class'::regclass, r.ev_class, 0) \
    ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END";

/// Lists the objects that depend on columns of the table `c`, and whether they prevent dropping the
/// column or changing its type.
///
/// Keys of the table, the sequence of a serial column and the index that import made are left out,
/// because they come and go with their column.
fn uses() -> String {
    format!(
        "SELECT a.attname AS \"column\", \
      CASE WHEN g.attnum IS NOT NULL THEN 'generated column ' || quote_ident(g.attname) ELSE {DESCRIBED} END AS what, \
      bool_and(d.deptype = 'n' OR g.attnum IS NOT NULL) AS keeps_column, \
      bool_or(g.attnum IS NOT NULL OR d.classid IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, \
        'pg_policy'::regclass, 'pg_proc'::regclass, 'pg_publication_rel'::regclass)) AS keeps_type \
    FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
    LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid \
    LEFT JOIN pg_attrdef v ON d.classid = 'pg_attrdef'::regclass AND v.oid = d.objid \
    LEFT JOIN pg_attribute g ON g.attgenerated <> '' AND g.attrelid = d.refobjid AND g.attnum <> a.attnum AND g.attnum = \
      CASE WHEN v.oid IS NOT NULL THEN v.adnum WHEN d.classid = 'pg_class'::regclass AND d.objid = a.attrelid \
      THEN d.objsubid END \
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid > 0 \
      AND (v.oid IS NULL OR g.attnum IS NOT NULL) \
      AND NOT (d.classid = 'pg_constraint'::regclass AND EXISTS ( \
        SELECT FROM pg_constraint p WHERE p.oid = d.objid AND p.contype = 'p' AND p.conrelid = c.oid)) \
      AND NOT (d.classid = 'pg_class'::regclass AND EXISTS ( \
        SELECT FROM pg_class s LEFT JOIN pg_index i ON i.indexrelid = s.oid WHERE s.oid = d.objid \
        AND (s.relkind = 'S' AND (d.deptype = 'i' OR EXISTS ( \
            SELECT FROM pg_depend e WHERE e.classid = 'pg_attrdef'::regclass AND e.refobjid = s.oid)) \
          OR i.indkey::text = a.attnum::text AND a.attname = '{GEOMETRY}'))) \
    GROUP BY 1, 2 ORDER BY 1, 2"
    )
}

/// Returns the quoted schema in which tables are made, and the table of this name if there is one,
/// as one JSON object.
pub fn look(name: &str) -> String {
    let uses = uses();
    format!(
        "SELECT json_build_object('schema', quote_ident(current_schema()), 'table', (SELECT json_build_object( \
         'kind', c.relkind, \
         'mark', (SELECT obj_description(k.oid, 'pg_constraint') FROM pg_constraint k \
           WHERE k.conrelid = c.oid AND k.contype = 'p'), \
         'key', (SELECT coalesce(json_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_index i \
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) \
           WHERE i.indrelid = c.oid AND i.indisprimary), \
         'columns', (SELECT coalesce(json_agg(json_build_object('name', a.attname, \
             'kind', format_type(a.atttypid, a.atttypmod), 'is_generated', a.attgenerated <> '', 'is_required', a.attnotnull AND a.attidentity = '') \
             ORDER BY a.attnum), '[]') \
           FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), \
         'uses', (SELECT coalesce(json_agg(u), '[]') FROM ({uses}) u), \
         'key_uses', (SELECT coalesce(json_agg(DISTINCT {DESCRIBED}), '[]') FROM pg_depend d \
           JOIN pg_constraint k ON k.oid = d.refobjid AND d.refclassid = 'pg_constraint'::regclass \
           LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid \
           WHERE k.conrelid = c.oid AND k.contype = 'p' AND d.deptype = 'n'), \
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

/// Returns the statements that turn the draft into a table, if there is none of its name.
pub fn creation(schema: &str, draft: &str, own_key: &str, table: &Table, mark: &str) -> Vec<String> {
    let name = &table.name;
    let (from, to) = (format!("{schema}.\"{draft}\""), format!("{schema}.\"{name}\""));
    let mut all = titles(&from, table, |_| true);
    // PostgreSQL chooses the names of keys and indexes. Names chosen here might belong to a table
    // that was renamed.
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

/// Returns the statement that marks a table as import's, in the comment on its key, where it is not
/// in the way of other comments.
fn marked(table: &str, mark: &str) -> String {
    let (name, mark) = (table.replace('\'', "''"), mark.replace('\'', "''"));
    format!(
        "DO $$ DECLARE k name := (SELECT conname FROM pg_constraint \
         WHERE conrelid = '{name}'::regclass AND contype = 'p'); \
         BEGIN EXECUTE format('COMMENT ON CONSTRAINT %I ON {name} IS %L', k, '{mark}'); END $$"
    )
}

/// Returns the statements that set the names of columns in the file as their comments. These texts
/// are the only ones here that come from a file.
fn titles(table: &str, of: &Table, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let comment = |(column, title): (&String, &String)| {
        let title = title.replace('\\', "\\\\").replace('\'', "''");
        format!("COMMENT ON COLUMN {table}.\"{column}\" IS E'{title}'")
    };
    of.titles.iter().filter(|(column, _)| is_wanted(column)).map(comment).collect()
}

/// Returns the statements that precede the comparison of a table: they lock out writers, and make a
/// policy that would hide rows an error.
pub fn held(plan: &Plan<'_>) -> [String; 2] {
    ["SET LOCAL row_security = off".into(), format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", plan.table)]
}

/// Returns the statements that record each row that is new, deleted or changed in a table of its
/// own: its key, the position of its successor in the draft, and whether it differs. Both tables
/// are read once for this, and everything that follows reads only the recorded rows. Nobody else
/// writes to the draft.
pub fn comparison(plan: &Plan<'_>) -> Vec<String> {
    let Some(key) = &plan.key_kept else { return vec![] };
    let Plan { table, draft, differences, .. } = plan;
    let (key, same, differs) = (quoted(key), same_key(plan, key), differs(plan));
    // A column that is new or changes its type has no values yet.
    let filled: String = plan.emptied().map(|name| format!(" OR n.{} IS NOT NULL", quoted(name))).collect();
    vec![
        format!(
            "CREATE UNLOGGED TABLE {differences} AS \
             SELECT o.{key} AS was, n.ctid AS place, {differs} AS is_changed FROM {table} o \
             FULL JOIN {draft} n ON {same} WHERE o.{key} IS NULL OR n.{key} IS NULL OR {differs}{filled}"
        ),
        analyze(differences),
    ]
}

/// Returns the number of new, changed and deleted rows as one JSON object.
pub fn changes(plan: &Plan<'_>) -> String {
    let Plan { table, draft, differences, .. } = plan;
    if plan.key_kept.is_some() {
        return format!(
            "SELECT json_build_object('new', count(*) FILTER (WHERE was IS NULL), \
             'gone', count(*) FILTER (WHERE place IS NULL), \
             'changed', count(*) FILTER (WHERE was IS NOT NULL AND place IS NOT NULL AND is_changed))::text \
             FROM {differences}"
        );
    }
    let value =
        |(number, name): (usize, &str)| format!("{}::text COLLATE \"C\" AS value_{number}", quoted(name));
    let values: Vec<String> = plan.kept().enumerate().map(value).collect();
    let by: Vec<String> = (0..values.len()).map(|number| format!("value_{number}")).collect();
    let (values, by) = match values.is_empty() {
        // Rows that have no column in common are all equal.
        true => ("NULL AS value_0".to_owned(), "value_0".to_owned()),
        false => (values.join(", "), by.join(", ")),
    };
    format!(
        "SELECT json_build_object('new', coalesce(sum(greatest(more, 0)), 0), \
         'gone', coalesce(sum(greatest(-more, 0)), 0))::text FROM (SELECT sum(side) AS more FROM ( \
         SELECT 1 AS side, {values} FROM {draft} UNION ALL SELECT -1, {values} FROM {table}) both_sides \
         GROUP BY {by}) x"
    )
}

/// Compares the keys of a row of the table and one of the draft, by how they are written.
fn same_key(plan: &Plan<'_>, key: &str) -> String {
    format!("{} = {}", comparable(plan, "o", key), comparable(plan, "n", key))
}

/// Compares all columns of a row and its successor, by how they are written.
fn differs(plan: &Plan<'_>) -> String {
    let row =
        |side: &str| plan.kept().map(|name| comparable(plan, side, name)).collect::<Vec<_>>().join(", ");
    match plan.kept().next() {
        None => "false".into(),
        Some(_) => format!("ROW({}) IS DISTINCT FROM ROW({})", row("o"), row("n")),
    }
}

/// Returns the expression for a value that is compared with that of the other side. Values are
/// equal if they are written in the same way.
///
/// Writing the values of all rows as text takes long, so they are compared directly if the result
/// is the same. It is not for numbers with a scale (`1.0` and `1.00`), for negative zero and for
/// empty geometries, and JSON cannot be compared. Texts are compared as bytes, because the two
/// sides may have different collations.
fn comparable(plan: &Plan<'_>, side: &str, name: &str) -> String {
    let value = format!("{side}.{}", quoted(name));
    match plan.kind_of_both(name) {
        Some(kind) if PLAIN.contains(&kind) => value,
        Some("double precision") => format!("float8send({value})"),
        Some("text") => format!("{value} COLLATE \"C\""),
        _ => format!("{value}::text COLLATE \"C\""),
    }
}

/// Counts the values of a column of the draft that are not NULL.
pub fn values(draft: &str, column: &str) -> String {
    format!("SELECT count({}) FROM {draft}", quoted(column))
}

/// Returns the statements that give the table the columns of the draft. Their values follow later.
/// The table keeps everything that depends on it.
pub fn columns(plan: &Plan<'_>) -> Vec<String> {
    let table = &plan.table;
    let mut all = vec![];
    if plan.drops_key {
        all.push(dropped_key(table));
    }
    for name in &plan.optional {
        all.push(format!("ALTER TABLE {table} ALTER COLUMN {} DROP NOT NULL", quoted(name)));
    }
    for (name, kind) in &plan.added {
        all.push(format!("ALTER TABLE {table} ADD COLUMN \"{name}\" {kind}"));
    }
    for name in &plan.gone {
        all.push(format!("ALTER TABLE {table} DROP COLUMN {}", quoted(name)));
    }
    for (name, _, kind) in plan.retyped.iter().filter(|(name, ..)| plan.key_kept.as_ref() != Some(name)) {
        all.push(format!("ALTER TABLE {table} ALTER COLUMN \"{name}\" TYPE {kind} USING NULL"));
    }
    all
}

/// Returns the statements that give the table the rows of the draft, after it has the same columns.
pub fn renewal(plan: &Plan<'_>, of: &Table, mark: Option<&str>) -> Vec<String> {
    let (table, draft) = (&plan.table, &plan.draft);
    let mut all = vec![];
    match &plan.key_kept {
        Some(key) => all.extend(merge(plan, key)),
        None => all.extend(refill(plan)),
    }
    all.push(format!("DROP TABLE {draft}"));
    for name in &plan.required {
        all.push(format!("ALTER TABLE {table} ALTER COLUMN {} SET NOT NULL", quoted(name)));
    }
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

/// Replaces the recorded rows by their key. Rows that stay are not touched.
fn merge(plan: &Plan<'_>, key: &str) -> Vec<String> {
    let Plan { table, draft, differences, .. } = plan;
    let key = quoted(key);
    let columns: Vec<&str> =
        plan.columns.iter().map(String::as_str).filter(|name| quoted(name) != key).collect();
    let list = |prefix: &str| {
        let names = std::iter::once(key.clone()).chain(columns.iter().map(|name| quoted(name)));
        names.map(|name| format!("{prefix}{name}")).collect::<Vec<_>>().join(", ")
    };
    let mut all = vec![format!(
        "DELETE FROM {table} o USING {differences} d WHERE o.{key} = d.was AND d.place IS NULL"
    )];
    // The remaining keys are written as in the draft, so each can be read as the new type.
    let retyped = plan.retyped.iter().find(|(name, ..)| quoted(name) == key);
    all.extend(retyped.map(|(.., kind)| {
        format!("ALTER TABLE {table} ALTER COLUMN {key} TYPE {kind} USING {key}::text::{kind}")
    }));
    if !columns.is_empty() {
        let set =
            columns.iter().map(|name| format!("{0} = n.{0}", quoted(name))).collect::<Vec<_>>().join(", ");
        let own = if retyped.is_some() { "n" } else { "d" };
        let old = if retyped.is_some() { key.as_str() } else { "was" };
        all.push(format!(
            "UPDATE {table} o SET {set} FROM {differences} d JOIN {draft} n ON n.ctid = d.place \
             WHERE d.was IS NOT NULL AND o.{key} = {own}.{old}"
        ));
    }
    all.push(format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {differences} d JOIN {draft} n ON n.ctid = d.place \
         WHERE d.was IS NULL ORDER BY n.ctid",
        list(""),
        list("n.")
    ));
    all.push(format!("DROP TABLE {differences}"));
    all
}

/// Replaces all rows if there is no key.
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
