//! Rules of planning as data, with source and validity: distances by age, minimum areas, amounts
//! per person.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::words::Words;

/// A rule of planning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The title for people.
    pub title: Words,
    /// The law or plan that contains the rule.
    pub source: String,
    /// The first day of its validity, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// The last day of its validity, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<String>,
    /// The minimum area of a facility in m².
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_area: Option<f64>,
    /// The greatest distances by age.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// The amount that is required for each person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_person: Option<PerPerson>,
    /// The threshold below which small counts are protected, in persons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<u32>,
}

static SHIPPED: LazyLock<BTreeMap<String, Rule>> =
    LazyLock::new(|| toml::from_str(include_str!("rules.toml")).unwrap_or_default());

/// Returns the built-in rules by their ids.
pub fn shipped() -> &'static BTreeMap<String, Rule> {
    &SHIPPED
}

/// The greatest distance for some ages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The ages in years, the second one excluded.
    pub ages: (u32, u32),
    /// The greatest length of a way in metres.
    pub distance: f64,
}

/// An amount that is required for each person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerPerson {
    /// The amount, in `unit`.
    pub amount: f64,
    /// The unit of the amount.
    pub unit: String,
}
