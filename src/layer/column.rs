//! One column of a layer, typed and packed, and the values in it.

use super::splice::Splice;
use super::text::{TextBuilder, TextColumn};
use crate::catalog::ColumnType;

/// The value of one cell, which borrows from its column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// true or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A 32-bit float.
    Real(f32),
    /// A 64-bit float.
    Double(f64),
    /// A decimal number as its digits, or `NaN` and `Infinity` in PostgreSQL's spelling.
    Numeric(&'a str),
    /// Text.
    Text(&'a str),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01T00:00:00 in an unnamed zone.
    Timestamp(i64),
    /// Microseconds since 1970-01-01T00:00:00Z.
    TimestampWithZone(i64),
    /// Microseconds since midnight.
    Time(i64),
    /// A UUID, big-endian.
    Uuid(u128),
    /// The text of any JSON.
    Json(&'a str),
    /// The text of a JSON array.
    Array(&'a str),
}

/// The cells of a column in row order. A NULL cell contains a zero or an empty text.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // one for each `Value`
pub enum Cells {
    Boolean(Vec<bool>),
    Integer(Vec<i32>),
    BigInteger(Vec<i64>),
    Real(Vec<f32>),
    Double(Vec<f64>),
    Date(Vec<i32>),
    Timestamp(Vec<i64>),
    TimestampWithZone(Vec<i64>),
    Time(Vec<i64>),
    Uuid(Vec<u128>),
    Numeric(TextColumn),
    Text(TextColumn),
    Json(TextColumn),
    Array(TextColumn),
}

/// A column: its cells, and which of them are NULL.
#[derive(Clone, Debug)]
pub struct Column {
    cells: Cells,
    /// Whether each cell is NULL; None if no cell is.
    nulls: Option<Vec<bool>>,
}

impl Column {
    /// Returns the value of a row; NULL beyond the end.
    pub fn get(&self, row: usize) -> Value<'_> {
        if self.is_null(row) {
            return Value::Null;
        }
        fn at<T: Copy>(cells: &[T], row: usize) -> Option<T> {
            cells.get(row).copied()
        }
        let value = match &self.cells {
            Cells::Boolean(cells) => at(cells, row).map(Value::Boolean),
            Cells::Integer(cells) => at(cells, row).map(|cell| Value::Integer(cell.into())),
            Cells::BigInteger(cells) => at(cells, row).map(Value::Integer),
            Cells::Real(cells) => at(cells, row).map(Value::Real),
            Cells::Double(cells) => at(cells, row).map(Value::Double),
            Cells::Date(cells) => at(cells, row).map(Value::Date),
            Cells::Timestamp(cells) => at(cells, row).map(Value::Timestamp),
            Cells::TimestampWithZone(cells) => at(cells, row).map(Value::TimestampWithZone),
            Cells::Time(cells) => at(cells, row).map(Value::Time),
            Cells::Uuid(cells) => at(cells, row).map(Value::Uuid),
            Cells::Numeric(cells) => Some(Value::Numeric(cells.get(row))),
            Cells::Text(cells) => Some(Value::Text(cells.get(row))),
            Cells::Json(cells) => Some(Value::Json(cells.get(row))),
            Cells::Array(cells) => Some(Value::Array(cells.get(row))),
        };
        value.unwrap_or(Value::Null)
    }

    /// Reads the values of several rows and calls `put` with each value and its position in `rows`.
    /// The reads do not depend on each other, so the processor waits for many of them at once.
    pub(super) fn gather<'a>(&'a self, rows: &[u32], mut put: impl FnMut(usize, Value<'a>)) {
        fn each<'a, T: Copy>(
            cells: &[T],
            rows: &[u32],
            put: &mut impl FnMut(usize, Value<'a>),
            value: impl Fn(T) -> Value<'a>,
        ) {
            for (at, row) in rows.iter().enumerate() {
                put(at, cells.get(*row as usize).map_or(Value::Null, |cell| value(*cell)));
            }
        }
        let put = &mut put;
        match &self.cells {
            Cells::Boolean(cells) => each(cells, rows, put, Value::Boolean),
            Cells::Integer(cells) => each(cells, rows, put, |cell| Value::Integer(cell.into())),
            Cells::BigInteger(cells) => each(cells, rows, put, Value::Integer),
            Cells::Real(cells) => each(cells, rows, put, Value::Real),
            Cells::Double(cells) => each(cells, rows, put, Value::Double),
            Cells::Date(cells) => each(cells, rows, put, Value::Date),
            Cells::Timestamp(cells) => each(cells, rows, put, Value::Timestamp),
            Cells::TimestampWithZone(cells) => each(cells, rows, put, Value::TimestampWithZone),
            Cells::Time(cells) => each(cells, rows, put, Value::Time),
            Cells::Uuid(cells) => each(cells, rows, put, Value::Uuid),
            Cells::Numeric(cells) => cells.gather(rows, |at, text| put(at, Value::Numeric(text))),
            Cells::Text(cells) => cells.gather(rows, |at, text| put(at, Value::Text(text))),
            Cells::Json(cells) => cells.gather(rows, |at, text| put(at, Value::Json(text))),
            Cells::Array(cells) => cells.gather(rows, |at, text| put(at, Value::Array(text))),
        }
        if self.nulls.is_some() {
            rows.iter()
                .enumerate()
                .filter(|(_, row)| self.is_null(**row as usize))
                .for_each(|(at, _)| put(at, Value::Null));
        }
    }

    /// Returns whether the cell of a row is NULL.
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.get(row).copied().unwrap_or(true))
    }

    /// Returns whether each row is NULL; None if no row is.
    pub fn nulls(&self) -> Option<&[bool]> {
        self.nulls.as_deref()
    }

    /// Returns whether any cell is NULL.
    pub fn has_nulls(&self) -> bool {
        self.nulls.is_some()
    }

    /// Returns the packed cells.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Returns the size in memory, in bytes.
    pub fn memory(&self) -> usize {
        fn bytes<T>(cells: &Vec<T>) -> usize {
            cells.capacity() * size_of::<T>()
        }
        let cells = match &self.cells {
            Cells::Boolean(cells) => bytes(cells),
            Cells::Integer(cells) | Cells::Date(cells) => bytes(cells),
            Cells::BigInteger(cells)
            | Cells::Timestamp(cells)
            | Cells::TimestampWithZone(cells)
            | Cells::Time(cells) => bytes(cells),
            Cells::Real(cells) => bytes(cells),
            Cells::Double(cells) => bytes(cells),
            Cells::Uuid(cells) => bytes(cells),
            Cells::Numeric(cells) | Cells::Text(cells) | Cells::Json(cells) | Cells::Array(cells) => {
                cells.memory()
            }
        };
        cells + self.nulls.as_ref().map_or(0, bytes)
    }

    /// Returns the column with row `i` taken from row `order[i]`.
    pub fn reorder(self, order: &[u32]) -> Column {
        fn gather<T: Copy>(cells: Vec<T>, order: &[u32]) -> Vec<T> {
            order.iter().filter_map(|row| cells.get(*row as usize).copied()).collect()
        }
        let cells = match self.cells {
            Cells::Boolean(cells) => Cells::Boolean(gather(cells, order)),
            Cells::Integer(cells) => Cells::Integer(gather(cells, order)),
            Cells::BigInteger(cells) => Cells::BigInteger(gather(cells, order)),
            Cells::Real(cells) => Cells::Real(gather(cells, order)),
            Cells::Double(cells) => Cells::Double(gather(cells, order)),
            Cells::Date(cells) => Cells::Date(gather(cells, order)),
            Cells::Timestamp(cells) => Cells::Timestamp(gather(cells, order)),
            Cells::TimestampWithZone(cells) => Cells::TimestampWithZone(gather(cells, order)),
            Cells::Time(cells) => Cells::Time(gather(cells, order)),
            Cells::Uuid(cells) => Cells::Uuid(gather(cells, order)),
            Cells::Numeric(cells) => Cells::Numeric(cells.reorder(order)),
            Cells::Text(cells) => Cells::Text(cells.reorder(order)),
            Cells::Json(cells) => Cells::Json(cells.reorder(order)),
            Cells::Array(cells) => Cells::Array(cells.reorder(order)),
        };
        let nulls = self.nulls.map(|nulls| gather(nulls, order));
        Column { cells, nulls: nulls.filter(|nulls| nulls.contains(&true)) }
    }
}

