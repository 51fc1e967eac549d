//! A column to sort by.

/// A column to sort by. NULL is above every value: last ascending and first descending, which is
/// PostgreSQL's default. Values are ordered as [`filter`](super::filter) says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The position of the column in the collection. Not of JSON or arrays.
    pub column: usize,
    /// From the largest to the smallest.
    pub descending: bool,
}
