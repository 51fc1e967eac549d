//! Parts of JSON, read one level after the other.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::expression::Place;
use super::fault::fault;
use crate::error::{Error, Result, Said, said};

/// No place: JSON is written by programs, and the error names the operator.
pub(super) const NOWHERE: Place = Place(0);

/// A part of JSON, read one level.
pub(super) fn level<'a, T: serde::Deserialize<'a>>(raw: &'a RawValue, wanted: &'static str) -> Result<T> {
    serde_json::from_str(raw.get()).map_err(|_| wrong(raw, wanted))
}

/// The error that something stands where `wanted` should.
pub(super) fn wrong(raw: &RawValue, wanted: &'static str) -> Error {
    let found: String = raw.get().chars().take(60).collect();
    fault(NOWHERE, said!("has {} where it wants {}", found, Said::from(wanted)))
}

/// An object, in the order of its names.
pub(super) type Members<'a> = std::collections::BTreeMap<Cow<'a, str>, &'a RawValue>;
