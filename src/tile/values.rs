//! The values of a tile's layer: each distinct one written once (MVT 2.1 section 4.4).
//!
//! Stated choices for types that MVT has none for: dates, times and UUIDs are their ISO text, numeric is the
//! nearest double, JSON and arrays are their JSON text. NULL is an absent attribute. Text over
//! [`LONGEST_TEXT`] is left out of tiles; `items/{fid}` has it.

use foldhash::HashMap;

use super::geometry::varint;
use crate::layer::column::{self, Cells};
use crate::layer::text::TextColumn;
use crate::layer::{Column, Value, view};

/// The longest text in bytes that a tile carries.
pub const LONGEST_TEXT: usize = 4096;

const UNSEEN: u32 = u32::MAX;
const SMALL: usize = 4096;

/// The value table of one layer of one tile.
#[derive(Debug)]
pub struct ValueTable<'a> {
    encoded: Vec<u8>,
    count: u32,
    texts: HashMap<&'a str, u32>,
    made_texts: HashMap<String, u32>,
    doubles: HashMap<u64, u32>,
    reals: HashMap<u32, u32>,
    integers: HashMap<i64, u32>,
    /// Indexes of the whole numbers 0..4096, which are most.
    small_integers: Vec<u32>,
    booleans: [u32; 2],
}

impl Default for ValueTable<'_> {
    fn default() -> Self {
        ValueTable {
            encoded: vec![],
            count: 0,
            texts: HashMap::default(),
            made_texts: HashMap::default(),
            doubles: HashMap::default(),
            reals: HashMap::default(),
            integers: HashMap::default(),
            small_integers: vec![],
            booleans: [UNSEEN; 2],
        }
    }
}

/// A column as a tile reads it, with the indexes its dictionary has got so far.
#[derive(Debug)]
pub struct TileColumn<'a> {
    column: &'a Column,
    /// The position of the column's name in the layer's keys.
    pub key: u32,
    codes: Vec<u32>,
}

impl<'a> TileColumn<'a> {
    /// Reads `column` under key number `key`.
    pub fn new(column: &'a Column, key: u32) -> TileColumn<'a> {
        let distinct = match column.cells() {
            Cells::Text(TextColumn::Dictionary { values, .. }) => values.len(),
            _ => 0,
        };
        // Above that, clearing the table for each tile would cost more than hashing.
        let codes = if distinct <= SMALL { vec![UNSEEN; distinct] } else { vec![] };
        TileColumn { column, key, codes }
    }

    /// The index of the row's value, or None for NULL and for what tiles leave out.
    #[inline]
    pub fn index(&mut self, row: u32, table: &mut ValueTable<'a>) -> Option<u32> {
        let row = row as usize;
        if self.column.is_null(row) {
            return None;
        }
        if let Cells::Text(TextColumn::Dictionary { codes, values }) = self.column.cells()
            && let Some(code) = codes.get(row)
            && let Some(known) = self.codes.get_mut(*code as usize)
        {
            if *known == UNSEEN {
                *known = table.text(values.get(*code as usize))?;
            }
            return Some(*known);
        }
        table.value(self.column.get(row))
    }
}

impl<'a> ValueTable<'a> {
    fn value(&mut self, value: Value<'a>) -> Option<u32> {
        match value {
            Value::Null => None,
            Value::Boolean(value) => Some(self.boolean(value)),
            Value::Integer(value) => Some(self.integer(value)),
            Value::Real(value) => Some(self.real(value)),
            Value::Double(value) => Some(self.double(value)),
            Value::Numeric(text) => text.parse().ok().map(|value| self.double(value)),
            Value::Text(text) | Value::Json(text) | Value::Array(text) => self.text(text),
            Value::Date(days) => Some(self.made_text(column::date_text(days))),
            other => Some(self.made_text(view::plain_text(other))),
        }
    }

    fn text(&mut self, text: &'a str) -> Option<u32> {
        if text.len() > LONGEST_TEXT {
            return None;
        }
        if let Some(index) = self.texts.get(text) {
            return Some(*index);
        }
        let index = self.add_text(text);
        self.texts.insert(text, index);
        Some(index)
    }

    fn made_text(&mut self, text: String) -> u32 {
        if let Some(index) = self.made_texts.get(&text) {
            return *index;
        }
        let index = self.add_text(&text);
        self.made_texts.insert(text, index);
        index
    }

    fn add_text(&mut self, text: &str) -> u32 {
        let mut length = vec![];
        varint(&mut length, text.len() as u64);
        // Field 4 of the layer, a message; in it field 1, string_value.
        self.encoded.push(4 << 3 | 2);
        varint(&mut self.encoded, (1 + length.len() + text.len()) as u64);
        self.encoded.push(1 << 3 | 2);
        self.encoded.extend_from_slice(&length);
        self.encoded.extend_from_slice(text.as_bytes());
        self.added()
    }

    fn added(&mut self) -> u32 {
        self.count += 1;
        self.count - 1
    }

    /// Appends a value message of one scalar field.
    fn add_scalar(&mut self, message: &[u8]) -> u32 {
        self.encoded.push(4 << 3 | 2);
        self.encoded.push(message.len() as u8);
        self.encoded.extend_from_slice(message);
        self.added()
    }

    fn boolean(&mut self, value: bool) -> u32 {
        let known = self.booleans[usize::from(value)];
        if known != UNSEEN {
            return known;
        }
        let index = self.add_scalar(&[7 << 3, u8::from(value)]);
        self.booleans[usize::from(value)] = index;
        index
    }

    fn integer(&mut self, value: i64) -> u32 {
        if let Some(small) = usize::try_from(value).ok().filter(|value| *value < SMALL) {
            if self.small_integers.is_empty() {
                self.small_integers = vec![UNSEEN; SMALL];
            }
            match self.small_integers.get(small) {
                Some(&UNSEEN) | None => {
                    let index = self.add_integer(value);
                    if let Some(place) = self.small_integers.get_mut(small) {
                        *place = index;
                    }
                    return index;
                }
                Some(index) => return *index,
            }
        }
        if let Some(index) = self.integers.get(&value) {
            return *index;
        }
        let index = self.add_integer(value);
        self.integers.insert(value, index);
        index
    }

    /// uint_value where it fits, else sint_value, as ST_AsMVT does.
    fn add_integer(&mut self, value: i64) -> u32 {
        let mut message = vec![];
        match u64::try_from(value) {
            Ok(value) => {
                message.push(5 << 3);
                varint(&mut message, value);
            }
            Err(_) => {
                message.push(6 << 3);
                varint(&mut message, ((value << 1) ^ (value >> 63)) as u64);
            }
        }
        self.add_scalar(&message)
    }

    fn real(&mut self, value: f32) -> u32 {
        if let Some(index) = self.reals.get(&value.to_bits()) {
            return *index;
        }
        let mut message = vec![2 << 3 | 5];
        message.extend_from_slice(&value.to_le_bytes());
        let index = self.add_scalar(&message);
        self.reals.insert(value.to_bits(), index);
        index
    }

    fn double(&mut self, value: f64) -> u32 {
        if let Some(index) = self.doubles.get(&value.to_bits()) {
            return *index;
        }
        let mut message = vec![3 << 3 | 1];
        message.extend_from_slice(&value.to_le_bytes());
        let index = self.add_scalar(&message);
        self.doubles.insert(value.to_bits(), index);
        index
    }

    /// All values as fields of the layer message.
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }
}
