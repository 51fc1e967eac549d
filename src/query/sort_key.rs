//! A column to sort by.

/// A column to sort by. NULL is greater than every value: last if ascending, first if descending,
/// as in PostgreSQL by default. Other values are ordered as described in [`filter`](super::filter).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The position of the column in the collection. JSON and arrays cannot be sorted by.
    pub column: usize,
    /// Whether the order is descending.
    pub descending: bool,
}

impl SortKey {
    /// Returns the same key with the number of its column among the `visible` ones (ascending). It
    /// tells nothing of hidden columns.
    pub fn among(self, visible: &[usize]) -> SortKey {
        SortKey { column: visible.partition_point(|column| *column < self.column), ..self }
    }
}
