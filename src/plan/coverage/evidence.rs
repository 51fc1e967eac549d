//! The evidence of an answer about coverage.

use schemars::JsonSchema;
use serde::Serialize;

use super::counting::Coverage;
use super::question::Question;
use super::texts::WORDS;
use crate::catalog::Words;
use crate::plan::ages::Ages;
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::evidence::facilities::{Facilities, facilities};
use crate::plan::evidence::network::{Network, network};
use crate::plan::evidence::people::{
    Demand, NotOnNetwork, NotSpread, Population, Spread, demand, population,
};
use crate::plan::evidence::protection::{Protection, protection};
use crate::plan::evidence::rule::{Rule, rule};
use crate::plan::evidence::{Request, edge};
use crate::plan::planning_data::PlanningData;

/// What an answer about coverage stands on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageEvidence {
    /// How near is near enough.
    pub rule: Rule,
    /// The method in words.
    pub method: Words,
    /// The network that was searched.
    pub network: Network,
    /// The persons that were counted.
    pub population: Population,
    /// What is to be near.
    pub facilities: Facilities,
    /// Where people live.
    pub demand: Demand,
    /// The areas of the answer.
    pub areas: Areas,
    /// What lies beyond the data.
    pub edge: Words,
    /// How small counts were treated.
    pub disclosure: Protection,
    /// The version of the data.
    pub data_version: u64,
    /// When this was asked, and of which program.
    pub request: Request,
}

/// The areas that persons were counted by.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Areas {
    /// The level of the areas.
    pub level: Option<String>,
    /// How many there are.
    pub count: usize,
    /// Those that could not be used.
    pub without_id_or_geometry: usize,
    /// Those that came as several features and were put together, by id.
    pub in_several_parts: Vec<String>,
    /// Points of demand in several areas.
    pub points_in_several: usize,
    /// Points of demand in none.
    pub points_in_none: usize,
    /// Persons in none.
    pub persons_in_none: Published,
}

/// Returns the evidence of an answer. `persons_in_none` are the persons in no area.
pub fn evidence(
    data: &PlanningData,
    question: &Question,
    answer: &Coverage,
    disclosure: Disclosure,
    persons_in_none: Published,
) -> CoverageEvidence {
    let (inputs, people) = (&answer.inputs, &answer.inputs.people);
    let steps: Vec<_> = answer.steps.iter().map(|(step, _)| step.clone()).collect();
    let off = NotOnNetwork { points: answer.not_snapped.0, persons: disclosure.count(answer.not_snapped.1) };
    CoverageEvidence {
        rule: rule(data, &question.within, question.profile, &steps),
        method: WORDS.both("evidence.method", |_| vec![]),
        network: network(data, &inputs.network, &inputs.routable.graph, question.profile),
        population: of_population(data, answer, disclosure),
        facilities: facilities(&answer.facilities, &answer.off_network),
        demand: demand(data, people, off, disclosure.count(answer.cut_off)),
        areas: Areas {
            level: Some(people.by.clone()).filter(|by| !by.is_empty()),
            count: people.level.areas.len(),
            without_id_or_geometry: people.level.skipped,
            in_several_parts: people.level.in_parts.clone(),
            points_in_several: people.level.overlaps,
            points_in_none: people.level.outside,
            persons_in_none,
        },
        edge: edge(),
        disclosure: protection(data),
        data_version: data.data_version(),
        request: Request::now(),
    }
}

fn of_population(data: &PlanningData, answer: &Coverage, disclosure: Disclosure) -> Population {
    let groups: Vec<Ages> = answer.steps.iter().flat_map(|(step, _)| step.groups.clone()).collect();
    let not_spread = answer.not_spread.iter().map(|(id, name, persons)| NotSpread {
        id: id.clone(),
        name: name.clone(),
        persons: disclosure.count(*persons),
    });
    let spread = data.shown_base().map(|_| Spread {
        areas_without_number: answer.unknown.clone(),
        areas_without_points: not_spread.collect(),
    });
    Population { spread, ..population(data, &answer.inputs.people, &groups) }
}
