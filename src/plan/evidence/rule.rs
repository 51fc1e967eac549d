//! The part of the evidence about the limits of a question.

use schemars::JsonSchema;
use serde::Serialize;

use crate::catalog::Words;
use crate::plan::ages::Ages;
use crate::plan::figures::tenths;
use crate::plan::planning_data::PlanningData;
use crate::plan::profile::Profile;
use crate::plan::question::{Limit, Within};
use crate::plan::rules;
use crate::plan::step::Step;

/// A rule as it is written down.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    /// The id of the rule.
    pub id: String,
    /// The title of the rule.
    pub title: Words,
    /// Where it is written.
    pub source: String,
    /// The day from which on it holds.
    pub valid_from: Option<String>,
    /// The last day on which it holds.
    pub valid_to: Option<String>,
}

impl Written {
    /// Returns the description of a rule.
    pub fn of(id: &str, rule: &rules::Rule) -> Written {
        Written {
            id: id.to_owned(),
            title: rule.title.clone(),
            source: rule.source.clone(),
            valid_from: rule.valid_from.clone(),
            valid_to: rule.valid_to.clone(),
        }
    }
}

/// The limits of a question, step by step.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Rule {
    /// The rule, where one was named.
    #[serde(flatten)]
    pub written: Option<WithArea>,
    /// The steps as they were used.
    pub steps: Vec<UsedStep>,
}

/// A rule, with the least area that it asks of a facility.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WithArea {
    /// The rule as it is configured.
    #[serde(flatten)]
    pub written: Written,
    /// The least area in m².
    pub minimum_area: Option<f64>,
}

/// A distance for some ages.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsedStep {
    /// The distance in metres.
    pub distance: f64,
    /// Minutes at the profile's speed.
    pub minutes: f64,
    /// The ages that the rule names.
    pub ages: Option<String>,
    /// The groups of the population that were counted.
    pub groups: Vec<String>,
    /// The groups that lie in the ages in part only.
    pub groups_cut_and_not_counted: Vec<String>,
}

/// Returns the evidence about the limits of a question.
pub fn rule(data: &PlanningData, within: &Within, profile: Profile, steps: &[Step]) -> Rule {
    let texts = |groups: &[Ages]| groups.iter().map(Ages::to_string).collect::<Vec<_>>();
    let step = |step: &Step| UsedStep {
        distance: step.limit,
        minutes: tenths(profile.minutes(step.limit)),
        ages: step.ages.map(|ages| ages.to_string()),
        groups: texts(&step.groups),
        groups_cut_and_not_counted: texts(&step.cut),
    };
    let written = match within.limit(profile, data) {
        Ok(Limit::Rule(id, rule)) => {
            Some(WithArea { written: Written::of(id, rule), minimum_area: rule.minimum_area })
        }
        _ => None,
    };
    Rule { written, steps: steps.iter().map(step).collect() }
}
