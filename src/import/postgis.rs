//! Into a PostGIS: a table, in one transaction with the removal of the one it replaces.
//!
//! The rights, comments and column comments of the table replaced are given to the new one; a view on it stops
//! the import, for it would go with the table.

use gdal::vector::sql::Dialect;
use gdal::vector::{Defn, Feature, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use super::Fill;
use super::messages::failed;
use super::row::Cell;
use super::systems;
use super::table::Table;
use crate::catalog::ColumnType;
use crate::error::{Error, Kind, Result};

/// The geometry column.
pub const GEOMETRY: &str = "geom";
/// Names for a key of our own, the first that no column has.
const KEYS: [&str; 3] = ["fid", "ogc_fid", "import_fid"];

/// Writes a table into the schema that comes first on the role's search path, in place of one with its name.
///
/// `url` begins with `postgresql://`; nothing of it is repeated in errors.
pub fn write(url: &str, table: &Table, fill: Fill<'_>) -> Result<Vec<String>> {
    let write = |why: &gdal::errors::GdalError| failed("its table cannot be written", why);
    let how = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_UPDATE,
        allowed_drivers: Some(&["PostgreSQL"]),
        // The tables that are there need not be listed, and may be many.
        open_options: Some(&["LIST_ALL_TABLES=NO"]),
        ..DatasetOptions::default()
    };
    let mut database = Dataset::open_ex(format!("PG:{url}"), how)
        .map_err(|why| Error { kind: Kind::Unavailable, ..failed("the database cannot be opened", &why) })?;
    let mut transaction = database.start_transaction().map_err(|why| write(&why))?;
    let draft = format!("veedel_import_{}", std::process::id());
    let own_key = KEYS.iter().find(|name| table.columns.iter().all(|column| column.name != **name));
    let own_key = own_key.copied().unwrap_or("veedel_import_fid");
    fill_draft(&mut transaction, &draft, own_key, table, fill)?;
    transaction.flush_cache().map_err(|why| write(&why))?;
    let rows = one_number(&transaction, &format!("SELECT count(*) FROM {draft}"))?;
    if rows != table.rows {
        let what = format!("of {} rows {rows} arrived in the database", table.rows);
        return Err(Error::new(Kind::Internal, what));
    }
    for statement in replacement(&draft, own_key, table) {
        execute(&transaction, &statement)?;
    }
    transaction.commit().map_err(|why| write(&why))?;
    execute(&database, &format!("ANALYZE {}", table.name))?;
    Ok(vec![])
}

fn fill_draft(
    database: &mut Dataset,
    draft: &str,
    own_key: &str,
    table: &Table,
    fill: Fill<'_>,
) -> Result<()> {
    let write = |why: &gdal::errors::GdalError| failed("its table cannot be written", why);
    let system = table.geometry.as_ref().map(|geometry| systems::of_code(geometry.code)).transpose()?;
    let kind = table.geometry.as_ref().map_or(OGRwkbGeometryType::wkbNone, |geometry| geometry.kind);
    // All values go as text, and PostgreSQL reads it: GDAL would round floats and shift timestamps.
    let types = table.columns.iter().map(|column| format!("{}={}", column.name, type_name(column.kind)));
    let types = format!("COLUMN_TYPES={}", types.collect::<Vec<_>>().join(","));
    let (geometry, key) = (format!("GEOMETRY_NAME={GEOMETRY}"), format!("FID={own_key}"));
    let options = [&*types, &*geometry, &*key, "LAUNDER=NO", "SPATIAL_INDEX=NONE"];
    let options =
        LayerOptions { name: draft, srs: system.as_ref(), ty: kind, options: Some(options.as_slice()) };
    let layer = database.create_layer(options).map_err(|why| write(&why))?;
    let fields: Vec<_> =
        table.columns.iter().map(|column| (column.name.as_str(), OGRFieldType::OFTString)).collect();
    layer.create_defn_fields(&fields).map_err(|why| write(&why))?;
    let definition = Defn::from_layer(&layer);
    fill(&mut |cells, geometry| {
        feature(&definition, cells, geometry).and_then(|it| it.create(&layer)).map_err(|why| write(&why))
    })
}

