//! The evidence of an answer about the nearest facilities of a place.

use schemars::JsonSchema;
use serde::Serialize;

use super::counting::Nearest;
use super::question::Question;
use super::texts::WORDS;
use crate::catalog::Words;
use crate::plan::evidence::Request;
use crate::plan::evidence::facilities::{Facilities, facilities};
use crate::plan::evidence::network::{Network, network};
use crate::plan::planning_data::PlanningData;

/// What an answer about the nearest stands on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NearestEvidence {
    /// The method in words.
    pub method: Words,
    /// The network that was searched.
    pub network: Network,
    /// What was looked for.
    pub facilities: Facilities,
    /// Facilities to which no way within the limit of distances leads.
    pub not_reached: usize,
    /// The version of the data.
    pub data_version: u64,
    /// When this was asked, and of which program.
    pub request: Request,
}

/// Returns the evidence of an answer.
pub fn evidence(data: &PlanningData, question: &Question, answer: &Nearest) -> NearestEvidence {
    NearestEvidence {
        method: WORDS.both("evidence.method", |_| vec![]),
        network: network(data, &answer.network, &answer.graph, question.profile),
        facilities: facilities(&answer.facilities, &answer.off_network),
        not_reached: answer.unreached,
        data_version: data.data_version(),
        request: Request::now(),
    }
}
