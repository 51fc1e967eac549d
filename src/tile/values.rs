//! The values of a tile's layer: each distinct one written once (MVT 2.1 section 4.4).
//!
//! Stated choices for types that MVT has none for: dates, times and UUIDs are their ISO text,
//! numeric is the nearest double, JSON and arrays are their JSON text. NULL is an absent attribute.
//! Text over [`LONGEST_TEXT`] is left out of tiles; `items/{fid}` has it.

use foldhash::HashMap;

use super::geometry::{varint, varint_length};
use crate::layer::column::Cells;
use crate::layer::text::{Arena, TextColumn};
use crate::layer::{Column, Value, value_text};

/// The longest text in bytes that a tile carries.
pub const LONGEST_TEXT: usize = 4096;

const UNSEEN: u32 = u32::MAX;
const SMALL: usize = 4096;

/// What outlives a table.
#[derive(Debug, Default)]
pub struct ValueRoom {
    /// The bytes of the last table.
    pub encoded: Vec<u8>,
    small_integers: SmallIntegers,
}

/// Indexes of the whole numbers 0..4096, which are most.
#[derive(Debug, Default)]
struct SmallIntegers {
    indexes: Vec<u32>,
    /// Which were set: a small tile sets few, and forgetting all would cost more than making it.
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
    /// By column: whether a text is looked up depends on how its column is kept, which the bytes
    /// must not show.
    texts: HashMap<(u32, &'a str), u32>,
    made_texts: HashMap<String, u32>,
    doubles: HashMap<u64, u32>,
    reals: HashMap<u32, u32>,
    integers: HashMap<i64, u32>,
    small_integers: SmallIntegers,
    booleans: [u32; 2],
}

impl ValueTable<'_> {
    /// An empty table that writes into `room`, which it clears.
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

/// A column as a tile reads it.
#[derive(Debug)]
pub struct TileColumn<'a> {
    /// The position of the column's name in the layer's keys.
    pub key: u32,
    nulls: Option<&'a [bool]>,
    cells: TileCells<'a>,
}

/// The cells by how their values get their indexes; the common kinds the shortest way.
#[derive(Debug)]
enum TileCells<'a> {
    /// Texts that repeat, with the indexes their numbers have got so far.
    Dictionary {
        codes: &'a [u32],
        values: &'a Arena,
        known: Vec<u32>,
    },
    /// Texts of which no two are equal: there is nothing to look up.
    Distinct(&'a Arena),
    Integer(&'a [i32]),
    BigInteger(&'a [i64]),
    Other(&'a Column),
}

impl<'a> TileColumn<'a> {
    /// Reads `column` under key number `key`.
    pub fn new(column: &'a Column, key: u32) -> TileColumn<'a> {
        let cells = match column.cells() {
            // With more distinct texts, clearing the table for each tile would cost more than
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

    /// The index of the row's value, or None for NULL and for what tiles leave out.
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

    /// A text that has not been written for its column. For another it may have been: then it is
    /// written twice, which the standard allows.
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

    /// Appends a value message of one scalar field.
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

    /// uint_value where it fits, else sint_value, as ST_AsMVT does.
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

    /// All values as fields of the layer message.
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// Gives the room back.
    pub fn into_room(self) -> ValueRoom {
        ValueRoom { encoded: self.encoded, small_integers: self.small_integers }
    }
}
