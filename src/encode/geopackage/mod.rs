//! OGC GeoPackage (OGC 12-128) with its R-tree, written by GDAL. The file is in a temporary folder,
//! which is deleted as soon as the finished file is open.
//!
//! Coordinates are x before y in every coordinate system. Values for which the format has no type
//! are written as text: numeric (without loss), times, UUIDs, and timestamps without a zone (its
//! DATETIME is in UTC). Instants have milliseconds. Dates and instants that are infinite or outside
//! the years 0 to 9999 become NULL. If the names of columns differ only in case, they get a number,
//! since SQLite does not tell them apart.

mod index;
mod raw;
mod said;

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use gdal::errors::GdalError;
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{Feature, Geometry, LayerAccess, LayerOptions, OGRwkbGeometryType};
use gdal::{Dataset, DriverManager};
use gdal_sys::{OGRFieldSubType, OGRFieldType};
use tempfile::TempDir;

use super::coordinates::OutputCrs;
use super::projected::Projector;
use super::spool::{failed, too_large};
use super::wkb;
use crate::catalog::ColumnType;
use crate::error::{Error, Result};
use crate::geo::{Crs, GeometryType};
use crate::layer::{Value, View, value_text};
use crate::work::spend;

/// The option that sets the current time which GDAL writes into a GeoPackage.
const MOMENT: &str = "OGR_CURRENT_DATE";
/// The number of features after which the size of the file is checked.
const LOOK_EVERY: u64 = 8192;

/// The work of writing a feature.
const FEATURE: usize = 200;

/// Writes a GeoPackage, one table after the other.
#[derive(Debug)]
pub struct GeoPackageWriter {
    projector: Projector,
    // Closed before its folder is deleted.
    dataset: Option<Dataset>,
    /// The number of tables before the one that is being written.
    table: usize,
    folder: TempDir,
    has_z: bool,
    /// When the rows were read.
    moment: String,
    wkb: Vec<u8>,
    written: u64,
    most: u64,
}

impl GeoPackageWriter {
    /// Makes a writer whose coordinates are in `crs`. The file has about `most` bytes at most.
    ///
    /// # Errors
    ///
    /// Fails if the temporary folder cannot be made.
    pub fn new(crs: OutputCrs, most: u64) -> Result<GeoPackageWriter> {
        let folder = tempfile::Builder::new().prefix("veedel-").tempdir().map_err(|why| failed(&why))?;
        let writer = GeoPackageWriter {
            projector: Projector::new(crs),
            dataset: None,
            table: 0,
            folder,
            has_z: false,
            moment: String::new(),
            wkb: vec![],
            written: 0,
            most,
        };
        Ok(writer)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("features.gpkg")
    }

    /// Begins a table: the first makes the file, and each further one ends that before it.
    ///
    /// # Errors
    ///
    /// Fails if GDAL cannot write the file.
    pub fn begin(&mut self, view: &View<'_>) -> Result<()> {
        said::listen();
        self.moment = format!("{:.3}", view.loaded_at());
        let moment = self.moment.clone();
        at(&moment, || self.make(view).map_err(said::or_no_room))
    }

    fn make(&mut self, view: &View<'_>) -> Result<()> {
        let mut dataset = match self.dataset.take() {
            Some(dataset) => {
                raw::commit(&dataset)?;
                self.table += 1;
                dataset
            }
            None => {
                let driver = DriverManager::get_driver_by_name("GPKG").map_err(|why| wrong(&why))?;
                driver.create_vector_only(self.path()).map_err(|why| wrong(&why))?
            }
        };
        let collection = view.collection;
        self.has_z = collection.geometry.as_ref().is_some_and(|geometry| geometry.has_z);
        let names = column_names(view);
        let option = |key: &str, value: &str| format!("{key}={}", value.replace('\0', " "));
        let (table, geometry) = (table_name(&collection.id), free("geom", &names));
        let options = [
            option("FID", &free("fid", &names)),
            option("GEOMETRY_NAME", &geometry),
            option("SPATIAL_INDEX", "NO"),
            option("IDENTIFIER", &collection.title),
            option("DESCRIPTION", collection.description.as_deref().unwrap_or("")),
        ];
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let srs = spatial_reference(self.projector.crs.crs)?;
        let layer = dataset.create_layer(LayerOptions {
            name: &table,
            srs: collection.geometry.as_ref().map(|_| &srs),
            ty: layer_type(view, self.has_z),
            options: Some(&options),
        });
        let layer = layer.map_err(|why| wrong(&why))?;
        let kinds = view.columns().filter_map(|(name, _)| collection.columns.get(collection.column(name)?));
        for (name, column) in names.iter().zip(kinds) {
            raw::add_field(&layer, name, field_type(column.kind))?;
        }
        if collection.geometry.is_some() {
            index::make(&dataset, &table, &geometry).map_err(|why| wrong(&why))?;
        }
        raw::begin(&dataset)?;
        self.dataset = Some(dataset);
        Ok(())
    }

