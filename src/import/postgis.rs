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
use super::statement;
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
    let rows = one_number(&transaction, &statement::count(&draft))?;
    if rows != table.rows {
        let what = format!("of {} rows {rows} arrived in the database", table.rows);
        return Err(Error::new(Kind::Internal, what));
    }
    for statement in statement::replacement(&draft, own_key, table) {
        execute(&transaction, &statement)?;
    }
    transaction.commit().map_err(|why| write(&why))?;
    execute(&database, &statement::analyze(&table.name))?;
    Ok(match table.geometry {
        Some(_) => vec![],
        None => vec![format!(
            "a table without geometry is served if the configuration names it: [collections.{}]",
            table.name
        )],
    })
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
