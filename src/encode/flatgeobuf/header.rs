//! Writes the header of a FlatGeobuf file: names, types, coordinate system, extent and count.

use std::collections::BTreeSet;

use ::flatgeobuf as fgb;
use fgb::ColumnType as FileType;
use flatbuffers::FlatBufferBuilder;

use super::index::NODE_SIZE;
use crate::catalog::{ColumnSchema, ColumnType};
use crate::encode::coordinates::OutputCrs;
use crate::geo::{Crs, GeometryType};
use crate::layer::View;

/// The first bytes of a file of version 3.
const MAGIC: [u8; 8] = *b"fgb\x03fgb\x00";

/// The parts of the header that are known before the features.
#[derive(Clone, Debug, Default)]
pub struct About {
    name: String,
    title: String,
    description: Option<String>,
    columns: Vec<ColumnSchema>,
    /// The position in `columns` of the key, if it is a single column.
    key: Option<usize>,
    has_z: bool,
    code: i32,
}

impl About {
    /// Collects what is known of a collection whose coordinates are written in `crs`.
    pub fn of(view: &View<'_>, crs: &OutputCrs) -> About {
        let collection = view.collection;
        let columns: Vec<ColumnSchema> = view
            .columns()
            .filter_map(|(name, _)| collection.columns.get(collection.column(name)?).cloned())
            .collect();
        let key = match collection.key.as_slice() {
            [only] if view.sees_key() => collection.columns.get(*only),
            _ => None,
        };
        About {
            name: collection.id.clone(),
            title: collection.title.clone(),
            description: collection.description.clone(),
            key: key.and_then(|key| columns.iter().position(|column| column.name == key.name)),
            columns,
            has_z: collection.geometry.as_ref().is_some_and(|geometry| geometry.has_z),
            code: match crs.crs {
                Crs::Crs84 => 4326,
                Crs::Epsg(code) => i32::try_from(code).unwrap_or(0),
            },
        }
    }

    /// Returns the magic bytes and the header of a file with `count` features, whose geometries are
    /// of the types `kinds` and lie in `extent`.
    pub fn bytes(&self, count: u64, kinds: &BTreeSet<GeometryType>, extent: &[f64; 4]) -> Vec<u8> {
        let mut builder = FlatBufferBuilder::new();
        let columns = self.columns.iter().enumerate().map(|(index, column)| {
            let name = Some(builder.create_string(&column.name));
            let title = column.title.as_deref().map(|title| builder.create_string(title));
            let description = column.description.as_deref().map(|text| builder.create_string(text));
            let is_key = self.key == Some(index);
            let arguments = fgb::ColumnArgs {
                name,
                type_: file_type(column.kind),
                title,
                description,
                nullable: column.nullable && !is_key,
                unique: is_key,
                primary_key: is_key,
                ..Default::default()
            };
            fgb::Column::create(&mut builder, &arguments)
        });
        let columns: Vec<_> = columns.collect();
        let columns = Some(builder.create_vector(&columns));
        let org = Some(builder.create_string("EPSG"));
        let crs = Some(fgb::Crs::create(
            &mut builder,
            &fgb::CrsArgs { org, code: self.code, ..Default::default() },
        ));
        let is_box = extent.iter().all(|number| number.is_finite());
        let arguments = fgb::HeaderArgs {
            name: Some(builder.create_string(&self.name)),
            envelope: is_box.then(|| builder.create_vector(extent.as_slice())),
            geometry_type: geometry_type(kinds),
            has_z: self.has_z,
            columns,
            features_count: count,
            index_node_size: if count > 0 { NODE_SIZE } else { 0 },
            crs,
            title: Some(builder.create_string(&self.title)),
            description: self.description.as_deref().map(|text| builder.create_string(text)),
            ..Default::default()
        };
        let header = fgb::Header::create(&mut builder, &arguments);
        builder.finish_size_prefixed(header, None);
        [MAGIC.as_slice(), builder.finished_data()].concat()
    }
}

/// Returns the type of a column in the file.
pub fn file_type(kind: ColumnType) -> FileType {
    match kind {
        ColumnType::Boolean => FileType::Bool,
        ColumnType::Integer => FileType::Int,
        ColumnType::BigInteger => FileType::Long,
        ColumnType::Real => FileType::Float,
        ColumnType::Double => FileType::Double,
        ColumnType::Date | ColumnType::Timestamp | ColumnType::TimestampWithZone => FileType::DateTime,
        ColumnType::Json | ColumnType::Array => FileType::Json,
        ColumnType::Numeric | ColumnType::Text | ColumnType::Time | ColumnType::Uuid => FileType::String,
    }
}

/// Returns the one type of all geometries, or Unknown if they differ; then each has its own type.
fn geometry_type(kinds: &BTreeSet<GeometryType>) -> fgb::GeometryType {
    match (kinds.first(), kinds.len()) {
        (Some(kind), 1) => simple_type(*kind),
        _ => fgb::GeometryType::Unknown,
    }
}

/// Returns the type of a geometry in the file, which has the same number as in WKB.
pub fn simple_type(kind: GeometryType) -> fgb::GeometryType {
    fgb::GeometryType(kind as u8)
}
