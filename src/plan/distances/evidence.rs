//! The evidence of an answer about distances from everywhere.

use schemars::JsonSchema;
use serde::Serialize;

use super::counting::{Distances, QUANTILES};
use super::question::Question;
use super::texts::WORDS;
use crate::catalog::Words;
use crate::plan::evidence::facilities::{Facilities, facilities};
use crate::plan::evidence::network::{Network, network};
use crate::plan::evidence::people::{Population, population};
use crate::plan::evidence::protection::{Protection, protection};
use crate::plan::evidence::{Request, edge};
use crate::plan::planning_data::PlanningData;

/// What an answer about distances from everywhere stands on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DistancesEvidence {
    /// The method in words.
    pub method: Words,
    /// The shares of persons at which distances are named.
    pub quantiles: [f64; 5],
    /// The longest way that is looked for, in metres.
    pub longest_way: f64,
    /// The network that was searched.
    pub network: Network,
    /// The persons that were counted.
    pub population: Population,
    /// What was looked for.
    pub facilities: Facilities,
    /// Where people live.
    pub demand: DemandPoints,
    /// What lies beyond the data.
    pub edge: Words,
    /// How small counts were treated.
    pub disclosure: Protection,
    /// The version of the data.
    pub data_version: u64,
    /// When this was asked, and of which program.
    pub request: Request,
}

/// Points of demand.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PlacesAsked")]
pub struct DemandPoints {
    /// How many there are.
    pub points: usize,
    /// Those too far from the network.
    pub not_on_network: usize,
}

/// Returns the evidence of an answer.
pub fn evidence(data: &PlanningData, question: &Question, answer: &Distances) -> DistancesEvidence {
    DistancesEvidence {
        method: WORDS.both("evidence.method", |_| vec![]),
        quantiles: QUANTILES,
        longest_way: data.longest(),
        network: network(data, &answer.network, &answer.routable.graph, question.profile),
        population: population(data, &answer.people, &answer.groups),
        facilities: facilities(&answer.facilities, &answer.off_network),
        demand: DemandPoints {
            points: answer.points.len(),
            not_on_network: answer.routable.snaps.iter().filter(|snap| snap.is_none()).count(),
        },
        edge: edge(),
        disclosure: protection(data),
        data_version: data.data_version(),
        request: Request::now(),
    }
}
