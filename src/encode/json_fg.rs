//! JSON-FG 1.0 (OGC 21-045r1): GeoJSON that also says what its features are and gives their
//! geometry in another system.
//!
//! Core, and Feature Types and Schemas, of the standard's conformance classes. `geometry` is CRS84
//! always; in another system the geometry is in `place`, and `geometry` beside it only with
//! [`Profile::JsonFgPlus`]. `time` is the value of the column that says when features are, as the
//! schema's `primary-instant`; null without one, and for what no date of four digits of the year
//! says.

use serde_json::json;

use super::coordinates::OutputCrs;
use super::geojson::{GeoJsonWriter, write_text};
use crate::error::Result;
use crate::geo::Crs;
use crate::layer::{Value, View, value_text};

/// The classes of the standard that a document keeps.
pub const CONFORMS_TO: [&str; 2] = [
    "http://www.opengis.net/spec/json-fg-1/1.0/conf/core",
    "http://www.opengis.net/spec/json-fg-1/1.0/conf/types-schemas",
];

/// Whether `geometry` is there where `place` is. The names are the standard's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Only `place`, where it is not CRS84.
    #[default]
    JsonFg,
    /// Both.
    JsonFgPlus,
}

impl Profile {
    /// The URI of the profile.
    pub fn uri(self) -> &'static str {
        match self {
            Profile::JsonFg => "http://www.opengis.net/def/profile/OGC/0/jsonfg",
            Profile::JsonFgPlus => "http://www.opengis.net/def/profile/OGC/0/jsonfg-plus",
        }
    }
}

/// Writes features of one collection.
#[derive(Debug)]
pub struct JsonFgWriter {
    writer: GeoJsonWriter,
    /// The system of `place`; None where `geometry` says it all.
    place: Option<Crs>,
    /// Writes `geometry` beside `place`.
    beside: Option<GeoJsonWriter>,
}

impl JsonFgWriter {
    /// A writer of coordinates stored in `stored` and asked for in `asked`.
    pub fn new(stored: Crs, asked: Crs, profile: Profile) -> Result<JsonFgWriter> {
        let place = (asked != Crs::Crs84).then_some(asked);
        let beside = match (place, profile) {
            (Some(_), Profile::JsonFgPlus) => Some(GeoJsonWriter::new(OutputCrs::new(stored, Crs::Crs84)?)),
            _ => None,
        };
        Ok(JsonFgWriter { writer: GeoJsonWriter::new(OutputCrs::new(stored, asked)?), place, beside })
    }

    /// Appends the members of a document's root that JSON-FG adds, each with the comma before it.
    pub fn root(&self, view: &View<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(format!(r#","conformsTo":{},"featureType":"#, json!(CONFORMS_TO)).as_bytes());
        write_text(&view.collection.id, out);
        if let Some(crs) = self.place {
            out.extend_from_slice(format!(r#","coordRefSys":"{}""#, crs.uri()).as_bytes());
        }
    }

    /// Appends the member `geometryDimension` of a collection with the comma before it, where it is
    /// one for all.
    pub fn dimension(view: &View<'_>, out: &mut Vec<u8>) {
        let dimension = match view.geometry_word() {
            Some("point") => 0,
            Some("line") => 1,
            Some("polygon") => 2,
            _ => return,
        };
        out.extend_from_slice(format!(r#","geometryDimension":{dimension}"#).as_bytes());
    }

    /// Appends one row as a Feature object, left open for more members: the caller ends it with
    /// `}`.
    pub fn feature(&mut self, view: &View<'_>, row: u32, out: &mut Vec<u8>) {
        self.feature_of(view, row, view.cells(&[row]).get(0), out);
    }

    /// The same, where its cells have been read.
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

/// Appends the value of `time`. An instant without a zone is in UTC, as `datetime` has it.
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
