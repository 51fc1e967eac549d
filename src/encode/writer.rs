//! Writes the features of one collection in any format: begin, features, end.
//!
//! The rows may come from several views, one after the other, if all have the same columns: from a
//! resident layer, or from batches that become small layers. Only what a format needs at its end is
//! kept of them.

use std::fs::File;

use super::coordinates::OutputCrs;
use super::csv::{CsvOptions, CsvWriter};
use super::flatgeobuf::FlatGeobufWriter;
use super::format::ItemFormat;
use super::geojson::GeoJsonWriter;
#[cfg(feature = "gdal")]
use super::geopackage::GeoPackageWriter;
use super::json_fg::{JsonFgWriter, Profile};
use crate::error::Result;
use crate::geo::Crs;
use crate::layer::{Value, View};

/// The choices that formats offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// The choices for CSV.
    pub csv: CsvOptions,
    /// The profile of JSON-FG.
    pub profile: Profile,
    /// The maximum number of bytes of a temporary file.
    pub spool_bytes: u64,
}

/// What a document contains besides its features.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of features that match the query, on all pages; None if they were not counted.
    pub matched: Option<u64>,
    /// The number of features in the document; None if it is known only at the end.
    pub returned: Option<u64>,
    /// The links, as a JSON array.
    pub links: String,
}

/// Writes one document.
pub struct Writer {
    body: Body,
    /// The number of features that were written.
    written: u64,
    counts_at_end: bool,
}

enum Body {
    GeoJson(GeoJsonWriter),
    JsonFg(JsonFgWriter),
    Csv(CsvWriter),
    Lines {
        writer: GeoJsonWriter,
        separator: &'static [u8],
    },
    FlatGeobuf(FlatGeobufWriter),
    #[cfg(feature = "gdal")]
    GeoPackage(GeoPackageWriter),
}

/// The first character of each text in a GeoJSON text sequence (RFC 8142).
const RECORD_SEPARATOR: &[u8] = b"\x1e";

impl Writer {
    /// Makes a writer of coordinates stored in `stored` and requested in `asked`.
    ///
    /// # Errors
    ///
    /// Fails if one of the coordinate systems is not known, or if a temporary file cannot be made.
    pub fn new(format: ItemFormat, options: &Options, stored: Crs, asked: Crs) -> Result<Writer> {
        let crs = || OutputCrs::new(stored, asked);
        let body = match format {
            ItemFormat::GeoJson => Body::GeoJson(GeoJsonWriter::new(crs()?)),
            ItemFormat::JsonFg => Body::JsonFg(JsonFgWriter::new(stored, asked, options.profile)?),
            ItemFormat::Csv => Body::Csv(CsvWriter::new(crs()?, options.csv)),
            ItemFormat::NdJson => Body::Lines { writer: GeoJsonWriter::new(crs()?), separator: b"" },
            ItemFormat::GeoJsonSeq => {
                Body::Lines { writer: GeoJsonWriter::new(crs()?), separator: RECORD_SEPARATOR }
            }
            ItemFormat::FlatGeobuf => Body::FlatGeobuf(FlatGeobufWriter::new(crs()?, options.spool_bytes)?),
            #[cfg(feature = "gdal")]
            ItemFormat::GeoPackage => Body::GeoPackage(GeoPackageWriter::new(crs()?, options.spool_bytes)?),
            #[cfg(not(feature = "gdal"))]
            ItemFormat::GeoPackage => {
                use crate::error::{Error, Kind};
                return Err(Error::new(
                    Kind::NotAcceptable,
                    "this build writes no GeoPackage: it has no GDAL",
                ));
            }
        };
        Ok(Writer { body, written: 0, counts_at_end: false })
    }

