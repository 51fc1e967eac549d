//! Keys, the ids of features: typed, ordered, and as text for addresses.

use std::cmp::Ordering;

use super::column::{Column, Value};
use crate::catalog::ColumnType;
use crate::error::{Error, Result};

/// One part of a key. Parts are ordered as the column that they come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPart {
    /// A whole number.
    Integer(i64),
    /// A UUID.
    Uuid(u128),
    /// A value of another type as its text, ordered by its bytes.
    Text(String),
}

/// The key of a feature: one part for each column of the key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(pub Vec<KeyPart>);

impl Key {
    /// Returns the key of a row. `key` contains the positions of the key's columns in `columns`.
    pub fn of(columns: &[Column], key: &[usize], row: usize) -> Key {
        Key(key
            .iter()
            .filter_map(|column| columns.get(*column))
            .map(|column| part(column.get(row)))
            .collect())
    }

    /// Returns the text of the key for addresses and GeoJSON: its parts, joined by commas. A comma
    /// within a part is `%2C`.
    pub fn text(&self) -> String {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|part| match part {
                KeyPart::Integer(value) => value.to_string(),
                KeyPart::Uuid(value) => uuid::Uuid::from_u128(*value).to_string(),
                KeyPart::Text(text) if self.0.len() > 1 => text.replace('%', "%25").replace(',', "%2C"),
                KeyPart::Text(text) => text.clone(),
            })
            .collect();
        parts.join(",")
    }

    /// Reads [`text`](Self::text) back; None if it cannot be a key of these columns.
    pub fn parse(text: &str, columns: &[Column], key: &[usize]) -> Option<Key> {
        let texts: Vec<&str> = if key.len() > 1 { text.split(',').collect() } else { vec![text] };
        if texts.len() != key.len() {
            return None;
        }
        let parts = key.iter().zip(texts).map(|(column, text)| match columns.get(*column)?.cells() {
            super::column::Cells::Integer(_) | super::column::Cells::BigInteger(_) => {
                text.parse().ok().map(KeyPart::Integer)
            }
            super::column::Cells::Uuid(_) => {
                uuid::Uuid::parse_str(text).ok().map(|id| KeyPart::Uuid(id.as_u128()))
            }
            _ if key.len() > 1 => Some(KeyPart::Text(text.replace("%2C", ",").replace("%25", "%"))),
            _ => Some(KeyPart::Text(text.into())),
        });
        parts.collect::<Option<Vec<_>>>().map(Key)
    }
}

impl Key {
    /// Reads [`text`](Self::text) back as a key of columns of these types, without any rows.
    pub fn parse_as(text: &str, kinds: &[ColumnType]) -> Option<Key> {
        let texts: Vec<&str> = if kinds.len() > 1 { text.split(',').collect() } else { vec![text] };
        if texts.len() != kinds.len() {
            return None;
        }
        let part = |(kind, text): (&ColumnType, &str)| match kind {
            ColumnType::Integer | ColumnType::BigInteger => text.parse().ok().map(KeyPart::Integer),
            ColumnType::Uuid => uuid::Uuid::parse_str(text).ok().map(|id| KeyPart::Uuid(id.as_u128())),
            _ if kinds.len() > 1 => Some(KeyPart::Text(text.replace("%2C", ",").replace("%25", "%"))),
            _ => Some(KeyPart::Text(text.into())),
        };
        kinds.iter().zip(texts).map(part).collect::<Option<Vec<_>>>().map(Key)
    }
}

fn part(value: Value<'_>) -> KeyPart {
    match value {
        Value::Integer(value) => KeyPart::Integer(value),
        Value::Uuid(value) => KeyPart::Uuid(value),
        other => KeyPart::Text(super::value_text::plain_text(other)),
    }
}

/// A row, and what its key is read from: columns, the positions of the key's columns, and the row.
pub type Keyed<'a> = (&'a [Column], &'a [usize], u32);

/// Compares two rows by their keys.
pub fn compare(columns: &[Column], key: &[usize], left: u32, right: u32) -> Ordering {
    compare_across((columns, key, left), (columns, key, right))
}

/// Compares rows of different columns of the same types by their keys.
pub fn compare_across(left: Keyed<'_>, right: Keyed<'_>) -> Ordering {
    let columns = left.1.iter().zip(right.1);
    for (left_column, right_column) in
        columns.filter_map(|(one, other)| left.0.get(*one).zip(right.0.get(*other)))
    {
        let order = match (left_column.get(left.2 as usize), right_column.get(right.2 as usize)) {
            (Value::Integer(left), Value::Integer(right)) => left.cmp(&right),
            (Value::Text(left), Value::Text(right)) => left.cmp(right),
            (left, right) => part(left).cmp(&part(right)),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// Returns the rows in the order of their keys.
///
/// # Errors
///
/// Fails if a key occurs twice or is NULL. The message contains no key, since everyone may read it,
/// and the key's column may be hidden.
pub fn order(columns: &[Column], key: &[usize], rows: u32) -> Result<Vec<u32>> {
    for column in key.iter().filter_map(|column| columns.get(*column)) {
        if column.has_nulls() {
            return Err(Error::invalid("key", "the key is NULL in some rows"));
        }
    }
    let mut by_key: Vec<u32> = (0..rows).collect();
    by_key.sort_unstable_by(|left, right| compare(columns, key, *left, *right).then(left.cmp(right)));
    let is_twice = by_key.windows(2).any(|pair| match pair {
        [left, right] => compare(columns, key, *left, *right) == Ordering::Equal,
        _ => false,
    });
    if is_twice { Err(Error::invalid("key", "a key occurs more than once")) } else { Ok(by_key) }
}
