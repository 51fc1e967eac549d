//! Keys as ids of features in tiles, and keys that cannot be ids.
//!
//! Ids in MVT are whole numbers from 0, and the JavaScript of map clients cannot tell numbers above
//! 2⁵³ − 1 apart. If some key of a layer is out of this range, the key is an attribute of all
//! features as well, and features with such keys have no id.

use std::sync::atomic::Ordering;

use super::column::{Cells, Column, Value};
use super::resident::Layer;

/// The greatest id: JavaScript's `Number.MAX_SAFE_INTEGER`.
pub const GREATEST: i64 = (1 << 53) - 1;

/// A key of one whole number, as the id in tiles.
#[derive(Clone, Copy, Debug)]
pub struct TileId<'a> {
    /// The position of its column in the collection.
    pub index: usize,
    /// The column of the key.
    pub column: &'a Column,
    /// Whether it is also an attribute of all features.
    pub is_attribute: bool,
}

impl TileId<'_> {
    /// Returns the id of a row; None if its key cannot be one.
    pub fn of(&self, row: u32) -> Option<u64> {
        match self.column.get(row as usize) {
            Value::Integer(key) if is_id(key) => u64::try_from(key).ok(),
            _ => None,
        }
    }
}

/// Returns whether a key can be an id.
pub fn is_id(key: i64) -> bool {
    (0..=GREATEST).contains(&key)
}

impl Layer {
    /// Returns the position and the column of a key that is one whole number.
    pub(super) fn integer_key(&self) -> Option<(usize, &Column)> {
        let [index] = self.key[..] else { return None };
        let column = self.columns.get(index)?;
        matches!(column.cells(), Cells::Integer(_) | Cells::BigInteger(_)).then_some((index, column))
    }

    /// Returns whether some key, which is one whole number, cannot be an id. The rows are known in
    /// the order of their keys, so the first and the last one decide.
    pub fn has_keys_beyond_ids(&self) -> bool {
        let Some((_, column)) = self.integer_key() else { return false };
        let ends = [self.by_key.first(), self.by_key.last()].into_iter().flatten();
        let is_beyond = |row: &u32| matches!(column.get(*row as usize), Value::Integer(key) if !is_id(key));
        self.seen_beyond.0.load(Ordering::Relaxed) || ends.into_iter().any(is_beyond)
    }

    /// Shares what is known about keys between this layer, which has some rows of a database, and
    /// the layer of `all` of them.
    pub fn share_keys_beyond_ids(&self, all: &Layer) {
        if self.has_keys_beyond_ids() {
            all.know_keys_beyond_ids(true);
        } else if all.has_keys_beyond_ids() {
            self.know_keys_beyond_ids(true);
        }
    }

    /// Sets, for rows in a database, whether some of their keys cannot be ids.
    pub fn know_keys_beyond_ids(&self, are_there: bool) {
        self.seen_beyond.0.store(are_there, Ordering::Relaxed);
    }

    /// Returns whether the result of [`has_keys_beyond_ids`](Self::has_keys_beyond_ids) differs
    /// from that of `old`, if the key is visible.
    pub(super) fn turns_keys_of(&self, old: &Layer) -> bool {
        !self.hides_key() && self.has_keys_beyond_ids() != old.has_keys_beyond_ids()
    }
}
