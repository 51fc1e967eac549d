//! The question about reach.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, Said, said};
use crate::limits::{Key, Limits};
use crate::plan::profile::Profile;
use crate::plan::question::{Facilities as Choice, Group, Points, is_a_way};

/// How far does one get from here, and how many live there?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ReachQuestion")]
pub struct Question {
    /// The places where ways begin.
    #[serde(default, skip_serializing_if = "Points::is_empty")]
    pub points: Points,
    /// From these addresses too, as people write them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("maxItems" = "{planning_places}"))]
    pub addresses: Vec<String>,
    /// From these facilities too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facilities: Option<Choice>,
    /// How far: one band or several.
    pub within: Bands,
    /// How one moves.
    #[serde(default)]
    pub profile: Profile,
    /// Whether all places count as one.
    #[serde(default)]
    pub merge: bool,
    /// Whether persons are counted.
    #[serde(default = "yes")]
    pub persons: bool,
    /// Whose persons: all, without it.
    #[serde(default)]
    pub group: Group,
    /// The date of the population; the latest without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
}

fn yes() -> bool {
    true
}

/// Distances or minutes: one of the two.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// The distances in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<OneOrMany>,
    /// Minutes at the profile's speed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<OneOrMany>,
}

/// A number, or a list of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a number or a list of numbers")]
pub enum OneOrMany {
    /// One.
    One(f64),
    /// Several.
    Many(#[schemars(extend("minItems" = 1, "maxItems" = "{planning_bands}"))] Vec<f64>),
}

impl Bands {
    /// Returns the limits of the bands in metres, the shortest first.
    ///
    /// # Errors
    ///
    /// Returns an error if not exactly one of distance and minutes is given, if there are too many
    /// bands, or if one of them is not permitted.
    pub fn metres(&self, profile: Profile, limits: &Limits) -> Result<Vec<f64>> {
        let wrong = |what: Said| {
            Error::invalid("within", what)
                .hint(said!(r#"distance (metres) or minutes, such as {{"distance": [500, 1000]}}"#))
        };
        let many = |some: &OneOrMany| match some {
            OneOrMany::One(value) => vec![*value],
            OneOrMany::Many(values) => values.clone(),
        };
        let mut metres: Vec<f64> = match (&self.distance, &self.minutes) {
            (Some(distances), None) => many(distances),
            (None, Some(minutes)) => many(minutes).iter().map(|minutes| profile.metres(*minutes)).collect(),
            _ => return Err(wrong(said!("within names not exactly one of distance and minutes"))),
        };
        if metres.is_empty() {
            return Err(wrong(said!("no distance is named")));
        }
        limits.at_most(Key::planning_bands, "within", metres.len())?;
        metres.iter().try_for_each(|metres| is_a_way(*metres, limits))?;
        metres.sort_by(f64::total_cmp);
        metres.dedup();
        Ok(metres)
    }
}
