//! Helpers for reading JSON one level at a time.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::expression::TextPosition;
use super::fault::fault;
use crate::error::{Error, Result, Said, said};

/// The position of everything in JSON, which means none. JSON is written by programs, and its
/// errors name the operator instead.
pub(super) const NOWHERE: TextPosition = TextPosition(0);

/// Reads one level of JSON as `T`; `wanted` says in the error what should be there.
pub(super) fn level<'a, T: serde::Deserialize<'a>>(raw: &'a RawValue, wanted: &'static str) -> Result<T> {
    serde_json::from_str(raw.get()).map_err(|_| wrong(raw, wanted))
}

/// Returns the error that the JSON is not what is `wanted`.
pub(super) fn wrong(raw: &RawValue, wanted: &'static str) -> Error {
    let found: String = raw.get().chars().take(60).collect();
    fault(NOWHERE, said!("has {} where it wants {}", found, Said::from(wanted)))
}

/// The members of an object, ordered by name.
pub(super) type Members<'a> = std::collections::BTreeMap<Cow<'a, str>, &'a RawValue>;
