//! The question about coverage.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::profile::Profile;
use crate::plan::question::{Facilities as Choice, Group, Within};

/// Which children have no primary school within 1000 m on foot, and where do they live?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CoverageQuestion")]
pub struct Question {
    /// What is to be near.
    pub facilities: Choice,
    /// The distance, time or rule.
    pub within: Within,
    /// How people move.
    #[serde(default)]
    pub profile: Profile,
    /// Who: all, without it.
    #[serde(default)]
    pub group: Group,
    /// The date of the population; the latest without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// The level of areas; without it that of the population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether the areas are put together to those of the level above too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rollup: bool,
}
