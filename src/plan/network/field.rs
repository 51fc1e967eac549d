//! Distances from some places to every place of the network: Dijkstra's algorithm from many sources at once
//! (E. W. Dijkstra, "A note on two problems in connexion with graphs", Numerische Mathematik 1, 1959).
//!
//! Exact on the first and the last edge: a source lies anywhere on an edge, and so does whoever asks.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::HashMap;

use super::{Graph, Network, Snap};

/// One way onto the network for a source: which source, and where it enters.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// The number of the source.
    pub source: u32,
    /// Where it enters the network.
    pub snap: Snap,
    /// Whether the way from the source to the edge counts.
    pub counts_offset: bool,
}

impl Access {
    pub(super) fn offset(&self) -> f64 {
        if self.counts_offset { self.snap.offset } else { 0.0 }
    }
}

/// Which source is nearest to each node, and how far it is.
#[derive(Debug)]
pub struct Field {
    distances: Vec<f64>,
    sources: Vec<u32>,
    /// The edge by which each node is reached; `u32::MAX` where the source lies on an adjoining edge.
    via: Vec<u32>,
    /// Sources on each edge: along, offset, source.
    on_edge: HashMap<u32, Vec<(f64, f64, u32)>>,
}

impl Field {
    /// Distances from `accesses`, up to `limit` metres; beyond it they are infinite.
    pub fn new(network: &Network, graph: &Graph, accesses: &[Access], limit: f64) -> Field {
        let count = graph.node_count();
        let mut field = Field {
            distances: vec![f64::INFINITY; count],
            sources: vec![u32::MAX; count],
            via: vec![u32::MAX; count],
            on_edge: HashMap::default(),
        };
        let mut heap = BinaryHeap::new();
        for access in accesses {
            let Some(edge) = network.edge(access.snap.edge) else { continue };
            let (along, offset) = (access.snap.along, access.offset());
            field.on_edge.entry(access.snap.edge).or_default().push((along, offset, access.source));
            field.reach(&mut heap, edge.from, offset + along, access.source, u32::MAX, limit);
            field.reach(
                &mut heap,
                edge.to,
                offset + (edge.length - along).max(0.0),
                access.source,
                u32::MAX,
                limit,
            );
        }
        while let Some(Reverse((bits, node))) = heap.pop() {
            let distance = f64::from_bits(bits);
            if field.distances.get(node as usize).is_none_or(|settled| *settled < distance) {
                continue;
            }
            let source = field.sources.get(node as usize).copied().unwrap_or(u32::MAX);
            for arc in graph.arcs(node) {
                field.reach(&mut heap, arc.to, distance + arc.length, source, arc.edge, limit);
            }
        }
        field
    }

    /// Of equally far sources the lowest number wins, so that no order of rows or edges shows.
    #[inline]
    fn reach(
        &mut self,
        heap: &mut BinaryHeap<Reverse<(u64, u32)>>,
        node: u32,
        distance: f64,
        source: u32,
        via: u32,
        limit: f64,
    ) {
        let index = node as usize;
        let (Some(best), Some(best_source), Some(best_via)) =
            (self.distances.get_mut(index), self.sources.get_mut(index), self.via.get_mut(index))
        else {
            return;
        };
        let is_better = distance < *best || (distance == *best && source < *best_source);
        if distance <= limit && is_better {
            (*best, *best_source, *best_via) = (distance, source, via);
            // Distances are not negative, so their bits are in their order.
            heap.push(Reverse((distance.to_bits(), node)));
        }
    }

    /// The distance of a node, and its nearest source; None where none is within the limit.
    pub fn node(&self, node: u32) -> Option<(f64, u32)> {
        let distance = *self.distances.get(node as usize)?;
        let source = *self.sources.get(node as usize)?;
        distance.is_finite().then_some((distance, source))
    }

    /// The edge by which a node is reached; None at a source's own edge.
    pub fn via(&self, node: u32) -> Option<u32> {
        self.via.get(node as usize).copied().filter(|edge| *edge != u32::MAX)
    }

    /// How far it is to the nearest source from a place on the network, and which source that is. The way from the
    /// point to the edge counts if `counts_offset`. None where no source is within the limit.
    pub fn at(&self, network: &Network, snap: &Snap, counts_offset: bool) -> Option<(f64, u32)> {
        let (distance, source, _) = self.leaving(network, snap)?;
        Some((distance + if counts_offset { snap.offset } else { 0.0 }, source))
    }

    /// The same without the way to the edge, and where the way leaves it.
    pub fn leaving(&self, network: &Network, snap: &Snap) -> Option<(f64, u32, Leaving)> {
        let edge = network.edge(snap.edge)?;
        let mut best: Option<(f64, u32, Leaving)> = None;
        let mut offer = |distance: f64, source: u32, leaving: Leaving| {
            let better =
                best.is_none_or(|(least, of, _)| distance < least || (distance == least && source < of));
            if better {
                best = Some((distance, source, leaving));
            }
        };
        for (node, way) in [(edge.from, snap.along), (edge.to, (edge.length - snap.along).max(0.0))] {
            if let Some((distance, source)) = self.node(node) {
                offer(distance + way, source, Leaving::Node(node));
            }
        }
        for (along, offset, source) in self.on_edge.get(&snap.edge).into_iter().flatten() {
            offer((along - snap.along).abs() + offset, *source, Leaving::Along(*along));
        }
        best
    }

    /// The sources that enter on an edge: along, offset, source.
    pub fn on_edge(&self, edge: u32) -> &[(f64, f64, u32)] {
        self.on_edge.get(&edge).map_or(&[], Vec::as_slice)
    }
}

impl Field {
    /// Where sources enter: the edge, how far along it, and the way from the source to it.
    pub fn sources_on_edges(&self) -> impl Iterator<Item = (u32, f64, f64)> {
        self.on_edge
            .iter()
            .flat_map(|(edge, all)| all.iter().map(|(along, offset, _)| (*edge, *along, *offset)))
    }
}

/// How the way to the nearest source leaves the first edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leaving {
    /// By this node.
    Node(u32),
    /// Not at all: the source enters this far along the same edge.
    Along(f64),
}
