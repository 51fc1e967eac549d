//! The values of a layer of a tile. Each distinct value is written once (Mapbox Vector Tile 2.1,
//! 4.4).
//!
//! Some types have no counterpart in the standard. Dates, times and UUIDs are written as their ISO
//! text, numeric values as the nearest double, JSON and arrays as their JSON text. NULL is an
//! absent attribute. A text that is longer than [`LONGEST_TEXT`] is not part of a tile, but of
//! `items/{fid}`.

use foldhash::HashMap;

use super::geometry::{varint, varint_length};
use crate::layer::column::Cells;
use crate::layer::text::{Arena, TextColumn};
use crate::layer::{Column, Value, value_text};

/// The maximum length of a text in a tile, in bytes.
pub const LONGEST_TEXT: usize = 4096;

const UNSEEN: u32 = u32::MAX;
const SMALL: usize = 4096;

/// Buffers that are reused from table to table.
#[derive(Debug, Default)]
pub struct ValueRoom {
    /// The bytes of the previous table.
    pub encoded: Vec<u8>,
    small_integers: SmallIntegers,
}

/// The indexes of the whole numbers from 0 to 4095, which most integers are.
#[derive(Debug, Default)]
struct SmallIntegers {
    indexes: Vec<u32>,
    /// The numbers that have an index. A small tile sets few, and clearing all entries would take
    /// longer than making the tile.
    set: Vec<u16>,
}

impl SmallIntegers {
    fn clear(&mut self) {
        for number in self.set.drain(..) {
            if let Some(index) = self.indexes.get_mut(usize::from(number)) {
                *index = UNSEEN;
            }
        }
    }

    fn get(&self, number: usize) -> Option<u32> {
        self.indexes.get(number).copied().filter(|index| *index != UNSEEN)
    }

    fn set(&mut self, number: usize, index: u32) {
        if self.indexes.is_empty() {
            self.indexes.resize(SMALL, UNSEEN);
        }
        if let Some(place) = self.indexes.get_mut(number) {
            *place = index;
            self.set.push(number as u16);
        }
    }
}

/// The value table of one layer of one tile.
#[derive(Debug)]
pub struct ValueTable<'a> {
    encoded: Vec<u8>,
    count: u32,
    /// The indexes of texts by column. The same text of two columns is written twice, so that the
    /// bytes do not depend on how a column is stored.
    texts: HashMap<(u32, &'a str), u32>,
    made_texts: HashMap<String, u32>,
    doubles: HashMap<u64, u32>,
    reals: HashMap<u32, u32>,
    integers: HashMap<i64, u32>,
    small_integers: SmallIntegers,
    booleans: [u32; 2],
}

impl ValueTable<'_> {
    /// Creates an empty table that writes into `room`.
    pub fn new(mut room: ValueRoom) -> Self {
        room.encoded.clear();
        room.small_integers.clear();
        ValueTable {
            encoded: room.encoded,
            count: 0,
            texts: HashMap::default(),
            made_texts: HashMap::default(),
            doubles: HashMap::default(),
            reals: HashMap::default(),
            integers: HashMap::default(),
            small_integers: room.small_integers,
            booleans: [UNSEEN; 2],
        }
    }
}

/// A column and the way in which its values get indexes.
#[derive(Debug)]
pub struct TileColumn<'a> {
    /// The index of the column's name among the keys of the layer.
    pub key: u32,
    nulls: Option<&'a [bool]>,
    cells: TileCells<'a>,
}

