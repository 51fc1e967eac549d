//! The question about sites.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::profile::Profile;
use crate::plan::question::{Facilities as Choice, Group, Points, Within};

/// Where must the next Kita go?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SitingQuestion")]
pub struct Question {
    /// What there is already.
    pub facilities: Choice,
    /// How near is near enough: a distance or minutes.
    #[serde(default)]
    pub within: Within,
    /// How many new ones.
    #[serde(default = "one")]
    #[schemars(range(min = 1), extend("maximum" = "{planning_sites}"))]
    pub p: usize,
    /// Where they may go: every node of the network, without it.
    #[serde(default)]
    pub candidates: Candidates,
    /// How people move.
    #[serde(default)]
    pub profile: Profile,
    /// Whose persons: all, without it.
    #[serde(default)]
    pub group: Group,
    /// The date of the population; the latest without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// The level of areas; without it that of the population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

fn one() -> usize {
    1
}

/// Where new facilities may go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Candidates {
    /// At one of these places.
    #[serde(default, skip_serializing_if = "Points::is_empty")]
    pub points: Points,
    /// At one of these features: plots, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
    /// Conditions on their columns, as CQL2 text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}
