//! The part of CQL2 text that planning takes so far: `column = 'text' AND other = 3` (OGC 21-065r2, 8.2: comparison and
//! logical expressions). Read from left to right in one loop, so that nothing nests.

use crate::error::{Error, Result};

/// Reads the conditions: columns and the values they must equal, as text.
pub fn parse(parameter: &str, text: &str) -> Result<Vec<(String, String)>> {
    let fault = |what: &str| {
        Error::invalid(parameter, format!("the filter {what}"))
            .hint("write column = 'text', and AND between conditions, such as schulart = 'Grundschule'")
    };
    let mut rest = text.trim();
    let mut conditions = vec![];
    loop {
        let (column, after) = word(rest).ok_or_else(|| fault("wants a column's name"))?;
        let after = after.trim_start().strip_prefix('=').ok_or_else(|| fault("knows only = so far"))?;
        let (value, after) = value(after.trim_start()).ok_or_else(|| fault("wants a value behind ="))?;
        conditions.push((column, value));
        rest = after.trim_start();
        if rest.is_empty() {
            return Ok(conditions);
        }
        let and = rest.get(..3).filter(|and| and.eq_ignore_ascii_case("and"));
        let behind = rest.get(3..).filter(|behind| and.is_some() && behind.starts_with(char::is_whitespace));
        rest = behind.ok_or_else(|| fault("knows only AND between conditions so far"))?.trim_start();
    }
}

/// A column's name, bare or in double quotes, and what stands behind it.
fn word(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted_by('"', quoted);
    }
    let end =
        text.find(|letter: char| !(letter.is_alphanumeric() || "_:.".contains(letter))).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    (!name.is_empty()).then(|| (name.to_owned(), rest))
}

/// A text in single quotes, or a number, true or false.
fn value(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('\'') {
        return quoted_by('\'', quoted);
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (value, rest) = text.split_at_checked(end)?;
    let is_number = value.parse::<f64>().is_ok_and(f64::is_finite);
    (is_number || matches!(value, "true" | "false")).then(|| (value.to_owned(), rest))
}

/// What stands before the closing quote, a doubled one being one of the text, and what stands behind it.
fn quoted_by(quote: char, text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once(quote)?;
        value.push_str(before);
        match after.strip_prefix(quote) {
            Some(more) => {
                value.push(quote);
                rest = more;
            }
            None => return Some((value, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equalities_are_read() {
        let read = |text| parse("filter", text).unwrap();
        assert_eq!(read("schulart = 'Grundschule'"), [("schulart".into(), "Grundschule".into())]);
        assert_eq!(
            read("\"A b\"='O''Neill' and n=3"),
            [("A b".into(), "O'Neill".into()), ("n".into(), "3".into())]
        );
    }

    #[test]
    fn what_is_none_names_the_parameter() {
        for text in
            ["", "a", "a =", "a = b", "a = 'x", "a > 3", "a = 1 OR b = 2", "a = 1 AND", "(a = 1)", "a = NaN"]
        {
            assert_eq!(parse("filter", text).unwrap_err().parameter.as_deref(), Some("filter"), "{text}");
        }
    }

    #[test]
    fn any_filter_is_an_answer() {
        bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
            let _ = parse("filter", &String::from_utf8_lossy(bytes));
        });
    }
}
