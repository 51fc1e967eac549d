//! GeoJSON (RFC 7946): features as bytes, appended one after the other.
//!
//! Rings follow the right-hand rule (section 3.1.6) regardless of their stored direction; their
//! coordinates are the stored ones. Coordinate systems other than CRS84 are those of OGC API –
//! Features – Part 2.

use super::coordinates::{OutputCrs, write_integer, write_shortest};
use super::json_text;
use super::projected::{Point, Projector, Run, Simple, polygons};
use crate::geo::GeometryType;
use crate::geo::geometry::Role;
use crate::layer::key::KeyPart;
use crate::layer::{GeometryRef, Key, Value, View, value_text};

/// Writes the features of one collection. It reuses its buffers for each feature.
#[derive(Debug)]
pub struct GeoJsonWriter {
    projector: Projector,
    /// Each column's name as JSON, with the comma before and the colon after it, since they are the
    /// same for every feature.
    names: Vec<Vec<u8>>,
}

impl GeoJsonWriter {
    /// Makes a writer whose coordinates are in `crs`.
    pub fn new(crs: OutputCrs) -> GeoJsonWriter {
        GeoJsonWriter { projector: Projector::new(crs), names: vec![] }
    }

    /// Appends a row as a Feature object without its closing `}`, so that the caller can add
    /// members.
    pub fn feature(&mut self, view: &View<'_>, row: u32, out: &mut Vec<u8>) {
        self.feature_of(view, row, view.cells(&[row]).get(0), out);
    }