impl Column {
    /// Joins rows of this column and of `new`, which has the same type, as `splice` describes.
    pub fn splice(&self, new: &Column, splice: &Splice) -> Column {
        use Cells::*;
        let cells = match (&self.cells, &new.cells) {
            (Boolean(old), Boolean(new)) => Boolean(splice.gather(old, new)),
            (Integer(old), Integer(new)) => Integer(splice.gather(old, new)),
            (BigInteger(old), BigInteger(new)) => BigInteger(splice.gather(old, new)),
            (Real(old), Real(new)) => Real(splice.gather(old, new)),
            (Double(old), Double(new)) => Double(splice.gather(old, new)),
            (Date(old), Date(new)) => Date(splice.gather(old, new)),
            (Timestamp(old), Timestamp(new)) => Timestamp(splice.gather(old, new)),
            (TimestampWithZone(old), TimestampWithZone(new)) => TimestampWithZone(splice.gather(old, new)),
            (Time(old), Time(new)) => Time(splice.gather(old, new)),
            (Uuid(old), Uuid(new)) => Uuid(splice.gather(old, new)),
            (Numeric(old), Numeric(new)) => Numeric(old.splice(new, splice)),
            (Text(old), Text(new)) => Text(old.splice(new, splice)),
            (Json(old), Json(new)) => Json(old.splice(new, splice)),
            (Array(old), Array(new)) => Array(old.splice(new, splice)),
            // The types differ, which the caller has excluded by comparing the collections.
            _ => return self.clone(),
        };
        Column { cells, nulls: self.spliced_nulls(new, splice) }
    }

