//! Imports into PostGIS in one transaction: as a new table, or as the new rows of one that import
//! made before.
//!
//! All rows are first written to a draft. If there is no table of the name, the draft becomes the
//! table. Otherwise the table gets the rows and columns of the draft, and keeps its policies,
//! triggers, checks, indexes, views and rights.

use super::statement::GEOMETRY;
use gdal::vector::sql::Dialect;
use gdal::vector::{Defn, Feature, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use super::existing::{self, Existing, Look};
use super::messages::failed;
use super::plan::Plan;
use super::report::{self, Changes};
use super::request::How;
use super::row::Cell;
use super::table::Table;
use super::writing::{Fill, Written};
use super::{crs, dependents, statement};
use crate::catalog::ColumnType;
use crate::error::{Error, Kind, Result};

/// The names for import's own key; the first that no column has is used.
const KEYS: [&str; 3] = ["fid", "ogc_fid", "import_fid"];

/// Writes a table into the first schema of the role's search path, or updates the one that is
/// there.
///
/// `url` begins with `postgresql://`. No part of it is repeated in errors.
///
/// # Errors
///
/// Fails if the database cannot be reached, the existing table must not be changed, or PostgreSQL
/// rejects a statement. Then nothing is changed.
pub fn write(url: &str, table: &Table, how: How, fill: Fill<'_>) -> Result<Written> {
    let write = |why: &gdal::errors::GdalError| failed("its table cannot be written", why);
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_UPDATE,
        allowed_drivers: Some(&["PostgreSQL"]),
        // Existing tables may be many, and need not be listed.
        open_options: Some(&["LIST_ALL_TABLES=NO"]),
        ..DatasetOptions::default()
    };
    let mut database = Dataset::open_ex(format!("PG:{url}"), options)
        .map_err(|why| Error { kind: Kind::Unavailable, ..failed("the database cannot be opened", &why) })?;
    let mut transaction = database.start_transaction().map_err(|why| write(&why))?;
    let Look { schema, table: existing } = look(&transaction, &table.name)?;
    if let Some(existing) = &existing {
        existing.may_change(&table.name, how.replaces)?;
    }
    let draft = format!("veedel_import_{}", std::process::id());
    let own_key = KEYS.iter().find(|name| table.columns.iter().all(|column| column.name != **name));
    let own_key = own_key.copied().unwrap_or("veedel_import_fid");
    fill_draft(&mut transaction, &draft, own_key, table, fill)?;
    transaction.flush_cache().map_err(|why| write(&why))?;
    check_count(&transaction, &format!("{schema}.\"{draft}\""), table.rows)?;
    let mut written = Written::default();
    match &existing {
        None => {
            let mark = existing::mark(&names(table, own_key));
            for statement in statement::creation(&schema, &draft, own_key, table, &mark) {
                execute(&transaction, &statement)?;
            }
        }
        Some(existing) => {
            let columns = look(&transaction, &draft)?.table.map_or(vec![], |draft| draft.columns);
            let plan = existing.plan(&schema, (&draft, &columns), own_key, table, how.replaces)?;
            written = renew(&transaction, existing, plan, table)?;
        }
    }
    if how.is_dry {
        transaction.rollback().map_err(|why| write(&why))?;
    } else {
        transaction.commit().map_err(|why| write(&why))?;
        execute(&database, &statement::analyze(&format!("{schema}.\"{}\"", table.name)))?;
    }
    written.notes.extend(table.geometry.is_none().then(|| {
        let name = &table.name;
        format!("a table without geometry is served if the configuration names it: [collections.{name}]")
    }));
    Ok(written)
}