    /// Appends everything that precedes the features.
    ///
    /// # Errors
    ///
    /// Fails if the format cannot represent the collection, or a temporary file cannot be written.
    pub fn begin(&mut self, view: &View<'_>, head: &Head, out: &mut Vec<u8>) -> Result<()> {
        match &mut self.body {
            Body::GeoJson(_) => {
                out.extend_from_slice(br#"{"type":"FeatureCollection""#);
                self.counts_at_end = counts(head, out);
            }
            Body::JsonFg(writer) => {
                out.extend_from_slice(br#"{"type":"FeatureCollection""#);
                writer.root(view, out);
                JsonFgWriter::dimension(view, out);
                self.counts_at_end = counts(head, out);
            }
            Body::Csv(writer) => writer.begin(view, out)?,
            Body::Lines { .. } => {}
            Body::FlatGeobuf(writer) => writer.begin(view),
            #[cfg(feature = "gdal")]
            Body::GeoPackage(writer) => writer.begin(view)?,
        }
        Ok(())
    }

    /// Appends rows. For the formats that are JSON, the cells of all rows are read together, column
    /// by column.
    ///
    /// # Errors
    ///
    /// Fails if a temporary file cannot be written or exceeds its limit.
    pub fn features(&mut self, view: &View<'_>, rows: &[u32], out: &mut Vec<u8>) -> Result<()> {
        let reads_cells = matches!(self.body, Body::GeoJson(_) | Body::JsonFg(_) | Body::Lines { .. });
        let all = reads_cells.then(|| view.cells(rows));
        let has_commas = matches!(self.body, Body::GeoJson(_) | Body::JsonFg(_));
        for (at, &row) in rows.iter().enumerate() {
            if has_commas && self.written > 0 {
                out.push(b',');
            }
            self.written += 1;
            let cells = all.as_ref().map_or(&[][..], |all| all.get(at));
            match &mut self.body {
                Body::GeoJson(writer) => {
                    writer.feature_of(view, row, cells, out);
                    out.push(b'}');
                }
                Body::JsonFg(writer) => {
                    writer.feature_of(view, row, cells, out);
                    out.push(b'}');
                }
                Body::Csv(writer) => writer.feature(view, row, out),
                Body::Lines { writer, separator } => line(writer, separator, view, (row, cells), out),
                Body::FlatGeobuf(writer) => writer.feature(view, row)?,
                #[cfg(feature = "gdal")]
                Body::GeoPackage(writer) => writer.feature(view, row)?,
            }
        }
        Ok(())
    }

    /// Appends everything that follows the features, or returns the file that is the whole
    /// document.
    ///
    /// # Errors
    ///
    /// Fails if a temporary file cannot be written or exceeds its limit.
    pub fn end(self, out: &mut Vec<u8>) -> Result<Option<File>> {
        match self.body {
            Body::GeoJson(_) | Body::JsonFg(_) => {
                out.push(b']');
                if self.counts_at_end {
                    out.extend_from_slice(format!(r#","numberReturned":{}"#, self.written).as_bytes());
                }
                out.push(b'}');
                Ok(None)
            }
            Body::Csv(_) | Body::Lines { .. } => Ok(None),
            Body::FlatGeobuf(writer) => writer.end().map(Some),
            #[cfg(feature = "gdal")]
            Body::GeoPackage(writer) => writer.end().map(Some),
        }
    }
}

/// Appends counts, time and links, up to the first feature. Returns whether the number of returned
/// features follows after the features.
fn counts(head: &Head, out: &mut Vec<u8>) -> bool {
    let mut count = |name: &str, number: Option<u64>| {
        if let Some(number) = number {
            out.extend_from_slice(format!(r#","{name}":{number}"#).as_bytes());
        }
    };
    count("numberMatched", head.matched);
    count("numberReturned", head.returned);
    let now = jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_default();
    let links = if head.links.is_empty() { "[]" } else { &head.links };
    out.extend_from_slice(format!(r#","timeStamp":"{now}","links":{links},"features":["#).as_bytes());
    head.returned.is_none()
}

/// Appends a feature on a line of its own. JSON values are written as they were stored, and may
/// contain line breaks between their tokens, which are removed. A line break within a JSON text is
/// escaped anyway.
fn line(
    writer: &mut GeoJsonWriter,
    separator: &[u8],
    view: &View<'_>,
    (row, cells): (u32, &[Value<'_>]),
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(separator);
    let start = out.len();
    writer.feature_of(view, row, cells, out);
    out.push(b'}');
    for byte in out.iter_mut().skip(start).filter(|byte| matches!(**byte, b'\n' | b'\r')) {
        *byte = b' ';
    }
    out.push(b'\n');
}
