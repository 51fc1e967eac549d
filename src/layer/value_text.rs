//! Values as people and addresses write them.

use super::column::Value;
pub use crate::catalog::moment::{date_text, instant_text, time_text, timestamp_text};

/// A value as people and addresses write it: no quotes, ISO 8601 dates, shortest digits; empty for
/// NULL.
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

/// The digits of a float, or its word as PostgreSQL spells it.
fn number_text(value: f64, digits: &str) -> String {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity" } else { "-Infinity" }.into()
    } else {
        digits.strip_suffix(".0").unwrap_or(digits).into()
    }
}
