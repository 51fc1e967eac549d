//! A question in an address → the inputs of the same question in a body.

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};

/// What a parameter is in the inputs: the path there, and how its text is read.
type Rule = (&'static str, &'static [&'static str], Reading);

#[derive(Clone, Copy)]
enum Reading {
    Text,
    Number,
    /// A number, else a text.
    NumberOrText,
    /// A number, or several, separated by commas.
    NumberOrNumbers,
    /// Numbers, separated by commas.
    Numbers,
    /// Texts, separated by commas.
    Texts,
    /// Texts, separated by semicolons: addresses have commas.
    TextsApart,
    /// Longitude and latitude, separated by a comma.
    Point,
    /// Several of these, separated by semicolons.
    Points,
    /// The same as facilities to be added.
    Added,
    Boolean,
    /// Collections, separated by commas.
    Collections,
    /// GeoJSON, as a client writes it in an address.
    Json,
}

const FACILITIES: [Rule; 8] = [
    ("facilities", &["facilities", "collection"], Reading::Text),
    ("and", &["facilities", "and"], Reading::Collections),
    ("type", &["facilities", "type"], Reading::Text),
    ("filter", &["facilities", "filter"], Reading::Text),
    ("on", &["facilities", "on"], Reading::Text),
    ("minimum_area", &["facilities", "minimum_area"], Reading::Number),
    ("add", &["facilities", "add"], Reading::Added),
    ("remove", &["facilities", "remove"], Reading::Texts),
];

const OTHERS: [Rule; 26] = [
    ("distance", &["within", "distance"], Reading::NumberOrNumbers),
    ("minutes", &["within", "minutes"], Reading::NumberOrNumbers),
    ("rule", &["within", "rule"], Reading::Text),
    ("profile", &["profile"], Reading::Text),
    ("ages", &["group", "ages"], Reading::Numbers),
    ("groups", &["groups"], Reading::Points),
    ("capacity", &["capacity"], Reading::Text),
    ("target", &["target"], Reading::NumberOrText),
    ("date", &["date"], Reading::Text),
    ("by", &["by"], Reading::Text),
    ("rollup", &["rollup"], Reading::Boolean),
    ("point", &["point"], Reading::Point),
    ("points", &["points"], Reading::Points),
    ("address", &["address"], Reading::Text),
    ("addresses", &["addresses"], Reading::TextsApart),
    ("k", &["k"], Reading::Number),
    ("candidates", &["candidates", "collection"], Reading::Text),
    ("candidates_filter", &["candidates", "filter"], Reading::Text),
    ("p", &["p"], Reading::Number),
    ("persons", &["persons"], Reading::Boolean),
    ("route", &["route"], Reading::Boolean),
    ("merge", &["merge"], Reading::Boolean),
    ("polygon", &["polygon"], Reading::Json),
    ("area", &["area"], Reading::Text),
    ("level", &["level"], Reading::Text),
    ("per_address", &["per_address"], Reading::Boolean),
];

/// The names of all parameters, for the description of the API.
pub fn names() -> impl Iterator<Item = &'static str> {
    FACILITIES.iter().chain(&OTHERS).map(|(name, _, _)| *name)
}

/// The inputs that the parameters of an address mean.
pub fn from_parameters(parameters: impl IntoIterator<Item = (String, String)>) -> Result<Value> {
    let mut inputs = Map::new();
    for (name, text) in parameters {
        let rule = FACILITIES.iter().chain(&OTHERS).find(|(known, _, _)| *known == name);
        let (_, path, reading) = rule.ok_or_else(|| Error::unknown_parameter(&name))?;
        put(&mut inputs, path, read(&name, &text, *reading)?);
    }
    Ok(Value::Object(inputs))
}

fn put(inputs: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [last] => drop(inputs.insert((*last).to_owned(), value)),
        [first, rest @ ..] => {
            if let Some(inner) = inputs.entry(*first).or_insert_with(|| json!({})).as_object_mut() {
                put(inner, rest, value);
            }
        }
        [] => {}
    }
}

fn read(name: &str, text: &str, reading: Reading) -> Result<Value> {
    let number = |text: &str| {
        let number: Option<f64> = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        let number = number.ok_or_else(|| Error::invalid(name, format!("{text:?} is no number")))?;
        let is_whole = number.fract() == 0.0 && number.abs() < 1e15;
        Ok(if is_whole { json!(number as i64) } else { json!(number) })
    };
    let list = |text: &str, separator: char, read: &dyn Fn(&str) -> Result<Value>| {
        text.split(separator).filter(|item| !item.trim().is_empty()).map(read).collect::<Result<Vec<Value>>>()
    };
    let point =
        |text: &str| match list(text, ',', &number)? {
            numbers if numbers.len() == 2 => Ok(Value::Array(numbers)),
            _ => Err(Error::invalid(name, format!("{text:?} is no longitude and latitude"))
                .hint("such as 6.96,50.94")),
        };
    Ok(match reading {
        Reading::Text => json!(text),
        Reading::Number => number(text)?,
        Reading::NumberOrText => number(text).unwrap_or_else(|_| json!(text)),
        Reading::NumberOrNumbers if !text.contains(',') => number(text)?,
        Reading::NumberOrNumbers | Reading::Numbers => Value::Array(list(text, ',', &number)?),
        Reading::Texts => Value::Array(list(text, ',', &|text| Ok(json!(text.trim())))?),
        Reading::TextsApart => Value::Array(list(text, ';', &|text| Ok(json!(text.trim())))?),
        Reading::Point => point(text)?,
        Reading::Points => Value::Array(list(text, ';', &point)?),
        Reading::Collections => {
            Value::Array(list(text, ',', &|text| Ok(json!({ "collection": text.trim() })))?)
        }
        Reading::Added => Value::Array(list(text, ';', &|text| Ok(json!({ "point": point(text)? })))?),
        Reading::Json => serde_json::from_str(text)
            .map_err(|fault| Error::invalid(name, format!("this is no GeoJSON: {fault}")))?,
        Reading::Boolean => match text {
            "true" | "1" | "" => json!(true),
            "false" | "0" => json!(false),
            _ => return Err(Error::invalid(name, format!("{text:?} is neither true nor false"))),
        },
    })
}

/// The inputs as the value that a question is.
pub fn parse<T: serde::de::DeserializeOwned>(inputs: Value) -> Result<T> {
    serde_path_to_error::deserialize(inputs).map_err(|fault| {
        let path = fault.path().to_string();
        let what = fault.into_inner().to_string();
        // What is absent is named by the message alone, not by the path.
        let absent = what.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        let parameter = match (path.as_str(), absent) {
            (".", Some(absent)) => absent.to_owned(),
            (".", None) => "inputs".into(),
            (path, Some(absent)) => format!("{path}.{absent}"),
            (path, None) => path.to_owned(),
        };
        Error::invalid(parameter, what)
    })
}