    /// Appends a row as [`feature`](Self::feature) does, from cells that were already read.
    pub fn feature_of(&mut self, view: &View<'_>, row: u32, cells: &[Value<'_>], out: &mut Vec<u8>) {
        self.begin(view, row, out);
        out.extend_from_slice(br#","geometry":"#);
        match view.geometry(row) {
            Some(geometry) => self.geometry(&geometry, out),
            None => out.extend_from_slice(b"null"),
        }
        self.properties(view, cells, out);
    }

    /// Appends the beginning of a Feature object: its type and its id.
    pub fn begin(&self, view: &View<'_>, row: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"type":"Feature""#);
        if let Some(key) = view.key(row) {
            out.extend_from_slice(br#","id":"#);
            write_id(&key, out);
        }
    }

    /// Appends the member `properties`, with the comma before it.
    pub fn properties(&mut self, view: &View<'_>, cells: &[Value<'_>], out: &mut Vec<u8>) {
        if self.names.is_empty() {
            self.names = view.columns().enumerate().map(|(index, (name, _))| member(index, name)).collect();
        }
        out.extend_from_slice(br#","properties":{"#);
        for (name, cell) in self.names.iter().zip(cells) {
            out.extend_from_slice(name);
            write_value(*cell, out);
        }
        out.push(b'}');
    }

    /// Appends a geometry object; `null` if it cannot be projected.
    pub fn geometry(&mut self, geometry: &GeometryRef<'_>, out: &mut Vec<u8>) {
        if self.projector.with(geometry, |crs, kind, members| object(crs, kind, members, out)).is_none() {
            out.extend_from_slice(b"null");
        }
    }
}

fn member(index: usize, name: &str) -> Vec<u8> {
    let mut text = vec![];
    if index > 0 {
        text.push(b',');
    }
    write_text(name, &mut text);
    text.push(b':');
    text
}

fn object(crs: &OutputCrs, kind: GeometryType, members: &[Simple<'_, '_>], out: &mut Vec<u8>) {
    if kind != GeometryType::GeometryCollection {
        return members.iter().for_each(|member| simple(crs, *member, out));
    }
    out.extend_from_slice(br#"{"type":"GeometryCollection","geometries":"#);
    list(members.iter(), out, |member, out| simple(crs, *member, out));
    out.push(b'}');
}

fn simple(crs: &OutputCrs, (kind, runs): Simple<'_, '_>, out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"type":""#);
    out.extend_from_slice(kind.name().as_bytes());
    out.extend_from_slice(br#"","coordinates":"#);
    match kind {
        GeometryType::Point => match runs.iter().flat_map(Run::points).next() {
            Some(at) => point(crs, at, out),
            None => out.extend_from_slice(b"[]"),
        },
        GeometryType::LineString | GeometryType::MultiPoint => {
            list(runs.iter().flat_map(Run::points), out, |at, out| point(crs, at, out));
        }
        GeometryType::Polygon => rings(crs, runs, out),
        GeometryType::MultiLineString => {
            list(runs.iter(), out, |run, out| line(crs, run.points(), out));
        }
        GeometryType::MultiPolygon => {
            list(polygons(runs), out, |polygon, out| rings(crs, polygon, out));
        }
        GeometryType::GeometryCollection => out.extend_from_slice(b"[]"),
    }
    out.push(b'}');
}

fn list<T>(items: impl Iterator<Item = T>, out: &mut Vec<u8>, write: impl Fn(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}

fn line(crs: &OutputCrs, points: impl Iterator<Item = Point>, out: &mut Vec<u8>) {
    list(points, out, |at, out| point(crs, at, out));
}

fn rings(crs: &OutputCrs, runs: &[Run<'_>], out: &mut Vec<u8>) {
    list(runs.iter(), out, |run, out| {
        let counter_clockwise = doubled_area(run.xy) >= 0.0;
        if counter_clockwise == (run.role == Role::Exterior) {
            line(crs, run.points(), out);
        } else {
            line(crs, run.points().rev(), out);
        }
    });
}

fn point(crs: &OutputCrs, ([x, y], z): Point, out: &mut Vec<u8>) {
    let (first, second) = if crs.is_north_first { (y, x) } else { (x, y) };
    out.push(b'[');
    crs.write_number(first, out);
    out.push(b',');
    crs.write_number(second, out);
    if z.is_finite() {
        out.push(b',');
        write_shortest(z, out);
    }
    out.push(b']');
}

/// Returns twice the signed area of a ring by the shoelace formula; it is positive if the ring is
/// counter-clockwise with y to the north. Coordinates are taken relative to the first point, so
/// that large ones keep their precision.
fn doubled_area(ring: &[[f64; 2]]) -> f64 {
    let Some([x0, y0]) = ring.first() else { return 0.0 };
    let cross = |pair: &[[f64; 2]]| match pair {
        [[ax, ay], [bx, by]] => (ax - x0) * (by - y0) - (bx - x0) * (ay - y0),
        _ => 0.0,
    };
    ring.windows(2).map(cross).sum()
}

fn write_id(key: &Key, out: &mut Vec<u8>) {
    match key.0.as_slice() {
        [KeyPart::Integer(id)] => write_integer(*id, out),
        _ => write_text(&key.text(), out),
    }
}

/// Appends a JSON string.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    // Writing to a Vec cannot fail.
    let _ = json_text::write(text, out);
}

/// Appends the value of an attribute. Numeric keeps all its digits. NaN and infinities, for which
/// JSON has no numbers, become null: if a column contains texts among its numbers, QGIS reads none
/// of the numbers.
pub fn write_value(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null | Value::Numeric("NaN" | "Infinity" | "-Infinity") => out.extend_from_slice(b"null"),
        Value::Boolean(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Value::Integer(value) => write_integer(value, out),
        Value::Double(value) if value.is_finite() => write_shortest(value, out),
        Value::Real(value) if value.is_finite() => {
            let mut buffer = zmij::Buffer::new();
            let text = buffer.format_finite(value);
            out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
        }
        Value::Double(_) | Value::Real(_) => out.extend_from_slice(b"null"),
        Value::Numeric(digits) if is_json_number(digits) => out.extend_from_slice(digits.as_bytes()),
        Value::Json(json) | Value::Array(json) => json_text::copy(json, out),
        other => write_text(&value_text::plain_text(other), out),
    }
}

/// Returns whether digits written by a database are a JSON number, which has no leading zeros and
/// no digits missing before or behind the point.
fn is_json_number(digits: &str) -> bool {
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(value: Value<'_>) -> String {
        let mut out = vec![];
        write_value(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_keep_what_they_are() {
        assert_eq!(value(Value::Real(0.1)), "0.1");
        assert_eq!(value(Value::Double(1e300)), "1e+300");
        assert_eq!(value(Value::Double(f64::NAN)), "null");
        assert_eq!(value(Value::Real(f32::NEG_INFINITY)), "null");
        assert_eq!(value(Value::Numeric("1234567890123456789012345678901234567890.10")).len(), 43);
        assert_eq!(value(Value::Numeric("NaN")), "null");
        assert_eq!(value(Value::Numeric("-Infinity")), "null");
        assert_eq!(value(Value::Numeric("007")), "\"007\"");
        assert_eq!(value(Value::Date(0)), "\"1970-01-01\"");
        assert_eq!(value(Value::TimestampWithZone(1)), "\"1970-01-01T00:00:00.000001Z\"");
        assert_eq!(value(Value::Uuid(1)), "\"00000000-0000-0000-0000-000000000001\"");
        assert_eq!(value(Value::Text("a\"\u{0}ü")), "\"a\\u0022\\u0000ü\"");
        assert_eq!(value(Value::Json("{\"a\":1}")), "{\"a\":1}");
    }
}
