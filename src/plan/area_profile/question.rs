//! The question about one area.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::profile::Profile;
use crate::plan::question::Polygon;

/// What about this area?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ProfileQuestion")]
pub struct Question {
    /// A drawn area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polygon: Option<Polygon>,
    /// Or the id of one of a level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// The level of that; without it that of the population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// How one moves.
    #[serde(default)]
    pub profile: Profile,
    /// The date of the population; the latest without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
}
