//! Replaces `${NAME}` in a source by the environment variable, so that no password needs to be in a
//! file, or on a command line, where every process of the machine can read it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::fault::{Wrong, shown};

/// Returns the value of an environment variable; None if it is not set or not UTF-8.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Returns the value of a variable of the process's environment.
pub fn of_the_process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// All characters except those that RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Returns the name or password of a user as it is written in a URL (RFC 3986, 2.1).
pub fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Replaces each `${NAME}` in `text`.
///
/// A value before the `@` of a URL is percent-encoded, so that a password may contain any
/// character. Elsewhere (a whole URL in one variable, a host, a folder) the value is inserted
/// unchanged.
///
/// # Errors
///
/// Fails if a variable is not set or a brace is not closed.
pub fn substitute(text: &str, environment: Environment<'_>) -> Result<String, Wrong> {
    let credentials = credentials(text);
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let at = text.len() - after.len();
        let Some((name, behind)) = after.split_once('}') else {
            return Err(Wrong::new("a \"${\" has no \"}\"", "write ${NAME}"));
        };
        let value = variable(name, environment)?;
        result.push_str(before);
        result.push_str(&if credentials.contains(&at) { percent_encoded(&value) } else { value });
        rest = behind;
    }
    result.push_str(rest);
    Ok(result)
}

/// Returns the range of user and password in a URL.
fn credentials(text: &str) -> std::ops::Range<usize> {
    let start = text.find("://").map_or(text.len(), |scheme| scheme + 3);
    let end = text.rfind('@').unwrap_or(start);
    start..end
}

fn variable(name: &str, environment: Environment<'_>) -> Result<String, Wrong> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(Wrong::new(
            "a \"${…}\" holds no name of a variable",
            "write ${NAME}, letters, digits and _",
        ));
    }
    environment(name).filter(|value| !value.is_empty()).ok_or_else(|| {
        let what = format!("the environment variable {} is not set", shown(name).trim_matches('"'));
        Wrong::new(what, "set it where veedel is started, or write the value here")
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn environment(name: &str) -> Option<String> {
        let value = match name {
            "PW" => "p@:/ä",
            "HOST" => "db:5433",
            "URL" => "postgresql://u:p%40@h/d",
            "EMPTY" => "",
            _ => return None,
        };
        Some(value.into())
    }

    #[test]
    fn credentials_are_encoded_and_the_rest_is_not() {
        let read = |text: &str| substitute(text, &environment);
        assert_eq!(
            read("postgresql://u:${PW}@${HOST}/d").unwrap(),
            "postgresql://u:p%40%3A%2F%C3%A4@db:5433/d"
        );
        assert_eq!(read("${URL}").unwrap(), "postgresql://u:p%40@h/d");
        assert_eq!(read("/srv/$x/{}").unwrap(), "/srv/$x/{}");
    }

    #[test]
    fn what_is_missing_or_malformed_is_named() {
        for (text, what) in [
            ("${NONE}", "the environment variable NONE is not set"),
            ("${EMPTY}", "the environment variable EMPTY is not set"),
            ("a${", "a \"${\" has no \"}\""),
            ("${}", "a \"${…}\" holds no name of a variable"),
            ("${a b}", "a \"${…}\" holds no name of a variable"),
        ] {
            assert_eq!(substitute(text, &environment).unwrap_err().what, what, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_and_none_without_a_dollar_changes(text in "[${}a@:/ä]{0,30}") {
            let result = substitute(&text, &environment);
            if !text.contains("${") {
                prop_assert_eq!(result, Ok(text));
            }
        }
    }
}
