//! The types of facilities that veedel knows by itself, each with its title, the ages that it
//! serves and the rule that applies to it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::words::Words;

/// A type of facilities as a law or a plan defines it, independent of any city's collections.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippedType {
    /// The title for people.
    pub title: Words,
    /// The law or plan that defines the type.
    pub source: String,
    /// The first day of its validity, `YYYY-MM-DD`.
    pub valid_from: Option<String>,
    /// The ages that it serves in years, the second one excluded.
    pub ages: Option<(u32, u32)>,
    /// The id of the rule that applies to it.
    pub rule: Option<String>,
}

static SHIPPED: LazyLock<BTreeMap<String, ShippedType>> =
    LazyLock::new(|| toml::from_str(include_str!("types.toml")).unwrap_or_default());

/// Returns the built-in types by their ids.
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
