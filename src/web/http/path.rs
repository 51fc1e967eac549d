//! Steps of an address: split first, decoded after, so that a name may hold any character.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::{Error, Result};

/// What `encodeURIComponent` leaves as it is, less what our own addresses split at.
const STEP: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A name as a step of an address.
pub fn encode(name: &str) -> String {
    utf8_percent_encode(name, STEP).to_string()
}

/// The name that a step of an address stands for.
pub fn decode(step: &str) -> Result<Cow<'_, str>> {
    match percent_decode_str(step).decode_utf8() {
        Ok(name) => Ok(name),
        Err(_) => Err(Error::not_found("the address holds bytes that are no UTF-8")),
    }
}

/// The undecoded steps of a path behind `prefix`.
pub fn steps<'a>(path: &'a str, prefix: &str) -> Vec<&'a str> {
    path.strip_prefix(prefix).unwrap_or(path).split('/').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_the_address() {
        for name in ["schulen", "a,b/c", "ä ß", "100 %", "a\"; drop table x; --", "..", "a.json"] {
            assert_eq!(decode(&encode(name)).unwrap(), name);
            assert!(!encode(name).contains(['/', ',']));
        }
        assert!(decode("%ff").is_err());
    }
}
