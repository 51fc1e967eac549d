//! An answer of planning in its formats.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::catalog::Language;
use crate::encode::table::{self, Table};
use crate::error::{Error, Kind, Result, known, said};
use crate::plan::answer::{Answer, workbook};

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
            let error = Error::invalid("f", said!("there is no format {:?} here", other));
            return Err(error.hint(known(other, &["json", "geojson", "csv", "xlsx"])));
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
            .hint(said!("known: {}", "application/json, application/geo+json, text/csv, XLSX"))
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
    /// What a file with it is called, without its ending.
    pub name: String,
    /// The address at which it was asked for first.
    pub address: String,
}

impl From<Answer> for Packed {
    fn from(answer: Answer) -> Packed {
        Packed {
            document: answer.document,
            features: answer.features.into_text(),
            table: answer.table,
            name: answer.name,
            address: answer.address,
        }
    }
}

impl Packed {
    /// The answer as a response. `result` is what it says of the address where it is kept, if it is.
    pub fn write(&self, format: Format, language: Language, result: Option<&Value>) -> Result<Response> {
        let evidence = self.document.get("evidence").unwrap_or(&Value::Null);
        let (media_type, body) = match format {
            Format::Json => ("application/json", with_first(&self.document, "result", result)),
            Format::GeoJson => {
                let mut members: Vec<(&str, &Value)> = ["summary", "warnings", "question"]
                    .into_iter()
                    .filter_map(|name| Some((name, self.document.get(name)?)))
                    .collect();
                members.push(("evidence", evidence));
                members.extend(result.map(|result| ("result", result)));
                let members: String =
                    members.iter().map(|(name, value)| format!(",\"{name}\":{value}")).collect();
                let text =
                    format!("{{\"type\":\"FeatureCollection\",\"features\":{}{members}}}", self.features);
                ("application/geo+json", text.into_bytes())
            }
            Format::Csv => ("text/csv; charset=utf-8", table::csv(&self.table)?),
            Format::Xlsx => {
                let mut table = self.table.clone();
                table.evidence = workbook::evidence(&self.document, &self.address, language);
                (XLSX, table::xlsx(&table, &workbook::title(language))?)
            }
        };
        let mut response = body.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(name) = HeaderValue::try_from(self.disposition(format)) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        }
        Ok(response)
    }

    /// Tables are saved, JSON is shown; either has a name that says what was asked.
    fn disposition(&self, format: Format) -> String {
        let kind = if matches!(format, Format::Csv | Format::Xlsx) { "attachment" } else { "inline" };
        format!("{kind}; filename=\"{}.{}\"", self.name, format.name())
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
