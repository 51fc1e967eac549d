//! The distances of all nodes from the nearest of some sources, by Dijkstra's algorithm with
//! several sources (E. W. Dijkstra, "A note on two problems in connexion with graphs", Numerische
//! Mathematik 1, 1959).
//!
//! A source and a place whose distance is requested may be anywhere on an edge. The distances on
//! the first and the last edge are exact.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::HashMap;

use super::edges::Network;
use super::graph::Graph;
use super::snap::Snap;
use crate::work::spend;

/// The cost of visiting a node and its arcs, in units of [`crate::work`].
pub(super) const SETTLED: usize = 16;

/// A place at which a source enters the network. A source may have several.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// The number of the source.
    pub source: u32,
    /// The place on the network.
    pub snap: Snap,
    /// Whether the straight line from the source to the edge is part of its ways.
    pub counts_offset: bool,
}

impl Access {
    pub(super) fn offset(&self) -> f64 {
        if self.counts_offset { self.snap.offset } else { 0.0 }
    }
}

/// The nearest source of each node and its distance.
#[derive(Debug)]
pub struct DistanceField {
    distances: Vec<f64>,
    sources: Vec<u32>,
    /// The last edge of the way to each node; `u32::MAX` if the source is on an adjoining edge.
    via: Vec<u32>,
    /// The sources on each edge: the distance along it, the distance from it, and the number.
    on_edge: HashMap<u32, Vec<(f64, f64, u32)>>,
}

impl DistanceField {
    /// Computes the distances from `accesses` up to `limit` metres. Beyond the limit they are
    /// infinite.
    ///
    /// ```
    /// use veedel::plan::network::{Access, DistanceField, Graph, Junctions, Line, build};
    ///
    /// let lines = [Line { row: 0, vertices: vec![[0.0, 0.0], [100.0, 0.0]] }];
    /// let network = build(&lines, Junctions::Ends, 0.0);
    /// let graph = Graph::new(&network, |_| true);
    /// let snap = graph.index.nearest([30.0, 5.0], 50.0).unwrap();
    /// let access = Access { source: 7, snap, counts_offset: true };
    /// let field = DistanceField::new(&network, &graph, &[access], 1000.0);
    /// assert_eq!(field.node(0), Some((35.0, 7)));
    /// assert_eq!(field.node(1), Some((75.0, 7)));
    /// ```
    pub fn new(network: &Network, graph: &Graph, accesses: &[Access], limit: f64) -> DistanceField {
        let count = graph.node_count();
        let mut field = DistanceField {
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
            spend(SETTLED);
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

    /// Reaches a node from a source if that is better. If two sources are equally near, the one
    /// with the lower number is taken, so the order of rows and edges has no influence.
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
            // The bits of numbers that are not negative have the order of the numbers.
            heap.push(Reverse((distance.to_bits(), node)));
        }
    }

    /// Returns the distance of a node in metres and its nearest source; None if no source is within
    /// the limit.
    pub fn node(&self, node: u32) -> Option<(f64, u32)> {
        let distance = *self.distances.get(node as usize)?;
        let source = *self.sources.get(node as usize)?;
        distance.is_finite().then_some((distance, source))
    }

    /// Returns the last edge of the way to a node; None if the source is on an adjoining edge.
    pub fn via(&self, node: u32) -> Option<u32> {
        self.via.get(node as usize).copied().filter(|edge| *edge != u32::MAX)
    }

    /// Returns the distance of a place on the network from the nearest source in metres, and this
    /// source. The straight line from the place to its edge is included if `counts_offset`. Returns
    /// None if no source is within the limit.
    pub fn at(&self, network: &Network, snap: &Snap, counts_offset: bool) -> Option<(f64, u32)> {
        let (distance, source, _) = self.leaving(network, snap)?;
        Some((distance + if counts_offset { snap.offset } else { 0.0 }, source))
    }

    /// Returns the distance of a place from the nearest source without the straight line to its
    /// edge, the source, and where the way leaves the edge.
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

    /// Returns the sources that enter the network on an edge: the distance along it, the distance
    /// from it, and the number.
    pub fn on_edge(&self, edge: u32) -> &[(f64, f64, u32)] {
        self.on_edge.get(&edge).map_or(&[], Vec::as_slice)
    }
}

