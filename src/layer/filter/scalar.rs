//! The values of a row while they are calculated and compared.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::catalog::ColumnType;
use crate::layer::column::{Column, Value};
use crate::layer::order::floats;
use crate::layer::view::View;
use crate::query::filter::{Arithmetic, Function, Scalar};
use crate::query::{Literal, decimal, fold};
use crate::work::spend;

const MICROS_OF_A_DAY: i64 = 86_400_000_000;

/// The value of a column or a literal, or the result of a calculation.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum<'a> {
    /// No value.
    Null,
    Boolean(bool),
    Whole(i64),
    Real(f32),
    Number(f64),
    Decimal(Cow<'a, str>),
    Text(Cow<'a, str>),
    Date(i32),
    Timestamp(i64),
    Time(i64),
    Uuid(u128),
}

impl<'a> Datum<'a> {
    /// Returns the value of a literal.
    pub fn of(literal: &'a Literal) -> Datum<'a> {
        match literal {
            Literal::Boolean(value) => Datum::Boolean(*value),
            Literal::Integer(value) => Datum::Whole(*value),
            Literal::Number(value) => Datum::Number(*value),
            Literal::Decimal(digits) => Datum::Decimal(digits.into()),
            Literal::Text(text) => Datum::Text(text.into()),
            Literal::Date(days) => Datum::Date(*days),
            Literal::Timestamp(micros) => Datum::Timestamp(*micros),
            Literal::Time(micros) => Datum::Time(*micros),
            Literal::Uuid(id) => Datum::Uuid(*id),
        }
    }

    /// Converts the value to type `kind`, in which it is compared; None for NULL, and for a value
    /// that cannot be converted.
    pub fn brought_to(self, kind: ColumnType) -> Option<Datum<'a>> {
        use ColumnType::*;
        Some(match (kind, self) {
            (_, Datum::Null) => return None,
            (Double, value) => Datum::Number(value.number()?),
            (Real, Datum::Number(value)) => Datum::Real(value as f32),
            (Numeric, Datum::Whole(value)) => Datum::Decimal(value.to_string().into()),
            (Timestamp, Datum::Date(days)) => Datum::Timestamp(i64::from(days) * MICROS_OF_A_DAY),
            (_, value) => value,
        })
    }

    /// Returns the value as a 64-bit float; None if it is no number.
    fn number(&self) -> Option<f64> {
        match self {
            Datum::Whole(value) => Some(*value as f64),
            Datum::Real(value) => Some((*value).into()),
            Datum::Number(value) => Some(*value),
            Datum::Decimal(digits) => digits.parse().ok(),
            _ => None,
        }
    }
}

/// Compares two values after converting both to type `kind`; None if either is NULL.
pub fn compare(kind: ColumnType, left: &Datum<'_>, right: &Datum<'_>) -> Option<Ordering> {
    Some(order_of(&left.clone().brought_to(kind)?, &right.clone().brought_to(kind)?))
}

/// Compares two values of the same type.
pub fn order_of(left: &Datum<'_>, right: &Datum<'_>) -> Ordering {
    match (left, right) {
        (Datum::Boolean(left), Datum::Boolean(right)) => left.cmp(right),
        (Datum::Whole(left), Datum::Whole(right))
        | (Datum::Timestamp(left), Datum::Timestamp(right))
        | (Datum::Time(left), Datum::Time(right)) => left.cmp(right),
        (Datum::Real(left), Datum::Real(right)) => floats((*left).into(), (*right).into()),
        (Datum::Number(left), Datum::Number(right)) => floats(*left, *right),
        (Datum::Decimal(left), Datum::Decimal(right)) => decimal::compare(left, right),
        (Datum::Text(left), Datum::Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Datum::Date(left), Datum::Date(right)) => left.cmp(right),
        (Datum::Uuid(left), Datum::Uuid(right)) => left.cmp(right),
        // A checked filter compares only values of the same type.
        _ => Ordering::Equal,
    }
}

/// A scalar of a filter, bound to columns.
pub enum Term<'a> {
    Nothing,
    Column(&'a Column),
    Literal(&'a Literal),
    Arithmetic { operator: Arithmetic, whole: bool, left: Box<Term<'a>>, right: Box<Term<'a>> },
    Folded { case: bool, accents: bool, text: Box<Term<'a>> },
    Function { function: Function, argument: Box<Term<'a>> },
}

impl<'a> Term<'a> {
    /// Binds `scalar` to the columns of `view`. A hidden column is NULL.
    pub fn of(view: &'a View<'a>, scalar: &'a Scalar) -> Term<'a> {
        let boxed = |scalar| Box::new(Term::of(view, scalar));
        match scalar {
            Scalar::Column(column) => view.visible(*column).map_or(Term::Nothing, Term::Column),
            Scalar::Literal(literal) => Term::Literal(literal),
            Scalar::Arithmetic { operator, whole, left, right } => Term::Arithmetic {
                operator: *operator,
                whole: *whole,
                left: boxed(left),
                right: boxed(right),
            },
            Scalar::Folded { case, accents, text } => {
                Term::Folded { case: *case, accents: *accents, text: boxed(text) }
            }
            Scalar::Function { function, argument } => {
                Term::Function { function: *function, argument: boxed(argument) }
            }
        }
    }

    /// Returns the value for a row.
    pub fn value(&self, row: u32) -> Datum<'a> {
        match self {
            Term::Nothing => Datum::Null,
            Term::Column(column) => cell(column.get(row as usize)),
            Term::Literal(literal) => Datum::of(literal),
            Term::Arithmetic { operator, whole, left, right } => {
                calculate(*operator, *whole, &left.value(row), &right.value(row)).unwrap_or(Datum::Null)
            }
            Term::Folded { case, accents, text } => match text.value(row) {
                Datum::Text(text) => {
                    spend(text.len());
                    Datum::Text(fold::fold(text, *case, *accents))
                }
                _ => Datum::Null,
            },
            Term::Function { function, argument } => {
                call(*function, &argument.value(row)).unwrap_or(Datum::Null)
            }
        }
    }
}

fn cell(value: Value<'_>) -> Datum<'_> {
    match value {
        Value::Null => Datum::Null,
        Value::Boolean(value) => Datum::Boolean(value),
        Value::Integer(value) => Datum::Whole(value),
        Value::Real(value) => Datum::Real(value),
        Value::Double(value) => Datum::Number(value),
        Value::Numeric(digits) => Datum::Decimal(digits.into()),
        Value::Text(text) | Value::Json(text) | Value::Array(text) => Datum::Text(text.into()),
        Value::Date(days) => Datum::Date(days),
        Value::Timestamp(micros) | Value::TimestampWithZone(micros) => Datum::Timestamp(micros),
        Value::Time(micros) => Datum::Time(micros),
        Value::Uuid(id) => Datum::Uuid(id),
    }
}

/// Calculates; None if there is no result: a NULL, a division by zero, a power that is no real
/// number, or an overflow.
fn calculate<'a>(
    operator: Arithmetic,
    whole: bool,
    left: &Datum<'_>,
    right: &Datum<'_>,
) -> Option<Datum<'a>> {
    if whole {
        let (Datum::Whole(left), Datum::Whole(right)) = (left, right) else { return None };
        let result = match operator {
            Arithmetic::Remainder if *right == -1 => Some(0),
            Arithmetic::Remainder => left.checked_rem(*right),
            _ => left.checked_div(*right),
        };
        return result.map(Datum::Whole);
    }
    let (left, right) = (left.number()?, right.number()?);
    if right == 0.0
        && matches!(operator, Arithmetic::Divide | Arithmetic::Remainder | Arithmetic::WholeQuotient)
    {
        return None;
    }
    let result = match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder => left - right * (left / right).trunc(),
        Arithmetic::WholeQuotient => (left / right).trunc(),
        Arithmetic::Power => left.powf(right),
    };
    // NaN and infinity are results only if an operand is NaN or infinite.
    let is_result = result.is_finite() || !left.is_finite() || !right.is_finite();
    is_result.then_some(Datum::Number(result))
}

fn call<'a>(function: Function, argument: &Datum<'_>) -> Option<Datum<'a>> {
    let number = || argument.number();
    Some(match function {
        Function::Absolute => Datum::Number(number()?.abs()),
        Function::Ceiling => Datum::Number(number()?.ceil()),
        Function::Floor => Datum::Number(number()?.floor()),
        Function::Round => Datum::Number(number()?.round_ties_even()),
        Function::Length => match argument {
            Datum::Text(text) => Datum::Whole(text.chars().count() as i64),
            _ => return None,
        },
    })
}
