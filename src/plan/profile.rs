//! Profiles of persons on the way: their speed, and the lines that are closed to them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalog::roles::NetworkRole;
use crate::catalog::roles::Pattern;

/// A way of moving. All speeds are even and on the flat; slopes and waiting are not known.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// An adult on foot, 5 km/h.
    #[default]
    #[serde(alias = "foot-walking")]
    Foot,
    /// A child on foot, 3.6 km/h.
    Child,
    /// An old person on foot, 3.6 km/h.
    Senior,
    /// In a wheelchair, 3.6 km/h, without what is closed to wheelchairs (stairs).
    Wheelchair,
    /// On a bicycle, 15 km/h.
    #[serde(alias = "cycling-regular")]
    Bicycle,
}

impl Profile {
    /// All profiles in order.
    pub const ALL: [Profile; 5] =
        [Profile::Foot, Profile::Child, Profile::Senior, Profile::Wheelchair, Profile::Bicycle];

    /// Returns the name of the profile in questions and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Foot => "foot",
            Profile::Child => "child",
            Profile::Senior => "senior",
            Profile::Wheelchair => "wheelchair",
            Profile::Bicycle => "bicycle",
        }
    }

    /// Returns the profile with this name. Two names of openrouteservice are known as well.
    pub fn parse(name: &str) -> Option<Profile> {
        match name {
            "foot-walking" => Some(Profile::Foot),
            "cycling-regular" => Some(Profile::Bicycle),
            _ => Profile::ALL.into_iter().find(|profile| profile.name() == name),
        }
    }

    /// Returns the speed in km/h.
    pub fn speed(self) -> f64 {
        match self {
            Profile::Foot => 5.0,
            Profile::Child | Profile::Senior | Profile::Wheelchair => 3.6,
            Profile::Bicycle => 15.0,
        }
    }

    /// Returns the time for a way in minutes, given its length in metres.
    ///
    /// ```
    /// use veedel::plan::profile::Profile;
    ///
    /// assert_eq!(Profile::Foot.minutes(1000.0), 12.0);
    /// ```
    pub fn minutes(self, metres: f64) -> f64 {
        metres / (self.speed() * 1000.0 / 60.0)
    }

    /// Returns the length of a way in metres, given the time in minutes.
    pub fn metres(self, minutes: f64) -> f64 {
        minutes * self.speed() * 1000.0 / 60.0
    }

    /// Whether the network says what is closed to this profile. It is a network of ways on foot;
    /// about wheelchairs and bicycles it knows only what `closed` says, be it that nothing is
    /// closed.
    pub fn is_known(self, role: &NetworkRole) -> bool {
        match self {
            Profile::Foot | Profile::Child | Profile::Senior => true,
            Profile::Wheelchair | Profile::Bicycle => role.closed.contains_key(self.name()),
        }
    }

    /// Whether the ways of this profile are others than those of an adult on foot, so that a
    /// distance in metres reaches other places. Times always differ.
    pub fn has_own_ways(self, role: &NetworkRole) -> bool {
        self == Profile::Foot || role.closed.get(self.name()).is_some_and(|own| !own.is_empty())
    }

    /// Returns the columns and values of the lines that are closed to this profile. On foot, lines
    /// that are closed to `foot` and to the profile itself are closed. For bicycles, `foot` counts
    /// only if nothing is configured for bicycles.
    pub fn closed(self, role: &NetworkRole) -> Vec<&BTreeMap<String, Vec<Pattern>>> {
        let own = role.closed.get(self.name());
        let foot = role.closed.get(Profile::Foot.name());
        match self {
            Profile::Foot => foot.into_iter().collect(),
            Profile::Bicycle => own.or(foot).into_iter().collect(),
            Profile::Child | Profile::Senior | Profile::Wheelchair => foot.into_iter().chain(own).collect(),
        }
    }
}
