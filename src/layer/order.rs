//! The order of values, and of features in an answer: by the sort columns and then by key, or by
//! storage if the key is hidden.

use std::cmp::Ordering;
use std::ops::Range;

use super::column::{Column, Value};
use super::key::Key;
use super::view::View;
use crate::error::Result;
use crate::query::{Cursor, CursorPlace, Direction, Literal, SortKey, cursor, decimal};
use crate::work::spend;

/// Compares two values of one column that are not NULL, as [`crate::query::filter`] describes.
pub fn compare(left: Value<'_>, right: Value<'_>) -> Ordering {
    match (left, right) {
        (Value::Boolean(left), Value::Boolean(right)) => left.cmp(&right),
        (Value::Integer(left), Value::Integer(right))
        | (Value::Timestamp(left), Value::Timestamp(right))
        | (Value::TimestampWithZone(left), Value::TimestampWithZone(right))
        | (Value::Time(left), Value::Time(right)) => left.cmp(&right),
        (Value::Real(left), Value::Real(right)) => floats(left.into(), right.into()),
        (Value::Double(left), Value::Double(right)) => floats(left, right),
        (Value::Numeric(left), Value::Numeric(right)) => decimal::compare(left, right),
        (Value::Text(left), Value::Text(right))
        | (Value::Json(left), Value::Json(right))
        | (Value::Array(left), Value::Array(right)) => left.cmp(right),
        (Value::Date(left), Value::Date(right)) => left.cmp(&right),
        (Value::Uuid(left), Value::Uuid(right)) => left.cmp(&right),
        // The values of a column are of one type.
        _ => Ordering::Equal,
    }
}

/// Compares floats as PostgreSQL does: NaN equals itself and is above all others.
pub fn floats(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
}

/// Units of work ([`crate::work`]) for comparing two features.
const COMPARISON: usize = 4;

/// The order of an answer.
pub struct Order<'a> {
    view: &'a View<'a>,
    keys: Vec<(&'a Column, bool)>,
    sort: Vec<SortKey>,
    /// The ranks that [`View::rank`] returns, computed once; None if each rank is the row itself.
    ranks: Option<&'a [u32]>,
}

/// A position in the order: sort values, and a position between the ranks of keys.
struct CursorPosition {
    values: Vec<Option<Literal>>,
    /// The rank of the first key that is not less.
    rank: u32,
    /// Whether this key is equal.
    exists: bool,
}

impl<'a> Order<'a> {
    /// Makes the order of `sort`. The caller has checked that its columns are visible; a hidden
    /// column is ignored.
    pub fn new(view: &'a View<'a>, sort: &[SortKey]) -> Order<'a> {
        let keys = sort.iter().filter_map(|key| Some((view.visible(key.column)?, key.descending)));
        Order { view, keys: keys.collect(), sort: sort.to_vec(), ranks: view.ranks() }
    }

    /// Returns whether rows are in this order without sorting.
    pub fn is_unsorted(&self) -> bool {
        self.keys.is_empty()
    }

    fn rank(&self, row: u32) -> u32 {
        match self.ranks {
            None => row,
            Some(ranks) => ranks.get(row as usize).copied().unwrap_or(u32::MAX),
        }
    }

    fn compare(&self, left: u32, right: u32) -> Ordering {
        spend(COMPARISON);
        for (column, descending) in &self.keys {
            let order = nulls_above(column.get(left as usize), column.get(right as usize), *descending);
            if order.is_ne() {
                return order;
            }
        }
        self.rank(left).cmp(&self.rank(right))
    }

    fn compare_to_position(&self, row: u32, position: &CursorPosition) -> Ordering {
        spend(COMPARISON);
        for ((column, descending), literal) in self.keys.iter().zip(&position.values) {
            let value = column.get(row as usize);
            let wanted = literal.as_ref().map_or(Value::Null, |literal| value_of(literal, column));
            let order = nulls_above(value, wanted, *descending);
            if order.is_ne() {
                return order;
            }
        }
        match self.rank(row).cmp(&position.rank) {
            Ordering::Equal if !position.exists => Ordering::Greater,
            order => order,
        }
    }

    /// Returns how many of `rows` are before the page that begins at the cursor or, backward, ends
    /// there. `rows` are all matches in any order; None for all rows of the layer in the order of
    /// their keys.
    ///
    /// # Errors
    ///
    /// Fails if the cursor belongs to another collection or another order.
    pub fn rows_before(&self, rows: Option<&[u32]>, cursor: &Cursor) -> Result<usize> {
        cursor.place.check(self.view.sees_key(), self.view.loaded_at().as_microsecond())?;
        let place = match &cursor.place {
            CursorPlace::Position { position, .. } => {
                return Ok(usize::try_from(*position).unwrap_or(usize::MAX));
            }
            CursorPlace::Feature { values, key } => self.place(values, key)?,
        };
        let is_forward = cursor.direction == Direction::Forward;
        let Some(rows) = rows else {
            return Ok(place.rank as usize + usize::from(is_forward && place.exists));
        };
        let is_before = |row: &&u32| match self.compare_to_position(**row, &place) {
            Ordering::Less => true,
            Ordering::Equal => is_forward,
            Ordering::Greater => false,
        };
        Ok(rows.iter().filter(is_before).count())
    }

    fn place(&self, values: &[Option<Literal>], text: &str) -> Result<CursorPosition> {
        let layer = self.view.layer;
        if values.len() != self.keys.len() {
            return Err(cursor::foreign());
        }
        let fits = |(literal, (column, _)): (&Option<Literal>, &(&Column, bool))| {
            literal.as_ref().is_none_or(|literal| value_of(literal, column) != Value::Null)
        };
        if !values.iter().zip(&self.keys).all(fits) {
            return Err(cursor::foreign());
        }
        let key = Key::parse(text, &layer.columns, &layer.key).ok_or_else(cursor::foreign)?;
        let (rank, exists) = rank_of(self.view, &key);
        Ok(CursorPosition { values: values.to_vec(), rank, exists })
    }

    /// Returns the rows at the positions `window` of the order, in order.
    pub fn cut(&self, mut rows: Vec<u32>, window: Range<usize>) -> Vec<u32> {
        if window.is_empty() {
            return vec![];
        }
        if window.end < rows.len() {
            rows.select_nth_unstable_by(window.end, |left, right| self.compare(*left, *right));
            rows.truncate(window.end);
        }
        if window.start > 0 && window.start < rows.len() {
            rows.select_nth_unstable_by(window.start, |left, right| self.compare(*left, *right));
            rows.drain(..window.start);
        }
        rows.sort_unstable_by(|left, right| self.compare(*left, *right));
        rows
    }

    /// Returns the cursor of the page that ends before a feature or begins after it. `position` is
    /// the number of features in the answer before this place.
    pub fn cursor(&self, direction: Direction, row: u32, position: usize) -> Cursor {
        let place = match self.view.key(row) {
            Some(key) => CursorPlace::Feature {
                values: self.keys.iter().map(|(column, _)| literal_of(column.get(row as usize))).collect(),
                key: key.text(),
            },
            None => CursorPlace::Position {
                position: position as u64,
                loaded_at: self.view.loaded_at().as_microsecond(),
            },
        };
        let visible = self.view.visible_columns();
        Cursor { direction, place, order: self.sort.iter().map(|key| key.among(visible)).collect() }
    }
}

