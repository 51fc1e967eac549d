//! Translates the values of a filter into expressions.
//!
//! PostgreSQL ends a statement if a float overflows, underflows or is divided by zero, while a
//! filter needs NULL. So each calculation first checks that its operands are zero or between 1e-150
//! and 1e150, so that no product leaves the range of floats. Each operand is evaluated in a
//! sub-select that the planner must not inline. Otherwise a nest of thirty calculations would
//! repeat its operands two to the thirty times.

use super::operand::{Operands, Statement, bound};
use crate::catalog::ColumnType;
use crate::error::{Error, Result};
use crate::query::Literal;
use crate::query::filter::{Arithmetic, Function, Scalar};

/// An expression and the type of its value.
pub struct Expression {
    /// The expression in SQL.
    pub text: String,
    /// The type of its value.
    pub kind: ColumnType,
}

/// Returns a value converted to the type in which it is compared.
pub fn compared(
    operands: &Operands,
    value: &Scalar,
    kind: ColumnType,
    statement: &mut Statement,
) -> Result<String> {
    if let Scalar::Literal(literal) = value {
        return bound(literal, kind, statement);
    }
    let Expression { text, kind: own } = scalar(operands, value, statement)?;
    let cast = match (own, kind) {
        _ if own == kind => None,
        // Whole numbers of all sizes are compared without a cast, so that an index on the column
        // can be used.
        (ColumnType::Integer, ColumnType::BigInteger) => None,
        (ColumnType::Json | ColumnType::Array, ColumnType::Text) => None,
        (_, ColumnType::BigInteger) => Some("int8"),
        (_, ColumnType::Double) => Some("float8"),
        (_, ColumnType::Real) => Some("float4"),
        (_, ColumnType::Numeric) => Some("numeric"),
        // The conversion uses UTC, the time zone of the transaction.
        (_, ColumnType::Timestamp) => Some("timestamp"),
        (_, ColumnType::Text) => Some("text"),
        _ => None,
    };
    Ok(match cast {
        Some(cast) => format!("{text}::pg_catalog.{cast}"),
        None => text,
    })
}

/// Returns a value in its own type.
pub fn scalar(operands: &Operands, value: &Scalar, statement: &mut Statement) -> Result<Expression> {
    match value {
        Scalar::Column(column) => {
            let operand =
                operands.columns.get(*column).ok_or_else(|| Error::internal("a column is not there"))?;
            Ok(Expression { text: operand.compared.clone(), kind: operand.kind })
        }
        Scalar::Literal(literal) => {
            let kind = kind_of(literal);
            Ok(Expression { text: bound(literal, kind, statement)?, kind })
        }
        Scalar::Arithmetic { operator, whole, left, right } => {
            let kind = if *whole { ColumnType::BigInteger } else { ColumnType::Double };
            let left = compared(operands, left, kind, statement)?;
            let right = compared(operands, right, kind, statement)?;
            let result = if *whole { whole_number(*operator).to_owned() } else { float(*operator) };
            let text = format!(
                "(SELECT {result} FROM (SELECT {left}::pg_catalog.{0} AS x, {right}::pg_catalog.{0} AS y OFFSET 0) AS v)",
                if *whole { "int8" } else { "float8" }
            );
            Ok(Expression { text, kind })
        }
        Scalar::Folded { case, accents, text } => {
            let mut text = compared(operands, text, ColumnType::Text, statement)?;
            if *accents {
                text = without_accents(&text);
            }
            if *case {
                text = without_case(&text);
            }
            Ok(Expression { text, kind: ColumnType::Text })
        }
        Scalar::Function { function, argument } => {
            let of = |name: &str, argument: String| format!("pg_catalog.{name}({argument})");
            let (name, from, kind) = match function {
                Function::Absolute => ("abs", ColumnType::Double, ColumnType::Double),
                Function::Ceiling => ("ceil", ColumnType::Double, ColumnType::Double),
                Function::Floor => ("floor", ColumnType::Double, ColumnType::Double),
                Function::Round => ("round", ColumnType::Double, ColumnType::Double),
                Function::Length => ("char_length", ColumnType::Text, ColumnType::Integer),
            };
            Ok(Expression { text: of(name, compared(operands, argument, from, statement)?), kind })
        }
    }
}

