//! Rules of planning as data: distances by age, least areas, amounts for each person, with source
//! and validity.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::words::Words;

/// One rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it is called.
    pub title: Words,
    /// Where it is written.
    pub source: String,
    /// The day from which on it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// The last day on which it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<String>,
    /// The least area of a facility that counts, in m².
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_area: Option<f64>,
    /// Distances by age.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What there has to be for each person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_person: Option<PerPerson>,
    /// The least number of persons that is given where small counts are protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<u32>,
}

static SHIPPED: LazyLock<BTreeMap<String, Rule>> =
    LazyLock::new(|| toml::from_str(include_str!("rules.toml")).unwrap_or_default());

/// The rules that come with veedel, by id.
pub fn shipped() -> &'static BTreeMap<String, Rule> {
    &SHIPPED
}

/// A distance for some ages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The ages, half-open.
    pub ages: (u32, u32),
    /// The longest way in metres.
    pub distance: f64,
}

/// An amount for each person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerPerson {
    /// How much.
    pub amount: f64,
    /// Of what.
    pub unit: String,
}
