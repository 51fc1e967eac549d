//! Values of an expression with their types, and how they are compared and calculated with.

use super::expression::TextPosition;
use super::fault::fault;
use crate::catalog::ColumnType;
use crate::error::{Error, Result, Said, said};
use crate::query::decimal;
use crate::query::filter::{Arithmetic, Comparison, Filter, Function, Scalar};
use crate::query::literal::{Literal, date_days, instant_micros};

/// A value that has a type, or a literal that takes the type of what it is compared with.
#[derive(Clone, Debug)]
pub enum Value {
    /// A value of a known type.
    Typed(Scalar, ColumnType),
    /// A quoted text: a text, or a date, a UUID or another type that is written as text.
    Text(String),
    /// A number, in its shortest digits.
    Number(String),
}

impl Value {
    /// Returns what the value is, for an error.
    pub fn describe(&self) -> Said {
        let short = |text: &str| text.chars().take(50).collect::<String>();
        match self {
            Value::Typed(_, kind) => said!("a value of type {}", kind.name()),
            Value::Text(text) => said!("the text {:?}", short(text)),
            Value::Number(digits) => said!("the number {}", short(digits)),
        }
    }
}

/// Returns the value of `DATE('…')`.
pub fn date(text: &str, position: TextPosition) -> Result<Value> {
    let days = date_days(text).ok_or_else(|| fault(position, said!("has {:?}, which is no date", text)))?;
    Ok(Value::Typed(Scalar::Literal(Literal::Date(days)), ColumnType::Date))
}

/// Returns the value of `TIMESTAMP('…')`. A timestamp without a zone is in UTC.
pub fn timestamp(text: &str, position: TextPosition) -> Result<Value> {
    let micros = instant_micros(text).or_else(|| instant_micros(&format!("{text}Z")));
    let micros = micros.ok_or_else(|| {
        fault(position, said!("has {:?}, which is no instant", text)).hint("such as 2026-01-31T12:00:00Z")
    })?;
    Ok(Value::Typed(Scalar::Literal(Literal::Timestamp(micros)), ColumnType::Timestamp))
}

/// Returns the condition `left operator right`, with both sides converted to one type.
pub fn compare(operator: Comparison, left: Value, right: Value, position: TextPosition) -> Result<Filter> {
    let has_no_order = |value: &Value| matches!(value, Value::Typed(_, ColumnType::Json | ColumnType::Array));
    let is_equality = matches!(operator, Comparison::Equal | Comparison::NotEqual);
    if !is_equality && (has_no_order(&left) || has_no_order(&right)) {
        return Err(
            fault(position, "asks which of two documents or arrays is less").hint("they are equal or not")
        );
    }
    let (kind, left, right) = match (left, right) {
        (Value::Typed(left, one), Value::Typed(right, other)) => match common_kind(one, other) {
            Some(kind) => (kind, left, right),
            None => {
                let what = said!("compares {} with {}", one.name(), other.name());
                return Err(fault(position, what));
            }
        },
        (Value::Typed(left, kind), literal) => {
            let (kind, right) = typed(literal, kind, position)?;
            (kind, left, right)
        }
        (literal, Value::Typed(right, kind)) => {
            let (kind, left) = typed(literal, kind, position)?;
            (kind, left, right)
        }
        (Value::Text(left), Value::Text(right)) => {
            let [left, right] = [left, right].map(|text| Scalar::Literal(Literal::Text(text)));
            (ColumnType::Text, left, right)
        }
        (Value::Number(left), Value::Number(right)) => {
            let [left, right] = [left, right].map(|digits| Scalar::Literal(Literal::Decimal(digits)));
            (ColumnType::Numeric, left, right)
        }
        (left, right) => {
            return Err(fault(position, said!("compares {} with {}", left.describe(), right.describe())));
        }
    };
    Ok(Filter::Compare { operator, kind, left, right })
}

/// Returns the type in which values of two types are compared; None if they cannot be.
fn common_kind(one: ColumnType, other: ColumnType) -> Option<ColumnType> {
    use ColumnType::*;
    let [one, other] = [one, other].map(Scalar::comparison_kind);
    let is_number = |kind| matches!(kind, BigInteger | Real | Double | Numeric);
    let is_float = |kind| matches!(kind, Real | Double);
    match (one, other) {
        (one, other) if one == other => Some(one),
        (Date, Timestamp) | (Timestamp, Date) => Some(Timestamp),
        (one, other) if !is_number(one) || !is_number(other) => None,
        (one, other) if is_float(one) || is_float(other) => Some(Double),
        _ => Some(Numeric),
    }
}

