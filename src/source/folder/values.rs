//! Converts texts and numbers of files to the type that their column is published with.
//!
//! What "2024-02-30" or "007" means as a date or a number is decided only here. A value that does
//! not fit becomes None, which the layer counts as a misfit and stores as NULL. No value is guessed
//! or rounded.

use std::fmt::Write;

use jiff::civil;

use crate::catalog::ColumnType;
pub use crate::catalog::moment::{date, has_offset, instant, timestamp};
use crate::layer::Value;

/// A value as a file stores it, before it is converted to the type of its column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Raw<'a> {
    /// true or false.
    Boolean(bool),
    /// A signed whole number of 64 bits.
    Integer(i64),
    /// An unsigned whole number beyond the range of [`Raw::Integer`].
    Large(u64),
    /// A 32-bit float.
    Real(f32),
    /// A 64-bit float.
    Double(f64),
    /// Text, which may be a date, JSON or another type.
    Text(&'a str),
}

/// Converts `raw` to a value of a column of type `kind`; None if that would lose or invent
/// anything. Text that is made, such as the digits of a number or an array without spaces, is
/// written to `scratch`.
pub fn fit<'a>(raw: Raw<'a>, kind: ColumnType, scratch: &'a mut String) -> Option<Value<'a>> {
    match raw {
        Raw::Text(text) => parse(text, kind, scratch),
        Raw::Boolean(value) => match kind {
            ColumnType::Boolean => Some(Value::Boolean(value)),
            ColumnType::Integer | ColumnType::BigInteger => Some(Value::Integer(value.into())),
            _ => digits(value, kind, scratch).filter(|_| kind == ColumnType::Text),
        },
        Raw::Integer(value) => match kind {
            ColumnType::Integer | ColumnType::BigInteger => Some(Value::Integer(value)),
            ColumnType::Boolean => (0..=1).contains(&value).then_some(Value::Boolean(value == 1)),
            ColumnType::Real => exact(value as f32 as i64 == value, Value::Real(value as f32)),
            ColumnType::Double => exact(value as f64 as i64 == value, Value::Double(value as f64)),
            _ => digits(value, kind, scratch),
        },
        Raw::Large(value) => digits(value, kind, scratch),
        Raw::Real(value) => match kind {
            ColumnType::Real => Some(Value::Real(value)),
            ColumnType::Double => Some(Value::Double(value.into())),
            _ => whole(value.into(), kind).or_else(|| digits(value, kind, scratch)),
        },
        Raw::Double(value) => match kind {
            ColumnType::Double => Some(Value::Double(value)),
            ColumnType::Real => {
                exact(f64::from(value as f32) == value || value.is_nan(), Value::Real(value as f32))
            }
            _ => whole(value, kind).or_else(|| digits(value, kind, scratch)),
        },
    }
}

/// Converts `text` to a value of a column of type `kind`; None if it does not fit.
///
/// Booleans are `true`, `false`, `t`, `f`, `1` and `0`. Numbers have a decimal point and no spaces.
/// Dates and times are ISO 8601, where a space may replace the T. `infinity` and `-infinity` have
/// the meaning that they have in PostgreSQL. Arrays are JSON arrays. A timestamp with an offset
/// does not fit a column without a time zone, nor the other way round.
pub fn parse<'a>(text: &'a str, kind: ColumnType, scratch: &'a mut String) -> Option<Value<'a>> {
    match kind {
        ColumnType::Text => Some(Value::Text(text)),
        ColumnType::Boolean => boolean(text).map(Value::Boolean),
        ColumnType::Integer | ColumnType::BigInteger => text.parse().ok().map(Value::Integer),
        ColumnType::Real => number(text).map(Value::Real),
        ColumnType::Double => number(text).map(Value::Double),
        ColumnType::Numeric => is_decimal(text).then_some(Value::Numeric(text)),
        ColumnType::Date => date(text).map(Value::Date),
        ColumnType::Timestamp => timestamp(text).map(Value::Timestamp),
        ColumnType::TimestampWithZone => instant(text).map(Value::TimestampWithZone),
        ColumnType::Time => time(text).map(Value::Time),
        ColumnType::Uuid => uuid::Uuid::parse_str(text).ok().map(|id| Value::Uuid(id.as_u128())),
        ColumnType::Json => is_json(text).then_some(Value::Json(text)),
        ColumnType::Array => array(text, scratch).map(Value::Array),
    }
}

