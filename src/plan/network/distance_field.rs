//! Distances from some places to every place of the network: Dijkstra's algorithm from many sources
//! at once (E. W. Dijkstra, "A note on two problems in connexion with graphs", Numerische
//! Mathematik 1, 1959).
//!
//! Exact on the first and the last edge: a source lies anywhere on an edge, and so does whoever
//! asks.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::HashMap;

use super::edges::Network;
use super::graph::Graph;
use super::snap::Snap;
use crate::work::spend;

/// What it costs to settle a node and look at its arcs, in units of [`crate::work`].
pub(super) const SETTLED: usize = 16;

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
pub struct DistanceField {
    distances: Vec<f64>,
    sources: Vec<u32>,
    /// The edge by which each node is reached; `u32::MAX` where the source lies on an adjoining
    /// edge.
    via: Vec<u32>,
    /// Sources on each edge: along, offset, source.
    on_edge: HashMap<u32, Vec<(f64, f64, u32)>>,
}

impl DistanceField {
    /// Distances from `accesses`, up to `limit` metres; beyond it they are infinite.
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

    /// How far it is to the nearest source from a place on the network, and which source that is.
    /// The way from the point to the edge counts if `counts_offset`. None where no source is within
    /// the limit.
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

impl DistanceField {
    /// Where sources enter: the edge, how far along it, the way from the source to it, and the
    /// source.
    pub fn sources_on_edges(&self) -> impl Iterator<Item = (u32, f64, f64, u32)> {
        self.on_edge.iter().flat_map(|(edge, all)| {
            all.iter().map(|(along, offset, source)| (*edge, *along, *offset, *source))
        })
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
