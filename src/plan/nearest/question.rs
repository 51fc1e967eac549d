//! The question about the nearest facilities of a place.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::profile::Profile;
use crate::plan::question::Facilities as Choice;

/// Which school is nearest to this address, and how does one get there?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NearestQuestion")]
pub struct Question {
    /// Longitude and latitude in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<[f64; 2]>,
    /// Or an address as people write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What is looked for.
    pub facilities: Choice,
    /// How many of the nearest.
    #[serde(default = "one")]
    #[schemars(range(min = 1), extend("maximum" = "{planning_nearest}"))]
    pub k: usize,
    /// How one moves.
    #[serde(default)]
    pub profile: Profile,
    /// Whether the routes are wanted too.
    #[serde(default)]
    pub route: bool,
}

fn one() -> usize {
    1
}