/// Returns the rank of the first key that is not less than `key`, and whether it is equal.
pub fn rank_of(view: &View<'_>, key: &Key) -> (u32, bool) {
    let layer = view.layer;
    // This is the order of `key::compare`: part by part, in the types of the columns.
    let below = |row: &u32| Key::of(&layer.columns, &layer.key, *row as usize) < *key;
    let rank = layer.by_key.partition_point(below);
    let at = layer.by_key.get(rank).map(|row| Key::of(&layer.columns, &layer.key, *row as usize));
    (rank as u32, at.is_some_and(|at| at == *key))
}

/// Compares a value that may be NULL. NULL is above every value, so it is last if ascending and
/// first if descending.
fn nulls_above(left: Value<'_>, right: Value<'_>, descending: bool) -> Ordering {
    let order = match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (left, right) => compare(left, right),
    };
    if descending { order.reverse() } else { order }
}

/// Returns a literal as a value of the column; NULL if it is none.
fn value_of<'a>(literal: &'a Literal, column: &Column) -> Value<'a> {
    use super::column::Cells;
    match (column.cells(), literal) {
        (Cells::Boolean(_), Literal::Boolean(value)) => Value::Boolean(*value),
        (Cells::Integer(_) | Cells::BigInteger(_), Literal::Integer(value)) => Value::Integer(*value),
        (Cells::Real(_), Literal::Number(value)) => Value::Real(*value as f32),
        (Cells::Double(_), Literal::Number(value)) => Value::Double(*value),
        (Cells::Numeric(_), Literal::Decimal(digits)) => Value::Numeric(digits),
        (Cells::Text(_), Literal::Text(text)) => Value::Text(text),
        (Cells::Json(_), Literal::Text(text)) => Value::Json(text),
        (Cells::Array(_), Literal::Text(text)) => Value::Array(text),
        (Cells::Date(_), Literal::Date(value)) => Value::Date(*value),
        (Cells::Timestamp(_), Literal::Timestamp(value)) => Value::Timestamp(*value),
        (Cells::TimestampWithZone(_), Literal::Timestamp(value)) => Value::TimestampWithZone(*value),
        (Cells::Time(_), Literal::Time(value)) => Value::Time(*value),
        (Cells::Uuid(_), Literal::Uuid(value)) => Value::Uuid(*value),
        _ => Value::Null,
    }
}

/// Returns a value as a literal; None for NULL. A 32-bit float is converted to 64 bits without
/// loss.
fn literal_of(value: Value<'_>) -> Option<Literal> {
    Some(match value {
        Value::Null => return None,
        Value::Boolean(value) => Literal::Boolean(value),
        Value::Integer(value) => Literal::Integer(value),
        Value::Real(value) => Literal::Number(value.into()),
        Value::Double(value) => Literal::Number(value),
        Value::Numeric(digits) => Literal::Decimal(digits.into()),
        Value::Text(text) | Value::Json(text) | Value::Array(text) => Literal::Text(text.into()),
        Value::Date(value) => Literal::Date(value),
        Value::Timestamp(value) | Value::TimestampWithZone(value) => Literal::Timestamp(value),
        Value::Time(value) => Literal::Time(value),
        Value::Uuid(value) => Literal::Uuid(value),
    })
}
