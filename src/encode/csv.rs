//! Features as comma-separated values (RFC 4180, in UTF-8), for spreadsheets and scripts.
//!
//! NULL is an empty field, and an empty text is `""`, as in PostgreSQL's COPY. Values are not
//! changed, except texts that a spreadsheet would run as a formula ([`formula`]).

use super::coordinates::{OutputCrs, write_integer};
use super::projected::{Projector, Run};
use super::{formula, wkt};
use crate::error::{Error, Result};
use crate::geo::GeometryType;
use crate::layer::{Value, View, value_text};

/// The choices for a CSV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CsvOptions {
    /// The separator of fields: a comma, a semicolon or a tab.
    pub separator: u8,
    /// Whether decimals follow a comma, as in German.
    pub decimal_comma: bool,
    /// How the geometry is written.
    pub geometry: CsvGeometry,
    /// Whether the file begins with a byte order mark, by which Excel recognizes UTF-8.
    pub bom: bool,
}

/// How a table contains the geometry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CsvGeometry {
    /// As a column `WKT` with well-known text.
    Wkt,
    /// As columns `x` and `y`, and `z` if there are heights; for points.
    Xy,
    /// Not at all.
    None,
}

impl Default for CsvOptions {
    fn default() -> CsvOptions {
        CsvOptions { separator: b',', decimal_comma: false, geometry: CsvGeometry::Wkt, bom: false }
    }
}

impl CsvOptions {
    /// Appends a value as a field; an empty field for NULL.
    pub fn value(&self, value: Value<'_>, out: &mut Vec<u8>) {
        match value {
            Value::Null => {}
            Value::Integer(value) => write_integer(value, out),
            Value::Text(text) | Value::Json(text) | Value::Array(text) => self.text(text, out),
            Value::Real(_) | Value::Double(_) | Value::Numeric(_) => {
                self.number(value_text::plain_text(value).as_bytes(), out);
            }
            other => out.extend_from_slice(value_text::plain_text(other).as_bytes()),
        }
    }

    /// Appends the digits of a number, with the decimal separator of the file.
    pub fn number(&self, digits: &[u8], out: &mut Vec<u8>) {
        if !self.decimal_comma {
            return out.extend_from_slice(digits);
        }
        let is_quoted = self.separator == b',' && digits.contains(&b'.');
        let comma = digits.iter().map(|digit| if *digit == b'.' { b',' } else { *digit });
        if is_quoted {
            out.push(b'"');
        }
        out.extend(comma);
        if is_quoted {
            out.push(b'"');
        }
    }

    /// Appends a text, quoted if necessary, and so that a spreadsheet does not run it.
    pub fn text(&self, text: &str, out: &mut Vec<u8>) {
        let text = formula::defused(text);
        let is_special = |byte: u8| matches!(byte, b'"' | b'\r' | b'\n') || byte == self.separator;
        let is_quoted =
            text.is_empty() || text.starts_with(' ') || text.ends_with(' ') || text.bytes().any(is_special);
        if is_quoted {
            out.push(b'"');
        }
        for byte in text.bytes() {
            if byte == b'"' {
                out.push(b'"');
            }
            out.push(byte);
        }
        if is_quoted {
            out.push(b'"');
        }
    }
}

/// Writes the rows of one collection as CSV.
#[derive(Debug)]
pub struct CsvWriter {
    projector: Projector,
    options: CsvOptions,
    /// How the geometry of this collection is written.
    geometry: CsvGeometry,
    has_z: bool,
    field: Vec<u8>,
}

impl CsvWriter {
    /// Makes a writer whose coordinates are in `crs`.
    pub fn new(crs: OutputCrs, options: CsvOptions) -> CsvWriter {
        CsvWriter {
            projector: Projector::new(crs),
            options,
            geometry: CsvGeometry::None,
            has_z: false,
            field: vec![],
        }
    }

    /// Appends the first line, which contains the names of the columns.
    ///
    /// # Errors
    ///
    /// Fails if the geometry cannot be written as x and y because it is not a point.
    pub fn begin(&mut self, view: &View<'_>, out: &mut Vec<u8>) -> Result<()> {
        if let Some(geometry) = &view.collection.geometry {
            self.geometry = self.options.geometry;
            self.has_z = geometry.has_z;
        }
        if self.geometry == CsvGeometry::Xy && view.geometry_word().is_some_and(|word| word != "point") {
            let what = "the features are no points, and have no x and y";
            return Err(Error::invalid("csv-geometry", what).hint("csv-geometry=wkt or csv-geometry=none"));
        }
        if self.options.bom {
            out.extend_from_slice("\u{feff}".as_bytes());
        }
        let mut names: Vec<String> = view.columns().map(|(name, _)| name.to_owned()).collect();
        let more: &[&str] = match self.geometry {
            CsvGeometry::Wkt => &["WKT"],
            CsvGeometry::Xy if self.has_z => &["x", "y", "z"],
            CsvGeometry::Xy => &["x", "y"],
            CsvGeometry::None => &[],
        };
        for name in more {
            names.push(free_name(name, &names));
        }
        for (index, name) in names.iter().enumerate() {
            self.separate(index, out);
            self.options.text(name, out);
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// Appends the line of a row.
    pub fn feature(&mut self, view: &View<'_>, row: u32, out: &mut Vec<u8>) {
        let mut index = 0;
        for (_, column) in view.columns() {
            self.separate(index, out);
            self.options.value(column.get(row as usize), out);
            index += 1;
        }
        match self.geometry {
            CsvGeometry::Wkt => {
                self.separate(index, out);
                self.wkt(view, row, out);
            }
            CsvGeometry::Xy => {
                self.separate(index, out);
                self.xy(view, row, out);
            }
            CsvGeometry::None => {}
        }
        out.extend_from_slice(b"\r\n");
    }

    fn separate(&self, index: usize, out: &mut Vec<u8>) {
        if index > 0 {
            out.push(self.options.separator);
        }
    }

    fn wkt(&mut self, view: &View<'_>, row: u32, out: &mut Vec<u8>) {
        let Some(geometry) = view.geometry(row) else { return };
        self.field.clear();
        let field = &mut self.field;
        self.projector.with(&geometry, |crs, kind, members| wkt::write(crs, kind, members, field));
        let is_quoted = !self.field.is_empty();
        if is_quoted {
            out.push(b'"');
        }
        out.extend_from_slice(&self.field);
        if is_quoted {
            out.push(b'"');
        }
    }

    /// Appends x and y (and z) of a point, each as a field; empty fields if there is no point.
    fn xy(&mut self, view: &View<'_>, row: u32, out: &mut Vec<u8>) {
        let first =
            view.geometry(row).filter(|geometry| geometry.kind == GeometryType::Point).and_then(|geometry| {
                self.projector.with(&geometry, |_, _, members| {
                    members.iter().flat_map(|(_, runs)| *runs).flat_map(Run::points).next()
                })?
            });
        let numbers = first.map(|([x, y], z)| [x, y, z]).unwrap_or([f64::NAN; 3]);
        for (index, number) in numbers.into_iter().take(if self.has_z { 3 } else { 2 }).enumerate() {
            self.separate(index, out);
            if number.is_finite() {
                self.field.clear();
                self.projector.crs.write_number(number, &mut self.field);
                self.options.number(&self.field, out);
            }
        }
    }
}

/// Returns `name` with as many leading underscores as make it differ from all others.
fn free_name(name: &str, taken: &[String]) -> String {
    let mut name = name.to_owned();
    while taken.contains(&name) {
        name.insert(0, '_');
    }
    name
}
