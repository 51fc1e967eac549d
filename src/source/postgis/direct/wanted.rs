//! What a statement reads, and in which order.

/// What a statement reads, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The positions of the columns that are read; all others are NULL.
    pub columns: &'a [usize],
    /// Whether the geometry is read.
    pub geometry: bool,
    /// The order of rows with equal sort values.
    pub order: RowOrder<'a>,
}

/// The order of rows with equal sort values. Only rows that look alike are equal in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOrder<'a> {
    /// By the key.
    Key,
    /// By what the caller sees, because the key is hidden: by the geometry, which PostGIS orders
    /// along a curve, and then by the columns at these positions.
    Seen(&'a [usize]),
}
