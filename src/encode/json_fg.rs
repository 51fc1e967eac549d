//! JSON-FG 1.0 (OGC 21-045r1): GeoJSON that also contains the type of the features and their
//! geometry in another coordinate system.
//!
//! Of the standard's conformance classes, Core and Feature Types and Schemas are implemented.
//! `geometry` is always in CRS84. In another coordinate system the geometry is in `place`, and
//! `geometry` is added only with [`Profile::JsonFgPlus`]. `time` is the value of the column with
//! the time of a feature, which the schema calls `primary-instant`. It is null if there is no such
//! column, or if the year does not have four digits.

use serde_json::json;

use super::coordinates::OutputCrs;
use super::geojson::{GeoJsonWriter, write_text};
use crate::error::Result;
use crate::geo::Crs;
use crate::layer::{Value, View, value_text};

/// The URIs of the conformance classes that a document conforms to.
pub const CONFORMS_TO: [&str; 2] = [
    "http://www.opengis.net/spec/json-fg-1/1.0/conf/core",
    "http://www.opengis.net/spec/json-fg-1/1.0/conf/types-schemas",
];

/// Whether a feature with `place` also has `geometry`. The names are those of the standard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// A feature has only `place` if its coordinate system is not CRS84.
    #[default]
    JsonFg,
    /// A feature has both.
    JsonFgPlus,
}

impl Profile {
    /// Returns the URI of the profile.
    pub fn uri(self) -> &'static str {
        match self {
            Profile::JsonFg => "http://www.opengis.net/def/profile/OGC/0/jsonfg",
            Profile::JsonFgPlus => "http://www.opengis.net/def/profile/OGC/0/jsonfg-plus",
        }
    }
}

/// Writes the features of one collection.
#[derive(Debug)]
pub struct JsonFgWriter {
    writer: GeoJsonWriter,
    /// The coordinate system of `place`; None if `geometry` is enough.
    place: Option<Crs>,
    /// The writer of `geometry`, if it is added to `place`.
    beside: Option<GeoJsonWriter>,
}

impl JsonFgWriter {
    /// Makes a writer of coordinates stored in `stored` and requested in `asked`.
    ///
    /// # Errors
    ///
    /// Fails if one of the coordinate systems is not known.
    pub fn new(stored: Crs, asked: Crs, profile: Profile) -> Result<JsonFgWriter> {
        let place = (asked != Crs::Crs84).then_some(asked);
        let beside = match (place, profile) {
            (Some(_), Profile::JsonFgPlus) => Some(GeoJsonWriter::new(OutputCrs::new(stored, Crs::Crs84)?)),
            _ => None,
        };
        Ok(JsonFgWriter { writer: GeoJsonWriter::new(OutputCrs::new(stored, asked)?), place, beside })
    }

    /// Appends the members that JSON-FG adds to a document's root, each with a comma before it.
    pub fn root(&self, view: &View<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(format!(r#","conformsTo":{},"featureType":"#, json!(CONFORMS_TO)).as_bytes());
        write_text(&view.collection.id, out);
        if let Some(crs) = self.place {
            out.extend_from_slice(format!(r#","coordRefSys":"{}""#, crs.uri()).as_bytes());
        }
    }

    /// Appends the member `geometryDimension` of a collection, with a comma before it, if all
    /// geometries have the same.
    pub fn dimension(view: &View<'_>, out: &mut Vec<u8>) {
        let dimension = match view.geometry_word() {
            Some("point") => 0,
            Some("line") => 1,
            Some("polygon") => 2,
            _ => return,
        };
        out.extend_from_slice(format!(r#","geometryDimension":{dimension}"#).as_bytes());
    }

    /// Appends a row as a Feature object without its closing `}`, so that the caller can add
    /// members.
    pub fn feature(&mut self, view: &View<'_>, row: u32, out: &mut Vec<u8>) {
        self.feature_of(view, row, view.cells(&[row]).get(0), out);
    }

    /// Appends a row as [`feature`](Self::feature) does, from cells that were already read.
    pub fn feature_of(&mut self, view: &View<'_>, row: u32, cells: &[Value<'_>], out: &mut Vec<u8>) {
        self.writer.begin(view, row, out);
        out.extend_from_slice(br#","time":"#);
        time(view, row, out);
        out.extend_from_slice(br#","place":"#);
        let geometry = view.geometry(row);
        match (&geometry, self.place) {
            (Some(geometry), Some(_)) => self.writer.geometry(geometry, out),
            _ => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(br#","geometry":"#);
        match (&geometry, self.place, &mut self.beside) {
            (Some(geometry), None, _) => self.writer.geometry(geometry, out),
            (Some(geometry), Some(_), Some(beside)) => beside.geometry(geometry, out),
            _ => out.extend_from_slice(b"null"),
        }
        self.writer.properties(view, cells, out);
    }
}

/// Appends the value of `time`. An instant without a zone is in UTC, as in the parameter
/// `datetime`.
fn time(view: &View<'_>, row: u32, out: &mut Vec<u8>) {
    let value = view.instant().map_or(Value::Null, |column| column.get(row as usize));
    let text = value_text::plain_text(value);
    let is_plain =
        text.starts_with(|digit: char| digit.is_ascii_digit()) && text.as_bytes().get(4) == Some(&b'-');
    match value {
        Value::Date(_) if is_plain => out.extend_from_slice(format!(r#"{{"date":"{text}"}}"#).as_bytes()),
        Value::Timestamp(_) | Value::TimestampWithZone(_) if is_plain => {
            let text = text.trim_end_matches('Z');
            out.extend_from_slice(format!(r#"{{"timestamp":"{text}Z"}}"#).as_bytes());
        }
        _ => out.extend_from_slice(b"null"),
    }
}
