//! Values as text for people and addresses.

use super::column::Value;
use crate::catalog::Language;
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

/// Returns a value as people who read this language write it. Numbers are not grouped, because one
/// may be a year or a key. Times keep their zone.
pub fn spoken_text(value: Value<'_>, language: Language) -> String {
    let plain = plain_text(value);
    let is_german = language == Language::German;
    match value {
        Value::Boolean(is_so) => match (is_so, is_german) {
            (true, true) => "ja",
            (false, true) => "nein",
            (true, false) => "yes",
            (false, false) => "no",
        }
        .into(),
        Value::Real(_) | Value::Double(_) | Value::Numeric(_) if is_german => plain.replacen('.', ",", 1),
        Value::Array(text) | Value::Json(text) => list_text(text).unwrap_or(plain),
        Value::Date(_) if is_german => german_date(&plain),
        Value::Timestamp(_) | Value::TimestampWithZone(_) => match plain.split_once('T') {
            Some((date, time)) => {
                let date = if is_german { german_date(date) + "," } else { date.into() };
                format!("{date} {}", time.replace('Z', " UTC"))
            }
            None => plain,
        },
        _ => plain,
    }
}

/// Returns the members of a JSON array of texts and numbers, with commas; None for any other JSON.
fn list_text(json: &str) -> Option<String> {
    let members: Vec<serde_json::Value> = serde_json::from_str(json).ok()?;
    let text = |member: serde_json::Value| match member {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Some(members.into_iter().map(text).collect::<Option<Vec<String>>>()?.join(", "))
}

/// Returns `31.12.2024` for `2024-12-31`; a year of other than four digits stays as it is.
fn german_date(iso: &str) -> String {
    match iso.split('-').collect::<Vec<_>>()[..] {
        [year, month, day] if year.len() == 4 => format!("{day}.{month}.{year}"),
        _ => iso.into(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_their_reader_does() {
        let values = [
            (Value::Null, "", ""),
            (Value::Boolean(true), "ja", "yes"),
            (Value::Boolean(false), "nein", "no"),
            (Value::Integer(2024), "2024", "2024"),
            (Value::Double(1196.58), "1196,58", "1196.58"),
            (Value::Numeric("-0.5"), "-0,5", "-0.5"),
            (Value::Text("1.5"), "1.5", "1.5"),
            (Value::Array(r#"["Wald",3]"#), "Wald, 3", "Wald, 3"),
            (Value::Array("[[1],[2]]"), "[[1],[2]]", "[[1],[2]]"),
            (Value::Json(r#"{"mo":1}"#), r#"{"mo":1}"#, r#"{"mo":1}"#),
            (Value::Date(20_088), "31.12.2024", "2024-12-31"),
            (Value::Date(i32::MAX), &date_text(i32::MAX), &date_text(i32::MAX)),
            (Value::Timestamp(0), "01.01.1970, 00:00:00", "1970-01-01 00:00:00"),
            (Value::TimestampWithZone(0), "01.01.1970, 00:00:00 UTC", "1970-01-01 00:00:00 UTC"),
        ];
        for (value, german, english) in values {
            assert_eq!(spoken_text(value, Language::German), german, "{value:?}");
            assert_eq!(spoken_text(value, Language::English), english, "{value:?}");
        }
    }
}
