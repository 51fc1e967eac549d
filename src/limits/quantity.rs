//! The types of limits, each converted to and from a number.

use std::time::Duration;

/// A type of a field of [`Limits`](super::Limits), converted to and from a number in the limit's
/// [`Unit`](super::Unit).
pub trait Quantity: Sized {
    /// Returns the number in the unit of the limit.
    fn number(self) -> u64;
    /// Makes the value of such a number.
    fn from_number(number: u64) -> Self;
}

impl Quantity for usize {
    fn number(self) -> u64 {
        u64::try_from(self).unwrap_or(u64::MAX)
    }

    fn from_number(number: u64) -> usize {
        usize::try_from(number).unwrap_or(usize::MAX)
    }
}

impl Quantity for u8 {
    fn number(self) -> u64 {
        u64::from(self)
    }

    fn from_number(number: u64) -> u8 {
        u8::try_from(number).unwrap_or(u8::MAX)
    }
}

impl Quantity for Duration {
    fn number(self) -> u64 {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX)
    }

    fn from_number(number: u64) -> Duration {
        Duration::from_millis(number)
    }
}