fn feature<'a>(
    definition: &'a Defn,
    cells: &[Cell],
    geometry: Option<Geometry>,
) -> gdal::errors::Result<Feature<'a>> {
    let mut feature = Feature::new(definition)?;
    for (at, cell) in cells.iter().enumerate() {
        match cell.written() {
            Some(text) => feature.set_field_string(at, &text)?,
            None => feature.set_field_null(at)?,
        }
    }
    if let Some(geometry) = geometry {
        feature.set_geometry(geometry)?;
    }
    Ok(feature)
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Boolean => "boolean",
        ColumnType::Integer => "integer",
        ColumnType::BigInteger => "bigint",
        ColumnType::Real => "real",
        ColumnType::Double => "double precision",
        ColumnType::Numeric => "numeric",
        ColumnType::Text => "text",
        ColumnType::Date => "date",
        ColumnType::Timestamp => "timestamp",
        ColumnType::TimestampWithZone => "timestamptz",
        ColumnType::Time => "time",
        ColumnType::Uuid => "uuid",
        ColumnType::Json | ColumnType::Array => "json",
    }
}

/// The statements that put the draft in the place of the table. All names in them are usable ones, which need
/// no quotation marks and cannot end a string.
fn replacement(draft: &str, own_key: &str, table: &Table) -> Vec<String> {
    let name = &table.name;
    let mut all = vec![inherited(draft, name), format!("DROP TABLE IF EXISTS {name}")];
    match table.key.and_then(|key| table.columns.get(key)) {
        Some(key) => {
            all.push(format!("ALTER TABLE {draft} DROP COLUMN {own_key}"));
            all.push(format!(
                "ALTER TABLE {draft} ADD CONSTRAINT {name}_pkey PRIMARY KEY (\"{}\")",
                key.name
            ));
        }
        None => {
            all.push(format!("ALTER INDEX {draft}_pkey RENAME TO {name}_pkey"));
            all.push(format!("ALTER SEQUENCE {draft}_{own_key}_seq RENAME TO {name}_{own_key}_seq"));
        }
    }
    all.push(format!("ALTER TABLE {draft} RENAME TO {name}"));
    if table.geometry.is_some() {
        all.push(format!("CREATE INDEX {name}_{GEOMETRY}_idx ON {name} USING gist ({GEOMETRY})"));
    }
    for column in &table.columns {
        if let Some(title) = table.titles.get(&column.name) {
            let title = title.replace('\'', "''").replace('\\', "\\\\");
            all.push(format!(
                "DO $$ BEGIN IF col_description('{name}'::regclass, (SELECT attnum FROM pg_attribute \
                 WHERE attrelid = '{name}'::regclass AND attname = '{0}')) IS NULL THEN \
                 EXECUTE $comment$COMMENT ON COLUMN {name}.\"{0}\" IS E'{title}'$comment$; END IF; END $$",
                column.name
            ));
        }
    }
    all
}

/// Gives the draft the rights and comments of the table it replaces, if there is one.
fn inherited(draft: &str, name: &str) -> String {
    format!(
        "DO $$ DECLARE old oid := to_regclass('{name}'); r record; BEGIN \
         IF old IS NULL THEN RETURN; END IF; \
         FOR r IN SELECT (aclexplode(relacl)).* FROM pg_class WHERE oid = old LOOP \
           IF r.grantee <> (SELECT relowner FROM pg_class WHERE oid = old) THEN \
             EXECUTE format('GRANT %s ON {draft} TO %s', r.privilege_type, \
               CASE r.grantee WHEN 0 THEN 'PUBLIC' ELSE r.grantee::regrole::text END); \
           END IF; \
         END LOOP; \
         IF obj_description(old) IS NOT NULL THEN \
           EXECUTE format('COMMENT ON TABLE {draft} IS %L', obj_description(old)); \
         END IF; \
         FOR r IN SELECT a.attname, col_description(old, a.attnum) AS words FROM pg_attribute a \
             JOIN pg_attribute b ON b.attname = a.attname AND b.attrelid = '{draft}'::regclass \
             WHERE a.attrelid = old AND a.attnum > 0 AND col_description(old, a.attnum) IS NOT NULL LOOP \
           EXECUTE format('COMMENT ON COLUMN {draft}.%I IS %L', r.attname, r.words); \
         END LOOP; END $$"
    )
}

fn execute(database: &Dataset, statement: &str) -> Result<()> {
    match database.execute_sql(statement, None, Dialect::DEFAULT) {
        Ok(_) => Ok(()),
        Err(why) => Err(failed("its table cannot be put in place", &why)),
    }
}

fn one_number(database: &Dataset, query: &str) -> Result<u64> {
    let read = |why: &gdal::errors::GdalError| failed("the rows written cannot be counted", why);
    let result = database.execute_sql(query, None, Dialect::DEFAULT).map_err(|why| read(&why))?;
    let Some(mut result) = result else { return Err(Error::internal("the rows written cannot be counted")) };
    let first = result.features().next();
    let number = first.and_then(|row| row.field_as_integer64(0).ok().flatten());
    number
        .and_then(|number| u64::try_from(number).ok())
        .ok_or_else(|| Error::internal("the rows written cannot be counted"))
}
