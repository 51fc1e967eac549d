//! An answer in its formats.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use crate::encode::json_text;
use crate::encode::table::{self, Cell, Table};
use crate::error::{Error, Kind, Result};
use crate::plan::disclosure::Published;
use crate::web::negotiate::Language;

/// What an answer can be had as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// All of it.
    Json,
    /// What has a place.
    GeoJson,
    /// The table.
    Csv,
    /// The table and the evidence.
    Xlsx,
}

/// An answer, complete.
#[derive(Debug)]
pub struct Answer {
    /// All of it.
    pub document: Value,
    /// What has a place.
    pub features: Features,
    /// Its table; the evidence is added from the document.
    pub table: Table,
}

/// Features of GeoJSON in longitude and latitude, each written as text as soon as it is there: their values would take ten
/// times the memory, and most of the time of an answer.
#[derive(Debug, Default)]
pub struct Features(Vec<u8>);

/// One feature of which the geometry is written already, or is quick to write.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub struct Feature<G, P> {
    /// Its id among all of an answer, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where it is.
    pub geometry: G,
    /// What is said of it.
    pub properties: P,
}

impl<F: Serialize> FromIterator<F> for Features {
    fn from_iter<I: IntoIterator<Item = F>>(features: I) -> Features {
        let mut all = Features::default();
        all.extend(features);
        all
    }
}

impl<F: Serialize> Extend<F> for Features {
    fn extend<I: IntoIterator<Item = F>>(&mut self, features: I) {
        for feature in features {
            let begun = self.0.len();
            if begun > 0 {
                self.0.push(b',');
            }
            if json_text::write(&feature, &mut self.0).is_err() {
                self.0.truncate(begun);
            }
        }
    }
}

/// CSV.
pub const CSV: &str = "text/csv";
/// A workbook of Excel.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

impl Format {
    /// Its name as `f` writes it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::GeoJson => "geojson",
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }
}

/// The format by `f`, else by `Accept`.
pub fn format(f: Option<&str>, headers: &HeaderMap) -> Result<Format> {
    match f {
        Some("json") => return Ok(Format::Json),
        Some("geojson") => return Ok(Format::GeoJson),
        Some("csv") => return Ok(Format::Csv),
        Some("xlsx") => return Ok(Format::Xlsx),
        Some(other) => {
            let error = Error::invalid("f", format!("there is no format {other:?}"));
            return Err(error.hint("json, geojson, csv or xlsx"));
        }
        None => {}
    }
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    let range = |range: &str| match range.split(';').next().unwrap_or("").trim() {
        "application/geo+json" => Some(Format::GeoJson),
        CSV => Some(Format::Csv),
        XLSX => Some(Format::Xlsx),
        "application/json" | "application/*" | "*/*" | "" | "text/html" => Some(Format::Json),
        _ => None,
    };
    accept.split(',').find_map(range).ok_or_else(|| {
        Error::new(Kind::NotAcceptable, "none of the formats in Accept can be given")
            .hint("application/json, application/geo+json, text/csv or XLSX")
    })
}

/// An answer as it is kept and sent: its features as text, which takes a tenth of the memory of their values.
#[derive(Debug)]
pub struct Packed {
    /// All of it.
    pub document: Value,
    /// What has a place: an array of features of GeoJSON.
    pub features: String,
    /// Its table.
    pub table: Table,
}

impl Answer {
    /// The answer to be kept and sent.
    pub fn packed(self) -> Packed {
        let features = format!("[{}]", String::from_utf8_lossy(&self.features.0));
        Packed { document: self.document, features, table: self.table }
    }
}

impl Packed {
    /// The answer as a response. `result` is what it says of the address where it is kept, if it is.
    pub fn write(&self, format: Format, language: Language, result: Option<&Value>) -> Result<Response> {
        let evidence = self.document.get("evidence").unwrap_or(&Value::Null);
        let (media_type, body) = match format {
            Format::Json => ("application/json", with_first(&self.document, "result", result)),
            Format::GeoJson => {
                let result = result.map_or(String::new(), |result| format!(",\"result\":{result}"));
                let text = format!(
                    "{{\"type\":\"FeatureCollection\",\"features\":{},\"evidence\":{evidence}{result}}}",
                    self.features
                );
                ("application/geo+json", text.into_bytes())
            }
            Format::Csv => ("text/csv; charset=utf-8", table::csv(&self.table)?),
            Format::Xlsx => {
                let mut table = self.table.clone();
                flatten("", evidence, language, &mut table.evidence);
                let title = if language == Language::German { "Nachweis" } else { "Evidence" };
                (XLSX, table::xlsx(&table, title)?)
            }
        };
        let mut response = body.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Ok(response)
    }
}

/// The bytes of a document with one member more, before the others, without copying these.
fn with_first(document: &Value, name: &str, value: Option<&Value>) -> Vec<u8> {
    let text = document.to_string();
    match (value, text.strip_prefix('{')) {
        (Some(value), Some(rest)) if rest != "}" => format!("{{\"{name}\":{value},{rest}").into_bytes(),
        _ => text.into_bytes(),
    }
}

/// A document as lines of names and values. Of texts in both languages, the reader's.
fn flatten(name: &str, value: &Value, language: Language, lines: &mut Vec<(String, String)>) {
    let below = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match key.as_str() {
                    "de" | "en" if members.contains_key("de") && members.contains_key("en") => {
                        if key == language.tag() {
                            lines.push((name.to_owned(), value.as_str().unwrap_or_default().to_owned()));
                        }
                    }
                    _ => flatten(&below(key), value, language, lines),
                }
            }
        }
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            let texts: Vec<String> = items.iter().map(plain).collect();
            lines.push((name.to_owned(), texts.join(", ")));
        }
        Value::Array(items) => {
            for (number, item) in (1..).zip(items) {
                flatten(&format!("{name}[{number}]"), item, language, lines);
            }
        }
        Value::Null => {}
        other => lines.push((name.to_owned(), plain(other))),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A published value as a cell.
pub fn cell(value: Published) -> Cell {
    match value {
        Published::Value(value) => Cell::Number(value),
        Published::Suppressed => Cell::Text("*".into()),
        Published::Nothing => Cell::Empty,
    }
}

/// Metres, or minutes, with one digit behind the point.
pub fn decimetres(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A document with more members.
pub fn merged(mut document: Value, more: Value) -> Value {
    if let (Some(members), Value::Object(more)) = (document.as_object_mut(), more) {
        members.extend(more);
    }
    document
}
