//! Reads files with GDAL, in the formats that the [`fence`] allows.

use std::path::{Path, PathBuf};

use encoding_rs::UTF_8;
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::sql::Dialect;
use gdal::vector::{Feature, FieldValue, LayerAccess, OGRFieldType};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use super::letters::Letters;
use super::messages::{self, failed};
use super::row::{Cell, Column, Damage, FileRow, Shape, Visit};
use super::{fence, raw, shapefile, statement};
use crate::catalog::ColumnType;
use crate::error::{Error, Kind, Result};

/// A layer of a file.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What GDAL opens: the path, or a path into an archive.
    path: PathBuf,
    /// The name of the layer in the file.
    pub name: String,
    /// The format, by the name of GDAL's driver.
    pub driver: String,
    /// The tables of a Shapefile, with the encoding of their texts and the number of deleted rows.
    tables: Vec<shapefile::Table>,
    /// The condition for the features that are read, in GDAL's SQL.
    condition: Option<String>,
}

/// What a layer says about itself.
pub struct Look {
    /// The columns. Dates with a time are [`ColumnType::Timestamp`], with or without an offset.
    pub columns: Vec<Column>,
    /// The coordinate system, x first.
    pub crs: Option<SpatialRef>,
    /// The number of features that the layer says it has, for progress only.
    pub rows: Option<u64>,
    /// Notes about what is unusual.
    pub notes: Vec<String>,
    /// The name of the geometry, if the format has one.
    pub geometry_name: Option<String>,
    /// The position of the column for the features' identifiers, if these are kept.
    identifier: Option<usize>,
}

/// Returns the layers of a file.
///
/// # Errors
///
/// Fails if GDAL cannot open the file, or has no layer in it.
pub fn layers(path: &Path, condition: Option<&str>) -> Result<Vec<Layer>> {
    let tables = shapefile::tables(path)?;
    let path = fence::name(path);
    let dataset = open(&path, &tables)?;
    let driver = dataset.driver().short_name();
    let layer = |layer: gdal::vector::Layer<'_>| Layer {
        path: path.clone(),
        name: layer.name(),
        driver: driver.clone(),
        tables: tables.clone(),
        condition: condition.map(str::to_owned),
    };
    let all: Vec<Layer> = dataset.layers().map(layer).collect();
    match all.is_empty() {
        true => Err(Error::new(Kind::Invalid, "there is no layer in it")),
        false => Ok(all),
    }
}

/// Opens a file. If texts are decoded here, GDAL is made to treat each byte as a character, which
/// can be reversed.
fn open(path: &Path, tables: &[shapefile::Table]) -> Result<Dataset> {
    let is_decoded = tables.iter().any(|table| table.letters.is_some());
    let options: &[&str] = if is_decoded { &["ENCODING=ISO-8859-1"] } else { &[] };
    let drivers = fence::drivers(path);
    let how = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_READONLY,
        allowed_drivers: Some(&drivers),
        open_options: is_decoded.then_some(options),
        ..DatasetOptions::default()
    };
    Dataset::open_ex(path, how).map_err(|why| failed("it cannot be opened", &why))
}

impl Layer {
    /// Reads what the layer says about itself.
    ///
    /// # Errors
    ///
    /// Fails if GDAL cannot read the layer.
    pub fn look(&self) -> Result<Look> {
        self.with(|layer| {
            let mut look = look(layer);
            for column in &mut look.columns {
                column.name = self.text(std::mem::take(&mut column.name)).0;
            }
            if let Some(name) = self.identifier(layer, &look.columns) {
                look.identifier = Some(0);
                look.columns.insert(0, Column { name, kind: ColumnType::BigInteger });
            }
            Ok(look)
        })
    }

