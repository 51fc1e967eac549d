//! Keys as the ids of features in tiles, and keys that are none.
//!
//! MVT's ids are whole numbers from 0, and in the JavaScript of map clients numbers above 2⁵³ − 1
//! run into each other. Where some key of a layer is beyond that, the key is an attribute of all
//! its features too, and beyond it no feature has an id.

use std::sync::atomic::Ordering;

use super::column::{Cells, Column, Value};
use super::resident::Layer;

/// The greatest id: JavaScript's `Number.MAX_SAFE_INTEGER`.
pub const GREATEST: i64 = (1 << 53) - 1;

/// A key of one whole number, as tiles have it.
#[derive(Clone, Copy, Debug)]
pub struct TileId<'a> {
    /// The position of its column in the collection.
    pub index: usize,
    /// Its column.
    pub column: &'a Column,
    /// Whether it is an attribute of all features as well.
    pub is_attribute: bool,
}

impl TileId<'_> {
    /// The id of a row, where its key is one.
    pub fn of(&self, row: u32) -> Option<u64> {
        match self.column.get(row as usize) {
            Value::Integer(key) if is_id(key) => u64::try_from(key).ok(),
            _ => None,
        }
    }
}

/// Whether a key can be an id.
pub fn is_id(key: i64) -> bool {
    (0..=GREATEST).contains(&key)
}

impl Layer {
    /// The position and the column of a key of one whole number.
    pub(super) fn integer_key(&self) -> Option<(usize, &Column)> {
        let [index] = self.key[..] else { return None };
        let column = self.columns.get(index)?;
        matches!(column.cells(), Cells::Integer(_) | Cells::BigInteger(_)).then_some((index, column))
    }

    /// Whether some key, of one whole number, is no id of a tile. Rows lie in the order of keys, so
    /// the first and the last say so for all.
    pub fn has_keys_beyond_ids(&self) -> bool {
        let Some((_, column)) = self.integer_key() else { return false };
        let ends = [self.by_key.first(), self.by_key.last()].into_iter().flatten();
        let is_beyond = |row: &u32| matches!(column.get(*row as usize), Value::Integer(key) if !is_id(key));
        self.seen_beyond.0.load(Ordering::Relaxed) || ends.into_iter().any(is_beyond)
    }

    /// Of rows that stay in a database: what `all` of them are known for holds for these, and the
    /// other way round.
    pub fn share_keys_beyond_ids(&self, all: &Layer) {
        if self.has_keys_beyond_ids() {
            all.know_keys_beyond_ids(true);
        } else if all.has_keys_beyond_ids() {
            self.know_keys_beyond_ids(true);
        }
    }

    /// Of rows that stay in a database, whether some of their keys are no ids.
    pub fn know_keys_beyond_ids(&self, are_there: bool) {
        self.seen_beyond.0.store(are_there, Ordering::Relaxed);
    }

    /// Whether [`has_keys_beyond_ids`](Self::has_keys_beyond_ids) has another answer, where the key
    /// may be seen.
    pub(super) fn turns_keys_of(&self, old: &Layer) -> bool {
        !self.hides_key() && self.has_keys_beyond_ids() != old.has_keys_beyond_ids()
    }
}
