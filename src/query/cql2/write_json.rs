//! Writes an expression as CQL2 JSON. Reading it gives the same tree.

use super::expression::{Expression, Node};
use crate::geo::geometry::Role;
use crate::geo::{GeometryType, Shape};

/// Returns the expression as CQL2 JSON (OGC 21-065r2, annex C).
pub fn write(expression: &Expression) -> String {
    let mut out = String::new();
    add(expression, &mut out);
    out
}

fn add(expression: &Expression, out: &mut String) {
    match &expression.node {
        Node::Operation(operator, arguments) => {
            out.push_str("{\"op\":");
            text(operator.name(), out);
            out.push_str(",\"args\":");
            list(arguments, out, add);
            out.push('}');
        }
        Node::Property(name) => member("property", |out| text(name, out), out),
        Node::Text(value) => text(value, out),
        Node::Number(digits) => number(digits, out),
        Node::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Node::Date(value) => member("date", |out| text(value, out), out),
        Node::Timestamp(value) => member("timestamp", |out| text(value, out), out),
        Node::Interval(ends) => member("interval", |out| list(ends.as_slice(), out, add), out),
        Node::Geometry(shape) => geometry(shape, out),
        Node::Bbox(numbers) => member("bbox", |out| list(numbers, out, float), out),
        Node::Area(area) => {
            out.push_str("{\"op\":\"area\",\"args\":");
            list(&[&area.level, &area.id], out, |value, out| text(value, out));
            out.push('}');
        }
        Node::Array(items) => list(items, out, add),
    }
}

fn member(name: &str, value: impl FnOnce(&mut String), out: &mut String) {
    out.push('{');
    text(name, out);
    out.push(':');
    value(out);
    out.push('}');
}

fn text(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// The shortest digits may begin with a point, which JSON does not allow.
fn number(digits: &str, out: &mut String) {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    out.push_str(sign);
    if digits.starts_with('.') {
        out.push('0');
    }
    out.push_str(digits);
}

fn float(number: &f64, out: &mut String) {
    out.push_str(&number.to_string());
}

fn list<T>(items: &[T], out: &mut String, mut one: impl FnMut(&T, &mut String)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        one(item, out);
    }
    out.push(']');
}

/// Consecutive vertices of a shape that form a line, a ring or a set of points.
type Run = (Role, Vec<Vec<f64>>);

fn geometry(shape: &Shape, out: &mut String) {
    let Some(kind) = shape.kind else { return out.push_str("null") };
    let heights = shape.z.iter().map(Some).chain(std::iter::repeat(None));
    let mut vertices = shape.xy.iter().zip(heights).map(|(xy, z)| xy.iter().chain(z).copied().collect());
    let runs = shape.runs().map(|(role, xy)| (role, vertices.by_ref().take(xy.len()).collect()));
    let runs: Vec<Run> = runs.collect();
    if kind != GeometryType::GeometryCollection {
        return simple(kind, &runs, out);
    }
    out.push_str("{\"type\":\"GeometryCollection\",\"geometries\":");
    let mut rest = runs.as_slice();
    list(&shape.members, out, |member, out| {
        let (own, others) = rest.split_at_checked(member.parts as usize).unwrap_or((rest, &[]));
        rest = others;
        simple(member.kind, own, out);
    });
    out.push('}');
}

fn simple(kind: GeometryType, runs: &[Run], out: &mut String) {
    use GeometryType::*;
    let position = |position: &Vec<f64>, out: &mut String| list(position, out, float);
    let path = |(_, run): &Run, out: &mut String| list(run, out, position);
    out.push_str(&format!("{{\"type\":\"{}\",\"coordinates\":", kind.name()));
    match kind {
        Point => runs.iter().flat_map(|(_, run)| run).for_each(|point| position(point, out)),
        MultiPoint | LineString => runs.iter().for_each(|run| path(run, out)),
        MultiLineString | Polygon => list(runs, out, path),
        MultiPolygon | GeometryCollection => {
            let polygons: Vec<&[Run]> = runs.chunk_by(|_, next| next.0 == Role::Interior).collect();
            list(&polygons, out, |rings, out| list(rings, out, path));
        }
    }
    out.push('}');
}