    /// Returns the name of a column for the features' own identifiers, if they mean something: the
    /// key of a GeoPackage, or the ids of GeoJSON features that are not just numbered.
    fn identifier(&self, layer: &mut dyn Features, columns: &[Column]) -> Option<String> {
        let is_field = |name: &str| columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
        if let Some(name) = layer.identifier() {
            return Some(name).filter(|name| !is_field(name));
        }
        let is_json = ["GeoJSON", "TopoJSON", "ESRIJSON"].contains(&self.driver.as_str());
        if !is_json || is_field("id") {
            return None;
        }
        let mut is_counted = true;
        layer
            .each(Whole::default(), &mut |number, feature| {
                is_counted &= feature.fid().is_none_or(|id| id + 1 == number || id == number);
                Ok(())
            })
            .ok()?;
        (!is_counted).then(|| "id".into())
    }

    /// Reads all features and passes each to `visit`.
    ///
    /// # Errors
    ///
    /// Fails if the file is damaged or `visit` fails.
    pub fn each(&self, look: &Look, visit: Visit<'_>) -> Result<()> {
        let (mut cells, mut damaged) = (Vec::new(), Vec::new());
        self.with(|layer| {
            let whole = self.whole(layer)?;
            layer.each(whole, &mut |number, feature| {
                cells.clear();
                damaged.clear();
                let mut field = 0;
                for (at, column) in look.columns.iter().enumerate() {
                    cells.push(if look.identifier == Some(at) {
                        let id = feature.fid().and_then(|id| i64::try_from(id).ok());
                        id.map_or(Cell::Null, Cell::Integer)
                    } else {
                        let cell = cell(feature, field, column.kind);
                        field += 1;
                        let cell =
                            cell.map_err(|why| failed(format!("feature {number} cannot be read"), &why))?;
                        match cell {
                            Cell::Text(text) if column.kind == ColumnType::Text => {
                                let (text, odd) = self.text(text);
                                damaged.extend(odd.map(|what| Damage { column: at, what }));
                                Cell::text(text)
                            }
                            cell => cell,
                        }
                    });
                }
                // The function `geometry()` of the crate would use a null pointer for a feature
                // without geometry.
                let geometry = feature.geometry_by_index(0);
                let geometry = geometry.map_or(Shape::None, |geometry| Shape::Is(geometry.clone()));
                visit(FileRow { number, cells: &cells, damaged: &damaged, geometry })
            })
        })
    }

    /// Returns the table of the Shapefile.
    fn table(&self) -> Option<&shapefile::Table> {
        self.tables.iter().find(|table| table.is_of(&self.name))
    }

