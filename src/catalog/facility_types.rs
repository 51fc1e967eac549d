//! Types of facilities that come with veedel: what they are called, whom they are for, and by which
//! rule they are measured.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::words::Words;

/// A type of facilities as the law or a plan knows it, in no city's collections yet.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippedType {
    /// What they are.
    pub title: Words,
    /// Where it is written.
    pub source: String,
    /// The day from which on it holds.
    pub valid_from: Option<String>,
    /// Whom they are for, half-open.
    pub ages: Option<(u32, u32)>,
    /// The id of the rule by which they are measured.
    pub rule: Option<String>,
}

static SHIPPED: LazyLock<BTreeMap<String, ShippedType>> =
    LazyLock::new(|| toml::from_str(include_str!("types.toml")).unwrap_or_default());

/// The types that come with veedel, by id.
pub fn shipped() -> &'static BTreeMap<String, ShippedType> {
    &SHIPPED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::rules;

    #[test]
    fn every_shipped_type_is_read_and_its_rule_is_shipped_too() {
        let read: BTreeMap<String, ShippedType> = toml::from_str(include_str!("types.toml")).unwrap();
        assert!(read.len() == shipped().len() && read.len() > 10);
        for (id, kind) in shipped() {
            assert!(kind.rule.as_ref().is_none_or(|rule| rules::shipped().contains_key(rule)), "{id}");
            assert!(kind.ages.is_none_or(|(from, until)| from < until), "{id}");
            assert!(
                kind.valid_from.as_ref().is_none_or(|day| day.parse::<jiff::civil::Date>().is_ok()),
                "{id}"
            );
            assert!(!kind.source.is_empty(), "{id}");
        }
    }
}
