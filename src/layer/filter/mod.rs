//! A filter, bound to the columns of a layer and evaluated row by row.
//!
//! Frequent conditions are prepared once for all rows. The comparison of a column with a literal
//! becomes a test on the packed cells. A condition on a single column with a dictionary is
//! evaluated once for each of its values. A spatial relation to a literal uses the index.

mod array;
mod like;
mod literal;
mod node;
mod relation;
mod scalar;
mod spatial;
mod test;
mod truth;

use self::node::{Node, is_null};
use super::column::Column;
use super::in_box::BoxTest;
use super::text::TextColumn;
use super::view::View;
use crate::layer::column::Cells;
use crate::query::Filter;
use crate::work::spend;
use array::ArrayTest;
use like::Pattern;
use scalar::{Datum, Term};
use spatial::{Asked, SpatialTest};

/// A filter on the columns of one view.
pub struct Bound<'a> {
    view: &'a View<'a>,
    node: Node<'a>,
    /// Units of work ([`crate::work`]) for evaluating one row.
    cost: usize,
}

impl<'a> Bound<'a> {
    /// Binds `filter` to the columns of `view`. The caller has checked that these are visible; a
    /// hidden column is NULL.
    pub fn new(view: &'a View<'a>, filter: &'a Filter) -> Bound<'a> {
        Bound::of(view, bind(view, filter, true))
    }

    /// Binds `filter` for only a few rows, so that nothing is prepared for all rows.
    pub fn for_few(view: &'a View<'a>, filter: &'a Filter) -> Bound<'a> {
        Bound::of(view, bind(view, filter, false))
    }

    fn of(view: &'a View<'a>, node: Node<'a>) -> Bound<'a> {
        let cost = node.cost() as usize;
        Bound { view, node, cost }
    }

    /// Returns whether the filter is true for a row.
    pub fn holds(&self, row: u32) -> bool {
        spend(self.cost);
        self.node.truth(self.view, row) == Some(true)
    }

    /// Returns all rows for which the filter is true, ascending.
    pub fn rows(&self) -> Vec<u32> {
        match self.node.candidates(self.view) {
            Some(mut rows) => {
                rows.retain(|row| self.holds(*row));
                rows
            }
            None => (0..self.view.len() as u32).filter(|row| self.holds(*row)).collect(),
        }
    }
}

/// Binds a filter, for most rows or for few.
fn bind<'a>(view: &'a View<'a>, filter: &'a Filter, most: bool) -> Node<'a> {
    if !most {
        return bind_plainly(view, filter, most);
    }
    let uses = filter.uses();
    let only = uses.columns.first().filter(|_| uses.columns.len() == 1 && !uses.geometry);
    match only.and_then(|column| dictionary(view.visible(*column)?)) {
        Some(dictionary) => by_code(view, bind_plainly(view, filter, most), dictionary),
        None => bind_plainly(view, filter, most),
    }
}

/// A column with a dictionary that has fewer values than the column has rows.
struct Dictionary<'a> {
    codes: &'a [u32],
    nulls: Option<&'a [bool]>,
    values: usize,
}

/// Returns the dictionary of a column if evaluating its values is cheaper than evaluating its rows.
fn dictionary(column: &Column) -> Option<Dictionary<'_>> {
    match column.cells() {
        Cells::Text(text) | Cells::Numeric(text) | Cells::Json(text) | Cells::Array(text) => match text {
            TextColumn::Dictionary { codes, values } if values.len() * 4 <= codes.len() => {
                Some(Dictionary { codes, nulls: column.nulls(), values: values.len() })
            }
            _ => None,
        },
        _ => None,
    }
}

/// Evaluates `node` once for each value of the dictionary, on a row that has this value.
fn by_code<'a>(view: &View<'_>, node: Node<'a>, dictionary: Dictionary<'a>) -> Node<'a> {
    let Dictionary { codes, nulls, values } = dictionary;
    let mut bearers: Vec<Option<u32>> = vec![None; values];
    let mut of_null = None;
    spend(codes.len());
    for (row, code) in (0u32..).zip(codes) {
        let bearer = match is_null(nulls, row) {
            true => &mut of_null,
            false => match bearers.get_mut(*code as usize) {
                Some(bearer) => bearer,
                None => continue,
            },
        };
        bearer.get_or_insert(row);
    }
    let cost = node.cost() as usize;
    let ask = |row: Option<u32>| {
        spend(cost);
        row.and_then(|row| node.truth(view, row))
    };
    let truths = bearers.into_iter().map(ask).collect();
    Node::ByCode { codes, nulls, truths, of_null: ask(of_null) }
}

fn bind_plainly<'a>(view: &'a View<'a>, filter: &'a Filter, most: bool) -> Node<'a> {
    let term = |scalar| Term::of(view, scalar);
    match filter {
        Filter::Constant(truth) => Node::Constant(*truth),
        Filter::And(parts) => Node::And(cheap_first(view, parts, most)),
        Filter::Or(parts) => Node::Or(cheap_first(view, parts, most)),
        Filter::Not(part) => Node::Not(Box::new(bind(view, part, most))),
        Filter::Compare { operator, kind, left, right } => {
            test::of(*operator, *kind, term(left), term(right))
        }
        Filter::In { kind, value, list } => {
            let mut list: Vec<Datum<'a>> =
                list.iter().filter_map(|literal| Datum::of(literal).brought_to(*kind)).collect();
            list.sort_by(scalar::order_of);
            Node::In { kind: *kind, value: term(value), list }
        }
        Filter::Like { value, pattern } => Node::Like { value: term(value), pattern: Pattern::new(pattern) },
        Filter::IsNull(value) => Node::IsNull(term(value)),
        Filter::GeometryIsNull => Node::GeometryIsNull,
        // Its coordinate systems were looked up when the filter was checked.
        Filter::Box(bbox) => BoxTest::new(view, bbox).ok().flatten().map_or(Node::Constant(None), Node::Box),
        Filter::Spatial { relation, left, right } => {
            match SpatialTest::bind(view, *relation, left, right, most) {
                Asked::Decided(truth) => Node::Constant(truth),
                Asked::OfEach(test) => Node::Spatial(test),
            }
        }
        Filter::Array { relation, left, right } => Node::Array(ArrayTest::new(view, *relation, left, right)),
    }
}

fn cheap_first<'a>(view: &'a View<'a>, parts: &'a [Filter], most: bool) -> Vec<Node<'a>> {
    let mut nodes: Vec<Node<'a>> = parts.iter().map(|part| bind(view, part, most)).collect();
    nodes.sort_by_key(Node::cost);
    nodes
}

#[cfg(test)]
mod tests;
