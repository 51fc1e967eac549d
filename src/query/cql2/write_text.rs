//! Writes an expression as CQL2 text. Reading it gives the same tree.

use std::fmt::Write;

use super::expression::{Expression, Node, Operator};
use crate::geo::geometry::{Member, Role};
use crate::geo::{GeometryType, Shape};

/// Returns the expression as CQL2 text (OGC 21-065r2, annex B). Every nested operator is in
/// brackets.
pub fn write(expression: &Expression) -> String {
    let mut out = Out::default();
    add(expression, &mut out);
    out.text
}

/// The text that is written so far.
#[derive(Default)]
struct Out {
    text: String,
    /// Whether texts are patterns of LIKE, which keep the backslashes that escape in them.
    in_pattern: bool,
}

impl Out {
    fn push(&mut self, letter: char) {
        self.text.push(letter);
    }

    fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }
}

fn add(expression: &Expression, out: &mut Out) {
    match &expression.node {
        Node::Operation(operator, arguments) => operation(*operator, arguments, out),
        Node::Property(name) => quoted('"', name, out),
        Node::Text(text) => literal(text, out),
        Node::Number(digits) => out.push_str(digits),
        Node::Boolean(value) => out.push_str(if *value { "TRUE" } else { "FALSE" }),
        Node::Date(text) => call("DATE", |out| literal(text, out), out),
        Node::Timestamp(text) => call("TIMESTAMP", |out| literal(text, out), out),
        Node::Interval(ends) => call("INTERVAL", |out| list(ends.as_slice(), out), out),
        Node::Geometry(shape) => geometry(shape, out),
        Node::Bbox(numbers) => {
            call("BBOX", |out| separated(numbers, ",", out, |number, out| float(*number, out)), out)
        }
        Node::Area(area) => call(
            "AREA",
            |out| separated(&[&area.level, &area.id], ",", out, |text, out| literal(text, out)),
            out,
        ),
        Node::Array(items) => call("", |out| list(items, out), out),
    }
}

fn call(name: &str, inside: impl FnOnce(&mut Out), out: &mut Out) {
    out.push_str(name);
    out.push('(');
    inside(out);
    out.push(')');
}

fn list(items: &[Expression], out: &mut Out) {
    separated(items, ",", out, add);
}

fn separated<T>(items: &[T], separator: &str, out: &mut Out, mut one: impl FnMut(&T, &mut Out)) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        one(item, out);
    }
}

/// Writes a quoted text. Quotes and backslashes are doubled.
fn quoted(quote: char, text: &str, out: &mut Out) {
    out.push(quote);
    for letter in text.chars() {
        if letter == quote || letter == '\\' {
            out.push(letter);
        }
        out.push(letter);
    }
    out.push(quote);
}

fn literal(text: &str, out: &mut Out) {
    if out.in_pattern { pattern(text, out) } else { quoted('\'', text, out) }
}

/// Writes a pattern of LIKE. Quotes are doubled, and backslashes are kept. A backslash before a
/// quote is left out: it escapes nothing, and a reader would take it for the escape of the quote
/// that ends the text.
fn pattern(text: &str, out: &mut Out) {
    out.push('\'');
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let escaped = if letter == '\\' { letters.next() } else { None };
        match (letter, escaped) {
            ('\'', _) | ('\\', Some('\'')) => out.push_str("''"),
            ('\\', None) => out.push_str(r"\\"),
            (letter, None) => out.push(letter),
            (letter, Some(escaped)) => {
                out.push(letter);
                out.push(escaped);
            }
        }
    }
    out.push('\'');
}

/// Writes an operand, in brackets if it consists of operators.
fn operand(expression: &Expression, out: &mut Out) {
    match &expression.node {
        Node::Operation(operator, _) if !operator.is_function() => call("", |out| add(expression, out), out),
        _ => add(expression, out),
    }
}

