//! Finds the nearest facilities of a place, and the ways to them.

use std::sync::Arc;

use super::question::Question;
use crate::error::{Error, Result, said};
use crate::limits::Key;
use crate::plan::approach::straight_to;
use crate::plan::facilities;
use crate::plan::facilities::{Facilities, Facility, OffNetwork};
use crate::plan::network::distance_field::Leaving;
use crate::plan::network::{Access, DistanceField, Edge, Graph, Network, Snap};
use crate::plan::plane::Point;
use crate::plan::planning_data::{Count, PlanningData};
use crate::plan::reading::text_of;

/// One of the nearest facilities.
#[derive(Debug)]
pub struct Found {
    /// The index of the facility.
    pub facility: u32,
    /// The length of the way in metres, including the straight lines to and from the network.
    pub distance: f64,
    /// The straight distance in metres.
    pub airline: f64,
    /// The way in the plane, from the place to the facility; empty if it was not requested.
    pub route: Vec<Point>,
}

/// The facility whose catchment contains a place.
#[derive(Debug)]
pub struct Responsible {
    /// The level of the catchments.
    pub level: String,
    /// The id and the name of the catchment.
    pub area: (String, String),
    /// The key of the facility that the catchment names; None if it names none.
    pub key: Option<String>,
    /// The facility and the way to it; None if it is not among those asked for, or cannot be
    /// reached.
    pub found: Option<Found>,
}

/// The nearest facilities of an answer.
#[derive(Debug)]
pub struct Nearest {
    /// The place in the plane.
    pub origin: Point,
    /// The address as it is written, if the question contains one.
    pub address: Option<String>,
    /// The address as it was typed and as it was understood, if these differ.
    pub read_as: Option<(String, String)>,
    /// The areas that contain the place: level, id and name.
    pub areas: Vec<(String, String, String)>,
    /// The place on the network; None beyond the snapping distance.
    pub snap: Option<Snap>,
    /// The nearest facilities, the nearest first.
    pub found: Vec<Found>,
    /// The facilities whose catchments contain the place.
    pub responsible: Vec<Responsible>,
    /// The facilities of the question.
    pub facilities: Facilities,
    /// The facilities that are not near the network.
    pub off_network: OffNetwork,
    /// The number of facilities near the network to which no way within the limit of distances
    /// leads.
    pub unreached: usize,
    /// All edges, open or closed.
    pub network: Arc<Network>,
    /// The edges that are open to the profile.
    pub graph: Arc<Graph>,
}

/// Answers a question about the nearest facilities.
///
/// # Errors
///
/// Returns an error if the question contradicts itself, names something that does not exist or
/// exceeds a limit, and if a collection that it needs is not available.
pub fn nearest(data: &PlanningData, question: &Question) -> Result<Nearest> {
    if question.k == 0 {
        return Err(Error::invalid("k", "k is not above 0"));
    }
    data.limits.at_most(Key::planning_nearest, "k", question.k)?;
    let mut read_as = None;
    let (origin, address) = match (question.point, &question.address) {
        (Some(point), None) => (facilities::on_earth(&data.plane()?, point, "point")?, None),
        (None, Some(address)) => {
            let found = data.search()?.address(address)?;
            read_as = found.read_as.map(|read| (address.clone(), read));
            (found.place, Some(found.name))
        }
        _ => return Err(Error::invalid("point", "either a point or an address is to be named")),
    };
    let (network, graph) = (data.network()?, data.graph(question.profile)?);
    let facilities = facilities::select(data, &question.facilities, None)?;
    let (accesses, off_network) = facilities.accesses(&graph.index, data.roles.snapping);
    let snap = graph.index.nearest(origin, data.roles.snapping);
    let from = snap.map(|snap| Access { source: 0, snap, counts_offset: true });
    let field = DistanceField::new(&network, &graph, from.as_slice(), data.longest());
    let mut found: Vec<(f64, Access)> =
        best_of_each(data, &network, &field, &accesses, facilities.list.len());
    let straight =
        snap.map(|snap| straight_ways(&network, &accesses, &facilities, origin, &snap)).unwrap_or_default();
    found.retain(|(_, access)| !straight.iter().any(|(_, own)| own.source == access.source));
    found.extend(&straight);
    let unreached = facilities.list.len() - off_network.none.len() - found.len();
    found.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.source.cmp(&right.1.source)));
    let way = snap.map(|snap| Way { network: &network, field: &field, origin, snap });
    let describe = |(distance, access): &(f64, Access)| {
        let facility = facilities.list.get(access.source as usize)?;
        let is_straight = straight.iter().any(|(_, own)| own.source == access.source);
        let route = if question.route && is_straight {
            vec![origin, facility.place.point()]
        } else if let Some(way) = way.as_ref().filter(|_| question.route) {
            way.to(&access.snap, facility.place.nearest_to(&network, &access.snap))
        } else {
            vec![]
        };
        Some(Found {
            facility: access.source,
            distance: *distance,
            airline: facility.place.distance(origin),
            route,
        })
    };
    let mut responsible = responsible(data, origin, &facilities)?;
    for one in &mut responsible {
        let own = one.1.and_then(|index| found.iter().find(|(_, access)| access.source == index));
        one.0.found = own.and_then(describe);
    }
    let responsible = responsible.into_iter().map(|(one, _)| one).collect();
    let found = found.iter().take(question.k).filter_map(describe).collect();
    let areas = areas(data, origin)?;
    Ok(Nearest {
        origin,
        address,
        read_as,
        areas,
        snap,
        found,
        responsible,
        facilities,
        off_network,
        unreached,
        network,
        graph,
    })
}