    fn spliced_nulls(&self, new: &Column, splice: &Splice) -> Option<Vec<bool>> {
        if self.nulls.is_none() && new.nulls.is_none() {
            return None;
        }
        let mut nulls = Vec::with_capacity(splice.len());
        splice.each(|is_new, rows| match if is_new { &new.nulls } else { &self.nulls } {
            Some(flags) => nulls.extend_from_slice(flags.get(rows).unwrap_or_default()),
            None => nulls.resize(nulls.len() + rows.len(), false),
        });
        nulls.contains(&true).then_some(nulls)
    }
}

/// Collects the cells of a column in load order.
#[derive(Debug)]
pub struct ColumnBuilder {
    cells: Cells,
    text: TextBuilder,
    /// Empty before the first NULL.
    nulls: Vec<bool>,
    rows: usize,
}

impl ColumnBuilder {
    /// Makes an empty column of type `kind`.
    pub fn new(kind: ColumnType) -> ColumnBuilder {
        let text = || TextBuilder::default().finish();
        let cells = match kind {
            ColumnType::Boolean => Cells::Boolean(vec![]),
            ColumnType::Integer => Cells::Integer(vec![]),
            ColumnType::BigInteger => Cells::BigInteger(vec![]),
            ColumnType::Real => Cells::Real(vec![]),
            ColumnType::Double => Cells::Double(vec![]),
            ColumnType::Date => Cells::Date(vec![]),
            ColumnType::Timestamp => Cells::Timestamp(vec![]),
            ColumnType::TimestampWithZone => Cells::TimestampWithZone(vec![]),
            ColumnType::Time => Cells::Time(vec![]),
            ColumnType::Uuid => Cells::Uuid(vec![]),
            ColumnType::Numeric => Cells::Numeric(text()),
            ColumnType::Text => Cells::Text(text()),
            ColumnType::Json => Cells::Json(text()),
            ColumnType::Array => Cells::Array(text()),
        };
        ColumnBuilder { cells, text: TextBuilder::default(), nulls: vec![], rows: 0 }
    }

    /// Appends the value of the next row. Returns false, and appends NULL, if the value is not of
    /// the column's type or does not fit into it; the source counts that.
    #[must_use]
    pub fn push(&mut self, value: Value<'_>) -> bool {
        let fits = match (&mut self.cells, value) {
            (_, Value::Null) => {
                self.push_null();
                return true;
            }
            (Cells::Boolean(cells), Value::Boolean(value)) => {
                cells.push(value);
                true
            }
            (Cells::Integer(cells), Value::Integer(value)) => match i32::try_from(value) {
                Ok(value) => {
                    cells.push(value);
                    true
                }
                Err(_) => false,
            },
            (Cells::BigInteger(cells), Value::Integer(value))
            | (Cells::Timestamp(cells), Value::Timestamp(value))
            | (Cells::TimestampWithZone(cells), Value::TimestampWithZone(value))
            | (Cells::Time(cells), Value::Time(value)) => {
                cells.push(value);
                true
            }
            (Cells::Real(cells), Value::Real(value)) => {
                cells.push(value);
                true
            }
            (Cells::Double(cells), Value::Double(value)) => {
                cells.push(value);
                true
            }
            (Cells::Date(cells), Value::Date(value)) => {
                cells.push(value);
                true
            }
            (Cells::Uuid(cells), Value::Uuid(value)) => {
                cells.push(value);
                true
            }
            (Cells::Numeric(_), Value::Numeric(text))
            | (Cells::Text(_), Value::Text(text))
            | (Cells::Json(_), Value::Json(text))
            | (Cells::Array(_), Value::Array(text)) => {
                self.text.push(text);
                true
            }
            _ => false,
        };
        if !fits {
            self.push_null();
            return false;
        }
        self.rows += 1;
        if !self.nulls.is_empty() {
            self.nulls.push(false);
        }
        true
    }

    fn push_null(&mut self) {
        match &mut self.cells {
            Cells::Boolean(cells) => cells.push(false),
            Cells::Integer(cells) | Cells::Date(cells) => cells.push(0),
            Cells::BigInteger(cells)
            | Cells::Timestamp(cells)
            | Cells::TimestampWithZone(cells)
            | Cells::Time(cells) => cells.push(0),
            Cells::Real(cells) => cells.push(0.0),
            Cells::Double(cells) => cells.push(0.0),
            Cells::Uuid(cells) => cells.push(0),
            Cells::Numeric(_) | Cells::Text(_) | Cells::Json(_) | Cells::Array(_) => self.text.push(""),
        }
        if self.nulls.is_empty() {
            self.nulls = vec![false; self.rows];
        }
        self.nulls.push(true);
        self.rows += 1;
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns the finished column, in load order.
    pub fn finish(self) -> Column {
        let cells = match self.cells {
            Cells::Numeric(_) => Cells::Numeric(self.text.finish()),
            Cells::Text(_) => Cells::Text(self.text.finish()),
            Cells::Json(_) => Cells::Json(self.text.finish()),
            Cells::Array(_) => Cells::Array(self.text.finish()),
            other => other,
        };
        Column { cells, nulls: (!self.nulls.is_empty()).then_some(self.nulls) }
    }
}
