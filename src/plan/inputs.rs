//! Converts a question in the parameters of an address to the inputs of the same question in a JSON
//! body.

use serde_json::{Map, Value, json};

use crate::error::{Error, Result, reading, said};

/// A parameter of an address: its name, the path of its value in the inputs, and the form of its
/// text.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// The name of the parameter.
    pub name: &'static str,
    path: &'static [&'static str],
    reading: Reading,
}

impl Parameter {
    /// Creates a parameter whose value is put at `path` of the inputs.
    pub const fn new(name: &'static str, path: &'static [&'static str], reading: Reading) -> Parameter {
        Parameter { name, path, reading }
    }
}

/// The form of a parameter's text.
#[derive(Clone, Copy, Debug)]
pub enum Reading {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A number, or a text if it is not a number.
    NumberOrText,
    /// A number, or several that are separated by commas.
    NumberOrNumbers,
    /// Numbers, separated by commas.
    Numbers,
    /// Texts, separated by commas.
    Texts,
    /// Texts that are separated by semicolons, because addresses contain commas.
    TextsApart,
    /// Longitude and latitude in degrees, separated by a comma.
    Point,
    /// Several points that are separated by semicolons.
    Points,
    /// Several points that become facilities to be added.
    Added,
    /// `true` or `false`.
    Boolean,
    /// Collections, separated by commas.
    Collections,
    /// JSON, such as GeoJSON.
    Json,
}

/// The parameters for the facilities of a question.
pub const FACILITIES: [Parameter; 8] = [
    Parameter::new("facilities", &["facilities", "collection"], Reading::Text),
    Parameter::new("and", &["facilities", "and"], Reading::Collections),
    Parameter::new("type", &["facilities", "type"], Reading::Text),
    Parameter::new("filter", &["facilities", "filter"], Reading::Text),
    Parameter::new("on", &["facilities", "on"], Reading::Text),
    Parameter::new("minimum_area", &["facilities", "minimum_area"], Reading::Number),
    Parameter::new("add", &["facilities", "add"], Reading::Added),
    Parameter::new("remove", &["facilities", "remove"], Reading::Texts),
];

/// The parameters for the limit of a question.
pub const WITHIN: [Parameter; 3] = [
    Parameter::new("distance", &["within", "distance"], Reading::NumberOrNumbers),
    Parameter::new("minutes", &["within", "minutes"], Reading::NumberOrNumbers),
    Parameter::new("rule", &["within", "rule"], Reading::Text),
];

/// The parameter for the profile: who is on the way.
pub const PROFILE: Parameter = Parameter::new("profile", &["profile"], Reading::Text);
/// The parameter for the ages of the persons that are counted.
pub const AGES: Parameter = Parameter::new("ages", &["group", "ages"], Reading::Numbers);
/// The parameter for the date of the population.
pub const DATE: Parameter = Parameter::new("date", &["date"], Reading::Text);
/// The parameter for the level of areas.
pub const BY: Parameter = Parameter::new("by", &["by"], Reading::Text);

/// Returns the inputs that the parameters of an address stand for. `known` are the parameters of
/// the question.
///
/// # Errors
///
/// Returns an error if a parameter is unknown or its text does not have the expected form.
pub fn from_parameters<'a>(
    known: impl Iterator<Item = &'a Parameter>,
    parameters: impl IntoIterator<Item = (String, String)>,
) -> Result<Value> {
    let known: Vec<&Parameter> = known.collect();
    let mut inputs = Map::new();
    for (name, text) in parameters {
        let parameter = known.iter().find(|known| known.name == name);
        let Parameter { path, reading, .. } = parameter.ok_or_else(|| Error::unknown_parameter(&name))?;
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
    let number = |text: &str| number(name, text);
    let list = |text: &str, separator: char, read: &dyn Fn(&str) -> Result<Value>| {
        text.split(separator).filter(|item| !item.trim().is_empty()).map(read).collect::<Result<Vec<Value>>>()
    };
    let point =
        |text: &str| match list(text, ',', &|text| exactly(name, text.trim()))? {
            numbers if numbers.len() == 2 => Ok(Value::Array(numbers)),
            _ => Err(Error::invalid(name, said!("{:?} is no longitude and latitude", text))
                .hint("such as 6.96,50.94")),
        };
    Ok(match reading {
        Reading::Text => json!(text),
        Reading::Number if text.contains(',') => Err(decimal_comma(name, text))?,
        Reading::Number => number(text)?,
        Reading::NumberOrText => number(text).unwrap_or_else(|_| json!(text)),
        Reading::NumberOrNumbers if !text.contains(',') => number(text)?,
        Reading::NumberOrNumbers => rising(
            name,
            text,
            // If an item is not a number, the error names the whole text.
            list(text, ',', &|item| match item.trim().parse::<f64>() {
                Ok(_) => number(item),
                Err(_) => exactly(name, text),
            })?,
        )?,
        Reading::Numbers => Value::Array(list(text, ',', &number)?),
        Reading::Texts => Value::Array(list(text, ',', &|text| Ok(json!(text.trim())))?),
        Reading::TextsApart => Value::Array(list(text, ';', &|text| Ok(json!(text.trim())))?),
        Reading::Point => point(text)?,
        Reading::Points => Value::Array(list(text, ';', &point)?),
        Reading::Collections => {
            Value::Array(list(text, ',', &|text| Ok(json!({ "collection": text.trim() })))?)
        }
        Reading::Added => Value::Array(list(text, ';', &|text| Ok(json!({ "point": point(text)? })))?),
        Reading::Json => reading::json(name, text.as_bytes())?,
        Reading::Boolean => match text {
            "true" | "1" | "" => json!(true),
            "false" | "0" => json!(false),
            _ => return Err(Error::invalid(name, said!("{:?} is neither true nor false", text))),
        },
    })
}

/// Reads a number with a decimal point. A point that may separate thousands, as in German, is
/// refused, because 1.000 may be 1 or 1000.
fn number(name: &str, text: &str) -> Result<Value> {
    let text = text.trim();
    if parts_thousands(text) {
        let (thousands, decimal) = (text.replace('.', ""), text.trim_end_matches('0').trim_end_matches('.'));
        let what = said!("{:?} may be {} or {}", text, thousands, decimal);
        let hint = said!(
            "write {} or {}: a point is a decimal point, and thousands are not parted",
            thousands,
            decimal
        );
        return Err(Error::invalid(name, what).hint(hint));
    }
    exactly(name, text)
}

/// Reads a number with a decimal point. Coordinates are read by this function, because nobody
/// separates their thousands.
fn exactly(name: &str, text: &str) -> Result<Value> {
    let number: Option<f64> = text.parse().ok().filter(|number: &f64| number.is_finite());
    let number = number.ok_or_else(|| Error::invalid(name, said!("{:?} is no number", text)))?;
    let is_whole = number.fract() == 0.0 && number.abs() < 1e15;
    Ok(if is_whole { json!(number as i64) } else { json!(number) })
}

/// Returns whether the points of a text may separate thousands: one to three digits, followed by
/// groups of three.
fn parts_thousands(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let mut groups = digits.split('.');
    let first = groups.next().unwrap_or_default();
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let groups: Vec<&str> = groups.collect();
    (1..=3).contains(&first.len())
        && is_digits(first)
        && !first.starts_with('0')
        && !groups.is_empty()
        && groups.iter().all(|group| group.len() == 3 && is_digits(group))
}

fn decimal_comma(name: &str, text: &str) -> Error {
    let what = said!("{:?} has a comma, and one number is asked for", text);
    match text.trim().split_once(',') {
        Some((whole, part)) if !part.contains(',') => Error::invalid(name, what).hint(said!(
            "the decimal point is a point: {}.{}",
            whole.replace('.', ""),
            part
        )),
        _ => Error::invalid(name, what).hint("the decimal point is a point, and thousands are not parted"),
    }
}

/// Returns several numbers if each is larger than the previous one. Other lists are refused,
/// because they may be one number with a decimal comma (7,5) or with separated thousands (1,500).
fn rising(name: &str, text: &str, numbers: Vec<Value>) -> Result<Value> {
    let values: Vec<f64> = numbers.iter().filter_map(Value::as_f64).collect();
    let rises = values.windows(2).all(|pair| matches!(pair, [before, after] if before < after));
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let may_be_thousands = matches!(parts.as_slice(), [first, second]
        if first.len() <= 2 && second.len() == 3 && !first.contains('.') && !second.contains('.'));
    match rises && !may_be_thousands {
        true => Ok(Value::Array(numbers)),
        false => {
            let what = said!("{:?} may be several numbers, or one with a comma", text);
            let hint = said!(
                "several rise, such as 500,1000; the decimal point is a point: {}; a list that may be misread is sent as \
                 JSON",
                text.replace(',', ".")
            );
            Err(Error::invalid(name, what).hint(hint))
        }
    }
}

/// Reads the inputs into a question. Days may also be written in German, such as 31.12.2012.
///
/// # Errors
///
/// Returns an error if the inputs do not have the form of the question.
pub fn parse<T: serde::de::DeserializeOwned>(mut inputs: Value) -> Result<T> {
    for path in ["/date", "/facilities/on"] {
        if let Some(day) = inputs.pointer_mut(path)
            && let Some(written) = day.as_str().and_then(day_of_german)
        {
            *day = json!(written);
        }
    }
    reading::value("inputs", inputs)
}

/// Returns a German date such as `31.12.2012` as `2012-12-31`; None for another text.
fn day_of_german(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.trim().split('.').map(str::trim).collect();
    let [day, month, year] = parts.as_slice() else { return None };
    let number = |text: &str| text.parse::<i8>().ok();
    let year = year.parse::<i16>().ok().filter(|_| year.len() == 4)?;
    jiff::civil::Date::new(year, number(month)?, number(day)?).ok().map(|date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_germans_write_them() {
        assert_eq!(day_of_german("31.12.2012"), Some("2012-12-31".into()));
        assert_eq!(day_of_german(" 1. 2. 2013 "), Some("2013-02-01".into()));
        for odd in ["31.2.2012", "12.2012", "1.1.12", "2012-12-31", "1.1.2012.3", "all"] {
            assert_eq!(day_of_german(odd), None, "{odd}");
        }
    }

    fn distance(text: &str, reading: Reading) -> std::result::Result<Value, String> {
        read("distance", text, reading)
            .map_err(|error| error.hint.map(|hint| hint.to_string()).unwrap_or_default())
    }

    #[test]
    fn numbers_as_germans_write_them_are_read_as_themselves_or_refused() {
        let one = Reading::NumberOrNumbers;
        assert_eq!(distance("1000", one), Ok(json!(1000)));
        assert_eq!(distance("7.5", one), Ok(json!(7.5)));
        assert_eq!(distance("0.125", one), Ok(json!(0.125)));
        assert_eq!(distance("500,1000", one), Ok(json!([500, 1000])));
        assert_eq!(distance("5,10,15", one), Ok(json!([5, 10, 15])));
        for (text, hint) in [
            ("1.000", "write 1000 or 1:"),
            ("12.500", "write 12500 or 12.5:"),
            ("1.000.000", "write 1000000"),
            ("7,5", "7.5"),
            ("1,500", "1.500"),
            ("1000,5", "1000.5"),
        ] {
            let refused = distance(text, one).unwrap_err();
            assert!(refused.contains(hint), "{text}: {refused}");
        }
        assert_eq!(distance("6.960,50.941", Reading::Point), Ok(json!([6.96, 50.941])));
        assert!(distance("1000,5", Reading::Number).unwrap_err().contains("1000.5"));
        assert!(distance("1.000,5", Reading::Number).unwrap_err().contains("1000.5"));
    }
}
