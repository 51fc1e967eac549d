//! Reads and checks the header of a FlatGeobuf file.

use flatbuffers::VerifierOptions;

use super::super::schema::{Described, DescribedGeometry, MAX_COLUMNS};
use super::bounded::damaged;
use crate::catalog::{ColumnSchema, ColumnType};
use crate::error::{Error, Kind, Result};
use crate::geo::GeometryType;
use ::flatgeobuf as fgb;

/// The header of a FlatGeobuf file.
#[derive(Clone, Debug)]
pub struct Header {
    /// The type of all geometries, or `Unknown` if each has its own.
    pub geometry_type: fgb::GeometryType,
    /// The columns with their types in the file, including those that are not served.
    pub columns: Vec<FileColumn>,
    /// The number of features; 0 may mean that they were not counted.
    pub features: u64,
    /// The number of children of a node of the index; 0 if there is no index.
    pub node_size: u16,
    has_z: bool,
    srid: Option<u32>,
    title: Option<String>,
    description: Option<String>,
}

/// A column of the file.
#[derive(Clone, Debug)]
pub struct FileColumn {
    /// The column as it is published; None if it is not.
    pub schema: Option<ColumnSchema>,
    /// The name of the column.
    pub name: String,
    /// The type in which its values are stored.
    pub kind: fgb::ColumnType,
    is_primary: bool,
    is_unique: bool,
}

/// Returns a verifier that rejects tables which would be far larger than their `bytes` if shared
/// parts were written out.
pub fn verifier(bytes: usize) -> VerifierOptions {
    VerifierOptions {
        max_depth: 80,
        max_apparent_size: bytes.saturating_mul(8).saturating_add(1024),
        ..VerifierOptions::default()
    }
}

impl Header {
    /// Reads a header, preceded by its size.
    pub fn parse(buffer: &[u8]) -> Result<Header> {
        let header = fgb::size_prefixed_root_as_header_with_opts(&verifier(buffer.len()), buffer)
            .map_err(|why| damaged(format!("its header cannot be read: {}", first_line(&why))))?;
        let columns: Vec<FileColumn> = header
            .columns()
            .map(|columns| columns.iter().take(MAX_COLUMNS + 1).map(|column| file_column(&column)).collect())
            .unwrap_or_default();
        if columns.len() > MAX_COLUMNS {
            return Err(damaged(format!("it has more than {MAX_COLUMNS} columns")));
        }
        Ok(Header {
            geometry_type: header.geometry_type(),
            columns,
            features: header.features_count(),
            node_size: header.index_node_size(),
            has_z: header.has_z(),
            srid: srid(header.crs())?,
            title: words(header.title()),
            description: words(header.description()),
        })
    }

    /// Returns the length of the packed index in bytes: 40 for each node of each level, where the
    /// features are the lowest level.
    pub fn index_bytes(&self) -> Result<u64> {
        if self.node_size == 0 || self.features == 0 {
            return Ok(0);
        }
        let node_size = u64::from(self.node_size.max(2));
        let mut level = self.features;
        let mut nodes = level;
        // There is a root above the features even if there is only one.
        loop {
            level = level.div_ceil(node_size);
            nodes = nodes.saturating_add(level);
            if level == 1 {
                break;
            }
        }
        nodes
            .checked_mul(40)
            .ok_or_else(|| damaged(format!("it says that it has {} features", self.features)))
    }

    /// Returns the content of the header in the form that is common to all files of a folder.
    pub fn describe(&self, bytes: u64) -> Described {
        let served: Vec<&FileColumn> = self.columns.iter().filter(|column| column.schema.is_some()).collect();
        let flagged = |flag: fn(&FileColumn) -> bool| {
            served.iter().enumerate().filter(move |(_, column)| flag(column)).map(|(position, _)| position)
        };
        let mut key: Vec<usize> = flagged(|column| column.is_primary).collect();
        if key.is_empty() {
            key.extend(flagged(|column| column.is_unique).next());
        }
        Described {
            title: self.title.clone(),
            description: self.description.clone(),
            columns: served.iter().filter_map(|column| column.schema.clone()).collect(),
            key,
            geometry: Some(DescribedGeometry {
                kind: simple_type(self.geometry_type),
                srid: self.srid,
                has_z: self.has_z,
            }),
            readings: vec![],
            rows: self.features,
            bytes: bytes.saturating_sub(self.index_bytes().unwrap_or(0)),
        }
    }
}

