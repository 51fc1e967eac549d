//! Reads CQL2 JSON (OGC 21-065r2, annex C).
//!
//! Each call reads one level and leaves the rest as text. So numbers keep all their digits, and the
//! depth is checked before any recursion.

use super::members::{Members, NOWHERE, level, wrong};
use std::borrow::Cow;

use serde_json::value::RawValue;

use super::budget::Budget;
use super::expression::{Expression, Node, Operator};
use super::fault::fault;
use super::geojson;
use crate::error::{self, Result, said, template};
use crate::limits::Limits;
use crate::query::decimal;

/// The levels of JSON that one geometry takes: a collection of multipolygons, each an object.
const GEOMETRY_LEVELS: usize = 8;

/// Reads a filter in CQL2 JSON.
///
/// # Errors
///
/// Fails with the parameter `filter` if the text is no valid CQL2 JSON or exceeds a limit.
pub fn parse(text: &str, limits: &Limits) -> Result<Expression> {
    let mut budget = Budget::new(text.len(), limits)?;
    // An operation takes two levels of JSON: itself and its arguments.
    let most = 2 * budget.most_depth() + GEOMETRY_LEVELS;
    if nesting(text) > most {
        return Err(fault(NOWHERE, said!("is nested deeper than {} levels", budget.most_depth())));
    }
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
        let position = said!("is no JSON, at line {} column {}", error.line(), error.column());
        fault(NOWHERE, position).hint("filter-lang=cql2-json wants CQL2 as JSON; text is cql2-text")
    })?;
    expression(raw, &mut budget)
}

/// Returns how deep the brackets of a JSON text nest; brackets within strings do not count.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => drop(bytes.next()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}

fn expression(raw: &RawValue, budget: &mut Budget<'_>) -> Result<Expression> {
    budget.enter(NOWHERE)?;
    budget.node(NOWHERE)?;
    let node = match raw.get().as_bytes().first() {
        Some(b'"') => Node::Text(level(raw, template!("a text"))?),
        Some(b't' | b'f') => Node::Boolean(level(raw, template!("true or false"))?),
        Some(b'[') => Node::Array(list(raw, budget)?),
        Some(b'{') => object(raw, budget)?,
        Some(b'-' | b'0'..=b'9') => match decimal::without_exponent(raw.get()) {
            Some(digits) => Node::Number(digits),
            None => return Err(wrong(raw, template!("a number that can be compared"))),
        },
        _ => {
            return Err(
                wrong(raw, template!("a condition or a value")).hint("for NULL use the operator isNull")
            );
        }
    };
    budget.leave();
    Ok(Expression { node, position: NOWHERE })
}

fn list(raw: &RawValue, budget: &mut Budget<'_>) -> Result<Vec<Expression>> {
    let items: Vec<&RawValue> = level(raw, template!("a list"))?;
    budget.items(items.len(), NOWHERE)?;
    items.into_iter().map(|item| expression(item, budget)).collect()
}

fn object(raw: &RawValue, budget: &mut Budget<'_>) -> Result<Node> {
    let members: Members<'_> = level(raw, template!("an object"))?;
    let member = |name: &str| members.get(name).copied();
    if let Some(name) = member("op") {
        let name: Cow<'_, str> = level(name, template!("the name of an operator"))?;
        let arguments = member("args").ok_or_else(|| wrong(raw, template!("args beside op")))?;
        return operation(&name, arguments, budget);
    }
    if let Some(name) = member("property") {
        return Ok(Node::Property(level(name, template!("the name of a property"))?));
    }
    if let Some(date) = member("date") {
        return Ok(Node::Date(level(date, template!("a date as text"))?));
    }
    if let Some(instant) = member("timestamp") {
        return Ok(Node::Timestamp(level(instant, template!("an instant as text"))?));
    }
    if let Some(ends) = member("interval") {
        return match <[Expression; 2]>::try_from(list(ends, budget)?) {
            Ok(ends) => Ok(Node::Interval(Box::new(ends))),
            Err(_) => Err(wrong(ends, template!("the two ends of an interval"))),
        };
    }
    if let Some(numbers) = member("bbox") {
        let numbers: Vec<f64> = level(numbers, template!("four or six numbers"))?;
        return match numbers.len() {
            4 | 6 => Ok(Node::Bbox(numbers)),
            _ => Err(wrong(raw, template!("four or six numbers"))),
        };
    }
    if member("type").is_some() {
        return geojson::read(raw, budget).map(Node::Geometry);
    }
    Err(wrong(raw, template!("op, property, date, timestamp, interval, bbox or a geometry")))
}

fn operation(name: &str, arguments: &RawValue, budget: &mut Budget<'_>) -> Result<Node> {
    let Some(operator) = Operator::from_name(name) else {
        let known: Vec<&str> = Operator::function_names().collect();
        let name: String = name.chars().take(60).collect();
        return Err(fault(NOWHERE, said!("has an operator {:?} that is none", name))
            .hint(error::known(&name, &known)));
    };
    let arguments = list(arguments, budget)?;
    let (least, most) = operator.arity();
    if arguments.len() < least || arguments.len() > most {
        let what = said!("gives {} arguments to {}, which takes {}", arguments.len(), name, least);
        return Err(fault(NOWHERE, what));
    }
    Ok(Node::Operation(operator, arguments))
}
