//! Values as text for people and addresses.

use super::column::Value;
pub use crate::catalog::moment::{date_text, instant_text, time_text, timestamp_text};

/// Returns a value as text: without quotes, dates in ISO 8601, numbers in their shortest digits;
/// empty for NULL.
pub fn plain_text(value: Value<'_>) -> String {
    match value {
        Value::Null => String::new(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Real(value) => number_text(value.into(), zmij::Buffer::new().format(value)),
        Value::Double(value) => number_text(value, zmij::Buffer::new().format(value)),
        Value::Numeric(text) | Value::Text(text) | Value::Json(text) | Value::Array(text) => text.into(),
        Value::Date(days) => date_text(days),
        Value::Timestamp(micros) => timestamp_text(micros),
        Value::TimestampWithZone(micros) => instant_text(micros),
        Value::Time(micros) => time_text(micros),
        Value::Uuid(value) => uuid::Uuid::from_u128(value).to_string(),
    }
}

/// Returns the digits of a float, or PostgreSQL's word for NaN and infinities.
fn number_text(value: f64, digits: &str) -> String {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity" } else { "-Infinity" }.into()
    } else {
        digits.strip_suffix(".0").unwrap_or(digits).into()
    }
}