fn kind_of(literal: &Literal) -> ColumnType {
    match literal {
        Literal::Boolean(_) => ColumnType::Boolean,
        Literal::Integer(_) => ColumnType::BigInteger,
        Literal::Number(_) => ColumnType::Double,
        Literal::Decimal(_) => ColumnType::Numeric,
        Literal::Text(_) => ColumnType::Text,
        Literal::Date(_) => ColumnType::Date,
        Literal::Timestamp(_) => ColumnType::Timestamp,
        Literal::Time(_) => ColumnType::Time,
        Literal::Uuid(_) => ColumnType::Uuid,
    }
}

/// Returns the expression for an operator on whole numbers whose result is whole.
fn whole_number(operator: Arithmetic) -> &'static str {
    match operator {
        Arithmetic::Remainder => "CASE WHEN y <> 0 THEN x % y END",
        Arithmetic::WholeQuotient => {
            "CASE WHEN y = 0 OR (y = -1 AND x = (-9223372036854775808)) THEN NULL ELSE x / y END"
        }
        Arithmetic::Add => "(x::numeric + y::numeric)::float8",
        Arithmetic::Subtract => "(x::numeric - y::numeric)::float8",
        Arithmetic::Multiply => "(x::numeric * y::numeric)::float8",
        Arithmetic::Divide | Arithmetic::Power => "NULL::int8",
    }
}

fn float(operator: Arithmetic) -> String {
    // NaN is above Infinity. Both pass, because they do not end the statement.
    let is_odd = |name: &str| format!("abs({name}) >= 'Infinity'");
    let within =
        |name: &str| format!("({name} = 0 OR abs({name}) BETWEEN 1e-150 AND 1e150 OR {})", is_odd(name));
    let both = format!("{} AND {}", within("x"), within("y"));
    match operator {
        Arithmetic::Add => format!("CASE WHEN {both} THEN x + y END"),
        Arithmetic::Subtract => format!("CASE WHEN {both} THEN x - y END"),
        Arithmetic::Multiply => format!("CASE WHEN {both} THEN x * y END"),
        Arithmetic::Divide => format!("CASE WHEN {both} AND y <> 0 THEN x / y END"),
        Arithmetic::WholeQuotient => format!("CASE WHEN {both} AND y <> 0 THEN trunc(x / y) END"),
        Arithmetic::Remainder => format!("CASE WHEN {both} AND y <> 0 THEN x - y * trunc(x / y) END"),
        Arithmetic::Power => format!(
            "CASE WHEN {both} THEN CASE WHEN y = 0 THEN 1 \
             WHEN {} OR {} THEN CASE WHEN x <> 0 OR y > 0 THEN power(x, y) END \
             WHEN x = 0 THEN CASE WHEN y > 0 THEN 0 END \
             WHEN x > 0 OR y = trunc(y) THEN CASE WHEN y * ln(abs(x)) < -745 THEN 0 \
             WHEN y * ln(abs(x)) < 709 THEN power(x, y) END END END",
            is_odd("x"),
            is_odd("y")
        ),
    }
}

/// Returns the text in canonical decomposition without combining marks, as `query::fold` does.
fn without_accents(text: &str) -> String {
    format!("pg_catalog.regexp_replace(pg_catalog.normalize({text}, 'NFD'), '[\\u0300-\\u036f]', '', 'g')")
}

/// Returns the text in upper and then in lower case by ICU's root locale, regardless of the
/// database's locale.
fn without_case(text: &str) -> String {
    let root = "COLLATE pg_catalog.\"und-x-icu\"";
    // The result is compared by bytes, as all texts are.
    format!("(pg_catalog.lower(pg_catalog.upper({text} {root}) {root}) COLLATE \"C\")")
}