/// Returns the facilities that can be reached without a street, with the lengths of the ways in
/// metres.
fn straight_ways(
    network: &Network,
    accesses: &[Access],
    facilities: &Facilities,
    origin: Point,
    snap: &Snap,
) -> Vec<(f64, Access)> {
    let at_this_edge = accesses.iter().filter(|access| access.snap.edge == snap.edge);
    let way = |access: &Access| {
        let place = &facilities.list.get(access.source as usize)?.place;
        Some((straight_to(network, place, access.snap.offset, origin, snap)?, *access))
    };
    at_this_edge.filter_map(way).collect()
}

/// Returns the areas of all visible levels that contain a place: level, id and name. The catchments
/// of schools are areas if they are configured as a level.
fn areas(data: &PlanningData, place: Point) -> Result<Vec<(String, String, String)>> {
    let mut found = vec![];
    for name in data.shown_levels() {
        let level = data.level(name, Count::Points)?;
        let own = level.areas.iter().filter(|area| area.contains(place));
        found.extend(own.map(|area| (name.to_owned(), area.id.clone(), area.name.clone())));
    }
    Ok(found)
}

/// Returns the catchments of the requested collections that contain a place, and the index of the
/// facility that each of them names. A catchment is left out if its facility or its column is
/// hidden.
fn responsible(
    data: &PlanningData,
    place: Point,
    facilities: &Facilities,
) -> Result<Vec<(Responsible, Option<u32>)>> {
    let mut all = vec![];
    for (name, role) in &data.roles.areas {
        let Some((collection, column)) = &role.responsible else { continue };
        let asked = facilities.collections.iter().position(|loaded| loaded.collection.id == *collection);
        let Some(asked) = asked else { continue };
        let named = facilities.collections.get(asked).is_some_and(|loaded| !loaded.view().hides_key());
        if !named || !data.shows_level(name) || !data.shows_column(&role.collection, column) {
            continue;
        }
        let (level, loaded) = (data.level(name, Count::Points)?, data.public(&role.collection)?);
        let view = loaded.view();
        let column = view.column(column).ok_or_else(|| {
            Error::not_found(said!("the collection {:?} has no column {:?}", role.collection, column))
                .hint(said!("check responsible under [roles.areas.{}]", name))
        })?;
        for area in level.areas.iter().filter(|area| area.contains(place)) {
            let key = text_of(column.get(area.row as usize));
            let is_meant = |facility: &Facility| {
                let id = facility.id.strip_prefix(&format!("{collection}/")).unwrap_or(&facility.id);
                facility.collection == asked && facility.row.is_some() && key.as_deref() == Some(id)
            };
            let index = (0..).zip(&facilities.list).find(|(_, facility)| is_meant(facility));
            let index = index.map(|(index, _)| index);
            let area = (area.id.clone(), area.name.clone());
            all.push((Responsible { level: name.clone(), area, key, found: None }, index));
        }
    }
    Ok(all)
}

/// Returns the shortest way to each facility that can be reached, in metres.
fn best_of_each(
    data: &PlanningData,
    network: &Network,
    field: &DistanceField,
    accesses: &[Access],
    count: usize,
) -> Vec<(f64, Access)> {
    let mut best: Vec<Option<(f64, Access)>> = vec![None; count];
    for access in accesses {
        let reached =
            field.at(network, &access.snap, true).filter(|(distance, _)| *distance <= data.longest());
        if let (Some((distance, _)), Some(best)) = (reached, best.get_mut(access.source as usize))
            && best.is_none_or(|(least, _)| distance < least)
        {
            *best = Some((distance, *access));
        }
    }
    best.into_iter().flatten().collect()
}

/// The ways from one place.
struct Way<'a> {
    network: &'a Network,
    field: &'a DistanceField,
    origin: Point,
    snap: Snap,
}

impl Way<'_> {
    /// Returns the way to a place on the network, and from there to `end`.
    fn to(&self, target: &Snap, end: Point) -> Vec<Point> {
        let mut back = vec![end];
        self.back_from(target, &mut back);
        back.push(self.origin);
        back.dedup();
        back.reverse();
        back
    }

    fn back_from(&self, target: &Snap, back: &mut Vec<Point>) -> Option<()> {
        let edge = self.network.edge(target.edge)?;
        let mut node = match self.field.leaving(self.network, target)?.2 {
            Leaving::Along(along) => {
                back.extend(self.network.stretch(edge, target.along, along));
                return Some(());
            }
            Leaving::Node(node) => node,
        };
        back.extend(self.network.stretch(edge, target.along, end_at(edge, node, target.along)));
        while let Some(via) = self.field.via(node) {
            let edge = self.network.edge(via)?;
            let (from, to, next) =
                if edge.to == node { (edge.length, 0.0, edge.from) } else { (0.0, edge.length, edge.to) };
            back.extend(self.network.stretch(edge, from, to));
            node = next;
        }
        let first = self.network.edge(self.snap.edge)?;
        back.extend(self.network.stretch(first, end_at(first, node, self.snap.along), self.snap.along));
        Some(())
    }
}

/// Returns how far along an edge its end at `node` is. A loop has this node at both ends; the
/// result is the end that is nearer to `along`.
fn end_at(edge: &Edge, node: u32, along: f64) -> f64 {
    let is_loop = edge.from == edge.to;
    match edge.from == node && !(is_loop && along > edge.length / 2.0) {
        true => 0.0,
        false => edge.length,
    }
}