/// Returns a value that no column of type `kind` accepts, so that the layer counts a misfit and
/// stores NULL.
pub fn misfit(kind: ColumnType) -> Value<'static> {
    match kind {
        ColumnType::Boolean => Value::Text(""),
        _ => Value::Boolean(false),
    }
}

fn exact(is_exact: bool, value: Value<'_>) -> Option<Value<'_>> {
    is_exact.then_some(value)
}

/// Converts a float without a fraction to a whole number, within ±2⁵³, where floats are exact.
fn whole(value: f64, kind: ColumnType) -> Option<Value<'static>> {
    let fits = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
    let wanted = matches!(kind, ColumnType::Integer | ColumnType::BigInteger);
    (fits && wanted).then_some(Value::Integer(value as i64))
}

/// Returns the shortest digits of a value, for numeric and text columns.
fn digits(value: impl std::fmt::Display, kind: ColumnType, scratch: &mut String) -> Option<Value<'_>> {
    scratch.clear();
    write!(scratch, "{value}").ok()?;
    match kind {
        ColumnType::Text => Some(Value::Text(scratch)),
        ColumnType::Numeric => is_decimal(scratch).then_some(Value::Numeric(scratch)),
        _ => None,
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "t" | "1" => Some(true),
        "false" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// Reads a float, with `NaN` and `Infinity` spelled as in PostgreSQL.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    (plain || is_special(text)).then(|| text.parse().ok()).flatten()
}

fn is_special(text: &str) -> bool {
    matches!(text, "NaN" | "Infinity" | "-Infinity")
}

/// Returns whether `text` is a decimal number as PostgreSQL writes `numeric`: digits with at most
/// one point.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_special(text) || (all_digits(whole) && all_digits(fraction))
}

