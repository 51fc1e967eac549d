//! OGC GeoPackage with its R-tree, written by GDAL into a folder of its own that is gone when the
//! file is open.
//!
//! Coordinates are x before y in every system. What the format has no type for is written as its
//! text: numeric (without loss), times, UUIDs, timestamps without a zone (its DATETIME is UTC). An
//! instant has milliseconds; dates and instants beyond the years 0 to 9999 or without end are NULL.
//! Names of columns that differ only in case get a number, since SQLite takes them for one.

mod index;
mod raw;
mod said;

use std::fs::File;
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

/// What GDAL takes for the present in what it writes into a GeoPackage.
const MOMENT: &str = "OGR_CURRENT_DATE";
/// After so many features the file's size is looked at.
const LOOK_EVERY: u64 = 8192;

/// Writes a file of one collection.
#[derive(Debug)]
pub struct GeoPackageWriter {
    projector: Projector,
    // Closed before its folder goes.
    dataset: Option<Dataset>,
    folder: TempDir,
    has_z: bool,
    /// When the rows were read.
    moment: String,
    wkb: Vec<u8>,
    written: u64,
    most: u64,
}

impl GeoPackageWriter {
    /// A writer of coordinates in `crs`, of a file of at most some `most` bytes.
    pub fn new(crs: OutputCrs, most: u64) -> Result<GeoPackageWriter> {
        let folder = tempfile::Builder::new().prefix("veedel-").tempdir().map_err(|why| failed(&why))?;
        let writer = GeoPackageWriter {
            projector: Projector::new(crs),
            dataset: None,
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

    /// Makes the file and its one layer.
    pub fn begin(&mut self, view: &View<'_>) -> Result<()> {
        said::listen();
        self.moment = format!("{:.3}", view.loaded_at());
        let moment = self.moment.clone();
        at(&moment, || self.make(view).map_err(said::or_no_room))
    }

    fn make(&mut self, view: &View<'_>) -> Result<()> {
        let driver = DriverManager::get_driver_by_name("GPKG").map_err(|why| wrong(&why))?;
        let mut dataset = driver.create_vector_only(self.path()).map_err(|why| wrong(&why))?;
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

    /// Adds a row.
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
        let layer = dataset.layer(0).map_err(|why| wrong(&why))?;
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

    /// The whole file, to be read from its beginning.
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

/// Does what GDAL dates, as if it were that moment: so the same rows make the same bytes, whenever
/// they are written, and whichever threads begin and end the file.
fn at<T>(moment: &str, make: impl FnOnce() -> Result<T>) -> Result<T> {
    gdal::config::set_thread_local_config_option(MOMENT, moment).map_err(|why| wrong(&why))?;
    let made = make();
    gdal::config::clear_thread_local_config_option(MOMENT).map_err(|why| wrong(&why))?;
    made
}

/// GDAL's words may hold a path, so they are for the log.
fn wrong(why: &GdalError) -> Error {
    Error::internal(format!("a GeoPackage could not be written: {why}"))
}

fn spatial_reference(crs: Crs) -> Result<SpatialRef> {
    let code = match crs {
        Crs::Crs84 => 4326,
        Crs::Epsg(code) => code,
    };
    let mut system = SpatialRef::from_epsg(code).map_err(|why| wrong(&why))?;
    system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(system)
}

/// GDAL makes no table whose name begins with a mark, such as `..`: such a name gets a letter
/// before it.
fn table_name(id: &str) -> String {
    match id.starts_with(|letter: char| letter.is_ascii_punctuation() || letter.is_ascii_whitespace()) {
        true => format!("t{id}"),
        false => id.to_owned(),
    }
}

/// The declared type of the geometries; none for a table.
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
            // Years before 0 have a sign; what never ends is a word.
            match text.starts_with(|first: char| first.is_ascii_digit()) {
                true => feature.set_field_string(index, &text),
                false => feature.set_field_null(index),
            }
        }
        other => feature.set_field_string(index, &value_text::plain_text(other).replace('\0', "\u{fffd}")),
    }
}

/// A 32-bit float as the double with the same shortest digits, as people read it.
fn real(value: f32) -> f64 {
    zmij::Buffer::new().format(value).parse().unwrap_or_else(|_| value.into())
}

/// The names of the columns, each different also without regard to case.
fn column_names(view: &View<'_>) -> Vec<String> {
    let mut names: Vec<String> = vec![];
    for (name, _) in view.columns() {
        let name = free(name, &names);
        names.push(name);
    }
    names
}

/// `name`, or with the first number behind it by which it differs from all others.
fn free(name: &str, taken: &[String]) -> String {
    let lower = |text: &str| text.to_lowercase();
    let is_taken = |name: &str| taken.iter().any(|other| lower(other) == lower(name));
    if !is_taken(name) {
        return name.into();
    }
    let numbered = (2..).map(|number: u32| format!("{name}_{number}"));
    numbered.into_iter().find(|name| !is_taken(name)).unwrap_or_default()
}
