//! The part of the evidence about the counted persons and the points of demand.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::Source;
use super::rule::Written;
use crate::plan::ages::Ages;
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::people::People;
use crate::plan::planning_data::PlanningData;
use crate::plan::rules;

/// The persons that were counted: where they are from, of when, and which.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Population {
    /// The collection of the population.
    #[serde(flatten)]
    pub source: Option<Source>,
    /// The rule that small counts are protected by.
    pub secrecy: Option<Secrecy>,
    /// The date of the population.
    pub date: Date,
    /// The age groups that were counted.
    pub groups: Vec<String>,
    /// The level of areas of the table.
    pub level: Option<String>,
    /// Who is counted in the table at all, as the configuration says it.
    pub denominator: Option<String>,
    /// Where the table has been published, if it has.
    pub already_public: Option<String>,
    /// Rows of the table without a number.
    pub rows_without_number: usize,
    /// Areas of the table that are no areas of the level.
    pub areas_elsewhere: usize,
    /// Groups that were left out as others contain them.
    pub groups_left_out_as_overlapping: Vec<String>,
    /// Groups of which the ages are not understood.
    pub groups_without_ages: Vec<String>,
    /// What an answer about coverage adds.
    #[serde(flatten)]
    pub spread: Option<Spread>,
}

/// A rule of secrecy with its threshold.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Secrecy {
    /// The rule as it is configured.
    #[serde(flatten)]
    pub written: Written,
    /// No number of persons below this is given.
    pub threshold: Option<u32>,
}

/// What could not be spread over the places where people live.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    /// Areas for which the table has no number.
    pub areas_without_number: Vec<String>,
    /// Areas with persons but without a point of demand.
    pub areas_without_points: Vec<NotSpread>,
}

/// An area without a point of demand.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NotSpread {
    /// The id of the area.
    pub id: String,
    /// The name of the area.
    pub name: String,
    /// The number of its persons.
    pub persons: Published,
}

/// Returns the evidence about the counted persons.
pub fn population(data: &PlanningData, people: &People, groups: &[Ages]) -> Population {
    let role = data.roles.population.as_ref();
    let loaded = role.and_then(|role| data.role_collection("population", &role.collection).ok());
    let threshold = data.roles.threshold_rule.as_ref().filter(|_| !data.roles.exact);
    let threshold = threshold.and_then(|id| rules::find(&data.roles, id).ok());
    Population {
        source: loaded.as_ref().map(Source::of),
        secrecy: threshold
            .map(|(id, rule)| Secrecy { written: Written::of(id, rule), threshold: rule.threshold }),
        date: people.date,
        groups: groups.iter().map(Ages::to_string).collect(),
        level: data.shown_base().map(str::to_owned),
        denominator: role.and_then(|role| role.denominator.clone()),
        already_public: role.and_then(|role| role.already_public.clone()),
        rows_without_number: people.population.unknown,
        areas_elsewhere: people.population.other_areas.len(),
        groups_left_out_as_overlapping: people.population.overlapping.iter().map(Ages::to_string).collect(),
        groups_without_ages: people.population.other_groups.iter().cloned().collect(),
        spread: None,
    }
}

/// The points or cells on which persons were counted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Demand {
    /// The collection of the points.
    #[serde(flatten)]
    pub source: Option<Source>,
    /// How many there are.
    pub points: usize,
    /// What they are: points, or cells.
    pub unit: &'static str,
    /// The column of the persons that a point stands for; `equal` without one.
    pub weight: String,
    /// Where the points have been published, if they have.
    pub already_public: Option<String>,
    /// Rows without a place.
    pub without_place: usize,
    /// Rows without a weight.
    pub without_weight: usize,
    /// Points in none of the areas.
    pub in_no_area: usize,
    /// Points in several areas.
    pub in_several_areas: usize,
    /// What is too far from the network.
    pub not_on_network: NotOnNetwork,
    /// Persons at a piece of the network without facilities.
    pub cut_off: CutOff,
}

/// Points of demand too far from the network, and who lives there.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NotOnNetwork {
    /// The number of points.
    pub points: usize,
    /// The number of their persons.
    pub persons: Published,
}

/// Persons at a piece of the network without facilities.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CutOff {
    /// The number of persons.
    pub persons: Published,
}

/// Returns the evidence about the points or cells on which `people` were counted.
pub fn demand(
    data: &PlanningData,
    people: &People,
    not_on_network: NotOnNetwork,
    cut_off: Published,
) -> Demand {
    let role = data.roles.demand.as_ref();
    let loaded = role.and_then(|role| data.role_collection("demand", &role.collection).ok());
    let is_exact = data.disclosure() == Disclosure::Exact;
    Demand {
        source: loaded.as_ref().map(Source::of),
        points: people.demand.points.len(),
        unit: if is_exact { "points" } else { "cells of 100 m" },
        weight: role.and_then(|role| role.weight.clone()).unwrap_or_else(|| "equal".into()),
        already_public: role.and_then(|role| role.already_public.clone()),
        without_place: people.demand.without_place,
        without_weight: people.demand.without_weight,
        in_no_area: people.base.outside,
        in_several_areas: people.base.overlaps,
        not_on_network,
        cut_off: CutOff { persons: cut_off },
    }
}
