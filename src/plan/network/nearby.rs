//! The points within a distance of one place after another. The distances are those of a
//! [`DistanceField`](super::DistanceField) with one source, but the memory is used again for each
//! place.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::distance_field::{Access, SETTLED};
use super::edges::Network;
use super::graph::Graph;
use super::snap::Snap;
use crate::work::spend;

/// Points on the network, by edge.
#[derive(Debug)]
pub struct OnEdges {
    /// The index after the last point of each edge.
    ends: Vec<u32>,
    points: Vec<OnEdge>,
}

/// A point on an edge.
#[derive(Clone, Copy, Debug)]
pub struct OnEdge {
    /// The distance from the beginning of the edge in metres.
    pub along: f64,
    /// The distance of the point from the edge in metres.
    pub offset: f64,
    /// The index of the point.
    pub index: u32,
}

impl OnEdges {
    /// Returns the points of `snaps` for which `is_wanted` is true, with their indexes in `snaps`.
    pub fn new(network: &Network, snaps: &[Option<Snap>], is_wanted: impl Fn(usize) -> bool) -> OnEdges {
        let mut all: Vec<(u32, OnEdge)> = snaps
            .iter()
            .enumerate()
            .filter(|(index, _)| is_wanted(*index))
            .filter_map(|(index, snap)| {
                let snap = snap.as_ref()?;
                let point = OnEdge { along: snap.along, offset: snap.offset, index: index as u32 };
                Some((snap.edge, point))
            })
            .collect();
        all.sort_by_key(|(edge, point)| (*edge, point.index));
        let edges = 0..network.edges().len() as u32;
        let ends = edges.map(|edge| all.partition_point(|(of, _)| *of <= edge) as u32).collect();
        OnEdges { ends, points: all.into_iter().map(|(_, point)| point).collect() }
    }

    fn of(&self, edge: u32) -> &[OnEdge] {
        let end = |edge: usize| self.ends.get(edge).map_or(0, |end| *end as usize);
        let start = (edge as usize).checked_sub(1).map_or(0, end);
        self.points.get(start..end(edge as usize)).unwrap_or_default()
    }
}

/// A search whose memory is reused from place to place.
#[derive(Debug)]
pub struct Nearby<'a> {
    network: &'a Network,
    graph: &'a Graph,
    distances: Vec<f64>,
    /// The nodes whose distance is finite.
    touched: Vec<u32>,
    /// Whether each edge was visited.
    seen: Vec<bool>,
    heap: BinaryHeap<Reverse<(u64, u32)>>,
}

impl<'a> Nearby<'a> {
    /// Creates the memory for searches in a graph.
    pub fn new(network: &'a Network, graph: &'a Graph) -> Nearby<'a> {
        Nearby {
            network,
            graph,
            distances: vec![f64::INFINITY; graph.node_count()],
            touched: vec![],
            seen: vec![false; network.edges().len()],
            heap: BinaryHeap::new(),
        }
    }

    /// Returns the indexes of the points within `limit` metres of a place, in ascending order. The
    /// place enters the network at `accesses`.
    pub fn points(&mut self, accesses: &[Access], limit: f64, points: &OnEdges) -> Vec<u32> {
        self.spread(accesses, limit);
        let mut found = vec![];
        let own = accesses.iter().map(|access| access.snap.edge);
        let around = self.touched.iter().flat_map(|node| self.graph.arcs(*node)).map(|arc| arc.edge);
        let mut edges = vec![];
        for edge in own.chain(around) {
            if let Some(seen) = self.seen.get_mut(edge as usize).filter(|seen| !**seen) {
                *seen = true;
                edges.push(edge);
            }
        }
        for number in &edges {
            let Some(edge) = self.network.edge(*number) else { continue };
            let (from, to) = (self.distance(edge.from), self.distance(edge.to));
            let points = points.of(*number);
            spend(points.len() * (1 + accesses.len()));
            for point in points {
                let direct = accesses
                    .iter()
                    .filter(|access| access.snap.edge == *number)
                    .map(|access| (access.snap.along - point.along).abs() + access.offset())
                    .fold(f64::INFINITY, f64::min);
                let way = (from + point.along).min(to + (edge.length - point.along).max(0.0)).min(direct);
                if way + point.offset <= limit {
                    found.push(point.index);
                }
            }
        }
        for edge in edges {
            if let Some(seen) = self.seen.get_mut(edge as usize) {
                *seen = false;
            }
        }
        found.sort_unstable();
        found
    }

    fn distance(&self, node: u32) -> f64 {
        self.distances.get(node as usize).copied().unwrap_or(f64::INFINITY)
    }

    fn spread(&mut self, accesses: &[Access], limit: f64) {
        for node in self.touched.drain(..) {
            if let Some(distance) = self.distances.get_mut(node as usize) {
                *distance = f64::INFINITY;
            }
        }
        for access in accesses {
            let Some(edge) = self.network.edge(access.snap.edge) else { continue };
            let (along, offset) = (access.snap.along, access.offset());
            self.reach(edge.from, offset + along, limit);
            self.reach(edge.to, offset + (edge.length - along).max(0.0), limit);
        }
        while let Some(Reverse((bits, node))) = self.heap.pop() {
            spend(SETTLED);
            let distance = f64::from_bits(bits);
            if self.distance(node) < distance {
                continue;
            }
            for arc in self.graph.arcs(node) {
                self.reach(arc.to, distance + arc.length, limit);
            }
        }
    }

    #[inline]
    fn reach(&mut self, node: u32, distance: f64, limit: f64) {
        let Some(best) = self.distances.get_mut(node as usize) else { return };
        if distance <= limit && distance < *best {
            if best.is_infinite() {
                self.touched.push(node);
            }
            *best = distance;
            self.heap.push(Reverse((distance.to_bits(), node)));
        }
    }
}
