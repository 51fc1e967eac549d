//! The type of a column of text, from all its values.

use super::values;
use crate::catalog::ColumnType;

/// The types a column may still have, narrowed by each value.
#[derive(Clone, Copy, Debug)]
pub struct Guess {
    boolean: bool,
    integer: bool,
    big_integer: bool,
    double: bool,
    date: bool,
    timestamp: bool,
    has_values: bool,
    /// Whether a value is missing.
    pub has_nulls: bool,
}

impl Default for Guess {
    fn default() -> Self {
        Guess {
            boolean: true,
            integer: true,
            big_integer: true,
            double: true,
            date: true,
            timestamp: true,
            has_values: false,
            has_nulls: false,
        }
    }
}

impl Guess {
    /// Takes the next value into account; an empty one is NULL and fits every type.
    pub fn see(&mut self, text: &str) {
        if text.is_empty() {
            self.has_nulls = true;
            return;
        }
        self.has_values = true;
        self.boolean = self.boolean && matches!(text, "true" | "false");
        let is_whole = (self.big_integer || self.double) && is_whole(text);
        self.integer = self.integer && is_whole && text.parse::<i32>().is_ok();
        self.big_integer = self.big_integer && is_whole && text.parse::<i64>().is_ok();
        self.double = self.double && is_double(text);
        self.date = self.date && text.len() == 10 && values::date(text).is_some();
        let is_long = text.len() > 10 && text.starts_with(|letter: char| letter.is_ascii_digit());
        self.timestamp = self.timestamp && is_long && values::timestamp(text).is_some();
    }

    /// The narrowest type that all values fit without loss; text where there were none.
    pub fn kind(self) -> ColumnType {
        match self {
            Guess { has_values: false, .. } => ColumnType::Text,
            Guess { boolean: true, .. } => ColumnType::Boolean,
            Guess { integer: true, .. } => ColumnType::Integer,
            Guess { big_integer: true, .. } => ColumnType::BigInteger,
            Guess { double: true, .. } => ColumnType::Double,
            Guess { date: true, .. } => ColumnType::Date,
            Guess { timestamp: true, .. } => ColumnType::Timestamp,
            _ => ColumnType::Text,
        }
    }
}

/// Whether `text` is a whole number without needless zeros: 007 is a name, and 05315000 a key.
fn is_whole(text: &str) -> bool {
    match text.strip_prefix('-').unwrap_or(text).as_bytes() {
        [b'0'] => !text.starts_with('-'),
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Whether `text` is a number that a 64-bit float gives back: at most 17 digits, with a point if it has a
/// fraction.
fn is_double(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_exponent = all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    let is_short = digits.len() + fraction.len() <= 17;
    is_short
        && is_whole(digits)
        && all_digits(fraction)
        && is_exponent
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(values: &[&str]) -> ColumnType {
        let mut guess = Guess::default();
        values.iter().for_each(|value| guess.see(value));
        guess.kind()
    }

    #[test]
    fn all_values_decide() {
        use ColumnType::*;
        for (values, expected) in [
            (&["true", "", "false"][..], Boolean),
            (&["1", "-2", "0"], Integer),
            (&["1", "3000000000"], BigInteger),
            (&["1", "2.5", "-0.5"], Double),
            (&["1e3"], Double),
            (&["007"], Text),
            (&["1", "007"], Text),
            (&["00.5"], Text),
            (&["-0"], Double),
            (&["99999999999999999999"], Text),
            (&["1", "x"], Text),
            (&["2024-12-31", ""], Date),
            (&["2024-02-30"], Text),
            (&["2024-12-31", "2024-12-31T12:00:00"], Text),
            (&["2024-12-31 12:00:00", "2024-12-31T12:00:00.5"], Timestamp),
            (&["2024-12-31T12:00:00Z"], Text),
            (&["", ""], Text),
            (&["1", "true"], Text),
            (&["NaN"], Text),
        ] {
            assert_eq!(kind(values), expected, "{values:?}");
        }
    }
}
