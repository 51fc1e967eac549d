//! A bound filter as a tree.

use super::array::ArrayTest;
use super::like::Pattern;
use super::scalar;
use super::scalar::{Datum, Term};
use super::spatial::SpatialTest;
use super::truth::{Truth, all};
use crate::catalog::ColumnType;
use crate::layer::in_box::BoxTest;
use crate::layer::view::View;
use crate::query::filter::Comparison;

/// A test of the cell of a row that is not NULL.
pub type CellTest<'a> = Box<dyn Fn(usize) -> bool + 'a>;

pub(super) enum Node<'a> {
    Constant(Truth),
    And(Vec<Node<'a>>),
    Or(Vec<Node<'a>>),
    Not(Box<Node<'a>>),
    /// The comparison of a column with a literal. The test is called for cells that are not NULL.
    Test {
        nulls: Option<&'a [bool]>,
        test: CellTest<'a>,
    },
    /// A condition on a single column, with its result for each value of the column's dictionary
    /// and for NULL.
    ByCode {
        codes: &'a [u32],
        nulls: Option<&'a [bool]>,
        truths: Vec<Truth>,
        of_null: Truth,
    },
    Compare {
        operator: Comparison,
        kind: ColumnType,
        left: Term<'a>,
        right: Term<'a>,
    },
    /// The list is sorted.
    In {
        kind: ColumnType,
        value: Term<'a>,
        list: Vec<Datum<'a>>,
    },
    Like {
        value: Term<'a>,
        pattern: Pattern,
    },
    IsNull(Term<'a>),
    GeometryIsNull,
    Box(BoxTest<'a>),
    Spatial(SpatialTest<'a>),
    Array(ArrayTest<'a>),
}

impl Node<'_> {
    pub(super) fn truth(&self, view: &View<'_>, row: u32) -> Truth {
        match self {
            Node::Constant(truth) => *truth,
            Node::And(parts) => all(parts.iter().map(|part| part.truth(view, row))),
            Node::Or(parts) => {
                let none = all(parts.iter().map(|part| part.truth(view, row).map(|truth| !truth)));
                none.map(|none| !none)
            }
            Node::Not(part) => part.truth(view, row).map(|truth| !truth),
            Node::Test { nulls, test } => (!is_null(*nulls, row)).then(|| test(row as usize)),
            Node::ByCode { nulls, of_null, .. } if is_null(*nulls, row) => *of_null,
            Node::ByCode { codes, truths, .. } => {
                codes.get(row as usize).and_then(|code| truths.get(*code as usize)).copied().flatten()
            }
            Node::Compare { operator, kind, left, right } => {
                let order = scalar::compare(*kind, &left.value(row), &right.value(row));
                order.map(|order| operator.holds(order))
            }
            Node::In { kind, value, list } => {
                let value = value.value(row).brought_to(*kind)?;
                let found = list.binary_search_by(|item| scalar::order_of(item, &value));
                Some(found.is_ok())
            }
            Node::Like { value, pattern } => match value.value(row) {
                Datum::Text(text) => Some(pattern.matches(&text)),
                _ => None,
            },
            Node::IsNull(value) => Some(value.value(row) == Datum::Null),
            Node::GeometryIsNull => Some(view.stored_geometry(row).is_none()),
            Node::Box(test) => test.truth(view, row),
            Node::Spatial(test) => test.truth(view, row),
            Node::Array(test) => test.truth(row),
        }
    }

    /// Returns the only rows for which the condition may be true, ascending, if the index knows
    /// them.
    pub(super) fn candidates(&self, view: &View<'_>) -> Option<Vec<u32>> {
        match self {
            Node::Box(test) => Some(test.rows(view)),
            Node::Spatial(test) => test.candidates(view),
            Node::And(parts) => parts.iter().filter_map(|part| part.candidates(view)).min_by_key(Vec::len),
            _ => None,
        }
    }

    /// Returns the approximate cost of evaluation, so that cheap conditions are evaluated first.
    pub(super) fn cost(&self) -> u32 {
        match self {
            Node::Constant(_) => 0,
            Node::Test { .. } | Node::ByCode { .. } | Node::GeometryIsNull => 1,
            Node::IsNull(_) => 2,
            Node::Compare { .. } | Node::In { .. } => 4,
            Node::Like { .. } => 8,
            Node::Array(_) | Node::Box(_) => 50,
            Node::Spatial(_) => 200,
            Node::Not(part) => part.cost(),
            Node::And(parts) | Node::Or(parts) => parts.iter().map(Node::cost).sum(),
        }
    }
}

pub(super) fn is_null(nulls: Option<&[bool]>, row: u32) -> bool {
    nulls.is_some_and(|nulls| nulls.get(row as usize).copied().unwrap_or(true))
}