/// Converts a literal for the comparison with a value of type `kind`. Returns the type in which
/// both are compared, and the literal in this type.
fn typed(literal: Value, kind: ColumnType, position: TextPosition) -> Result<(ColumnType, Scalar)> {
    use ColumnType::*;
    let kind = Scalar::comparison_kind(kind);
    let fits = match (kind, literal.clone()) {
        (BigInteger, Value::Number(digits)) => match digits.parse() {
            Ok(number) => Some((BigInteger, Literal::Integer(number))),
            Err(_) => Some((Numeric, Literal::Decimal(digits))),
        },
        (Real | Double, Value::Number(digits)) => {
            digits.parse().ok().map(|number| (kind, Literal::Number(number)))
        }
        (Numeric, Value::Number(digits)) => Some((Numeric, Literal::Decimal(digits))),
        (Date | Timestamp, Value::Text(text)) => match date_days(&text) {
            Some(days) => Some((kind, Literal::Date(days))),
            None => instant_micros(&text)
                .or_else(|| instant_micros(&format!("{text}Z")))
                .map(|micros| (Timestamp, Literal::Timestamp(micros))),
        },
        (BigInteger | Real | Double | Numeric, Value::Text(text)) => {
            // Forms send numbers as text.
            return match decimal::without_exponent(&text) {
                Some(digits) => typed(Value::Number(digits), kind, position),
                None => Err(unfitting(&literal, kind, position)),
            };
        }
        (_, Value::Text(text)) => Literal::parse("filter", &text, kind).ok().map(|literal| (kind, literal)),
        _ => None,
    };
    let (kind, literal) = fits.ok_or_else(|| unfitting(&literal, kind, position))?;
    Ok((kind, Scalar::Literal(literal)))
}

fn unfitting(literal: &Value, kind: ColumnType, position: TextPosition) -> Error {
    let error =
        fault(position, said!("compares {} with a value of type {}", literal.describe(), kind.name()));
    if kind == ColumnType::Text { error.hint("a text stands in single quotes") } else { error }
}

/// Returns the condition `IN` from one equality for each item: a list if all are of one type and
/// with literals, else a disjunction.
pub fn is_in(equals: Vec<Filter>) -> Filter {
    let one = |filter: &Filter| match filter {
        Filter::Compare { kind, left, right: Scalar::Literal(literal), .. } => {
            Some((*kind, left.clone(), literal.clone()))
        }
        _ => None,
    };
    let parts: Option<Vec<_>> = equals.iter().map(one).collect();
    let Some((kind, value, _)) = parts.as_ref().and_then(|parts| parts.first()).cloned() else {
        return Filter::Or(equals);
    };
    let list: Option<Vec<Literal>> =
        parts.into_iter().flatten().map(|(other, _, literal)| (other == kind).then_some(literal)).collect();
    match list {
        Some(list) => Filter::In { kind, value, list },
        None => Filter::Or(equals),
    }
}

/// Returns the value of `left operator right`.
pub fn calculate(operator: Arithmetic, left: Value, right: Value, position: TextPosition) -> Result<Value> {
    let ((left, left_whole), (right, right_whole)) = (number(left, position)?, number(right, position)?);
    let may_be_whole = matches!(operator, Arithmetic::Remainder | Arithmetic::WholeQuotient);
    let whole = may_be_whole && left_whole && right_whole;
    let kind = if whole { ColumnType::BigInteger } else { ColumnType::Double };
    let (left, right) = (Box::new(left), Box::new(right));
    Ok(Value::Typed(Scalar::Arithmetic { operator, whole, left, right }, kind))
}

/// Returns a number, and whether it is a whole number of 64 bits.
fn number(value: Value, position: TextPosition) -> Result<(Scalar, bool)> {
    use ColumnType::*;
    match value {
        Value::Typed(scalar, Integer | BigInteger) => Ok((scalar, true)),
        Value::Typed(scalar, Real | Double | Numeric) => Ok((scalar, false)),
        Value::Number(digits) => match (digits.parse(), digits.parse()) {
            (Ok(whole), _) => Ok((Scalar::Literal(Literal::Integer(whole)), true)),
            (_, Ok(number)) => Ok((Scalar::Literal(Literal::Number(number)), false)),
            _ => Err(fault(position, said!("calculates with {}", digits))),
        },
        other => Err(fault(position, said!("calculates with {}", other.describe()))),
    }
}

/// Returns the value of a function of one argument.
pub fn call(function: Function, argument: Value, position: TextPosition) -> Result<Value> {
    if function == Function::Length {
        let argument = match argument {
            Value::Text(text) => Scalar::Literal(Literal::Text(text)),
            Value::Typed(scalar, ColumnType::Text) => scalar,
            other => return Err(fault(position, said!("asks for the length of {}", other.describe()))),
        };
        let argument = Box::new(argument);
        return Ok(Value::Typed(Scalar::Function { function, argument }, ColumnType::BigInteger));
    }
    let argument = Box::new(number(argument, position)?.0);
    Ok(Value::Typed(Scalar::Function { function, argument }, ColumnType::Double))
}
