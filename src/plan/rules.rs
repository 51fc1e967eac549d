//! Rules of planning as data: distances by age, least areas, amounts for each person, with source and validity.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::ages::Ages;
use crate::error::{Error, Result};

/// A text for people, in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// German.
    pub de: String,
    /// English.
    pub en: String,
}

/// One rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it is called.
    pub title: Words,
    /// Where it is written.
    pub source: String,
    /// The day from which on it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// The least area of a facility that counts, in m².
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_area: Option<f64>,
    /// Distances by age.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What there has to be for each person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_person: Option<PerPerson>,
}

/// A distance for some ages.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The ages.
    pub ages: Ages,
    /// The longest way in metres.
    pub distance: f64,
}

/// An amount for each person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerPerson {
    /// How much.
    pub amount: f64,
    /// Of what.
    pub unit: String,
}

static SHIPPED: LazyLock<BTreeMap<String, Rule>> =
    LazyLock::new(|| toml::from_str(include_str!("rules.toml")).unwrap_or_default());

/// The rules that come with veedel, by id.
pub fn shipped() -> &'static BTreeMap<String, Rule> {
    &SHIPPED
}

/// The rule of an id: `din-18034`, or as people write it, `DIN 18034`.
pub fn find(id: &str) -> Result<(&'static str, &'static Rule)> {
    let wanted = id.trim().to_lowercase().replace([' ', '_'], "-");
    let found = shipped().iter().find(|(id, _)| **id == wanted);
    found.map(|(id, rule)| (id.as_str(), rule)).ok_or_else(|| {
        let known: Vec<&str> = shipped().keys().map(String::as_str).collect();
        Error::invalid("within", format!("there is no rule {id:?}"))
            .hint(format!("known: {}", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_rule_is_read_and_says_something() {
        let read: BTreeMap<String, Rule> = toml::from_str(include_str!("rules.toml")).unwrap();
        assert_eq!(read.len(), shipped().len());
        for (id, rule) in shipped() {
            assert!(!rule.steps.is_empty() || rule.per_person.is_some(), "{id}");
            assert!(rule.steps.iter().all(|step| step.ages.from < step.ages.until), "{id}");
        }
        assert_eq!(find("DIN 18034").unwrap().1.minimum_area, Some(500.0));
        assert_eq!(find("DIN 1").unwrap_err().parameter.as_deref(), Some("within"));
    }
}
