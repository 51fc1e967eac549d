//! The evidence of an answer about supply.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::amount::Amount;
use super::counting::{Supplied, Supply, YELLOW};
use super::texts::WORDS;
use crate::catalog::Words;
use crate::plan::evidence::Request;
use crate::plan::evidence::facilities::{Facilities, facilities};
use crate::plan::evidence::people::{Population, population};
use crate::plan::evidence::protection::{Protection, protection};
use crate::plan::evidence::rule::Written;
use crate::plan::facilities::OffNetwork;
use crate::plan::planning_data::PlanningData;

/// What an answer about supply stands on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupplyEvidence {
    /// The method in words.
    pub method: Words,
    /// The capacity that was summed up.
    pub capacity: CapacityColumn,
    /// What there should be for each person, if that was asked.
    pub target: Option<Aim>,
    /// The persons that were counted.
    pub population: Option<Population>,
    /// What has places.
    pub facilities: Facilities,
    /// The levels of areas.
    pub levels: Vec<OfLevel>,
    /// How small counts were treated.
    pub disclosure: Protection,
    /// The version of the data.
    pub data_version: u64,
    /// When this was asked, and of which program.
    pub request: Request,
}

/// The capacity that was summed up.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CapacityColumn {
    /// Its column; `area` for m².
    pub column: String,
    /// What it counts.
    pub unit: String,
    /// The facilities of which it is known.
    pub known: usize,
    /// The number of all facilities.
    pub of: usize,
    /// Values that are no capacity.
    pub odd_values: usize,
}

/// What there should be for each person.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Aim {
    /// The amount for each person.
    pub per_person: f64,
    /// The rule that says so.
    pub rule: Option<Written>,
    /// From which part of it a light is green, or yellow.
    pub lights: Lights,
}

/// Parts of a target.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Lights {
    /// From here on green.
    pub green: f64,
    /// From here on yellow.
    pub yellow: f64,
}

/// A level of areas.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfLevel {
    /// The name of the level.
    pub level: String,
    /// How many areas it has.
    pub areas: usize,
    /// The capacity in none of them.
    pub in_none: Amount,
    /// Points of demand in none of them.
    pub points_in_none: usize,
}

/// Returns the evidence of an answer.
pub fn evidence(data: &PlanningData, answer: &Supply) -> SupplyEvidence {
    let first = answer.levels.first();
    let tables = first.into_iter().flat_map(|level| &level.tables);
    let groups: BTreeSet<_> = tables.flat_map(|table| table.groups.iter().copied()).collect();
    let groups: Vec<_> = groups.into_iter().collect();
    let level = |level: &Supplied| OfLevel {
        level: level.people.by.clone(),
        areas: level.capacities.len(),
        in_none: Amount::of(&level.elsewhere),
        points_in_none: level.people.level.outside,
    };
    SupplyEvidence {
        method: WORDS.both("evidence.method", |_| vec![]),
        capacity: CapacityColumn {
            column: answer.capacity_column.clone(),
            unit: answer.unit.clone(),
            known: answer.total.known,
            of: answer.total.facilities,
            odd_values: answer.facilities.odd_capacities,
        },
        target: answer.target.as_ref().map(|(target, rule)| Aim {
            per_person: *target,
            rule: rule.as_ref().map(|(id, rule)| Written::of(id, rule)),
            lights: Lights { green: 1.0, yellow: YELLOW },
        }),
        population: first.map(|level| population(data, &level.people, &groups)),
        facilities: facilities(&answer.facilities, &OffNetwork::default()),
        levels: answer.levels.iter().map(level).collect(),
        disclosure: protection(data),
        data_version: data.data_version(),
        request: Request::now(),
    }
}
