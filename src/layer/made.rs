//! What was made of a group's values.

/// What was made of a group's values.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// Nothing: there were no values.
    Null,
    /// A whole or decimal number, as its digits.
    Exact(String),
    /// A float.
    Double(f64),
    /// The value of a column (by position) in a row.
    Cell(usize, u32),
}
