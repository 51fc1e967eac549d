//! Sums and means of a column's values, exact for whole numbers and numeric.

use super::column::Value;
use super::made::Made;
use crate::error::{Error, Result};
use crate::query::decimal::sum::{DecimalSum, quotient};

/// The significant digits of a mean that is no float.
const DIGITS_OF_A_MEAN: usize = 20;

/// A sum, while values are added.
#[derive(Debug, Default)]
pub enum Sum {
    /// The sum of no values.
    #[default]
    None,
    /// A sum of whole numbers.
    Whole(i128),
    /// A sum of decimal numbers.
    Decimal(DecimalSum),
    /// A sum of floats, and its correction (Neumaier 1974).
    Float(f64, f64),
}

impl Sum {
    /// Adds a value that is a number.
    ///
    /// # Errors
    ///
    /// Fails if the values are of several types.
    pub fn add(&mut self, value: Value<'_>) -> Result<()> {
        let sum = std::mem::replace(self, Sum::None);
        *self = match (sum, value) {
            (Sum::None, Value::Integer(value)) => Sum::Whole(value.into()),
            (Sum::Whole(sum), Value::Integer(value)) => Sum::Whole(sum.saturating_add(value.into())),
            (Sum::None, Value::Numeric(digits)) => with(DecimalSum::default(), digits),
            (Sum::Decimal(sum), Value::Numeric(digits)) => with(sum, digits),
            // The sum is already NaN or an infinity, which only another one can change.
            (Sum::Float(sum, correction), Value::Numeric(digits)) => {
                let value = double(Value::Numeric(digits));
                Sum::Float(if value.is_finite() { sum } else { sum + value }, correction)
            }
            (Sum::None, value) => Sum::Float(double(value), 0.0),
            (Sum::Float(sum, correction), value) => neumaier(sum, correction, double(value)),
            _ => return Err(Error::internal("the values of a column have several types")),
        };
        Ok(())
    }

    /// Returns the sum.
    pub fn total(self) -> Made {
        match self {
            Sum::None => Made::Null,
            Sum::Whole(sum) => Made::Exact(sum.to_string()),
            Sum::Decimal(sum) => Made::Exact(sum.digits()),
            Sum::Float(sum, correction) => Made::Double(corrected(sum, correction)),
        }
    }

    /// Returns the mean of `count` values.
    pub fn mean(self, count: u64) -> Made {
        match self {
            Sum::None => Made::Null,
            Sum::Whole(sum) => Made::Exact(quotient(&sum.to_string(), count, DIGITS_OF_A_MEAN)),
            Sum::Decimal(sum) => Made::Exact(sum.mean(count, DIGITS_OF_A_MEAN)),
            Sum::Float(sum, correction) => Made::Double(corrected(sum, correction) / count as f64),
        }
    }
}

/// Adds a number to a sum, which becomes a float with the first NaN or infinity.
fn with(mut sum: DecimalSum, digits: &str) -> Sum {
    if sum.add(digits) { Sum::Decimal(sum) } else { Sum::Float(double(Value::Numeric(digits)), 0.0) }
}

fn neumaier(sum: f64, correction: f64, value: f64) -> Sum {
    let total = sum + value;
    let lost = if sum.abs() >= value.abs() { (sum - total) + value } else { (value - total) + sum };
    Sum::Float(total, correction + lost)
}

fn corrected(sum: f64, correction: f64) -> f64 {
    if sum.is_finite() { sum + correction } else { sum }
}

/// Returns a number as the nearest 64-bit float.
pub fn double(value: Value<'_>) -> f64 {
    match value {
        Value::Integer(value) => value as f64,
        Value::Real(value) => value.into(),
        Value::Double(value) => value,
        // Rust accepts PostgreSQL's words for NaN and infinities too.
        Value::Numeric(digits) => digits.parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(values: &[Value<'_>]) -> Made {
        let mut sum = Sum::None;
        values.iter().for_each(|value| sum.add(*value).unwrap());
        sum.total()
    }

    #[test]
    fn sums_keep_every_digit() {
        let big = Value::Integer(i64::MAX);
        assert_eq!(total(&[big, big, big]), Made::Exact("27670116110564327421".into()));
        let numeric = [Value::Numeric("123456789012345678901234567890.10"), Value::Numeric("0.002")];
        assert_eq!(total(&numeric), Made::Exact("123456789012345678901234567890.102".into()));
        assert_eq!(
            total(&[Value::Double(1e16), Value::Double(1.0), Value::Double(-1e16)]),
            Made::Double(1.0)
        );
        let nan = total(&[Value::Numeric("1"), Value::Numeric("NaN"), Value::Numeric("2")]);
        assert!(matches!(nan, Made::Double(value) if value.is_nan()));
        // A number with an exponent is no sequence of digits, and takes no memory for them.
        assert!(matches!(total(&[Value::Numeric("1e999999999")]), Made::Double(_)));
        assert_eq!(total(&[]), Made::Null);
    }

    #[test]
    fn means_are_those_of_sql() {
        let mut sum = Sum::None;
        [1, 2, 2].iter().for_each(|value| sum.add(Value::Integer(*value)).unwrap());
        assert_eq!(sum.mean(3), Made::Exact("1.6666666666666666667".into()));
    }
}
