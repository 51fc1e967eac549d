//! The evidence of the profile of an area.

use schemars::JsonSchema;
use serde::Serialize;

use super::counting::AreaProfile;
use super::question::Question;
use super::texts::WORDS;
use crate::catalog::Words;
use crate::plan::evidence::network::{Network, network};
use crate::plan::evidence::people::{Population, population};
use crate::plan::evidence::protection::{Protection, protection};
use crate::plan::evidence::{Request, Source};
use crate::plan::planning_data::PlanningData;

/// What the profile of an area stands on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileEvidence {
    /// The method in words.
    pub method: Words,
    /// Points of demand, or cells, in the area.
    pub points: usize,
    /// The persons that were counted.
    pub population: Population,
    /// The collections of facilities.
    pub facilities: Vec<Source>,
    /// The network; null where there is none.
    pub network: Option<Network>,
    /// How small counts were treated.
    pub disclosure: Protection,
    /// The version of the data.
    pub data_version: u64,
    /// When this was asked, and of which program.
    pub request: Request,
}

/// Returns the evidence of a profile.
pub fn evidence(data: &PlanningData, question: &Question, answer: &AreaProfile) -> ProfileEvidence {
    let groups: Vec<_> = answer.groups.iter().map(|(ages, _, _)| *ages).collect();
    let ways = data.network().ok().zip(data.graph(question.profile).ok());
    ProfileEvidence {
        method: WORDS.both("evidence.method", |_| vec![]),
        points: answer.points,
        population: population(data, &answer.people, &groups),
        facilities: answer.facilities.iter().map(|kind| Source::of(&kind.loaded)).collect(),
        network: ways.map(|(own, graph)| network(data, &own, &graph, question.profile)),
        disclosure: protection(data),
        data_version: data.data_version(),
        request: Request::now(),
    }
}
