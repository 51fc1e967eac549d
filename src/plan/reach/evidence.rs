//! The evidence of an answer about reach.

use schemars::JsonSchema;
use serde::Serialize;

use super::counting::Reach;
use super::question::Question;
use super::texts::WORDS;
use crate::catalog::Words;
use crate::plan::disclosure::Disclosure;
use crate::plan::evidence::facilities::{Facilities, facilities};
use crate::plan::evidence::network::{Network, network};
use crate::plan::evidence::people::{Population, population};
use crate::plan::evidence::protection::{Protection, protection};
use crate::plan::evidence::{Request, edge};
use crate::plan::figures::tenths;
use crate::plan::planning_data::PlanningData;

/// What an answer about reach stands on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReachEvidence {
    /// The method in words.
    pub method: Words,
    /// The network that was searched.
    pub network: Network,
    /// The places where ways begin.
    pub origins: Origins,
    /// The facilities that are places of the question, if any are.
    pub facilities: Option<Facilities>,
    /// The persons that were counted; null where none were asked for.
    pub population: Option<Counted>,
    /// How the areas are drawn.
    pub picture: Picture,
    /// What lies beyond the data.
    pub edge: Words,
    /// How small counts were treated.
    pub disclosure: Protection,
    /// The version of the data.
    pub data_version: u64,
    /// When this was asked, and of which program.
    pub request: Request,
}

/// The places that ways begin at.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Origins {
    /// The number of places.
    pub count: usize,
    /// Those too far from the network, by id.
    pub not_on_network: Vec<String>,
    /// Whether places were moved to the middle of their cells, as counts are protected.
    pub moved_to_cells: bool,
}

/// The persons that were counted, or why none were.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Counted {
    /// These.
    People(Box<Population>),
    /// None.
    Nobody {
        /// What is missing.
        missing: &'static str,
    },
}

/// How areas are drawn.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    /// The distance of the samples, in metres.
    pub step_metres: Option<f64>,
}

/// Returns the evidence of an answer.
pub fn evidence(
    data: &PlanningData,
    question: &Question,
    answer: &Reach,
    disclosure: Disclosure,
) -> ReachEvidence {
    // Facilities are not moved, because everybody may see where they are.
    let is_moved = answer.people.is_some()
        && disclosure != Disclosure::Exact
        && answer.origins.list.iter().any(|origin| origin.row.is_none());
    let off = answer.off_network.none.iter();
    let off = off.filter_map(|index| answer.origins.list.get(*index as usize));
    let steps = answer.isochrones.iter().map(|isochrone| isochrone.step);
    let nobody = "no collection plays the part of population and demand, so nobody was counted";
    ReachEvidence {
        method: WORDS.both("evidence.method", |_| vec![]),
        network: network(data, &answer.network, &answer.graph, question.profile),
        origins: Origins {
            count: answer.origins.list.len(),
            not_on_network: off.map(|origin| origin.id.clone()).collect(),
            moved_to_cells: is_moved,
        },
        facilities: question.facilities.as_ref().map(|_| facilities(&answer.origins, &answer.off_network)),
        population: match &answer.people {
            Some((people, groups, _)) => Some(Counted::People(Box::new(population(data, people, groups)))),
            None => question.persons.then_some(Counted::Nobody { missing: nobody }),
        },
        picture: Picture { step_metres: steps.reduce(f64::max).map(tenths) },
        edge: edge(),
        disclosure: match answer.people {
            Some(_) => protection(data),
            None => Protection { notice: None, ..protection(data) },
        },
        data_version: data.data_version(),
        request: Request::now(),
    }
}
