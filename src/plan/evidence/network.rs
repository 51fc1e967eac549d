//! The part of the evidence about the network.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Source, said};
use crate::catalog::Words;
use crate::catalog::roles::Pattern;
use crate::plan::figures::{digits, tenths};
use crate::plan::network::{self, Graph};
use crate::plan::planning_data::PlanningData;
use crate::plan::profile::Profile;

/// The network and how it was used.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Network {
    /// The collection of the network.
    #[serde(flatten)]
    pub source: Option<Source>,
    /// Of when it is, as the configuration says it.
    pub date: Option<String>,
    /// How one moves.
    pub profile: &'static str,
    /// At what speed.
    pub speed_km_per_hour: f64,
    /// The length of what is open.
    pub kilometres: f64,
    /// The edges that are open.
    pub edges: usize,
    /// The edges that are closed to this profile.
    pub edges_closed: usize,
    /// The number of nodes.
    pub nodes: usize,
    /// The pieces that do not hang together.
    pub components: usize,
    /// The share that the largest piece has of the length.
    pub largest_component: f64,
    /// The lines that could not be used.
    pub lines_left_out: usize,
    /// How near ends are to be, in metres, to be one node.
    pub node_tolerance: Option<f64>,
    /// Where lines are joined.
    pub joined: &'static str,
    /// The values of columns that close an edge to this profile.
    pub closed: Vec<Closed>,
    /// The EPSG code of the plane in which ways are measured.
    pub crs: u32,
    /// How places come to the network.
    pub snapping: Snapping,
}

/// Values of a column.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Closed {
    /// The column of the rule.
    pub column: String,
    /// The values, or their beginnings and a star.
    pub values: Vec<String>,
}

/// How places come to the network.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Snapping {
    /// The farthest that a place may be from it, in metres.
    pub most: f64,
    /// The method in words.
    #[serde(flatten)]
    pub text: Words,
}

/// Returns the evidence about the network and its edges that are open to a profile.
pub fn network(data: &PlanningData, network: &network::Network, graph: &Graph, profile: Profile) -> Network {
    let role = data.roles.network.as_ref();
    let loaded = role.and_then(|role| data.role_collection("network", &role.collection).ok());
    Network {
        source: loaded.as_ref().map(Source::of),
        date: role.and_then(|role| role.date.clone()),
        profile: profile.name(),
        speed_km_per_hour: profile.speed(),
        kilometres: tenths(graph.length / 1000.0),
        edges: graph.edges,
        edges_closed: network.edges().len() - graph.edges,
        nodes: network.nodes().len(),
        components: graph.component_count,
        largest_component: digits(graph.largest_share, 4),
        lines_left_out: network.skipped,
        node_tolerance: role.map(|role| role.node_tolerance),
        joined: if role.is_some_and(|role| role.joined_at_vertices) {
            "at shared vertices"
        } else {
            "at ends"
        },
        closed: closed(data, profile),
        crs: data.roles.srid,
        snapping: Snapping { most: data.roles.snapping, text: said("snapping") },
    }
}

fn closed(data: &PlanningData, profile: Profile) -> Vec<Closed> {
    let closed = data.roles.network.as_ref().map(|role| profile.closed(role)).unwrap_or_default();
    let columns = closed.into_iter().flatten();
    columns
        .map(|(name, patterns)| Closed {
            column: name.clone(),
            values: patterns.iter().map(Pattern::text).collect(),
        })
        .collect()
}
