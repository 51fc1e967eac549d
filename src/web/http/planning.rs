//! The formats of a planning answer.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::catalog::Language;
use crate::encode::ItemFormat;
use crate::encode::table::{self, Table};
use crate::error::{Error, Kind, Result, known, said};
use crate::plan::answer::{Answer, workbook};
use crate::web::http::negotiate::preferences;

/// A format of a planning answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The whole document.
    Json,
    /// The features, with the summary, the warnings, the question and the evidence.
    GeoJson,
    /// The table.
    Csv,
    /// The table and the evidence.
    Xlsx,
    /// The features, a table for each part, and the evidence. It needs GDAL.
    GeoPackage,
}

/// The media type of CSV.
pub const CSV: &str = "text/csv";
/// The media type of an Excel workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The media type of a GeoPackage.
pub const GEOPACKAGE: &str = ItemFormat::GeoPackage.media_type();

impl Format {
    /// The name of the format in `f`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::GeoJson => "geojson",
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::GeoPackage => "gpkg",
        }
    }

    /// Returns the formats that this build can write. GeoPackage needs GDAL.
    fn available() -> &'static [Format] {
        use Format::*;
        if cfg!(feature = "gdal") {
            &[Json, GeoJson, Csv, Xlsx, GeoPackage]
        } else {
            &[Json, GeoJson, Csv, Xlsx]
        }
    }

    /// Returns the names of the formats that this build can write.
    pub fn names() -> Vec<&'static str> {
        Format::available().iter().map(|format| format.name()).collect()
    }
}

/// Returns the format that `f` names; without `f`, the one that `Accept` prefers.
pub fn format(f: Option<&str>, headers: &HeaderMap) -> Result<Format> {
    if let Some(name) = f {
        let known_format = Format::available().iter().find(|format| format.name() == name);
        return known_format.copied().ok_or_else(|| {
            let error = Error::invalid("f", said!("there is no format {:?} here", name));
            error.hint(known(name, &Format::names()))
        });
    }
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    let range = |range: String| match &*range {
        "application/geo+json" => Some(Format::GeoJson),
        CSV => Some(Format::Csv),
        XLSX => Some(Format::Xlsx),
        GEOPACKAGE if cfg!(feature = "gdal") => Some(Format::GeoPackage),
        "application/json" | "application/*" | "*/*" | "" | "text/html" => Some(Format::Json),
        _ => None,
    };
    preferences(accept).into_iter().find_map(range).ok_or_else(|| {
        Error::new(Kind::NotAcceptable, "none of the formats in Accept can be given")
            .hint(said!("known: {}", "application/json, application/geo+json, text/csv, XLSX, GeoPackage"))
    })
}

/// An answer as it is kept and sent. Its features are text, which takes a tenth of the memory of
/// JSON values.
#[derive(Debug)]
pub struct Packed {
    /// The whole document.
    pub document: Value,
    /// The features with a geometry, as a GeoJSON array.
    pub features: String,
    /// The table for CSV and XLSX.
    pub table: Table,
    /// The name of a downloaded file, without its extension.
    pub name: String,
    /// The address at which the answer was first requested.
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
    /// Writes the response. `result` describes the address under which the answer is kept; None if
    /// it is not kept. `geopackage` makes the file of this format.
    pub fn write(
        &self,
        format: Format,
        language: Language,
        result: Option<&Value>,
        geopackage: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<Response> {
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
            Format::GeoPackage => (GEOPACKAGE, geopackage()?),
        };
        let mut response = body.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(name) = HeaderValue::try_from(self.disposition(format)) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        }
        Ok(response)
    }

    /// Returns the value of `Content-Disposition`: JSON is shown and files are saved; the file name
    /// tells the question.
    fn disposition(&self, format: Format) -> String {
        let kind = if matches!(format, Format::Json | Format::GeoJson) { "inline" } else { "attachment" };
        format!("{kind}; filename=\"{}.{}\"", self.name, format.name())
    }
}

/// Serializes a document with one more member at its beginning, without copying the other members.
fn with_first(document: &Value, name: &str, value: Option<&Value>) -> Vec<u8> {
    let text = document.to_string();
    match (value, text.strip_prefix('{')) {
        (Some(value), Some(rest)) if rest != "}" => format!("{{\"{name}\":{value},{rest}").into_bytes(),
        _ => text.into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_with_the_highest_weight_is_given() {
        let accepted = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))]);
            format(None, &headers).ok()
        };
        assert_eq!(accepted("application/json;q=0.1, text/csv"), Some(Format::Csv));
        assert_eq!(accepted("*/*;q=0.8, application/geo+json"), Some(Format::GeoJson));
        assert_eq!(accepted("text/csv;q=0, application/json;q=0.5"), Some(Format::Json));
        assert_eq!(accepted("Text/CSV;Q=0.9, application/JSON;q=0.2"), Some(Format::Csv));
        assert_eq!(accepted("text/csv;q=0"), None);
        assert_eq!(accepted("image/png"), None);
        assert_eq!(accepted("text/csv, application/json"), Some(Format::Csv));
        assert_eq!(format(None, &HeaderMap::new()).ok(), Some(Format::Json));
    }
}