/// Gives a table the rows and columns of its draft.
fn renew(database: &Dataset, existing: &Existing, mut plan: Plan<'_>, table: &Table) -> Result<Written> {
    for statement in statement::held(&plan).iter().chain(&statement::comparison(&plan)) {
        execute(database, statement)?;
    }
    let mut changes: Changes = one_object(database, &statement::changes(&plan))?;
    for (name, old, new) in &plan.retyped {
        let count = one_number(database, &statement::values(&plan.draft, name))?;
        changes.columns.push(report::retyped(name, old, new, count));
    }
    let is_own = |name: &str| plan.own_key == Some(name);
    let added = plan.added.iter().filter(|(name, _)| !is_own(name));
    changes.columns.extend(added.map(|(name, kind)| format!("the column {name} ({kind}) is new")));
    changes.columns.extend(plan.gone.iter().map(|name| format!("the column {name} is gone")));
    let columns = names(table, plan.own_key.unwrap_or_default());
    let mark = (!existing.is_marked(&columns)).then(|| existing::mark(&columns));
    for statement in statement::columns(&plan) {
        execute(database, &statement)
            .map_err(|why| dependents::explained(why, &existing.uses, &plan.retyped))?;
    }
    for statement in statement::renewal(&plan, table, mark.as_deref()) {
        execute(database, &statement)?;
    }
    check_count(database, &plan.table, table.rows)?;
    Ok(Written { notes: std::mem::take(&mut plan.notes), changes: Some(changes) })
}

/// Returns the names of the table's columns in the database, including import's own.
fn names(table: &Table, own_key: &str) -> Vec<String> {
    let mut names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    names.extend(table.geometry.is_some().then(|| GEOMETRY.to_owned()));
    names.extend(table.key.is_none().then(|| own_key.to_owned()));
    names
}

fn look(database: &Dataset, name: &str) -> Result<Look> {
    one_object(database, &statement::look(name))
}

fn check_count(database: &Dataset, table: &str, wanted: u64) -> Result<()> {
    match one_number(database, &statement::count(table))? {
        rows if rows == wanted => Ok(()),
        rows => {
            let what = format!("of {wanted} rows {rows} arrived in the database");
            Err(Error::new(Kind::Internal, what)
                .hint("a trigger or a rule of the table may change what is written"))
        }
    }
}

fn fill_draft(
    database: &mut Dataset,
    draft: &str,
    own_key: &str,
    table: &Table,
    fill: Fill<'_>,
) -> Result<()> {
    let write = |why: &gdal::errors::GdalError| failed("its table cannot be written", why);
    let crs = table.geometry.as_ref().map(|geometry| crs::of_code(geometry.code)).transpose()?;
    let kind = table.geometry.as_ref().map_or(OGRwkbGeometryType::wkbNone, |geometry| geometry.kind);
    // All values are sent as text, which PostgreSQL reads. GDAL would round floats and shift
    // timestamps.
    let types = table.columns.iter().map(|column| format!("{}={}", column.name, type_name(column.kind)));
    let types = format!("COLUMN_TYPES={}", types.collect::<Vec<_>>().join(","));
    let (geometry, key) = (format!("GEOMETRY_NAME={GEOMETRY}"), format!("FID={own_key}"));
    let options = [&*types, &*geometry, &*key, "LAUNDER=NO", "SPATIAL_INDEX=NONE"];
    let options =
        LayerOptions { name: draft, srs: crs.as_ref(), ty: kind, options: Some(options.as_slice()) };
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
    let text = one_text(database, query)?;
    text.parse().map_err(|_| Error::internal("the database answers no number"))
}

fn one_object<T: serde::de::DeserializeOwned>(database: &Dataset, query: &str) -> Result<T> {
    let text = one_text(database, query)?;
    serde_json::from_str(&text)
        .map_err(|why| Error::internal(format!("the database answers otherwise: {why}")))
}

/// Returns the first value of a result.
fn one_text(database: &Dataset, query: &str) -> Result<String> {
    let read = |why: &gdal::errors::GdalError| failed("the database cannot be asked", why);
    let result = database.execute_sql(query, None, Dialect::DEFAULT).map_err(|why| read(&why))?;
    let result = result.ok_or_else(|| Error::internal("the database does not answer"))?;
    // Rows of a result are numbered from 0. An iterator would count them first, by repeating the
    // query.
    let first = result.feature(0);
    let text = first.and_then(|row| row.field_as_string(0).ok().flatten());
    text.ok_or_else(|| {
        failed("the database cannot be asked", &gdal::errors::GdalError::BadArgument(String::new()))
    })
}
