//! How reach is measured, and who lives within it.

use std::sync::Arc;

use foldhash::HashMap;

use super::question::Question;
use crate::error::{Error, Result};
use crate::limits::Key;
use crate::plan::ages::Ages;
use crate::plan::approach::{Approach, straight};
use crate::plan::planning_data::{PlanningData, Count};
use crate::plan::coverage::published;
use crate::plan::facilities::{Facilities, OffNetwork};
use crate::plan::isochrone::{Polygons, Samples, Sampling};
use crate::plan::margin::{CellMembership, START, beyond, uncertainties};
use crate::plan::network::{Access, DistanceField, Graph, Network, Snap};
use crate::plan::people::People;
use crate::plan::persons::Persons;
use crate::plan::place::Place;
use crate::plan::plane::Extent;
use crate::plan::step::SAME;
use crate::plan::routable_graph::RoutableGraph;
use crate::plan::{cells, facilities};
use crate::work::{spend, together};

/// The most samples of one picture, and of one picture of merged places.
const SAMPLES_OF_ONE: usize = 10_000;

const SAMPLES_OF_MERGED: usize = 250_000;

/// One band of one place, or of all.
#[derive(Debug)]
pub struct Isochrone {
    /// The place; None if all are merged.
    pub origin: Option<u32>,
    /// The band in metres.
    pub distance: f64,
    /// Its picture in the plane.
    pub polygons: Polygons,
    /// Metres between the samples of the picture.
    pub step: f64,
    /// Who lives inside; None where nobody was counted.
    pub persons: Option<Persons>,
    /// How far a protected number of these may be off; None where counts are exact.
    pub margin: Option<f64>,
}

/// The answer.
#[derive(Debug)]
pub struct Reach {
    /// The places: the points in their order, then the addresses, then the facilities.
    pub origins: Facilities,
    /// Addresses as they were typed and what they were read as, where these differ.
    pub read_as: Vec<(String, String)>,
    /// Which of them are not on the network.
    pub off_network: OffNetwork,
    /// Ids of places from which the way to the network alone is longer than every band.
    pub too_far_off: Vec<String>,
    /// Bands place by place, the nearest first.
    pub isochrones: Vec<Isochrone>,
    /// All persons of the groups, in reach or not, and what they are counted on.
    pub people: Option<(People, Vec<Ages>, Persons)>,
    /// The network.
    pub network: Arc<Network>,
    /// What of it is open.
    pub graph: Arc<Graph>,
}

/// What persons are counted with.
struct Counting {
    people: People,
    routable: Arc<RoutableGraph>,
    /// Persons at each point of demand.
    persons: Vec<f64>,
    groups: Vec<Ages>,
    /// How much longer or shorter than those counted ways may be, in metres.
    width: f64,
}

impl Counting {
    /// How far the protected number of persons within a band may be off; None where it is exact.
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
    let approach = counted
        .as_ref()
        .map(|counting| Approach::of(&network, &counting.routable, &counting.people.demand, &origins, &accesses));
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

/// The places asked about. Where counts are protected, persons are counted from the middle of the
/// cell of a place that the question names, so that no two questions a step apart can be
/// subtracted.
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
    data
        .limits
        .at_most(Key::planning_places, parameter, origins.list.len())
        .map_err(|error| error.hint("narrow them by a filter, or ask in parts"))?;
    if is_counted && data.count() == Count::Cells {
        // Where facilities are everybody may see.
        for origin in origins.list.iter_mut().filter(|origin| origin.row.is_none()) {
            origin.place = Place::Points(vec![cells::centre(cells::cell_of(origin.place.point()))]);
        }
    }
    Ok(origins)
}

/// What isochrones are drawn with.
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
            // Margins ask for ways that are a little longer too.
            Some(_) => {
                let longest = longest + counting.width;
                self.persons(counting, &DistanceField::new(self.network, self.graph, accesses, longest), longest)
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

    /// Boxes around places off the street, where there is more than the network reaches.
    fn off_the_street(&self, field: &DistanceField, limit: f64) -> Vec<Extent> {
        let sources = field.sources_on_edges().filter(|(_, _, offset, _)| *offset > 0.0);
        let places = sources.filter_map(|(.., source)| self.origins.list.get(source as usize));
        places.map(|origin| origin.place.extent().grown(limit)).collect()
    }

    /// Persons within each band, and the margins of protected counts; ways are looked for up to
    /// `longest` metres.
    fn persons(&self, counting: &Counting, field: &DistanceField, longest: f64) -> Vec<(Persons, Option<f64>)> {
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
        // In the order of points, so that the sum of fractions is the same however the grid is
        // laid.
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
