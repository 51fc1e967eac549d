//! The query of an address. Each parameter must be known, occur once, and not exceed its length.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::error::{Error, Kind, Result, said};
use crate::limits::{Key, Limits};

/// The parameters of a request. A handler takes them out one by one; one that is left at the end is
/// unknown.
#[derive(Debug, Default)]
pub struct Parameters {
    values: BTreeMap<String, String>,
}

impl Parameters {
    /// Reads `a=1&b=2` (application/x-www-form-urlencoded). In a form a plus means a space. There
    /// are two exceptions. A client that writes a space as `%20`, such as QGIS, writes a plus as
    /// itself; so a value with `%20` keeps its pluses. And a plus between a time and an offset, as
    /// in `2026-01-31T12:00:00+01:00`, is a plus, because a space would mean nothing there.
    pub fn parse(query: Option<&str>, limits: &Limits) -> Result<Parameters> {
        let mut parameters = Parameters::default();
        for pair in query.unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            parameters.insert(decode(name, name)?, decode(name, value)?, limits, Key::parameter_bytes)?;
        }
        Ok(parameters)
    }

    /// Adds a parameter. `most_bytes` is the limit for the length of its value.
    pub fn insert(&mut self, name: String, value: String, limits: &Limits, most_bytes: Key) -> Result<()> {
        if self.values.len() >= limits.parameters {
            let what = said!("more than {} parameters", limits.parameters);
            return Err(Error::new(Kind::Invalid, what).reached(limits.reached(Key::parameters)));
        }
        let limit = limits.reached(most_bytes);
        if value.len() as u64 > limit.value {
            let what = said!("{} is longer than {} bytes", name, limit.value);
            return Err(Error::invalid(name, what).reached(limit));
        }
        if self.values.insert(name.clone(), value).is_some() {
            return Err(Error::invalid(name.clone(), said!("{} is given more than once", name)));
        }
        Ok(())
    }

    /// Returns the value of a parameter that has not been taken yet.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Takes a parameter out.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.values.remove(name)
    }

    /// Takes all remaining parameters out.
    pub fn take_rest(&mut self) -> BTreeMap<String, String> {
        std::mem::take(&mut self.values)
    }

    /// Returns an error that names the first remaining parameter, if there is one.
    pub fn end(self) -> Result<()> {
        match self.values.into_keys().next() {
            Some(name) => Err(Error::unknown_parameter(&name)),
            None => Ok(()),
        }
    }
}

fn decode(parameter: &str, text: &str) -> Result<String> {
    let keeps_pluses = text.contains("%20");
    let mut decoded = String::with_capacity(text.len());
    for (index, piece) in text.split('+').enumerate() {
        let piece = percent_decode_str(piece)
            .decode_utf8()
            .map_err(|_| Error::invalid(parameter, "the query holds bytes that are no UTF-8"))?;
        if index > 0 {
            let is_plus = keeps_pluses || (ends_with_time(&decoded) && begins_with_offset(&piece));
            decoded.push(if is_plus { '+' } else { ' ' });
        }
        decoded.push_str(&piece);
    }
    Ok(decoded)
}

/// Whether a text ends with a date, `T` and a time of day, which may have fractions of a second
/// (RFC 3339, 5.6).
fn ends_with_time(text: &str) -> bool {
    let Some((date, time)) = text.rsplit_once(['T', 't']) else { return false };
    let whole = time.split_once('.').map_or(time, |(whole, _)| whole);
    let is_fraction = time.bytes().skip(whole.len() + 1).all(|byte| byte.is_ascii_digit());
    date.ends_with(|letter: char| letter.is_ascii_digit())
        && is_fraction
        && (is_shaped(whole, "00:00") || is_shaped(whole, "00:00:00"))
}

/// Whether a text begins with hours and minutes, with a colon between and no further digit.
fn begins_with_offset(text: &str) -> bool {
    text.get(..5).is_some_and(|offset| is_shaped(offset, "00:00"))
        && !text.as_bytes().get(5).is_some_and(u8::is_ascii_digit)
}

