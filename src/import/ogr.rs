//! Files that GDAL reads, of the formats that the [`fence`] lets through.

use std::path::{Path, PathBuf};

use encoding_rs::UTF_8;
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::sql::Dialect;
use gdal::vector::{Feature, FieldValue, LayerAccess, OGRFieldType};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use super::letters::Letters;
use super::messages::{self, failed};
use super::row::{Cell, Column, Damage, Row, Shape, Visit};
use super::{fence, raw, shapefile, statement};
use crate::catalog::ColumnType;
use crate::error::{Error, Kind, Result};

/// A layer of a file.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What GDAL opens: the path, or a path into an archive.
    path: PathBuf,
    /// Its name in the file.
    pub name: String,
    /// The format, in GDAL's words.
    pub driver: String,
    /// The tables of a Shapefile: with the encoding of its texts and the number of rows deleted.
    tables: Vec<shapefile::Table>,
    /// Which features are taken, in GDAL's SQL.
    condition: Option<String>,
}

/// What a layer says of itself.
pub struct Look {
    /// Its columns. Dates with a time are [`ColumnType::Timestamp`], whether or not with an offset.
    pub columns: Vec<Column>,
    /// Its coordinate system, x first.
    pub system: Option<SpatialRef>,
    /// How many features it says it has; for progress only.
    pub rows: Option<u64>,
    /// What was odd.
    pub notes: Vec<String>,
    /// What its geometry is called, where the format has a name for it.
    pub geometry_name: Option<String>,
    /// Where the feature's identifier goes, if it is to be kept: the column's position.
    identifier: Option<usize>,
}

/// The layers of a file.
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

/// Opens a file. Where texts are decoded here, GDAL is told that each byte is a letter, which can
/// be undone.
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
    /// What it says of itself.
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

    /// The column for the features' own numbers, where they mean something: a GeoPackage's key, or
    /// the ids of GeoJSON features that are not merely counted.
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

    /// Reads its features.
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
                // Not `geometry()`, which answers a null pointer for a feature without.
                let geometry = feature.geometry_by_index(0);
                let geometry = geometry.map_or(Shape::None, |geometry| Shape::Is(geometry.clone()));
                visit(Row { number, cells: &cells, damaged: &damaged, geometry })
            })
        })
    }

    /// The table of its Shapefile.
    fn table(&self) -> Option<&shapefile::Table> {
        self.tables.iter().find(|table| table.is_of(&self.name))
    }

    /// The encoding of its texts, where the file does not say it and we looked.
    pub fn found_encoding(&self) -> Option<&'static str> {
        let table = self.table().filter(|table| !table.is_said)?;
        Some(table.letters?.encoding.name())
    }

    /// A text as it is in the file, and what was odd about it.
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

    /// How a whole file shows: GDAL ends a damaged one as it ends a whole one.
    fn whole(&self, layer: &mut dyn Features) -> Result<Whole> {
        // Others complain of single features that are readable all the same.
        let is_strict = self.driver == "ESRI Shapefile";
        Ok(Whole { features: self.expected(layer)?, is_strict })
    }

    fn expected(&self, layer: &mut dyn Features) -> Result<Option<u64>> {
        let deleted = self.table().map_or(0, |table| table.deleted);
        match (&self.condition, self.driver.as_str()) {
            (Some(_), _) => Ok(layer.count()),
            // What it notes of its own length may be old.
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

    /// Opens the layer anew. One of an OSM extract is asked for by SQL: read together with the
    /// others, features of all layers would pile up in memory.
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
            // The condition is compared with texts of which each byte is a letter.
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

/// What a whole file has.
#[derive(Clone, Copy, Debug, Default)]
struct Whole {
    /// So many features, if that is known.
    features: Option<u64>,
    /// No feature of which GDAL complains.
    is_strict: bool,
}

/// What is needed of a layer and of the result of a query alike.
trait Features {
    fn fields(&self) -> Vec<Column>;
    fn system(&self) -> Option<SpatialRef>;
    fn count(&self) -> Option<u64>;
    fn geometries(&self) -> usize;
    fn geometry_name(&self) -> Option<String>;
    fn identifier(&self) -> Option<String>;
    /// Reads all, and fails where the file is not whole.
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

    fn system(&self) -> Option<SpatialRef> {
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
    let system = layer.system().map(|mut system| {
        system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        system
    });
    let geometry_name = layer.geometry_name();
    Look { columns, system, rows: layer.count(), notes, geometry_name, identifier: None }
}

/// The type that keeps what GDAL has of a field.
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

/// A value. A field that a feature lacks reads as empty text here, and as 0 if asked for its
/// number: so the text is asked for first.
fn cell(feature: &Feature<'_>, field: usize, kind: ColumnType) -> gdal::errors::Result<Cell> {
    let Some(text) = feature.field_as_string(field)?.filter(|text| !text.is_empty()) else {
        return Ok(Cell::Null);
    };
    Ok(match kind {
        // The crate reads a list without elements from a null pointer.
        ColumnType::Array if text == "(0:)" => Cell::Text("[]".into()),
        ColumnType::Array => feature.field(field)?.and_then(list).map_or(Cell::Null, Cell::text),
        ColumnType::Integer | ColumnType::BigInteger => text.parse().map_or(Cell::Null, Cell::Integer),
        // The text has 15 digits only.
        ColumnType::Double => feature.field_as_double(field)?.map_or(Cell::Null, Cell::Double),
        ColumnType::Boolean => Cell::Text(if text == "0" { "false" } else { "true" }.into()),
        ColumnType::Date => Cell::Text(text.replace('/', "-")),
        ColumnType::Timestamp => Cell::Text(text.replace('/', "-").replacen(' ', "T", 1)),
        _ => Cell::Text(text),
    })
}

/// A list as a JSON array.
fn list(value: FieldValue) -> Option<String> {
    match value {
        FieldValue::IntegerListValue(list) => serde_json::to_string(&list).ok(),
        FieldValue::Integer64ListValue(list) => serde_json::to_string(&list).ok(),
        FieldValue::RealListValue(list) => serde_json::to_string(&list).ok(),
        FieldValue::StringListValue(list) => serde_json::to_string(&list).ok(),
        _ => None,
    }
}