/// Reads microseconds since midnight; 24:00:00 is the end of the day, as in PostgreSQL.
fn time(text: &str) -> Option<i64> {
    const DAY: i64 = 86_400_000_000;
    if text == "24:00:00" {
        return Some(DAY);
    }
    let time: civil::Time = text.parse().ok()?;
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    Some(seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1000)
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Returns a JSON array without spaces between its items, so that `[ "a", "b" ]`, as GDAL writes
/// it, equals `["a","b"]`.
fn array<'a>(text: &'a str, scratch: &'a mut String) -> Option<&'a str> {
    if !text.trim_start().starts_with('[') || !is_json(text) {
        return None;
    }
    scratch.clear();
    let (mut quoted, mut escaped) = (false, false);
    for letter in text.chars() {
        if quoted || !letter.is_ascii_whitespace() {
            scratch.push(letter);
        }
        let ends = letter == '"' && !escaped;
        escaped = quoted && letter == '\\' && !escaped;
        quoted ^= ends;
    }
    Some(scratch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ColumnType::*;
    use proptest::prelude::*;

    fn parsed(text: &str, kind: ColumnType) -> Option<String> {
        let mut scratch = String::new();
        parse(text, kind, &mut scratch).map(|value| format!("{value:?}"))
    }

    #[test]
    fn each_type_reads_its_own_text() {
        for (text, kind, value) in [
            ("t", Boolean, "Boolean(true)"),
            ("-12", Integer, "Integer(-12)"),
            ("9223372036854775807", BigInteger, "Integer(9223372036854775807)"),
            ("1.5", Real, "Real(1.5)"),
            ("-1e300", Double, "Double(-1e300)"),
            ("12.50", Numeric, "Numeric(\"12.50\")"),
            ("NaN", Numeric, "Numeric(\"NaN\")"),
            ("1970-01-02", Date, "Date(1)"),
            ("1969-12-31", Date, "Date(-1)"),
            ("2024-12-31T00:00:00", Date, "Date(20088)"),
            ("infinity", Date, "Date(2147483647)"),
            ("+010000-01-01", Date, "Date(2932897)"),
            ("1970-01-01 00:00:01.5", Timestamp, "Timestamp(1500000)"),
            ("1970-01-01T01:00:00+01:00", TimestampWithZone, "TimestampWithZone(0)"),
            ("1970-01-01 01:00:00+01", TimestampWithZone, "TimestampWithZone(0)"),
            ("1970-01-01T00:00:00Z", TimestampWithZone, "TimestampWithZone(0)"),
            ("12:30:00", Time, "Time(45000000000)"),
            ("24:00:00", Time, "Time(86400000000)"),
            ("00000000-0000-0000-0000-0000000000ff", Uuid, "Uuid(255)"),
            ("{\"a\": 1}", Json, "Json(\"{\\\"a\\\": 1}\")"),
            ("[ 1, 2 ]", Array, "Array(\"[1,2]\")"),
            ("[ \"a \\\" b\", 2 ]", Array, "Array(\"[\\\"a \\\\\\\" b\\\",2]\")"),
        ] {
            assert_eq!(parsed(text, kind).as_deref(), Some(value), "{text} as {kind:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_none() {
        for (text, kind) in [
            ("ja", Boolean),
            ("1.0", Integer),
            ("9223372036854775808", BigInteger),
            ("1,5", Double),
            ("inf", Double),
            ("1e5", Numeric),
            (".5", Numeric),
            ("2024-02-30", Date),
            ("2024-01-01T10:00:00", Date),
            ("31.12.2024", Date),
            ("2024-01-01T00:00:00Z", Timestamp),
            ("2024-01-01T00:00:00+01:00", Timestamp),
            ("2024-01-01T00:00:00", TimestampWithZone),
            ("25:00:00", Time),
            ("x", Uuid),
            ("{", Json),
            ("{}", Array),
            ("[1", Array),
        ] {
            assert_eq!(parsed(text, kind), None, "{text} as {kind:?}");
        }
    }

    #[test]
    fn numbers_change_type_only_without_loss() {
        let mut scratch = String::new();
        let mut fits = |raw, kind| fit(raw, kind, &mut scratch).map(|value| format!("{value:?}"));
        assert_eq!(fits(Raw::Integer(1), Boolean).as_deref(), Some("Boolean(true)"));
        assert_eq!(fits(Raw::Integer(2), Boolean), None);
        assert_eq!(fits(Raw::Integer((1 << 53) + 1), Double), None);
        assert_eq!(fits(Raw::Double(3.0), Integer).as_deref(), Some("Integer(3)"));
        assert_eq!(fits(Raw::Double(3.5), Integer), None);
        assert_eq!(fits(Raw::Double(0.1), Real), None);
        assert_eq!(fits(Raw::Double(1e21), Numeric).as_deref(), Some("Numeric(\"1000000000000000000000\")"));
        assert_eq!(fits(Raw::Double(f64::INFINITY), Numeric), None);
        assert_eq!(fits(Raw::Large(u64::MAX), Numeric).as_deref(), Some("Numeric(\"18446744073709551615\")"));
        assert_eq!(fits(Raw::Large(u64::MAX), BigInteger), None);
        assert_eq!(fits(Raw::Boolean(true), Text).as_deref(), Some("Text(\"true\")"));
        assert_eq!(fits(Raw::Boolean(true), Date), None);
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".*") {
            let mut scratch = String::new();
            for kind in [Boolean, Integer, Double, Numeric, Date, Timestamp, TimestampWithZone, Time, Uuid, Json, Array] {
                let _ = parse(&text, kind, &mut scratch);
            }
        }
    }
}