    /// Adds the feature of a row.
    ///
    /// # Errors
    ///
    /// Fails if GDAL cannot write the feature, the disk is full, or the file exceeds its limit.
    pub fn feature(&mut self, view: &View<'_>, row: u32) -> Result<()> {
        self.add(view, row).map_err(said::or_no_room)
    }

    fn add(&mut self, view: &View<'_>, row: u32) -> Result<()> {
        self.written += 1;
        if self.written.is_multiple_of(LOOK_EVERY) {
            self.check_size()?;
        }
        let (wkb, has_z) = (&mut self.wkb, self.has_z);
        wkb.clear();
        if let Some(geometry) = view.geometry(row) {
            self.projector.with(&geometry, |_, kind, members| wkb::write(kind, members, has_z, wkb));
        }
        let dataset = self.dataset.as_ref().ok_or_else(|| Error::internal("a GeoPackage was not begun"))?;
        let layer = dataset.layer(self.table).map_err(|why| wrong(&why))?;
        let mut feature = Feature::new(layer.defn()).map_err(|why| wrong(&why))?;
        if !self.wkb.is_empty() {
            let geometry = Geometry::from_wkb(&self.wkb).map_err(|why| wrong(&why))?;
            feature.set_geometry(geometry).map_err(|why| wrong(&why))?;
        }
        for (index, (_, column)) in view.columns().enumerate() {
            set(&mut feature, index, column.get(row as usize)).map_err(|why| wrong(&why))?;
        }
        feature.create(&layer).map_err(|why| wrong(&why))
    }

    fn check_size(&self) -> Result<()> {
        let length = std::fs::metadata(self.path()).map_err(|why| failed(&why))?.len();
        if length > self.most { Err(too_large(self.most)) } else { Ok(()) }
    }

    /// Returns the whole file, positioned at its beginning.
    ///
    /// # Errors
    ///
    /// Fails if GDAL cannot finish the file, or if it exceeds its limit.
    pub fn end(mut self) -> Result<File> {
        if let Some(dataset) = self.dataset.take() {
            at(&self.moment, || {
                raw::commit(&dataset).map_err(said::or_no_room)?;
                dataset.close().map_err(|why| said::or_no_room(wrong(&why)))
            })?;
        }
        self.check_size()?;
        File::open(self.path()).map_err(|why| failed(&why))
    }
}

