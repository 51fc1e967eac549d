//! Features of one collection in any format, as they come: begin, features, end.
//!
//! Rows may come from several views, one after the other, if all show the same columns: from a
//! resident layer, or from batches that become small layers. Nothing is kept of a row but what the
//! format needs at its end.

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

/// What can be chosen within a format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// Of CSV.
    pub csv: CsvOptions,
    /// Of JSON-FG.
    pub profile: Profile,
    /// The most bytes of a temporary file.
    pub spool_bytes: u64,
}

/// What a document of features says beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// How many features answer the query, on all pages; None where nobody counted.
    pub matched: Option<u64>,
    /// How many come; None where that shows only at the end.
    pub returned: Option<u64>,
    /// Links, as a JSON array.
    pub links: String,
}

/// Writes one document.
pub struct Writer {
    body: Body,
    /// Features so far.
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

/// What begins each text of a GeoJSON text sequence (RFC 8142).
const RECORD_SEPARATOR: &[u8] = b"\x1e";

impl Writer {
    /// A writer of coordinates stored in `stored` and asked for in `asked`.
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

    /// Appends what goes before the features.
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

    /// Appends rows. Of those that JSON is made of, all cells are read together, column by column.
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

    /// Appends what goes behind the features, or gives the file that is the whole document.
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

/// Appends counts, time and links, up to the first feature. Whether the number returned goes behind
/// the features.
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

/// Appends a feature as a line of its own. JSON values are kept as they were written, so they may
/// hold breaks between their tokens; a break within a text of JSON is escaped.
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
