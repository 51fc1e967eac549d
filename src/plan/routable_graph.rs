//! The graph that ways are found on: the edges that are open to a profile, and the place of each
//! point of demand on them.

use std::sync::Arc;

use rayon::prelude::*;

use super::demand::Demand;
use super::network::{Graph, Network, Snap};
use super::plane::Point;

/// The edges that are open to one profile, with the place of each point of demand on them.
#[derive(Debug)]
pub struct RoutableGraph {
    /// The open edges and their nodes.
    pub graph: Arc<Graph>,
    /// The nearest place on an open edge, by point of demand; None if it is farther than the
    /// snapping distance.
    pub snaps: Vec<Option<Snap>>,
    /// The indexes of the points whose edge is not in the largest component.
    pub strays: Vec<u32>,
}

impl RoutableGraph {
    /// Finds the nearest open edge of each point of demand, at most `snapping` metres away.
    pub fn of(network: &Network, graph: Arc<Graph>, demand: &Demand, snapping: f64) -> RoutableGraph {
        let snap = |point: &Point| graph.index.nearest(*point, snapping);
        let snaps: Vec<Option<Snap>> = demand.points.par_iter().map(snap).collect();
        let is_stray = |snap: &Snap| component(network, &graph, snap.edge) != Some(0);
        let strays = (0..).zip(&snaps).filter(|(_, snap)| snap.as_ref().is_some_and(is_stray));
        let strays = strays.map(|(index, _)| index).collect();
        RoutableGraph { graph, snaps, strays }
    }
}

/// Returns the number of the connected component that an open edge belongs to; 0 is the largest.
pub fn component(network: &Network, graph: &Graph, edge: u32) -> Option<u32> {
    graph.component(network.edge(edge)?.from)
}