/// Whether a text has digits where `shape` has zeros, and is like `shape` everywhere else.
fn is_shaped(text: &str, shape: &str) -> bool {
    let is_alike =
        |(byte, shape): (u8, u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(is_alike)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_taken_once() {
        let mut parameters = Parameters::parse(Some("a=1+2&b=%C3%A4&&c"), &Limits::default()).unwrap();
        assert_eq!(parameters.take("a").as_deref(), Some("1 2"));
        assert_eq!(parameters.take("b").as_deref(), Some("ä"));
        assert_eq!(parameters.take("a"), None);
        assert_eq!(parameters.end().unwrap_err().parameter.as_deref(), Some("c"));
    }

    #[test]
    fn a_plus_is_itself_to_whom_a_space_is_not_one() {
        for (query, read) in [
            ("a=x+%3D+'C%2B%2B'", "x = 'C++'"),
            ("a=x%20%3D%20'C++'", "x = 'C++'"),
            ("a=x%20%3D%20'C%2B%2B'", "x = 'C++'"),
            ("a=x+y", "x y"),
        ] {
            let mut parameters = Parameters::parse(Some(query), &Limits::default()).unwrap();
            assert_eq!(parameters.take("a").as_deref(), Some(read), "{query}");
        }
    }

    #[test]
    fn a_plus_before_an_offset_is_a_plus() {
        for (query, read) in [
            ("a=2026-01-31T12:00:00+01:00", "2026-01-31T12:00:00+01:00"),
            ("a=2026-01-31T12%3A00%3A00.5+01%3A00", "2026-01-31T12:00:00.5+01:00"),
            (
                "a=2026-01-31T12:00+01:00/2026-02-01T12:00:00+01:00",
                "2026-01-31T12:00+01:00/2026-02-01T12:00:00+01:00",
            ),
            (
                "a=seen+>+TIMESTAMP('2026-01-31T12:00:00+01:00')",
                "seen > TIMESTAMP('2026-01-31T12:00:00+01:00')",
            ),
            ("a=2026-01-31T12:00:00%2B01:00", "2026-01-31T12:00:00+01:00"),
            // No time before it, or no offset behind it.
            ("a=12:00+01:00", "12:00 01:00"),
            ("a=Tor+12:00+bis+14:00", "Tor 12:00 bis 14:00"),
            ("a=2026-01-31T12:00:00+and", "2026-01-31T12:00:00 and"),
            ("a=2026-01-31T12:00:00+01:000", "2026-01-31T12:00:00 01:000"),
            ("a=2026-01-31+12:00", "2026-01-31 12:00"),
        ] {
            let mut parameters = Parameters::parse(Some(query), &Limits::default()).unwrap();
            assert_eq!(parameters.take("a").as_deref(), Some(read), "{query}");
        }
    }

    #[test]
    fn doubled_long_many_and_broken_parameters_are_refused() {
        let limits = Limits::default();
        let long = format!("a={}", "x".repeat(limits.parameter_bytes + 1));
        let many = (0..=limits.parameters).map(|i| format!("p{i}=1")).collect::<Vec<_>>().join("&");
        for query in ["a=1&a=1", "a=%ff", &long, &many] {
            assert!(Parameters::parse(Some(query), &limits).is_err(), "{}", query.get(..10).unwrap_or(query));
        }
        let longest = format!("a={}", "x".repeat(limits.parameter_bytes));
        assert!(Parameters::parse(Some(&longest), &limits).is_ok());
    }

    #[test]
    fn any_query_is_an_answer() {
        let limits = Limits::default();
        bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
            let query = String::from_utf8_lossy(bytes);
            let _ = Parameters::parse(Some(&query), &limits);
            let _ = crate::query::BboxFilter::parse(&query, crate::geo::Crs::Crs84);
            let _ = crate::geo::Crs::parse(&query);
            let mut parts = query.splitn(3, '/');
            let mut part = || parts.next().unwrap_or_default();
            let _ = crate::tile::TileCoordinate::parse(part(), part(), part());
        });
    }
}
