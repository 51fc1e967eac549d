//! A value in a query, with the type of the column that it is compared with.

use super::decimal;
use crate::catalog::{ColumnType, moment};
use crate::error::{Error, Result, said, template};

/// A typed value.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// true or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any number, as a 64-bit float.
    Number(f64),
    /// A decimal number in its shortest digits (see [`decimal::shortest`]).
    Decimal(String),
    /// Text, compared byte by byte.
    Text(String),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01T00:00:00, in UTC, or without a zone if the column has none.
    Timestamp(i64),
    /// Microseconds since midnight.
    Time(i64),
    /// A UUID.
    Uuid(u128),
}

impl Literal {
    /// Reads `text` as a value of a column of type `kind`.
    ///
    /// # Errors
    ///
    /// Fails and names `parameter` if the text is no value of this type.
    ///
    /// # Examples
    ///
    /// ```
    /// use veedel::catalog::ColumnType;
    /// use veedel::query::Literal;
    ///
    /// let date = Literal::parse("built", "1970-01-02", ColumnType::Date);
    /// assert_eq!(date.unwrap(), Literal::Date(1));
    /// assert!(Literal::parse("floors", "three", ColumnType::Integer).is_err());
    /// ```
    pub fn parse(parameter: &str, text: &str, kind: ColumnType) -> Result<Literal> {
        use ColumnType::*;
        let literal = match kind {
            Boolean => match text {
                "true" | "1" => Some(Literal::Boolean(true)),
                "false" | "0" => Some(Literal::Boolean(false)),
                _ => None,
            },
            Integer | BigInteger => text.parse().ok().map(Literal::Integer),
            Real | Double => text.parse().ok().filter(|value: &f64| !value.is_nan()).map(Literal::Number),
            Numeric => decimal::shortest(text).map(Literal::Decimal),
            Text | Json | Array => Some(Literal::Text(text.into())),
            Date => date_days(text).map(Literal::Date),
            Timestamp => moment::timestamp(text).map(Literal::Timestamp),
            TimestampWithZone => instant_micros(text).map(Literal::Timestamp),
            Time => time_micros(text).map(Literal::Time),
            Uuid => uuid::Uuid::parse_str(text).ok().map(|id| Literal::Uuid(id.as_u128())),
        };
        literal.ok_or_else(|| {
            Error::invalid(parameter, said!("{:?} is not a value of the column {:?}", text, parameter))
                .hint(wanted(kind))
        })
    }
}

/// Returns what a column of this type contains and how it is written, for an error.
fn wanted(kind: ColumnType) -> &'static str {
    use ColumnType::*;
    match kind {
        Boolean => template!("it is true or false"),
        Integer | BigInteger => template!("it is a whole number, such as 12"),
        Real | Double | Numeric => template!("it is a number with a decimal point, such as 12.5"),
        Text | Json | Array => template!("it is a text"),
        Date => template!("it is a date, written as 2012-12-31"),
        Timestamp => template!("it is a date and a time, written as 2012-12-31T12:00:00"),
        TimestampWithZone => template!("it is a moment, written as 2012-12-31T12:00:00Z"),
        Time => template!("it is a time, written as 12:30:00"),
        Uuid => template!("it is a UUID, such as 67e55044-10b1-426f-9247-bb680e5fe0c8"),
    }
}

impl Literal {
    /// Returns whether a column of type `kind` may hold this value, and a database accepts it.
    pub fn is_of(&self, kind: ColumnType) -> bool {
        use ColumnType::*;
        match (self, kind) {
            (Literal::Boolean(_), Boolean)
            | (Literal::Integer(_), Integer | BigInteger)
            | (Literal::Number(_), Real | Double)
            | (Literal::Date(_), Date)
            | (Literal::Timestamp(_), Timestamp | TimestampWithZone)
            | (Literal::Uuid(_), Uuid) => true,
            (Literal::Decimal(digits), Numeric) => {
                matches!(digits.as_str(), "NaN" | "Infinity" | "-Infinity")
                    || decimal::shortest(digits).is_some()
            }
            // A text in a database never contains NUL, and a statement with one would fail.
            (Literal::Text(text), Text | Json | Array) => !text.contains('\0'),
            (Literal::Time(micros), Time) => (0..=MICROSECONDS_OF_A_DAY).contains(micros),
            _ => false,
        }
    }
}

/// The last time of a day, 24:00, in microseconds since midnight.
const MICROSECONDS_OF_A_DAY: i64 = 86_400_000_000;

pub(super) fn date_days(text: &str) -> Option<i32> {
    // A parser of dates also accepts a time of day, which would be lost.
    let has_time = text.bytes().any(|byte| matches!(byte, b'T' | b't' | b' ' | b':'));
    moment::date(text).filter(|_| text.ends_with("infinity") || !has_time)
}

pub(super) fn instant_micros(text: &str) -> Option<i64> {
    moment::instant(text)
}

fn time_micros(text: &str) -> Option<i64> {
    let time: jiff::civil::Time = text.parse().ok()?;
    let midnight = jiff::civil::Time::midnight();
    let micros = midnight.until(time).ok()?.total(jiff::Unit::Microsecond).ok()?;
    Some(micros as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_the_columns_type() {
        let read = |text, kind| Literal::parse("p", text, kind).ok();
        assert_eq!(read("1970-01-02", ColumnType::Date), Some(Literal::Date(1)));
        assert_eq!(read("1969-12-31", ColumnType::Date), Some(Literal::Date(-1)));
        assert_eq!(
            read("1970-01-01T01:00:00+01:00", ColumnType::TimestampWithZone),
            Some(Literal::Timestamp(0))
        );
        assert_eq!(read("1970-01-01T00:00:01", ColumnType::Timestamp), Some(Literal::Timestamp(1_000_000)));
        assert_eq!(read("00:00:01", ColumnType::Time), Some(Literal::Time(1_000_000)));
        let end_of_time = Some(Literal::Timestamp(253_402_300_799_000_000));
        assert_eq!(read("9999-12-31T23:59:59", ColumnType::Timestamp), end_of_time);
        assert_eq!(read("9999-12-31T23:59:59Z", ColumnType::TimestampWithZone), end_of_time);
        assert_eq!(read("x", ColumnType::Integer), None);
        assert_eq!(read("yes", ColumnType::Boolean), None);
    }
}