/// The cells of a column. The common types have a fast path.
#[derive(Debug)]
enum TileCells<'a> {
    /// Texts that repeat, and the indexes that their codes have got so far.
    Dictionary {
        codes: &'a [u32],
        values: &'a Arena,
        known: Vec<u32>,
    },
    /// Texts that are all different, so there is nothing to look up.
    Distinct(&'a Arena),
    Integer(&'a [i32]),
    BigInteger(&'a [i64]),
    Other(&'a Column),
}

impl<'a> TileColumn<'a> {
    /// Creates a column with the index of its name among the keys.
    pub fn new(column: &'a Column, key: u32) -> TileColumn<'a> {
        let cells = match column.cells() {
            // With more distinct texts, clearing the table for each tile would take longer than
            // hashing.
            Cells::Text(TextColumn::Dictionary { codes, values }) if values.len() <= SMALL => {
                TileCells::Dictionary { codes, values, known: vec![UNSEEN; values.len()] }
            }
            Cells::Text(TextColumn::Arena { values, distinct: true }) => TileCells::Distinct(values),
            Cells::Integer(cells) => TileCells::Integer(cells),
            Cells::BigInteger(cells) => TileCells::BigInteger(cells),
            _ => TileCells::Other(column),
        };
        TileColumn { key, nulls: column.nulls(), cells }
    }

    /// Returns the index of a row's value; None for NULL and for values that tiles leave out.
    #[inline]
    pub fn index(&mut self, row: u32, table: &mut ValueTable<'a>) -> Option<u32> {
        let row = row as usize;
        if self.nulls.is_some_and(|nulls| nulls.get(row).copied().unwrap_or(true)) {
            return None;
        }
        match &mut self.cells {
            TileCells::Dictionary { codes, values, known } => {
                let code = *codes.get(row)? as usize;
                let known = known.get_mut(code)?;
                if *known == UNSEEN {
                    *known = table.distinct_text(values.get(code))?;
                }
                Some(*known)
            }
            TileCells::Distinct(values) => table.distinct_text(values.get(row)),
            TileCells::Integer(cells) => cells.get(row).map(|value| table.integer(i64::from(*value))),
            TileCells::BigInteger(cells) => cells.get(row).map(|value| table.integer(*value)),
            TileCells::Other(column) => table.value(self.key, column.get(row)),
        }
    }
}

impl<'a> ValueTable<'a> {
    fn value(&mut self, key: u32, value: Value<'a>) -> Option<u32> {
        match value {
            Value::Null => None,
            Value::Boolean(value) => Some(self.boolean(value)),
            Value::Integer(value) => Some(self.integer(value)),
            Value::Real(value) => Some(self.real(value)),
            Value::Double(value) => Some(self.double(value)),
            Value::Numeric(text) => text.parse().ok().map(|value| self.double(value)),
            Value::Text(text) | Value::Json(text) | Value::Array(text) => self.text(key, text),
            Value::Date(days) => Some(self.made_text(value_text::date_text(days))),
            other => Some(self.made_text(value_text::plain_text(other))),
        }
    }

    fn text(&mut self, key: u32, text: &'a str) -> Option<u32> {
        if text.len() > LONGEST_TEXT {
            return None;
        }
        if let Some(index) = self.texts.get(&(key, text)) {
            return Some(*index);
        }
        let index = self.add_text(text);
        self.texts.insert((key, text), index);
        Some(index)
    }

    /// Adds a text that has not been written for its column. Another column may have written it.
    /// Then it is written twice, which the standard allows.
    fn distinct_text(&mut self, text: &str) -> Option<u32> {
        (text.len() <= LONGEST_TEXT).then(|| self.add_text(text))
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
        // Field 4 of the layer, a message; in it field 1, string_value.
        self.encoded.push(4 << 3 | 2);
        varint(&mut self.encoded, (1 + varint_length(text.len() as u64) + text.len()) as u64);
        self.encoded.push(1 << 3 | 2);
        varint(&mut self.encoded, text.len() as u64);
        self.encoded.extend_from_slice(text.as_bytes());
        self.added()
    }

    fn added(&mut self) -> u32 {
        self.count += 1;
        self.count - 1
    }

    /// Appends a value message with one scalar field.
    fn add_scalar(&mut self, message: &[u8]) -> u32 {
        self.encoded.push(4 << 3 | 2);
        self.encoded.push(message.len() as u8);
        self.encoded.extend_from_slice(message);
        self.added()
    }

    fn boolean(&mut self, value: bool) -> u32 {
        let place = usize::from(value);
        if let Some(known) = self.booleans.get(place).filter(|known| **known != UNSEEN) {
            return *known;
        }
        let index = self.add_scalar(&[7 << 3, u8::from(value)]);
        if let Some(slot) = self.booleans.get_mut(place) {
            *slot = index;
        }
        index
    }

    fn integer(&mut self, value: i64) -> u32 {
        if let Some(small) = usize::try_from(value).ok().filter(|value| *value < SMALL) {
            if let Some(index) = self.small_integers.get(small) {
                return index;
            }
            let index = self.add_integer(value);
            self.small_integers.set(small, index);
            return index;
        }
        if let Some(index) = self.integers.get(&value) {
            return *index;
        }
        let index = self.add_integer(value);
        self.integers.insert(value, index);
        index
    }

    /// Appends uint_value if the number is not negative, and sint_value otherwise, like ST_AsMVT.
    fn add_integer(&mut self, value: i64) -> u32 {
        let (field, number) = match u64::try_from(value) {
            Ok(value) => (5, value),
            Err(_) => (6, ((value << 1) ^ (value >> 63)) as u64),
        };
        self.encoded.extend([4 << 3 | 2, 1 + varint_length(number) as u8, field << 3]);
        varint(&mut self.encoded, number);
        self.added()
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

    /// Returns all values as fields of the layer message.
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// Returns the buffers.
    pub fn into_room(self) -> ValueRoom {
        ValueRoom { encoded: self.encoded, small_integers: self.small_integers }
    }
}
