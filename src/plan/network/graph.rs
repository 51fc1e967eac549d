//! The edges of a network that are open to a profile, with the neighbours of each node.

use super::edges::Network;
use super::snap::EdgeIndex;

/// An open edge in the direction in which it leaves a node.
#[derive(Clone, Copy, Debug)]
pub struct Arc {
    /// The node at the other end.
    pub to: u32,
    /// The index of the edge.
    pub edge: u32,
    /// The length in metres.
    pub length: f64,
}

/// The open edges of a network, which can be used in both directions.
#[derive(Debug)]
pub struct Graph {
    /// The index after the last arc of each node.
    ends: Vec<u32>,
    arcs: Vec<Arc>,
    /// The number of the connected component of each node; 0 is the longest. `u32::MAX` for a node
    /// without open edges.
    components: Vec<u32>,
    /// Finds the open edge that is nearest to a point.
    pub index: EdgeIndex,
    /// The number of open edges.
    pub edges: usize,
    /// The length of the open edges in metres.
    pub length: f64,
    /// The number of connected components.
    pub component_count: usize,
    /// The share of the longest component in the length of all open edges.
    pub largest_share: f64,
}

impl Graph {
    /// Creates the graph of the edges of those rows for which `is_open` is true.
    pub fn new(network: &Network, is_open: impl Fn(u32) -> bool) -> Graph {
        let open: Vec<bool> = network.edges().iter().map(|edge| is_open(edge.row)).collect();
        let open_edges = || network.edges().iter().enumerate().zip(&open).filter(|(_, open)| **open);
        let mut degrees = vec![0_u32; network.nodes().len()];
        for ((_, edge), _) in open_edges() {
            for node in [edge.from, edge.to] {
                if let Some(degree) = degrees.get_mut(node as usize) {
                    *degree += 1;
                }
            }
        }
        let mut places: Vec<u32> = degrees
            .iter()
            .scan(0, |sum, degree| {
                *sum += degree;
                Some(*sum - degree)
            })
            .collect();
        let total: u32 = degrees.iter().sum();
        let mut arcs = vec![Arc { to: 0, edge: 0, length: 0.0 }; total as usize];
        for ((number, edge), _) in open_edges() {
            for (from, to) in [(edge.from, edge.to), (edge.to, edge.from)] {
                if let Some(place) = places.get_mut(from as usize)
                    && let Some(arc) = arcs.get_mut(*place as usize)
                {
                    *arc = Arc { to, edge: number as u32, length: edge.length };
                    *place += 1;
                }
            }
        }
        let mut graph = Graph {
            ends: places,
            arcs,
            components: vec![],
            index: EdgeIndex::new(network, &open),
            edges: open_edges().count(),
            length: open_edges().map(|((_, edge), _)| edge.length).sum(),
            component_count: 0,
            largest_share: 0.0,
        };
        graph.find_components(network);
        graph
    }

    /// Returns the arcs that leave a node.
    #[inline]
    pub fn arcs(&self, node: u32) -> &[Arc] {
        let node = node as usize;
        let start = node.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(node).copied().unwrap_or(start);
        self.arcs.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Returns the number of nodes of the network, with or without open edges.
    pub fn node_count(&self) -> usize {
        self.ends.len()
    }

    /// Returns the number of a node's connected component; 0 is the longest. Returns None for a
    /// node without open edges.
    pub fn component(&self, node: u32) -> Option<u32> {
        self.components.get(node as usize).copied().filter(|component| *component != u32::MAX)
    }

    fn find_components(&mut self, network: &Network) {
        let mut components = vec![u32::MAX; self.node_count()];
        let mut lengths: Vec<f64> = vec![];
        for start in 0..self.node_count() as u32 {
            if components.get(start as usize) != Some(&u32::MAX) || self.arcs(start).is_empty() {
                continue;
            }
            let number = lengths.len() as u32;
            let mut twice = 0.0;
            let mut waiting = vec![start];
            if let Some(own) = components.get_mut(start as usize) {
                *own = number;
            }
            while let Some(node) = waiting.pop() {
                for arc in self.arcs(node) {
                    twice += arc.length;
                    if let Some(own) = components.get_mut(arc.to as usize).filter(|own| **own == u32::MAX) {
                        *own = number;
                        waiting.push(arc.to);
                    }
                }
            }
            lengths.push(twice / 2.0);
        }
        let mut order: Vec<u32> = (0..lengths.len() as u32).collect();
        let length = |number: u32| lengths.get(number as usize).copied().unwrap_or(0.0);
        order.sort_by(|left, right| length(*right).total_cmp(&length(*left)));
        let mut ranks = vec![u32::MAX; lengths.len()];
        for (rank, number) in order.iter().enumerate() {
            if let Some(own) = ranks.get_mut(*number as usize) {
                *own = rank as u32;
            }
        }
        for component in &mut components {
            *component = ranks.get(*component as usize).copied().unwrap_or(u32::MAX);
        }
        self.component_count = lengths.len();
        self.largest_share = order.first().map_or(0.0, |largest| length(*largest)) / self.length.max(1e-9);
        self.components = components;
        debug_assert_eq!(self.components.len(), network.nodes().len());
    }
}
