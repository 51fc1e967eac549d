//! Path segments. A path is split first and its segments decoded afterwards, so that a name may
//! contain any character.

use std::borrow::Cow;

use axum::extract::{self, FromRequestParts};
use axum::http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// The characters that are encoded: those that `encodeURIComponent` encodes, and those that
/// addresses of this server are split at.
const STEP: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Encodes a name as a path segment.
pub fn encode(name: &str) -> String {
    utf8_percent_encode(name, STEP).to_string()
}

/// Decodes a path segment.
pub fn decode(step: &str) -> Result<Cow<'_, str>> {
    match percent_decode_str(step).decode_utf8() {
        Ok(name) => Ok(name),
        Err(_) => Err(Error::not_found("the address holds bytes that are no UTF-8")),
    }
}

/// The variable path segments, decoded. Works as axum's extractor, but answers 404 for a path that
/// is not UTF-8.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Path<T>> {
        let read = extract::Path::from_request_parts(parts, state).await;
        let extract::Path(steps) =
            read.map_err(|_| Error::not_found("the address holds bytes that are no UTF-8"))?;
        Ok(Path(steps))
    }
}

/// Returns the segments of a path after `prefix`, not decoded.
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
