//! Determines the areas that can be reached, and counts the persons in them.

use std::sync::Arc;

use foldhash::HashMap;

use super::question::Question;
use crate::error::{Error, Result};
use crate::limits::Key;
use crate::plan::ages::Ages;
use crate::plan::approach::{Approach, straight};
use crate::plan::coverage::published;
use crate::plan::facilities::{Facilities, OffNetwork};
use crate::plan::isochrone::{Polygons, Samples, Sampling};
use crate::plan::margin::{CellMembership, START, beyond, uncertainties};
use crate::plan::network::{Access, DistanceField, Graph, Network, Snap};
use crate::plan::people::People;
use crate::plan::persons::Persons;
use crate::plan::place::Place;
use crate::plan::plane::Extent;
use crate::plan::planning_data::{Count, PlanningData};
use crate::plan::routable_graph::RoutableGraph;
use crate::plan::step::SAME;
use crate::plan::{cells, facilities};
use crate::work::{spend, together};

/// The maximum number of samples in the picture of one place.
const SAMPLES_OF_ONE: usize = 10_000;

/// The maximum number of samples in the picture of merged places.
const SAMPLES_OF_MERGED: usize = 250_000;

/// One band of one place, or of all places together.
#[derive(Debug)]
pub struct Isochrone {
    /// The index of the place; None if the places are merged.
    pub origin: Option<u32>,
    /// The limit of the band in metres.
    pub distance: f64,
    /// The area in the plane.
    pub polygons: Polygons,
    /// The distance of the samples in metres.
    pub step: f64,
    /// The persons inside; None if they were not counted.
    pub persons: Option<Persons>,
    /// The margin of the persons; None if counts are exact.
    pub margin: Option<f64>,
}

/// The bands of an answer.
#[derive(Debug)]
pub struct Reach {
    /// The places: points in their order, then addresses, then facilities.
    pub origins: Facilities,
    /// The addresses as they were typed and as they were understood, if these differ.
    pub read_as: Vec<(String, String)>,
    /// The places that are not near the network.
    pub off_network: OffNetwork,
    /// The ids of places whose distance from the network is more than every band.
    pub too_far_off: Vec<String>,
    /// The bands place by place, the narrowest first.
    pub isochrones: Vec<Isochrone>,
    /// The people, the age groups, and the total number of persons; None if they were not counted.
    pub people: Option<(People, Vec<Ages>, Persons)>,
    /// All edges, open or closed.
    pub network: Arc<Network>,
    /// The edges that are open to the profile.
    pub graph: Arc<Graph>,
}

/// The data for counting persons.
struct Counting {
    people: People,
    routable: Arc<RoutableGraph>,
    /// The persons at each point of demand.
    persons: Vec<f64>,
    groups: Vec<Ages>,
    /// The maximum difference between a counted way and the ways of its persons in metres.
    width: f64,
}

impl Counting {
    /// Returns the margin of the persons within a band; None if counts are exact. `ways` contains
    /// the lengths of ways in metres by the index of the cell.
    fn margin(&self, ways: &HashMap<usize, f64>, band: f64) -> Option<f64> {
        let step = self.people.step()?;
        let membership = |cell: usize| {
            let way = ways.get(&cell).copied();
            let is_inside = way.is_some_and(|way| way <= band + SAME);
            CellMembership { row: Some(0), is_inside, beyond: beyond(way, band, self.width) }
        };
        Some(uncertainties(&self.people, &self.groups, 1, membership).first()?.margin(step))
    }
}

