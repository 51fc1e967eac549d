//! The question about supply.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::ages::Ages;
use crate::plan::question::Facilities as Choice;

/// How many places are there for each child under three, and is that enough?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SupplyQuestion")]
pub struct Question {
    /// What has places.
    pub facilities: Choice,
    /// The column of their capacity, or `area` for m²; without it the first of the collection's
    /// role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<String>,
    /// Whose places they are: each a denominator of its own; without any, the ages of the capacity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Ages>,
    /// How much there should be for each person: a number, or the name of a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// A date of the population, or `all`; the latest without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// A level of areas, or `all`; without it that of the population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What should be there for each person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a number or the name of a rule")]
pub enum Target {
    /// This much.
    PerPerson(f64),
    /// What a rule says.
    Rule(String),
}