/// Returns a GeoPackage of at most about `most` bytes with all rows of these views, each a table.
///
/// # Errors
///
/// Fails as [`GeoPackageWriter`] does.
pub fn whole(views: &[View<'_>], crs: Crs, most: u64) -> Result<Vec<u8>> {
    let mut writer = GeoPackageWriter::new(OutputCrs::new(crs, crs)?, most)?;
    for view in views {
        writer.begin(view)?;
        for row in 0..u32::try_from(view.len()).unwrap_or(u32::MAX) {
            spend(FEATURE);
            writer.feature(view, row)?;
        }
    }
    let mut bytes = vec![];
    writer.end()?.read_to_end(&mut bytes).map_err(|why| failed(&why))?;
    Ok(bytes)
}

/// Calls `make` with `moment` as the current time of GDAL. So the same rows give the same bytes,
/// whenever they are written, and on whichever threads.
fn at<T>(moment: &str, make: impl FnOnce() -> Result<T>) -> Result<T> {
    gdal::config::set_thread_local_config_option(MOMENT, moment).map_err(|why| wrong(&why))?;
    let made = make();
    gdal::config::clear_thread_local_config_option(MOMENT).map_err(|why| wrong(&why))?;
    made
}

/// Returns the error for GDAL's message. The message may contain a path, so it is only logged.
fn wrong(why: &GdalError) -> Error {
    Error::internal(format!("a GeoPackage could not be written: {why}"))
}

fn spatial_reference(crs: Crs) -> Result<SpatialRef> {
    let code = match crs {
        Crs::Crs84 => 4326,
        Crs::Epsg(code) => code,
    };
    let mut crs = SpatialRef::from_epsg(code).map_err(|why| wrong(&why))?;
    crs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(crs)
}

/// Returns the name of the table. GDAL makes no table whose name begins with a punctuation mark,
/// such as `..`, so such a name gets a leading letter.
fn table_name(id: &str) -> String {
    match id.starts_with(|letter: char| letter.is_ascii_punctuation() || letter.is_ascii_whitespace()) {
        true => format!("t{id}"),
        false => id.to_owned(),
    }
}

/// Returns the declared type of the geometries, which is none for a table.
fn layer_type(view: &View<'_>, has_z: bool) -> OGRwkbGeometryType::Type {
    let Some(geometry) = &view.collection.geometry else { return OGRwkbGeometryType::wkbNone };
    let flat = geometry.kind.map_or(OGRwkbGeometryType::wkbUnknown, |kind| kind as OGRwkbGeometryType::Type);
    match geometry.kind {
        _ if !has_z => flat,
        None => flat,
        Some(GeometryType::Point) => OGRwkbGeometryType::wkbPoint25D,
        Some(GeometryType::LineString) => OGRwkbGeometryType::wkbLineString25D,
        Some(GeometryType::Polygon) => OGRwkbGeometryType::wkbPolygon25D,
        Some(GeometryType::MultiPoint) => OGRwkbGeometryType::wkbMultiPoint25D,
        Some(GeometryType::MultiLineString) => OGRwkbGeometryType::wkbMultiLineString25D,
        Some(GeometryType::MultiPolygon) => OGRwkbGeometryType::wkbMultiPolygon25D,
        Some(GeometryType::GeometryCollection) => OGRwkbGeometryType::wkbGeometryCollection25D,
    }
}

fn field_type(kind: ColumnType) -> raw::FieldType {
    use OGRFieldSubType::*;
    use OGRFieldType::*;
    match kind {
        ColumnType::Boolean => (OFTInteger, OFSTBoolean),
        ColumnType::Integer => (OFTInteger, OFSTNone),
        ColumnType::BigInteger => (OFTInteger64, OFSTNone),
        ColumnType::Real => (OFTReal, OFSTFloat32),
        ColumnType::Double => (OFTReal, OFSTNone),
        ColumnType::Date => (OFTDate, OFSTNone),
        ColumnType::TimestampWithZone => (OFTDateTime, OFSTNone),
        ColumnType::Json | ColumnType::Array => (OFTString, OFSTJSON),
        ColumnType::Numeric
        | ColumnType::Text
        | ColumnType::Timestamp
        | ColumnType::Time
        | ColumnType::Uuid => (OFTString, OFSTNone),
    }
}

fn set(feature: &mut Feature<'_>, index: usize, value: Value<'_>) -> std::result::Result<(), GdalError> {
    match value {
        Value::Null => feature.set_field_null(index),
        Value::Boolean(value) => feature.set_field_integer(index, value.into()),
        Value::Integer(value) => feature.set_field_integer64(index, value),
        Value::Real(value) => feature.set_field_double(index, real(value)),
        Value::Double(value) => feature.set_field_double(index, value),
        Value::Date(_) | Value::TimestampWithZone(_) => {
            let text = value_text::plain_text(value);
            // Years before 0 have a sign, and infinite values are words.
            match text.starts_with(|first: char| first.is_ascii_digit()) {
                true => feature.set_field_string(index, &text),
                false => feature.set_field_null(index),
            }
        }
        other => feature.set_field_string(index, &value_text::plain_text(other).replace('\0', "\u{fffd}")),
    }
}

/// Converts a 32-bit float to the double with the same shortest digits.
fn real(value: f32) -> f64 {
    zmij::Buffer::new().format(value).parse().unwrap_or_else(|_| value.into())
}

/// Returns the names of the columns, made different from each other regardless of case.
fn column_names(view: &View<'_>) -> Vec<String> {
    let mut names: Vec<String> = vec![];
    for (name, _) in view.columns() {
        let name = free(name, &names);
        names.push(name);
    }
    names
}

/// Returns `name`, or `name` with the first number behind it that makes it differ from all others.
fn free(name: &str, taken: &[String]) -> String {
    let lower = |text: &str| text.to_lowercase();
    let is_taken = |name: &str| taken.iter().any(|other| lower(other) == lower(name));
    if !is_taken(name) {
        return name.into();
    }
    let numbered = (2..).map(|number: u32| format!("{name}_{number}"));
    numbered.into_iter().find(|name| !is_taken(name)).unwrap_or_default()
}
