//! The comparison of a column with a literal, the most frequent condition, as a test on packed
//! cells.

use super::node::{CellTest, Node};
use std::cmp::Ordering;

use super::scalar::Term;
use crate::catalog::ColumnType;
use crate::layer::column::{Cells, Column};
use crate::layer::order::floats;
use crate::query::Literal;
use crate::query::filter::Comparison;

/// Returns the fastest node for a comparison.
pub fn of<'a>(operator: Comparison, kind: ColumnType, left: Term<'a>, right: Term<'a>) -> Node<'a> {
    let test = match (&left, &right) {
        (Term::Column(column), Term::Literal(literal)) => quick(column, kind, operator, literal),
        (Term::Literal(literal), Term::Column(column)) => quick(column, kind, turned(operator), literal),
        _ => None,
    };
    match (test, &left, &right) {
        (Some(test), Term::Column(column), _) | (Some(test), _, Term::Column(column)) => {
            Node::Test { nulls: column.nulls(), test }
        }
        _ => Node::Compare { operator, kind, left, right },
    }
}

/// Returns the operator with its sides exchanged: `b > a` for `a < b`.
fn turned(operator: Comparison) -> Comparison {
    match operator {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

fn quick<'a>(
    column: &'a Column,
    kind: ColumnType,
    operator: Comparison,
    literal: &'a Literal,
) -> Option<CellTest<'a>> {
    match (kind, column.cells(), literal) {
        (ColumnType::BigInteger, Cells::Integer(cells), Literal::Integer(wanted)) => {
            Some(on(cells, operator, |cell| i64::from(cell).cmp(wanted)))
        }
        (ColumnType::BigInteger, Cells::BigInteger(cells), Literal::Integer(wanted))
        | (
            ColumnType::Timestamp,
            Cells::Timestamp(cells) | Cells::TimestampWithZone(cells),
            Literal::Timestamp(wanted),
        ) => Some(on(cells, operator, |cell| cell.cmp(wanted))),
        (ColumnType::Double, Cells::Double(cells), Literal::Number(wanted)) => {
            Some(on(cells, operator, |cell| floats(cell, *wanted)))
        }
        (ColumnType::Real, Cells::Real(cells), Literal::Number(wanted)) => {
            // As people expect, a 32-bit float equals the number of its shortest digits.
            let wanted = f64::from(*wanted as f32);
            Some(on(cells, operator, move |cell| floats(cell.into(), wanted)))
        }
        (ColumnType::Date, Cells::Date(cells), Literal::Date(wanted)) => {
            Some(on(cells, operator, |cell| cell.cmp(wanted)))
        }
        (ColumnType::Boolean, Cells::Boolean(cells), Literal::Boolean(wanted)) => {
            Some(on(cells, operator, |cell| cell.cmp(wanted)))
        }
        (ColumnType::Text, Cells::Text(cells), Literal::Text(wanted)) => {
            Some(Box::new(move |row| operator.holds(cells.get(row).as_bytes().cmp(wanted.as_bytes()))))
        }
        _ => None,
    }
}

fn on<'a, T: Copy>(
    cells: &'a [T],
    operator: Comparison,
    compare: impl Fn(T) -> Ordering + 'a,
) -> CellTest<'a> {
    Box::new(move |row| cells.get(row).is_some_and(|cell| operator.holds(compare(*cell))))
}
