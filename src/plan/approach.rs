//! How the points of demand reach the facilities of a question: on the network from the nearest
//! edge, or straight.
//!
//! A way on the network begins and ends with the straight line to the nearest edge. Two cases are
//! treated separately:
//!
//! - *A part of the network without facilities.* If the nearest edge is in a component without a
//!   facility of the question, the nearest edge of a component with one is used as well, if it is
//!   at most [`FARTHER`] metres farther away. Points without such an edge are [cut
//!   off](Approach::cut_off), and answers tell the number of their persons.
//! - *A place away from the street*, by more than a metre. If a facility is also away from the
//!   street, at the same edge and on the same side of it, the way is the straight line between the
//!   two.

use super::routable_graph::{RoutableGraph, component};

use foldhash::{HashMap, HashSet};

use super::demand::Demand;
use super::facilities::Facilities;
use super::network::{Access, DistanceField, Network, Snap};
use super::place::Place;
use super::plane::{Point, crossing};

/// The maximum additional distance of another edge, compared with the nearest one, in metres.
pub const FARTHER: f64 = 50.0;

/// The maximum distance from its edge at which a place counts as on the street, in metres.
/// Addresses are not surveyed more precisely.
const ON_THE_STREET: f64 = 1.0;

/// The ways of all points of demand to the facilities of one question.
#[derive(Debug)]
pub struct Approach<'a> {
    network: &'a Network,
    routable: &'a RoutableGraph,
    demand: &'a Demand,
    facilities: &'a Facilities,
    /// A second place on the network, for points whose nearest edge is in a component without
    /// facilities.
    others: HashMap<u32, Snap>,
    /// The indexes of the points that no component with a facility is near to.
    pub cut_off: Vec<u32>,
}

impl<'a> Approach<'a> {
    /// Finds the approach of each point to `facilities`, which enter the network at `accesses`.
    pub fn of(
        network: &'a Network,
        routable: &'a RoutableGraph,
        demand: &'a Demand,
        facilities: &'a Facilities,
        accesses: &[Access],
    ) -> Approach<'a> {
        let (others, cut_off) = (HashMap::default(), vec![]);
        let mut approach = Approach { network, routable, demand, facilities, others, cut_off };
        if !accesses.is_empty() {
            approach.leave_pieces(accesses);
        }
        approach
    }

    fn leave_pieces(&mut self, accesses: &[Access]) {
        let graph = &self.routable.graph;
        let of_edge = |edge: u32| component(self.network, graph, edge);
        let served: HashSet<u32> = accesses.iter().filter_map(|access| of_edge(access.snap.edge)).collect();
        let all: Vec<u32>;
        // If the largest component has a facility, only points in other components need a second
        // place.
        let looked_at = if served.contains(&0) {
            &self.routable.strays
        } else {
            all = (0..self.routable.snaps.len() as u32).collect();
            &all
        };
        let leads_on = |edge: u32, own: Option<u32>| {
            of_edge(edge).is_some_and(|other| served.contains(&other) && Some(other) != own)
        };
        let mut cut_off = vec![];
        for index in looked_at {
            let Some(Some(snap)) = self.routable.snaps.get(*index as usize) else { continue };
            let Some(point) = self.demand.points.get(*index as usize) else { continue };
            let own = of_edge(snap.edge);
            match graph.index.nearest_of(*point, snap.offset + FARTHER, |edge| leads_on(edge, own)) {
                Some(other) => drop(self.others.insert(*index, other)),
                None if own.is_none_or(|own| !served.contains(&own)) => cut_off.push(*index),
                None => {}
            }
        }
        self.cut_off = cut_off;
    }

    /// Returns the length in metres of the way from a point of demand to the nearest facility of
    /// `field`, and the index of this facility.
    pub fn way(&self, field: &DistanceField, index: usize) -> Option<(f64, u32)> {
        let own = self.routable.snaps.get(index).and_then(Option::as_ref);
        let point = self.demand.points.get(index)?;
        let by_network = own
            .into_iter()
            .chain(self.others.get(&(index as u32)))
            .filter_map(|snap| field.at(self.network, snap, true));
        let straight = own.and_then(|snap| straight(self.network, field, self.facilities, *point, snap));
        by_network.chain(straight).min_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)))
    }
}

/// Returns the shortest straight way from a point to a facility that can be reached without a
/// street, in metres, and the index of the facility. Both are away from the street, at the same
/// edge and on the same side of it.
pub fn straight(
    network: &Network,
    field: &DistanceField,
    facilities: &Facilities,
    from: Point,
    snap: &Snap,
) -> Option<(f64, u32)> {
    let ways = field.on_edge(snap.edge).iter().filter_map(|(_, offset, source)| {
        let place = &facilities.list.get(*source as usize)?.place;
        Some((straight_to(network, place, *offset, from, snap)?, *source))
    });
    ways.min_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)))
}

/// Returns the length in metres of the straight way from a point to a place that is `offset` metres
/// from the edge of `snap`. Returns None if one of them is on the street, or if the street is
/// between them.
pub fn straight_to(network: &Network, place: &Place, offset: f64, from: Point, snap: &Snap) -> Option<f64> {
    if offset.min(snap.offset) <= ON_THE_STREET {
        return None;
    }
    let (line, _) = network.line(network.edge(snap.edge)?);
    let to = place.point();
    let mut sides = line.windows(2).filter_map(|pair| <[Point; 2]>::try_from(pair).ok());
    let crosses = sides.any(|[a, b]| crossing(from, to, a, b).is_some());
    (!crosses).then(|| place.distance(from))
}