    /// Returns the encoding of the texts, if the file does not state it and it was found by a look.
    pub fn found_encoding(&self) -> Option<&'static str> {
        let table = self.table().filter(|table| !table.is_said)?;
        Some(table.letters?.encoding.name())
    }

    /// Returns a text as it is in the file, and what is wrong with it.
    fn text(&self, text: String) -> (String, Option<&'static str>) {
        if text.is_ascii() || self.tables.iter().all(|table| table.letters.is_none()) {
            return (text, None);
        }
        let letters = self.table().and_then(|table| table.letters).unwrap_or(Letters { encoding: UTF_8 });
        let bytes: std::result::Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
        match bytes {
            Ok(bytes) => {
                let (text, odd) = letters.decode(&bytes);
                (text.into_owned(), odd)
            }
            Err(_) => (text, None),
        }
    }

    /// Returns how a complete file is recognized. GDAL reports no error at the end of a truncated
    /// one.
    fn whole(&self, layer: &mut dyn Features) -> Result<Whole> {
        // Other drivers complain about single features that are readable.
        let is_strict = self.driver == "ESRI Shapefile";
        Ok(Whole { features: self.expected(layer)?, is_strict })
    }

    fn expected(&self, layer: &mut dyn Features) -> Result<Option<u64>> {
        let deleted = self.table().map_or(0, |table| table.deleted);
        match (&self.condition, self.driver.as_str()) {
            (Some(_), _) => Ok(layer.count()),
            // The number that a GeoPackage records may be outdated.
            (None, "GPKG") => {
                let dataset = open(&self.path, &[])?;
                let query = statement::count(&statement::quoted(&self.name));
                let result = dataset.execute_sql(query, None, Dialect::DEFAULT);
                let result = result.map_err(|why| failed("its rows cannot be counted", &why))?;
                let count =
                    result.and_then(|mut result| result.features().next()?.field_as_integer64(0).ok()?);
                Ok(count.and_then(|count| u64::try_from(count).ok()))
            }
            (None, _) => Ok(layer.count().map(|count| count.saturating_sub(deleted))),
        }
    }

    /// Opens the layer and passes it to `act`. A layer of an OSM extract is read by SQL, since
    /// features of all its layers would otherwise pile up in memory.
    fn with<T>(&self, act: impl FnOnce(&mut dyn Features) -> Result<T>) -> Result<T> {
        let dataset = open(&self.path, &self.tables)?;
        if self.driver == "OSM" {
            let all = statement::layer_of_extract(&self.name);
            let result = dataset.execute_sql(all, None, Dialect::DEFAULT);
            let result = result.map_err(|why| failed("it cannot be read", &why))?;
            let mut result = result.ok_or_else(|| Error::new(Kind::Invalid, "it cannot be read"))?;
            self.choose(&mut result)?;
            return act(&mut result);
        }
        let layer = dataset.layer_by_name(&self.name);
        let mut layer = layer.map_err(|why| failed("its layer is gone", &why))?;
        self.choose(&mut layer)?;
        act(&mut &mut layer)
    }

    fn choose(&self, layer: &mut gdal::vector::Layer<'_>) -> Result<()> {
        let Some(condition) = &self.condition else { return Ok(()) };
        let condition = match self.table().filter(|table| table.letters.is_some()) {
            // The condition is compared with texts in which each byte is a character.
            Some(table) => table.mostly.encode(condition).0.iter().map(|byte| char::from(*byte)).collect(),
            None => condition.clone(),
        };
        let chosen = layer.set_attribute_filter(&condition);
        chosen.map_err(|why| Error {
            parameter: Some("--where".into()),
            ..failed("--where cannot be read", &why)
        })
    }
}

/// How a complete file is recognized.
#[derive(Clone, Copy, Debug, Default)]
struct Whole {
    /// It has this number of features, if it is known.
    features: Option<u64>,
    /// GDAL complains about none of its features.
    is_strict: bool,
}

