//! The network as a profile uses it, with the places of all points of demand on it.

use std::sync::Arc;

use rayon::prelude::*;

use super::demand::Demand;
use super::network::{Graph, Network, Snap};
use super::plane::Point;

/// The network as a profile uses it, with the places of all points of demand on it.
#[derive(Debug)]
pub struct Ways {
    /// The open edges.
    pub graph: Arc<Graph>,
    /// Where each point of demand lies on it; None beyond the snapping distance.
    pub snaps: Vec<Option<Snap>>,
    /// The points that lie on another component of the network than the largest.
    pub strays: Vec<u32>,
}

impl Ways {
    /// The places of all points of demand on a graph, no further than `snapping` metres from it.
    pub fn of(network: &Network, graph: Arc<Graph>, demand: &Demand, snapping: f64) -> Ways {
        let snap = |point: &Point| graph.index.nearest(*point, snapping);
        let snaps: Vec<Option<Snap>> = demand.points.par_iter().map(snap).collect();
        let is_stray = |snap: &Snap| component(network, &graph, snap.edge) != Some(0);
        let strays = (0..).zip(&snaps).filter(|(_, snap)| snap.as_ref().is_some_and(is_stray));
        let strays = strays.map(|(index, _)| index).collect();
        Ways { graph, snaps, strays }
    }
}

/// The component of an edge.
pub fn component(network: &Network, graph: &Graph, edge: u32) -> Option<u32> {
    graph.component(network.edge(edge)?.from)
}