impl DistanceField {
    /// Returns all places where sources enter the network: the edge, the distance along it, the
    /// distance from it, and the source.
    pub fn sources_on_edges(&self) -> impl Iterator<Item = (u32, f64, f64, u32)> {
        self.on_edge.iter().flat_map(|(edge, all)| {
            all.iter().map(|(along, offset, source)| (*edge, *along, *offset, *source))
        })
    }
}

/// The end of the first edge of a way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leaving {
    /// The way leaves the edge at this node.
    Node(u32),
    /// The way does not leave the edge: the source is on it, this far from its beginning in metres.
    Along(f64),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::network::build;
    use crate::plan::network::build::Line;
    use crate::plan::network::edges::Junctions;

    /// A grid of streets, some of them missing.
    fn network(missing: &[bool]) -> (Network, Graph) {
        let point = |x: usize, y: usize| [x as f64 * 100.0, y as f64 * 70.0];
        let mut lines = vec![];
        for (x, y) in (0..6).flat_map(|x| (0..6).map(move |y| (x, y))) {
            for (to_x, to_y) in [(x + 1, y), (x, y + 1)] {
                let row = lines.len() as u32;
                if to_x < 6 && to_y < 6 && missing.get(row as usize) != Some(&true) {
                    lines.push(Line { row, vertices: vec![point(x, y), point(to_x, to_y)] });
                }
            }
        }
        let network = build(&lines, Junctions::Ends, 0.1);
        let graph = Graph::new(&network, |_| true);
        (network, graph)
    }

    /// The distance of places from the nearest of some facilities, infinite beyond `limit`.
    fn distances(
        city: &(Network, Graph),
        facilities: &[[f64; 2]],
        places: &[[f64; 2]],
        limit: f64,
    ) -> Vec<f64> {
        let (network, graph) = city;
        let snap = |place: &[f64; 2]| graph.index.nearest(*place, 500.0);
        let access = |(source, place)| Some(Access { source, snap: snap(place)?, counts_offset: true });
        let accesses: Vec<Access> = (0..).zip(facilities).filter_map(access).collect();
        let field = DistanceField::new(network, graph, &accesses, limit);
        let distance = |place| field.at(network, &snap(place)?, true).map(|(distance, _)| distance);
        places
            .iter()
            .map(|place| distance(place).filter(|way| *way <= limit).unwrap_or(f64::INFINITY))
            .collect()
    }

    fn places() -> impl Strategy<Value = Vec<[f64; 2]>> {
        prop::collection::vec((-20.0..520.0_f64, -20.0..370.0_f64).prop_map(|(x, y)| [x, y]), 1..8)
    }

    proptest! {
        /// So coverage grows with the distance and with each facility, and to remove one never
        /// helps; and no way is shorter than the air line.
        #[test]
        fn another_facility_shortens_ways_or_changes_nothing_and_so_does_a_longer_limit(
            missing in prop::collection::vec(prop::bool::weighted(0.2), 60),
            facilities in places(),
            homes in places(),
            limit in 50.0..900.0_f64,
        ) {
            let city = network(&missing);
            let (fewer, all) = (&facilities[..facilities.len() - 1], &facilities[..]);
            let (with, without) = (distances(&city, all, &homes, limit), distances(&city, fewer, &homes, limit));
            let far = distances(&city, all, &homes, 2.0 * limit);
            for (index, home) in homes.iter().enumerate() {
                prop_assert!(with[index] <= without[index]);
                prop_assert!(with[index] == far[index] || with[index].is_infinite());
                let airline = all.iter().map(|[x, y]| (x - home[0]).hypot(y - home[1])).fold(f64::INFINITY, f64::min);
                prop_assert!(with[index] >= airline - 1e-9, "{} {airline}", with[index]);
            }
        }

        /// A way is as long there as back.
        #[test]
        fn ways_are_as_long_there_as_back(
            missing in prop::collection::vec(prop::bool::weighted(0.2), 60),
            one in places(),
            other in places(),
        ) {
            let (city, one, other) = (network(&missing), &one[..1], &other[..1]);
            let (there, back) = (distances(&city, one, other, 5000.0), distances(&city, other, one, 5000.0));
            prop_assert!((there[0] - back[0]).abs() < 1e-6 || there[0].is_infinite() && back[0].is_infinite());
        }
    }
}
