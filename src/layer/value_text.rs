//! Values as people and addresses write them.

use super::column::Value;

/// A value as people and addresses write it: no quotes, ISO 8601 dates, shortest digits; empty for NULL.
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

/// Days since 1970-01-01 as ISO 8601. Beyond the years −9999 to 9999, and for PostgreSQL's infinities
/// (the ends of the 32-bit range), the words `infinity` and `-infinity`.
pub fn date_text(days: i32) -> String {
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    match epoch.checked_add(jiff::Span::new().days(days.clamp(-4_371_000, 4_371_000))) {
        Ok(date) if days.unsigned_abs() < 4_371_000 => date.to_string(),
        _ => infinity(days < 0),
    }
}

/// Microseconds since 1970-01-01T00:00:00 as ISO 8601 without a zone; infinities as in [`date_text`].
pub fn timestamp_text(micros: i64) -> String {
    // Not through jiff::Timestamp, which ends before 9999-12-31, a date that many databases use for "open".
    let epoch = jiff::civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    let moment = jiff::Span::new().try_microseconds(micros).and_then(|span| epoch.checked_add(span));
    moment.map_or_else(|_| infinity(micros < 0), |moment| moment.to_string())
}

/// The same of an instant, with the `Z` of UTC; an infinity is in no zone.
pub fn instant_text(micros: i64) -> String {
    let text = timestamp_text(micros);
    if text.ends_with("infinity") { text } else { text + "Z" }
}

/// Microseconds since midnight as ISO 8601.
pub fn time_text(micros: i64) -> String {
    const DAY: i64 = 86_400_000_000;
    if micros == DAY {
        return "24:00:00".into();
    }
    let midnight = jiff::civil::Time::midnight();
    midnight.wrapping_add(jiff::Span::new().microseconds(micros.rem_euclid(DAY))).to_string()
}

fn infinity(negative: bool) -> String {
    if negative { "-infinity" } else { "infinity" }.into()
}