/// What layers and results of queries have in common.
trait Features {
    fn fields(&self) -> Vec<Column>;
    fn crs(&self) -> Option<SpatialRef>;
    fn count(&self) -> Option<u64>;
    fn geometries(&self) -> usize;
    fn geometry_name(&self) -> Option<String>;
    fn identifier(&self) -> Option<String>;
    /// Reads all features. Fails if the file is not complete.
    fn each(&mut self, whole: Whole, visit: &mut dyn FnMut(u64, &Feature<'_>) -> Result<()>) -> Result<()>;
}

impl<'a, L: std::ops::DerefMut<Target = gdal::vector::Layer<'a>>> Features for L {
    fn fields(&self) -> Vec<Column> {
        let kinds = raw::subtypes(self.defn());
        let named = |(field, subtype): (gdal::vector::Field<'_>, _)| Column {
            name: field.name(),
            kind: column_type(field.field_type(), subtype),
        };
        self.defn().fields().zip(kinds).map(named).collect()
    }

    fn crs(&self) -> Option<SpatialRef> {
        self.spatial_ref()
    }

    fn count(&self) -> Option<u64> {
        self.try_feature_count()
    }

    fn geometries(&self) -> usize {
        self.defn().geom_fields().count()
    }

    fn geometry_name(&self) -> Option<String> {
        self.defn().geom_fields().next().map(|field| field.name()).filter(|name| !name.is_empty())
    }

    fn identifier(&self) -> Option<String> {
        raw::identifier_column(&**self)
    }

    fn each(&mut self, whole: Whole, visit: &mut dyn FnMut(u64, &Feature<'_>) -> Result<()>) -> Result<()> {
        let mut read = 0;
        let mut features = self.features();
        loop {
            let failures = messages::failures();
            let Some(feature) = features.next() else { break };
            read += 1;
            if whole.is_strict && messages::failures() > failures {
                let why = gdal::errors::GdalError::BadArgument(String::new());
                return Err(failed(format!("feature {read} cannot be read"), &why).hint("is the file whole?"));
            }
            visit(read, &feature)?;
        }
        match whole.features {
            Some(said) if said > read => {
                let what = format!("it says it has {said} features, but ends after {read}");
                Err(Error::new(Kind::Invalid, what).hint("is the file whole?"))
            }
            _ => Ok(()),
        }
    }
}

fn look(layer: &mut dyn Features) -> Look {
    let columns = layer.fields();
    let mut notes = Vec::new();
    if layer.geometries() > 1 {
        notes.push(format!("of its {} geometry columns the first is taken", layer.geometries()));
    }
    let crs = layer.crs().map(|mut crs| {
        crs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        crs
    });
    let geometry_name = layer.geometry_name();
    Look { columns, crs, rows: layer.count(), notes, geometry_name, identifier: None }
}

/// Returns the type that keeps GDAL's values of a field.
fn column_type(kind: OGRFieldType::Type, subtype: raw::Subtype) -> ColumnType {
    match (kind, subtype) {
        (OGRFieldType::OFTInteger, raw::Subtype::Boolean) => ColumnType::Boolean,
        (OGRFieldType::OFTInteger, _) => ColumnType::Integer,
        (OGRFieldType::OFTInteger64, _) => ColumnType::BigInteger,
        (OGRFieldType::OFTReal, _) => ColumnType::Double,
        (OGRFieldType::OFTString, raw::Subtype::Json) => ColumnType::Json,
        (OGRFieldType::OFTString, raw::Subtype::Uuid) => ColumnType::Uuid,
        (OGRFieldType::OFTDate, _) => ColumnType::Date,
        (OGRFieldType::OFTTime, _) => ColumnType::Time,
        (OGRFieldType::OFTDateTime, _) => ColumnType::Timestamp,
        (
            OGRFieldType::OFTIntegerList
            | OGRFieldType::OFTInteger64List
            | OGRFieldType::OFTRealList
            | OGRFieldType::OFTStringList,
            _,
        ) => ColumnType::Array,
        _ => ColumnType::Text,
    }
}

/// Returns a value. The text is checked first, because a missing field reads as empty text here,
/// and as 0 if it is read as a number.
fn cell(feature: &Feature<'_>, field: usize, kind: ColumnType) -> gdal::errors::Result<Cell> {
    let Some(text) = feature.field_as_string(field)?.filter(|text| !text.is_empty()) else {
        return Ok(Cell::Null);
    };
    Ok(match kind {
        // The crate reads an empty list from a null pointer.
        ColumnType::Array if text == "(0:)" => Cell::Text("[]".into()),
        ColumnType::Array => feature.field(field)?.and_then(list).map_or(Cell::Null, Cell::text),
        ColumnType::Integer | ColumnType::BigInteger => text.parse().map_or(Cell::Null, Cell::Integer),
        // The text has only 15 digits.
        ColumnType::Double => feature.field_as_double(field)?.map_or(Cell::Null, Cell::Double),
        ColumnType::Boolean => Cell::Text(if text == "0" { "false" } else { "true" }.into()),
        ColumnType::Date => Cell::Text(text.replace('/', "-")),
        ColumnType::Timestamp => Cell::Text(text.replace('/', "-").replacen(' ', "T", 1)),
        _ => Cell::Text(text),
    })
}

/// Returns a list as a JSON array.
fn list(value: FieldValue) -> Option<String> {
    match value {
        FieldValue::IntegerListValue(list) => serde_json::to_string(&list).ok(),
        FieldValue::Integer64ListValue(list) => serde_json::to_string(&list).ok(),
        FieldValue::RealListValue(list) => serde_json::to_string(&list).ok(),
        FieldValue::StringListValue(list) => serde_json::to_string(&list).ok(),
        _ => None,
    }
}
