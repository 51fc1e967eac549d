//! How points of demand come to the facilities of a question: by the network from the nearest edge
//! that leads somewhere, or straight where they need no street.
//!
//! A way by the network begins and ends with the straight way to the nearest edge. Two cases need
//! more:
//!
//! - *A piece of the network that leads nowhere.* Where the nearest edge lies in a component
//!   without any facility of the question, the nearest edge of a component that has one counts too,
//!   if it is at most [`FARTHER`] metres farther. Points without such an edge are [cut
//!   off](Approach::cut_off), and answers name their persons.
//! - *A place off the street*, by more than a metre. Where a facility lies off the street too, at
//!   the same edge and on the same side of it, the way there is straight.

use super::routable_graph::{RoutableGraph, component};

use foldhash::{HashMap, HashSet};

use super::demand::Demand;
use super::facilities::Facilities;
use super::network::{Access, DistanceField, Network, Snap};
use super::place::Place;
use super::plane::{Point, crossing};

/// How much farther than the nearest edge another one may be, in metres.
pub const FARTHER: f64 = 50.0;

/// What is no farther than this from its edge, in metres, lies on the street: addresses are
/// surveyed no better.
const ON_THE_STREET: f64 = 1.0;

/// The approach of all points of demand to the facilities of one question.
#[derive(Debug)]
pub struct Approach<'a> {
    network: &'a Network,
    routable: &'a RoutableGraph,
    demand: &'a Demand,
    facilities: &'a Facilities,
    /// Another place on the network, of points whose nearest edge leads to no facility.
    others: HashMap<u32, Snap>,
    /// Points on pieces of the network that lead to no facility.
    pub cut_off: Vec<u32>,
}

impl<'a> Approach<'a> {
    /// The approach to `facilities` with these `accesses`.
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
        // All others are in the largest component.
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

    /// The way in metres from a point of demand to the nearest facility of `field`, and which that
    /// is.
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

/// The straight way from a point to the nearest of those facilities that it needs no street to come
/// to: both lie off the street, at the same edge and on the same side of it.
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

/// The straight way to a place that lies `offset` metres from the edge of `snap`; None where one of
/// both lies on the street, or the street between them.
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
