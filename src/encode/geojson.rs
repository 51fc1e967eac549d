//! GeoJSON (RFC 7946): features as bytes, appended one after the other.
//!
//! Rings run by the right-hand rule (section 3.1.6) whatever way they are stored; their coordinates do not
//! change by that. Other systems than CRS84 are OGC API – Features Part 2's.

use std::io::Write;

use super::coordinates::{OutputCrs, write_shortest};
use crate::geo::GeometryType;
use crate::geo::geometry::Role;
use crate::layer::geometries::PartRef;
use crate::layer::key::KeyPart;
use crate::layer::{GeometryRef, Key, Value, View, value_text};

/// Writes features of one collection. Keeps its room between features.
#[derive(Debug)]
pub struct GeoJsonWriter {
    crs: OutputCrs,
    points: Vec<[f64; 2]>,
}

impl GeoJsonWriter {
    /// A writer of coordinates in `crs`.
    pub fn new(crs: OutputCrs) -> GeoJsonWriter {
        GeoJsonWriter { crs, points: vec![] }
    }

    /// Appends one row as a Feature object, left open for more members: the caller ends it with `}`.
    pub fn feature(&mut self, view: &View<'_>, row: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"type":"Feature""#);
        if let Some(key) = view.key(row) {
            out.extend_from_slice(br#","id":"#);
            write_id(&key, out);
        }
        out.extend_from_slice(br#","geometry":"#);
        match view.geometry(row) {
            Some(geometry) => self.geometry(&geometry, out),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(br#","properties":{"#);
        for (index, (name, column)) in view.columns().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_text(name, out);
            out.push(b':');
            write_value(column.get(row as usize), out);
        }
        out.push(b'}');
    }

    /// Appends a geometry object; `null` where it cannot be projected.
    pub fn geometry(&mut self, geometry: &GeometryRef<'_>, out: &mut Vec<u8>) {
        let mut points = std::mem::take(&mut self.points);
        self.crs.project(geometry.xy(), &mut points);
        if points.iter().flatten().all(|value| value.is_finite()) {
            self.object(geometry, &points, out);
        } else {
            out.extend_from_slice(b"null");
        }
        self.points = points;
    }

    fn object(&self, geometry: &GeometryRef<'_>, points: &[[f64; 2]], out: &mut Vec<u8>) {
        let mut start = 0;
        let parts: Vec<Run<'_>> = geometry
            .parts()
            .map(|part| {
                let range = start..start + part.xy.len();
                start = range.end;
                Run { role: part.role, xy: points.get(range).unwrap_or_default(), z: heights(&part) }
            })
            .collect();
        if geometry.kind != GeometryType::GeometryCollection {
            return self.simple(geometry.kind, &parts, out);
        }
        out.extend_from_slice(br#"{"type":"GeometryCollection","geometries":["#);
        let mut rest = parts.as_slice();
        for (index, member) in geometry.members().iter().enumerate() {
            let (runs, after) = rest.split_at(rest.len().min(member.parts as usize));
            rest = after;
            if index > 0 {
                out.push(b',');
            }
            self.simple(member.kind, runs, out);
        }
        out.extend_from_slice(b"]}");
    }

    fn simple(&self, kind: GeometryType, runs: &[Run<'_>], out: &mut Vec<u8>) {
        let _ = write!(out, r#"{{"type":"{}","coordinates":"#, kind.name());
        match kind {
            GeometryType::Point => self.first_point(runs, out),
            GeometryType::LineString | GeometryType::MultiPoint => {
                let points = runs.iter().flat_map(|run| run.points());
                self.list(points, |writer, point, out| writer.point(point, out), out);
            }
            GeometryType::Polygon => self.rings(runs, out),
            GeometryType::MultiLineString => {
                self.list(runs.iter(), |writer, run, out| writer.line(run.points(), out), out);
            }
            GeometryType::MultiPolygon => {
                let polygons = runs.chunk_by(|_, next| next.role == Role::Interior);
                self.list(polygons, |writer, polygon, out| writer.rings(polygon, out), out);
            }
            GeometryType::GeometryCollection => out.extend_from_slice(b"[]"),
        }
        out.push(b'}');
    }

    fn list<T>(
        &self,
        items: impl Iterator<Item = T>,
        write: impl Fn(&Self, T, &mut Vec<u8>),
        out: &mut Vec<u8>,
    ) {
        out.push(b'[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write(self, item, out);
        }
        out.push(b']');
    }

    fn first_point(&self, runs: &[Run<'_>], out: &mut Vec<u8>) {
        match runs.iter().flat_map(|run| run.points()).next() {
            Some(point) => self.point(point, out),
            None => out.extend_from_slice(b"[]"),
        }
    }

    fn line(&self, points: impl Iterator<Item = Point>, out: &mut Vec<u8>) {
        self.list(points, |writer, point, out| writer.point(point, out), out);
    }

    fn rings(&self, runs: &[Run<'_>], out: &mut Vec<u8>) {
        self.list(
            runs.iter(),
            |writer, run, out| {
                let counter_clockwise = doubled_area(run.xy) >= 0.0;
                if counter_clockwise == (run.role == Role::Exterior) {
                    writer.line(run.points(), out);
                } else {
                    writer.line(run.points().rev(), out);
                }
            },
            out,
        );
    }

    fn point(&self, ([x, y], z): Point, out: &mut Vec<u8>) {
        let (first, second) = if self.crs.crs.is_north_first() { (y, x) } else { (x, y) };
        out.push(b'[');
        self.crs.write_number(first, out);
        out.push(b',');
        self.crs.write_number(second, out);
        if z.is_finite() {
            out.push(b',');
            write_shortest(z, out);
        }
        out.push(b']');
    }
}

/// A point to write and its height; NaN without one.
type Point = ([f64; 2], f64);

/// A run of points to write.
struct Run<'a> {
    role: Role,
    xy: &'a [[f64; 2]],
    z: Option<&'a [f64]>,
}

impl<'a> Run<'a> {
    fn points(&self) -> impl DoubleEndedIterator<Item = Point> + use<'a> {
        let (xy, z) = (self.xy, self.z.unwrap_or_default());
        (0..xy.len())
            .filter_map(move |index| Some((*xy.get(index)?, z.get(index).copied().unwrap_or(f64::NAN))))
    }
}

fn heights<'a>(part: &PartRef<'a>) -> Option<&'a [f64]> {
    (!part.z.is_empty()).then_some(part.z)
}

/// Twice the area, positive when counter-clockwise (y to the north). Relative to the first point, so that
/// large coordinates keep their digits.
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
        [KeyPart::Integer(id)] => {
            let _ = write!(out, "{id}");
        }
        _ => write_text(&key.text(), out),
    }
}

/// Appends a JSON string.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    // Writing to a Vec cannot fail.
    let _ = serde_json::to_writer(out, text);
}

/// Appends an attribute's value. Numeric keeps all its digits; NaN and infinities, which JSON has no
/// numbers for, are text, as PostgreSQL's `to_json` writes them.
pub fn write_value(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Boolean(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Value::Integer(value) => {
            let _ = write!(out, "{value}");
        }
        Value::Double(value) if value.is_finite() => write_shortest(value, out),
        Value::Real(value) if value.is_finite() => {
            let mut buffer = zmij::Buffer::new();
            let text = buffer.format_finite(value);
            out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
        }
        Value::Numeric(digits) if is_json_number(digits) => out.extend_from_slice(digits.as_bytes()),
        Value::Json(json) | Value::Array(json) => out.extend_from_slice(json.as_bytes()),
        other => write_text(&value_text::plain_text(other), out),
    }
}

/// Whether digits as a database writes them are a number of JSON too: no leading zeros, no bare point.
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
        assert_eq!(value(Value::Double(f64::NAN)), "\"NaN\"");
        assert_eq!(value(Value::Double(f64::NEG_INFINITY)), "\"-inf\"".replace("inf", "Infinity"));
        assert_eq!(value(Value::Numeric("1234567890123456789012345678901234567890.10")).len(), 43);
        assert_eq!(value(Value::Numeric("NaN")), "\"NaN\"");
        assert_eq!(value(Value::Numeric("007")), "\"007\"");
        assert_eq!(value(Value::Date(0)), "\"1970-01-01\"");
        assert_eq!(value(Value::TimestampWithZone(1)), "\"1970-01-01T00:00:00.000001Z\"");
        assert_eq!(value(Value::Uuid(1)), "\"00000000-0000-0000-0000-000000000001\"");
        assert_eq!(value(Value::Text("a\"\u{0}ü")), "\"a\\\"\\u0000ü\"");
        assert_eq!(value(Value::Json("{\"a\":1}")), "{\"a\":1}");
    }
}