fn operation(operator: Operator, arguments: &[Expression], out: &mut Out) {
    let word = |out: &mut Out| out.push_str(&operator.name().to_ascii_uppercase());
    match (operator, arguments) {
        (Operator::Not, [denied]) => {
            out.push_str("NOT ");
            operand(denied, out);
        }
        (Operator::IsNull, [value]) => {
            operand(value, out);
            out.push_str(" IS NULL");
        }
        (Operator::Between, [value, lower, upper]) => {
            operand(value, out);
            out.push_str(" BETWEEN ");
            operand(lower, out);
            out.push_str(" AND ");
            operand(upper, out);
        }
        (operator, arguments) if operator.is_function() => {
            word(out);
            call("", |out| list(arguments, out), out);
        }
        (Operator::Like, [text, asked]) => {
            operand(text, out);
            out.push_str(" LIKE ");
            let outside = std::mem::replace(&mut out.in_pattern, true);
            operand(asked, out);
            out.in_pattern = outside;
        }
        (operator, arguments) => {
            let name = format!(" {} ", operator.name().to_ascii_uppercase());
            separated(arguments, &name, out, operand);
        }
    }
}

/// Writes a coordinate as CQL2 reads it: an exponent needs digits. Coordinates are finite.
fn float(number: f64, out: &mut Out) {
    let _ = write!(out.text, "{number}");
}

fn geometry(shape: &Shape, out: &mut Out) {
    let Some(kind) = shape.kind else { return };
    let vertices: Vec<Vertex> = vertices(shape);
    let mut runs = shape.parts.iter().map(|part| part.role).zip(cut(shape, &vertices));
    match kind {
        GeometryType::GeometryCollection => {
            heading(kind, shape, out);
            let one = |member: &Member, out: &mut Out| {
                let runs: Vec<_> = runs.by_ref().take(member.parts as usize).collect();
                heading(member.kind, shape, out);
                body(member.kind, &runs, out);
            };
            call("", |out| separated(&shape.members, ",", out, one), out);
        }
        kind => {
            heading(kind, shape, out);
            body(kind, &runs.collect::<Vec<_>>(), out);
        }
    }
}

fn heading(kind: GeometryType, shape: &Shape, out: &mut Out) {
    out.push_str(&kind.name().to_ascii_uppercase());
    if !shape.z.is_empty() {
        out.push_str(" Z");
    }
}

type Vertex = Vec<f64>;
type Run<'a> = (Role, &'a [Vertex]);

fn vertices(shape: &Shape) -> Vec<Vertex> {
    let heights = shape.z.iter().map(Some).chain(std::iter::repeat(None));
    shape.xy.iter().zip(heights).map(|(xy, z)| xy.iter().chain(z).copied().collect()).collect()
}

fn cut<'a>(shape: &'a Shape, vertices: &'a [Vertex]) -> impl Iterator<Item = &'a [Vertex]> {
    let starts = std::iter::once(0).chain(shape.parts.iter().map(|part| part.end as usize));
    let ends = shape.parts.iter().map(|part| part.end as usize);
    starts.zip(ends).map(|(start, end)| vertices.get(start..end).unwrap_or_default())
}

fn body(kind: GeometryType, runs: &[Run<'_>], out: &mut Out) {
    use GeometryType::*;
    match kind {
        Point | MultiPoint | LineString => runs.iter().for_each(|run| path(run, out)),
        MultiLineString | Polygon => call("", |out| separated(runs, ",", out, path), out),
        MultiPolygon | GeometryCollection => {
            let polygons: Vec<&[Run<'_>]> = runs.chunk_by(|_, next| next.0 == Role::Interior).collect();
            let polygon =
                |runs: &&[Run<'_>], out: &mut Out| call("", |out| separated(runs, ",", out, path), out);
            call("", |out| separated(&polygons, ",", out, polygon), out);
        }
    }
}

fn path(run: &Run<'_>, out: &mut Out) {
    let vertex =
        |vertex: &Vertex, out: &mut Out| separated(vertex, " ", out, |number, out| float(*number, out));
    call("", |out| separated(run.1, ",", out, vertex), out);
}