/// Answers a question about reach.
///
/// # Errors
///
/// Returns an error if the question contradicts itself, names something that does not exist or
/// exceeds a limit, and if a collection that it needs is not available. If counts are protected and
/// persons are counted, only the distances in [`PUBLISHED`](crate::plan::question::PUBLISHED) may
/// be asked for.
pub fn reach(data: &PlanningData, question: &Question) -> Result<Reach> {
    let bands = question.within.metres(question.profile, &data.limits)?;
    let is_counted = question.persons && data.roles.population.is_some() && data.roles.demand.is_some();
    if is_counted && data.count() == Count::Cells {
        bands.iter().try_for_each(|band| published(*band)).map_err(|error| {
            error.hint("small counts are protected here: take a published distance, or \"persons\": false")
        })?;
    }
    let (network, graph) = (data.network()?, data.graph(question.profile)?);
    let mut read_as = vec![];
    let origins = origins(data, question, is_counted, &mut read_as)?;
    let (accesses, off_network) = origins.accesses(&graph.index, data.roles.snapping);
    let is_moved = origins.list.iter().any(|origin| origin.row.is_none());
    let counted = match is_counted {
        true => Some(count(data, question, if is_moved { 2.0 * START } else { START })?),
        false => None,
    };
    let approach = counted.as_ref().map(|counting| {
        Approach::of(&network, &counting.routable, &counting.people.demand, &origins, &accesses)
    });
    let each: Vec<(Option<u32>, Vec<Access>)> = match question.merge {
        true => vec![(None, accesses)],
        false => accesses
            .chunk_by(|left, right| left.source == right.source)
            .map(|own| (own.first().map(|access| access.source), own.to_vec()))
            .collect(),
    };
    let most = match question.merge {
        true => SAMPLES_OF_MERGED.min(data.limits.planning_samples),
        false => SAMPLES_OF_ONE.min(data.limits.planning_samples / each.len().max(1)),
    };
    let drawing = Drawing {
        network: &network,
        graph: &graph,
        snapping: data.roles.snapping,
        bands: &bands,
        most,
        counting: counted.as_ref(),
        approach: approach.as_ref(),
        origins: &origins,
    };
    let draw = |_: &mut (), index: usize| {
        each.get(index).map_or(Ok(vec![]), |(origin, accesses)| drawing.draw(*origin, accesses))
    };
    let isochrones: Vec<Vec<Isochrone>> =
        together(each.len(), || (), draw).into_iter().collect::<Result<_>>()?;
    let unreached =
        each.iter().zip(&isochrones).filter(|(_, own)| own.is_empty()).flat_map(|((_, own), _)| own);
    let mut too_far_off: Vec<String> =
        unreached.filter_map(|access| Some(origins.list.get(access.source as usize)?.id.clone())).collect();
    too_far_off.dedup();
    drop(approach);
    let people = counted.map(|counting| {
        let all = counting.persons.iter().map(|persons| Persons(*persons)).sum();
        (counting.people, counting.groups, all)
    });
    let isochrones = isochrones.into_iter().flatten().collect();
    Ok(Reach { origins, read_as, off_network, too_far_off, isochrones, people, network, graph })
}

fn count(data: &PlanningData, question: &Question, width: f64) -> Result<Counting> {
    let people = People::of(data, question.date, None)?;
    let groups = people.groups(question.group.ages)?;
    let routable = data.routable_graph(question.profile, data.count())?;
    let persons = people.at_points(&groups);
    Ok(Counting { people, routable, persons, groups, width })
}

/// Returns the places of the question. If counts are protected, persons are counted from the centre
/// of the cell of a place that the question names. Otherwise answers for two places that are close
/// to each other could be subtracted.
fn origins(
    data: &PlanningData,
    question: &Question,
    is_counted: bool,
    read_as: &mut Vec<(String, String)>,
) -> Result<Facilities> {
    let mut origins = facilities::of_points(data, &question.points)?;
    data.limits.at_most(Key::planning_places, "addresses", question.addresses.len())?;
    for (number, address) in (1..).zip(&question.addresses) {
        let found = data
            .search()?
            .address(address)
            .map_err(|error| Error { parameter: Some("addresses".into()), ..error })?;
        read_as.extend(found.read_as.map(|read| (address.clone(), read)));
        origins.list.push(facilities::named(format!("a{number}"), found.name, found.place));
    }
    if let Some(choice) = &question.facilities {
        let chosen = facilities::select(data, choice, None)?;
        origins.list.extend(chosen.list.iter().cloned());
        origins = Facilities { list: origins.list, ..chosen };
    }
    if origins.list.is_empty() && question.facilities.is_none() {
        return Err(Error::invalid("points", "no place is named").hint("points, addresses or facilities"));
    }
    let parameter = if question.facilities.is_some() { "facilities" } else { "points" };
    data.limits
        .at_most(Key::planning_places, parameter, origins.list.len())
        .map_err(|error| error.hint("narrow them by a filter, or ask in parts"))?;
    if is_counted && data.count() == Count::Cells {
        // Facilities are not moved, because everybody may see where they are.
        for origin in origins.list.iter_mut().filter(|origin| origin.row.is_none()) {
            origin.place = Place::Points(vec![cells::centre(cells::cell_of(origin.place.point()))]);
        }
    }
    Ok(origins)
}

