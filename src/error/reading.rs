//! Reads JSON into a value, or explains in plain words what is wrong with it.
//!
//! The JSON libraries explain faults to programmers: "invalid type: sequence, expected f64". Their
//! sentences have a fixed form, so this file extracts the names from them and writes a new
//! sentence.

use serde::de::DeserializeOwned;

use super::said::{Said, known};
use super::{Error, Result, said};

/// Reads the value of the request parameter `parameter` from JSON text.
pub fn json<T: DeserializeOwned>(parameter: &str, text: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = serde_path_to_error::deserialize(&mut reader);
    let fault = match read {
        Ok(value) => match reader.end() {
            Ok(()) => return Ok(value),
            Err(fault) => return Err(no_json(parameter, &fault)),
        },
        Err(fault) => fault,
    };
    match fault.inner().classify() {
        serde_json::error::Category::Data => Err(misfit(parameter, &fault)),
        _ => Err(no_json(parameter, fault.inner())),
    }
}

/// Reads the value of the request parameter `parameter` from parsed JSON.
pub fn value<T: DeserializeOwned>(parameter: &str, value: serde_json::Value) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|fault| misfit(parameter, &fault))
}

fn no_json(parameter: &str, fault: &serde_json::Error) -> Error {
    let what = said!("{} is no JSON, at line {} column {}", parameter, fault.line(), fault.column());
    Error::invalid(parameter, what)
}

/// Returns the error for JSON that is well-formed but does not fit the type.
fn misfit(parameter: &str, fault: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let path = fault.path().to_string();
    let message = fault.inner().to_string();
    // An error in JSON text ends with the position, which is cut off here.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let member = if path == "." { parameter } else { path.as_str() };
    let (first, others) = named(message);
    if message.starts_with("missing field ") {
        let member = if path == "." { first.to_owned() } else { format!("{path}.{first}") };
        let what = said!("{} is missing", member);
        return Error::invalid(member, what);
    }
    if message.starts_with("unknown variant ") {
        return Error::invalid(member, said!("{} cannot be {:?}", member, first)).hint(known(first, &others));
    }
    if message.starts_with("unknown field ") {
        let error = Error::invalid(member, said!("there is no member {:?} here", first));
        return if others.is_empty() { error } else { error.hint(known(first, &others)) };
    }
    if message.starts_with("duplicate field ") {
        return Error::invalid(member, said!("{} is given more than once", first));
    }
    let unlike = unlike(message);
    let is_date = match &unlike {
        Some((_, wanted)) => *wanted == "a date",
        // The date parser explains in detail which digit is wrong, so any of these words means a
        // date.
        None => ["date", "year", "month", "day", "digit"].iter().any(|word| message.contains(word)),
    };
    let what = match unlike {
        Some((found, wanted)) => said!("{} must be {}, not {}", member, wanted, found),
        None if is_date => said!("{} is no date", member),
        None => match Said::recalled(message) {
            ours if ours.has_german() => said!("{} must be {}", member, ours),
            _ => said!("{} has a form that cannot be read here", member),
        },
    };
    let error = Error::invalid(member, what);
    if is_date { error.hint("a date is written as 2012-12-31") } else { error }
}

/// Returns the name that a message is about, which the client wrote and which may contain any
/// character, and the known names that the message lists.
fn named(message: &str) -> (&str, Vec<&str>) {
    let named = message.split_once('`').map_or("", |(_, named)| named);
    match named.rsplit_once("`, expected ").or(named.rsplit_once("`, there ")) {
        Some((name, known)) => (name, known.split('`').skip(1).step_by(2).collect()),
        None => (named.strip_suffix('`').unwrap_or(named), vec![]),
    }
}