/// Returns the first line of the verifier's message; the rest is a path through the tables.
fn first_line(why: &flatbuffers::InvalidFlatbuffer) -> String {
    why.to_string().lines().next().unwrap_or_default().into()
}

fn words(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

fn file_column(column: &fgb::Column<'_>) -> FileColumn {
    let schema = column_type(column.type_()).map(|kind| ColumnSchema {
        nullable: column.nullable(),
        title: words(column.title()),
        description: words(column.description()),
        ..ColumnSchema::new(column.name(), kind)
    });
    FileColumn {
        schema,
        name: column.name().into(),
        kind: column.type_(),
        is_primary: column.primary_key(),
        is_unique: column.unique(),
    }
}

/// Returns the type with which a column is published; None for Binary and unknown types, which are
/// left out with a note.
///
/// ULong becomes a big integer although large values do not fit, because it is used for ids, which
/// are far smaller. A value that does not fit becomes NULL and is counted; `type = "numeric"` in a
/// sidecar keeps it. DateTime is a timestamp unless the first value has an offset.
fn column_type(kind: fgb::ColumnType) -> Option<ColumnType> {
    Some(match kind {
        fgb::ColumnType::Bool => ColumnType::Boolean,
        fgb::ColumnType::Byte
        | fgb::ColumnType::UByte
        | fgb::ColumnType::Short
        | fgb::ColumnType::UShort
        | fgb::ColumnType::Int => ColumnType::Integer,
        fgb::ColumnType::UInt | fgb::ColumnType::Long | fgb::ColumnType::ULong => ColumnType::BigInteger,
        fgb::ColumnType::Float => ColumnType::Real,
        fgb::ColumnType::Double => ColumnType::Double,
        fgb::ColumnType::String => ColumnType::Text,
        fgb::ColumnType::Json => ColumnType::Json,
        fgb::ColumnType::DateTime => ColumnType::Timestamp,
        _ => return None,
    })
}

/// Returns the type of Simple Features that geometries of this type become; curves become lines.
pub fn simple_type(kind: fgb::GeometryType) -> Option<GeometryType> {
    Some(match kind {
        fgb::GeometryType::Point => GeometryType::Point,
        fgb::GeometryType::LineString
        | fgb::GeometryType::CircularString
        | fgb::GeometryType::CompoundCurve => GeometryType::LineString,
        fgb::GeometryType::Polygon | fgb::GeometryType::CurvePolygon => GeometryType::Polygon,
        fgb::GeometryType::MultiPoint => GeometryType::MultiPoint,
        fgb::GeometryType::MultiLineString | fgb::GeometryType::MultiCurve => GeometryType::MultiLineString,
        fgb::GeometryType::MultiPolygon | fgb::GeometryType::MultiSurface => GeometryType::MultiPolygon,
        fgb::GeometryType::GeometryCollection => GeometryType::GeometryCollection,
        _ => return None,
    })
}

/// Returns the EPSG code; None if the file does not say it.
fn srid(crs: Option<fgb::Crs<'_>>) -> Result<Option<u32>> {
    let Some(crs) = crs.filter(|crs| crs.code() != 0) else { return Ok(None) };
    let org = crs.org().unwrap_or_default();
    if !(org.is_empty() || org.eq_ignore_ascii_case("EPSG")) {
        let what = format!("its coordinate system is {org}:{}, which is not of EPSG", crs.code());
        return Err(Error::new(Kind::Invalid, what)
            .hint("write it again in a system that has an EPSG code, with ogr2ogr -t_srs"));
    }
    match u32::try_from(crs.code()) {
        Ok(code) => Ok(Some(code)),
        Err(_) => Err(damaged(format!("its coordinate system has the code {}", crs.code()))),
    }
}
