//! The SQL of imports, made here and nowhere else in this room.
//!
//! All names in it are usable ones ([`names`](super::names)), which cannot end a string or a quoted name. They are quoted
//! all the same: a file may be called `user` or `order`.

use super::postgis::GEOMETRY;
use super::table::Table;

/// All features of a layer of an OSM extract, in GDAL's SQL; GDAL alone names those layers.
pub fn layer_of_extract(layer: &str) -> String {
    format!("SELECT * FROM {layer}")
}

/// How many rows there are.
pub fn count(table: &str) -> String {
    format!("SELECT count(*) FROM \"{table}\"")
}

/// Lets the planner know a new table.
pub fn analyze(table: &str) -> String {
    format!("ANALYZE \"{table}\"")
}

/// The statements that put the draft in the place of the table. All names in them are usable ones, which need
/// no quotation marks and cannot end a string.
pub fn replacement(draft: &str, own_key: &str, table: &Table) -> Vec<String> {
    let name = &table.name;
    let mut all = titles(draft, table);
    all.push(inherited(draft, name));
    all.push(format!("DROP TABLE IF EXISTS \"{name}\""));
    match table.key.and_then(|key| table.columns.get(key)) {
        Some(key) => {
            all.push(format!("ALTER TABLE \"{draft}\" DROP COLUMN \"{own_key}\""));
            all.push(format!(
                "ALTER TABLE \"{draft}\" ADD CONSTRAINT \"{name}_pkey\" PRIMARY KEY (\"{}\")",
                key.name
            ));
        }
        None => {
            all.push(format!("ALTER INDEX \"{draft}_pkey\" RENAME TO \"{name}_pkey\""));
            all.push(format!("ALTER SEQUENCE \"{draft}_{own_key}_seq\" RENAME TO \"{name}_{own_key}_seq\""));
        }
    }
    all.push(format!("ALTER TABLE \"{draft}\" RENAME TO \"{name}\""));
    if table.geometry.is_some() {
        all.push(format!("CREATE INDEX \"{name}_{GEOMETRY}_idx\" ON \"{name}\" USING gist ({GEOMETRY})"));
    }
    all
}

/// What columns were called in the file, as their comments: strings of a stranger, the only ones here.
fn titles(draft: &str, table: &Table) -> Vec<String> {
    let comment = |(column, title): (&String, &String)| {
        let title = title.replace('\\', "\\\\").replace('\'', "''");
        format!("COMMENT ON COLUMN \"{draft}\".\"{column}\" IS E'{title}'")
    };
    table.titles.iter().map(comment).collect()
}

/// Gives the draft the rights and comments of the table it replaces, if there is one.
fn inherited(draft: &str, name: &str) -> String {
    format!(
        "DO $$ DECLARE old oid := to_regclass('\"{name}\"'); r record; BEGIN \
         IF old IS NULL THEN RETURN; END IF; \
         FOR r IN SELECT (aclexplode(relacl)).* FROM pg_class WHERE oid = old LOOP \
           IF r.grantee <> (SELECT relowner FROM pg_class WHERE oid = old) THEN \
             EXECUTE format('GRANT %s ON \"{draft}\" TO %s', r.privilege_type, \
               CASE r.grantee WHEN 0 THEN 'PUBLIC' ELSE r.grantee::regrole::text END); \
           END IF; \
         END LOOP; \
         IF obj_description(old) IS NOT NULL THEN \
           EXECUTE format('COMMENT ON TABLE \"{draft}\" IS %L', obj_description(old)); \
         END IF; \
         FOR r IN SELECT a.attname, col_description(old, a.attnum) AS words FROM pg_attribute a \
             JOIN pg_attribute b ON b.attname = a.attname AND b.attrelid = '\"{draft}\"'::regclass \
             WHERE a.attrelid = old AND a.attnum > 0 AND col_description(old, a.attnum) IS NOT NULL LOOP \
           EXECUTE format('COMMENT ON COLUMN \"{draft}\".%I IS %L', r.attname, r.words); \
         END LOOP; END $$"
    )
}