/// Returns what was found and what was expected, from messages like "invalid type: …, expected …".
fn unlike(message: &str) -> Option<(Said, Said)> {
    let (found, wanted) = message.strip_prefix("invalid ")?.rsplit_once(", expected ")?;
    let wanted = match wanted {
        "f32" | "f64" => said!("a number"),
        "usize" | "u8" | "u16" | "u32" | "u64" => said!("a whole number from 0"),
        "isize" | "i8" | "i16" | "i32" | "i64" => said!("a whole number"),
        "a string" | "string" | "str" => said!("a text"),
        "a boolean" | "bool" => said!("true or false"),
        "a sequence" | "an array" => said!("a list"),
        "a map" | "map" => said!("an object"),
        wanted if wanted.starts_with("struct ") => said!("an object"),
        wanted if wanted.contains("date") => said!("a date"),
        wanted => match wanted.rsplit_once(' ') {
            Some(("an array of length" | "a tuple of size", length)) => said!("a list of {}", length),
            _ => Said::recalled(wanted),
        },
    };
    let (kind, found) = found.split_once(": ").unwrap_or(found.split_once(' ')?);
    let found = match found {
        "sequence" => said!("a list"),
        "map" => said!("an object"),
        "null" | "unit value" => said!("null"),
        found if kind == "length" => {
            said!("a list of {}", found.split([' ', ',']).next().unwrap_or_default())
        }
        found => match found.strip_prefix("string \"").and_then(|text| text.strip_suffix('"')) {
            Some(text) => said!("{:?}", text),
            None => Said::from(found.split('`').nth(1).unwrap_or(found).to_owned()),
        },
    };
    Some((found, wanted))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "lowercase")]
    #[allow(dead_code)]
    struct Question {
        #[serde(default)]
        within: Option<Within>,
        #[serde(default)]
        date: Option<jiff::civil::Date>,
        #[serde(default)]
        point: Option<[f64; 2]>,
        #[serde(default)]
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Within {
        distance: f64,
        #[serde(default)]
        number: u32,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Foot,
        Bicycle,
    }

    fn of(text: &str) -> (String, String) {
        let error = json::<Question>("body", text.as_bytes()).unwrap_err();
        (error.to_string(), error.parameter.unwrap_or_default())
    }

    #[test]
    fn what_does_not_fit_is_said_in_words_of_ours() {
        for (text, what, parameter) in [
            (
                r#"{"within":{"distance":[1]}}"#,
                "within.distance must be a number, not a list",
                "within.distance",
            ),
            (
                r#"{"within":{"distance":"x`y"}}"#,
                "within.distance must be a number, not \"x`y\"",
                "within.distance",
            ),
            (
                r#"{"within":{"distance":1,"number":-1}}"#,
                "within.number must be a whole number from 0, not -1",
                "within.number",
            ),
            (r#"{"within":{}}"#, "within.distance is missing", "within.distance"),
            (r#"{"within":7}"#, "within must be an object, not 7", "within"),
            (r#"{"point":[1]}"#, "point must be a list of 2, not a list of 1", "point"),
            (r#"{"point":[1,null]}"#, "point[1] must be a number, not null", "point[1]"),
            (r#"{"date":"31.12.2012"}"#, "date is no date (a date is written as 2012-12-31)", "date"),
            (r#"{"date":7}"#, "date must be a date, not 7 (a date is written as 2012-12-31)", "date"),
            (r#"{"kind":"fot"}"#, "kind cannot be \"fot\" (did you mean foot? Known: foot, bicycle)", "kind"),
            (r#"{"kind":"a`b"}"#, "kind cannot be \"a`b\" (known: foot, bicycle)", "kind"),
            (
                r#"{"datum":7}"#,
                "there is no member \"datum\" here (known: within, date, point, kind)",
                "datum",
            ),
            ("[", "body is no JSON, at line 1 column 1", "body"),
            ("{} x", "body is no JSON, at line 1 column 4", "body"),
            ("7", "body must be an object, not 7", "body"),
        ] {
            assert_eq!(of(text), (what.into(), parameter.into()), "{text}");
        }
    }
}
