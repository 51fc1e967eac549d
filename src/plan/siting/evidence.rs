//! The evidence of an answer about sites.

use schemars::JsonSchema;
use serde::Serialize;

use super::counting::Siting;
use super::question::Question;
use super::texts::WORDS;
use crate::catalog::Words;
use crate::plan::disclosure::Disclosure;
use crate::plan::evidence::facilities::{Facilities, facilities};
use crate::plan::evidence::network::{Network, network};
use crate::plan::evidence::people::{NotOnNetwork, Population, population};
use crate::plan::evidence::protection::{Protection, protection};
use crate::plan::evidence::{Request, edge};
use crate::plan::planning_data::PlanningData;

/// What an answer about sites stands on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SitingEvidence {
    /// How near is near enough.
    pub rule: Distance,
    /// The method in words.
    pub method: Words,
    /// Where new facilities may go.
    pub candidates: Candidates,
    /// The network that was searched.
    pub network: Network,
    /// The persons that were counted.
    pub population: Population,
    /// What there is already.
    pub facilities: Facilities,
    /// Where people live.
    pub demand: DemandOffNetwork,
    /// What lies beyond the data.
    pub edge: Words,
    /// How small counts were treated.
    pub disclosure: Protection,
    /// The version of the data.
    pub data_version: u64,
    /// When this was asked, and of which program.
    pub request: Request,
}

/// The distance within which persons are served.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Distance {
    /// The distance in metres.
    pub distance: f64,
    /// Minutes at the profile's speed.
    pub minutes: f64,
}

/// The places where new facilities may go.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CandidatesTried")]
pub struct Candidates {
    /// The number of candidates.
    pub count: usize,
    /// Those too far from the network.
    pub not_on_network: usize,
    /// What they are.
    pub are: String,
}

/// Where people live.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PeoplePlaces")]
pub struct DemandOffNetwork {
    /// What is too far from the network.
    pub not_on_network: NotOnNetwork,
}

/// Returns the evidence of an answer.
pub fn evidence(
    data: &PlanningData,
    question: &Question,
    answer: &Siting,
    disclosure: Disclosure,
) -> SitingEvidence {
    let are = match (&question.candidates.collection, question.candidates.points.is_empty()) {
        (Some(collection), _) => collection.as_str(),
        (None, false) => "points of the question",
        (None, true) => "nodes of the network",
    };
    SitingEvidence {
        rule: Distance { distance: answer.limit, minutes: question.profile.minutes(answer.limit) },
        method: WORDS.both("evidence.method", |_| vec![]),
        candidates: Candidates {
            count: answer.candidates,
            not_on_network: answer.candidates_off_network,
            are: are.to_owned(),
        },
        network: network(data, &answer.network, &answer.routable.graph, question.profile),
        population: population(data, &answer.people, &answer.groups),
        facilities: facilities(&answer.facilities, &answer.off_network),
        demand: DemandOffNetwork {
            not_on_network: NotOnNetwork {
                points: answer.not_snapped.0,
                persons: disclosure.count(answer.not_snapped.1),
            },
        },
        edge: edge(),
        disclosure: protection(data),
        data_version: data.data_version(),
        request: Request::now(),
    }
}
