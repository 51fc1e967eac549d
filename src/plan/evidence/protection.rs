//! The part of the evidence about the protection of small counts.

use schemars::JsonSchema;
use serde::Serialize;

use super::said;
use crate::catalog::Words;
use crate::plan::cells::CellStart;
use crate::plan::disclosure::Disclosure;
use crate::plan::planning_data::PlanningData;
use crate::plan::question::PUBLISHED;
use crate::plan::words::phrases::not_for_publication;

/// How small counts were treated.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Protection {
    /// `exact` or `protected`.
    pub mode: &'static str,
    /// That the counts are not for publication, because they are exact for this caller only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Words>,
    /// The method, where they are protected.
    #[serde(flatten)]
    pub method: Option<Method>,
}

/// The method by which small counts are protected.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Method {
    /// No number of persons below this is given.
    pub threshold: u32,
    /// All numbers of persons are multiples of this.
    pub rounded_to: Option<f64>,
    /// What persons are counted on.
    pub counted_on: &'static str,
    /// Where the ways of those begin who live in a cell.
    pub ways_begin_at: Option<Words>,
    /// The distances in metres that may be asked about.
    pub distances: [f64; 8],
    /// What is protected.
    pub protected: Protected,
    /// The rule in words.
    pub rule: Words,
    /// How numbers are to be read.
    pub note: Words,
}

/// What is protected.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Protected {
    /// Numbers of persons: always.
    pub persons: bool,
    /// The weights of points of demand.
    pub weights: bool,
    /// The collections that are for nobody.
    pub hidden_collections: Hidden,
}

/// Collections that are read for answers and given to nobody.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Hidden {
    /// That of the population.
    pub population: bool,
    /// That of the points of demand.
    pub demand: bool,
}

/// Returns the evidence about the protection of small counts.
pub fn protection(data: &PlanningData) -> Protection {
    let disclosure = data.disclosure();
    let method = match disclosure {
        Disclosure::Exact => None,
        Disclosure::Protected { threshold } => Some(method(data, threshold, disclosure.step())),
    };
    let notice = data.is_confidential().then(|| Words::both(not_for_publication));
    Protection { mode: disclosure.name(), notice, method }
}

fn method(data: &PlanningData, threshold: u32, rounded_to: Option<f64>) -> Method {
    let demand = data.roles.demand.as_ref();
    let starts = demand.map(|role| CellStart::of(data.is_open(&role.collection)));
    let of = |part: &str| data.roles.protected_collections().iter().any(|(_, other)| *other == part);
    Method {
        threshold,
        rounded_to,
        counted_on: "cells of 100 m",
        ways_begin_at: starts.map(CellStart::words),
        distances: PUBLISHED,
        protected: Protected {
            persons: true,
            weights: of("demand"),
            hidden_collections: Hidden { population: of("population"), demand: of("demand") },
        },
        rule: said("protection_rule"),
        note: said("protection_note"),
    }
}