/// The data for drawing isochrones.
struct Drawing<'a> {
    network: &'a Network,
    graph: &'a Graph,
    snapping: f64,
    bands: &'a [f64],
    most: usize,
    counting: Option<&'a Counting>,
    approach: Option<&'a Approach<'a>>,
    origins: &'a Facilities,
}

impl Drawing<'_> {
    fn draw(&self, origin: Option<u32>, accesses: &[Access]) -> Result<Vec<Isochrone>> {
        let longest = self.bands.last().copied().unwrap_or(0.0);
        let field = DistanceField::new(self.network, self.graph, accesses, longest + SAME);
        let straight = |point, snap: &Snap| straight(self.network, &field, self.origins, point, snap);
        let around = self.off_the_street(&field, longest);
        let plan = Sampling { limit: longest, snapping: self.snapping, most: self.most, around: &around };
        let Some(samples) = Samples::new(self.network, self.graph, &field, &plan, &straight) else {
            return Ok(vec![]);
        };
        let counts = self.counting.map(|counting| match counting.people.step() {
            None => self.persons(counting, &field, longest),
            // The margins also need ways that are slightly longer than the limit.
            Some(_) => {
                let longest = longest + counting.width;
                self.persons(
                    counting,
                    &DistanceField::new(self.network, self.graph, accesses, longest),
                    longest,
                )
            }
        });
        let band = |(index, distance): (usize, &f64)| {
            let (persons, margin) = counts.as_ref().and_then(|counts| counts.get(index)).copied().unzip();
            Ok(Isochrone {
                origin,
                distance: *distance,
                polygons: samples.within(*distance)?,
                step: samples.step,
                persons,
                margin: margin.flatten(),
            })
        };
        self.bands.iter().enumerate().map(band).collect()
    }

    /// Returns boxes around places away from the street, where more can be reached than on the
    /// network.
    fn off_the_street(&self, field: &DistanceField, limit: f64) -> Vec<Extent> {
        let sources = field.sources_on_edges().filter(|(_, _, offset, _)| *offset > 0.0);
        let places = sources.filter_map(|(.., source)| self.origins.list.get(source as usize));
        places.map(|origin| origin.place.extent().grown(limit)).collect()
    }

    /// Returns the persons within each band and their margins. Ways are searched up to `longest`
    /// metres.
    fn persons(
        &self,
        counting: &Counting,
        field: &DistanceField,
        longest: f64,
    ) -> Vec<(Persons, Option<f64>)> {
        let mut counts = vec![Persons::default(); self.bands.len()];
        let around = self.off_the_street(field, longest);
        let extents: Vec<Extent> = field.extent(self.network, longest).into_iter().chain(around).collect();
        let mut inside = vec![];
        if extents.is_empty() {
            return counts.into_iter().map(|count| (count, Some(0.0))).collect();
        }
        let extent = Extent::of(extents.iter().flat_map(|extent| [&extent.min, &extent.max]));
        counting
            .people
            .demand
            .grid()
            .within(&Extent::grown(&extent, 1.0), |index| inside.push(index as usize));
        // The points are in ascending order, so that the sum of fractions does not depend on the
        // grid.
        inside.sort_unstable();
        spend(inside.len());
        let mut ways: HashMap<usize, f64> = HashMap::default();
        for index in inside {
            let Some(persons) = counting.persons.get(index).filter(|persons| **persons > 0.0) else {
                continue;
            };
            let way = self.approach.and_then(|approach| approach.way(field, index));
            let Some((distance, _)) = way else { continue };
            ways.insert(index, distance);
            for (count, band) in counts.iter_mut().zip(self.bands) {
                if distance <= band + SAME {
                    *count += Persons(*persons);
                }
            }
        }
        let margins = self.bands.iter().map(|band| counting.margin(&ways, *band));
        counts.into_iter().zip(margins).collect()
    }
}
