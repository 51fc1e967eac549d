//! The question about distances from everywhere.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::profile::Profile;
use crate::plan::question::{Facilities as Choice, Group};

/// How far is it to the nearest library, area by area?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DistancesQuestion")]
pub struct Question {
    /// What is looked for.
    pub facilities: Choice,
    /// How one moves.
    #[serde(default)]
    pub profile: Profile,
    /// By whose number the points weigh: all persons, without it.
    #[serde(default)]
    pub group: Group,
    /// The date of the population; the latest without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// The level of areas; without it that of the population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether each point is wanted too.
    #[serde(default)]
    pub per_address: bool,
}
