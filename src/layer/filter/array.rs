//! The array functions of CQL2: two sets of items are compared.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::value::RawValue;

use crate::layer::column::{Column, Value};
use crate::layer::view::View;
use crate::query::filter::{ArrayOperand, ArrayRelation};
use crate::query::{Literal, decimal};
use crate::work::spend;

/// One item of an array.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item<'a> {
    Text(Cow<'a, str>),
    /// A number as its shortest digits.
    Number(String),
    Boolean(bool),
    /// NULL, an array or an object, as it is written.
    Other(&'a str),
}

enum Side<'a> {
    /// A column; None if it is hidden.
    Column(Option<&'a Column>),
    Items(BTreeSet<Item<'a>>),
}

/// The comparison of two arrays.
pub struct ArrayTest<'a> {
    relation: ArrayRelation,
    left: Side<'a>,
    right: Side<'a>,
}

impl<'a> ArrayTest<'a> {
    /// Binds a relation to the columns of `view`.
    pub fn new(
        view: &'a View<'a>,
        relation: ArrayRelation,
        left: &'a ArrayOperand,
        right: &'a ArrayOperand,
    ) -> ArrayTest<'a> {
        let side = |operand: &'a ArrayOperand| match operand {
            ArrayOperand::Column(column) => Side::Column(view.visible(*column)),
            ArrayOperand::Literal(literals) => Side::Items(literals.iter().filter_map(item_of).collect()),
        };
        ArrayTest { relation, left: side(left), right: side(right) }
    }

    /// Returns whether the relation is true for a row; None (unknown) if an array is NULL.
    pub fn truth(&self, row: u32) -> Option<bool> {
        let (left, right) = (self.left.items(row)?, self.right.items(row)?);
        Some(match self.relation {
            ArrayRelation::Equals => left == right,
            ArrayRelation::Contains => left.is_superset(&right),
            ArrayRelation::ContainedBy => left.is_subset(&right),
            ArrayRelation::Overlaps => !left.is_disjoint(&right),
        })
    }
}

impl Side<'_> {
    fn items(&self, row: u32) -> Option<Cow<'_, BTreeSet<Item<'_>>>> {
        match self {
            Side::Items(items) => Some(Cow::Borrowed(items)),
            Side::Column(column) => match column.as_ref()?.get(row as usize) {
                Value::Array(text) => {
                    spend(text.len());
                    Some(Cow::Owned(read(text)?))
                }
                _ => None,
            },
        }
    }
}

fn item_of(literal: &Literal) -> Option<Item<'_>> {
    match literal {
        Literal::Text(text) => Some(Item::Text(text.into())),
        Literal::Decimal(digits) => Some(Item::Number(digits.clone())),
        Literal::Boolean(value) => Some(Item::Boolean(*value)),
        _ => None,
    }
}

/// Returns the items of a JSON array; None if the text is none. Numbers are compared by their
/// digits, so that none is rounded.
fn read(text: &str) -> Option<BTreeSet<Item<'_>>> {
    let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(items.into_iter().map(|item| read_item(item.get())).collect())
}

fn read_item(text: &str) -> Item<'_> {
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map_or(Item::Other(text), Item::Text),
        Some(b't') => Item::Boolean(true),
        Some(b'f') => Item::Boolean(false),
        Some(b'-' | b'0'..=b'9') => decimal::without_exponent(text).map_or(Item::Other(text), Item::Number),
        _ => Item::Other(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read_by_value() {
        let items = read(r#"["a\u00e4", 1.50, 15e-1, 123456789012345678901, true, null, [1]]"#).unwrap();
        let expected = [
            Item::Text("aä".into()),
            Item::Number("1.5".into()),
            Item::Number("123456789012345678901".into()),
            Item::Boolean(true),
            Item::Other("null"),
            Item::Other("[1]"),
        ];
        assert_eq!(items, expected.into_iter().collect());
        assert_eq!(read("{}"), None);
    }
}
