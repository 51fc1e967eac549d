//! The result of aggregating the values of a group.

/// The result of aggregating the values of a group.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// No result, because there were no values.
    Null,
    /// A whole or decimal number, as its digits.
    Exact(String),
    /// A 64-bit float.
    Double(f64),
    /// The value of the column at a position, in a row.
    Cell(usize, u32),
}
