//! Chooses the sites of an answer.

use super::candidate::Candidate;
use std::sync::Arc;

use super::margins;
use super::maximal_covering::{Problem, Solution};
use super::question::{Candidates, Question};
use crate::error::{Error, Result, said};
use crate::limits::{Key, Limits};
use crate::plan::ages::Ages;
use crate::plan::approach::Approach;
use crate::plan::coverage::published;
use crate::plan::facilities;
use crate::plan::facilities::{Facilities, OffNetwork};
use crate::plan::margin::START;
use crate::plan::network::nearby::{Nearby, OnEdges};
use crate::plan::network::{Access, DistanceField, Graph, Network, Snap};
use crate::plan::people::People;
use crate::plan::persons::Persons;
use crate::plan::plane::Point;
use crate::plan::planning_data::{Count, PlanningData};
use crate::plan::question::Facilities as Choice;
use crate::plan::question::Limit;
use crate::plan::routable_graph::RoutableGraph;
use crate::plan::step::SAME;
use crate::work::together;

/// One of the chosen sites.
#[derive(Debug)]
pub struct Site {
    /// The id of the candidate's feature, or its number; None for a node of the network.
    pub id: Option<String>,
    /// The name, if there is one.
    pub name: Option<String>,
    /// The place in the plane.
    pub place: Point,
    /// The persons who gain by the site, without those who gain by the sites before it.
    pub gain: Persons,
    /// The margin of a protected gain; None if counts are exact.
    pub margin: Option<f64>,
    /// The persons who gain by area of the requested level. Areas without any are left out.
    pub areas: Vec<(u32, Persons)>,
}

/// The sites of an answer.
#[derive(Debug)]
pub struct Siting {
    /// The sites, the most useful first.
    pub sites: Vec<Site>,
    /// The number of all persons.
    pub total: Persons,
    /// The persons who have a facility within reach already.
    pub covered: Persons,
    /// The persons who gain by all sites together.
    pub gain: Persons,
    /// The margin of this gain, if counts are protected.
    pub gain_margin: Option<f64>,
    /// An upper bound for the gain of the same number of sites.
    pub bound: Persons,
    /// The number of candidates on the network.
    pub candidates: usize,
    /// The number of candidates that are not near the network.
    pub candidates_off_network: usize,
    /// The maximum length of a way in metres.
    pub limit: f64,
    /// The age groups that are counted.
    pub groups: Vec<Ages>,
    /// The number of points of demand that are not near the network, and their persons, whom no
    /// site can serve.
    pub not_snapped: (usize, Persons),
    /// The points of demand, the areas and the persons.
    pub people: People,
    /// The existing facilities.
    pub facilities: Facilities,
    /// The existing facilities that are not near the network.
    pub off_network: OffNetwork,
    /// All edges, open or closed.
    pub network: Arc<Network>,
    /// The edges that are open to the profile, with the points of demand on them.
    pub routable: Arc<RoutableGraph>,
}

/// Answers a question about sites.
///
/// # Errors
///
/// Returns an error if the question contradicts itself, names something that does not exist or
/// exceeds a limit, and if a collection that it needs is not available.
pub fn siting(data: &PlanningData, question: &Question) -> Result<Siting> {
    let limit = one_limit(data, question)?;
    let people = People::of(data, question.date, question.by.as_deref())?;
    let groups = people.groups(question.group.ages)?;
    let (network, routable) = (data.network()?, data.routable_graph(question.profile, data.count())?);
    let facilities = facilities::select(data, &question.facilities, None)?;
    let (accesses, off_network) = facilities.accesses(&routable.graph.index, data.roles.snapping);
    let (candidates, candidates_off_network) =
        candidates(data, &question.candidates, &network, &routable.graph)?;
    is_feasible(candidates.len(), limit, &data.limits)?;

    let persons = people.at_points(&groups);
    // The margins also need ways that are slightly longer than the limit.
    let more = if people.step().is_some() { START } else { SAME };
    let field = DistanceField::new(&network, &routable.graph, &accesses, limit + more);
    let approach = Approach::of(&network, &routable, &people.demand, &facilities, &accesses);
    let way = |_: &mut (), index: usize| approach.way(&field, index).map(|(distance, _)| distance);
    let before: Vec<Option<f64>> = together(routable.snaps.len(), || (), way);
    drop(approach);
    let covered: Vec<bool> =
        before.iter().map(|way| way.is_some_and(|distance| distance <= limit + SAME)).collect();
    let is_open = |index: usize| {
        covered.get(index) == Some(&false) && persons.get(index).is_some_and(|persons| *persons > 0.0)
    };
    let points = OnEdges::new(&network, &routable.snaps, is_open);
    let problem = Problem {
        weights: (0..persons.len())
            .map(|index| if is_open(index) { persons.get(index).copied().unwrap_or(0.0) } else { 0.0 })
            .collect(),
        covers: covers(&candidates, &network, &routable.graph, limit, &points, &data.limits)?,
    };
    let solution = problem.solve(question.p);
    let mut sites = sites(&problem, &solution, &candidates, &people);
    let chosen: Vec<&Candidate> =
        solution.chosen.iter().filter_map(|chosen| candidates.get(chosen.candidate)).collect();
    let margins = margins::margins(&people, &groups, (&network, &routable), limit, &before, &chosen);
    let gain_margin = margins.as_ref().map(|(_, all)| *all);
    for (site, margin) in sites.iter_mut().zip(margins.into_iter().flat_map(|(own, _)| own)) {
        site.margin = Some(margin);
    }
    let sum = |is: &dyn Fn(usize) -> bool| {
        persons.iter().enumerate().filter(|(index, _)| is(*index)).map(|(_, persons)| Persons(*persons)).sum()
    };
    let is_off = |index: usize| routable.snaps.get(index).is_none_or(Option::is_none);
    Ok(Siting {
        sites,
        total: sum(&|_| true),
        covered: sum(&|index| covered.get(index) == Some(&true)),
        gain: Persons(solution.covered),
        gain_margin,
        bound: Persons(solution.bound),
        candidates: candidates.len(),
        candidates_off_network,
        limit,
        groups,
        not_snapped: (routable.snaps.iter().filter(|snap| snap.is_none()).count(), sum(&is_off)),
        people,
        facilities,
        off_network,
        network,
        routable,
    })
}

/// Returns the limit of ways in metres. Fails if so many sites or this distance may not be asked
/// for.
fn one_limit(data: &PlanningData, question: &Question) -> Result<f64> {
    if question.p == 0 {
        return Err(Error::invalid("p", "p is not above 0"));
    }
    data.limits.at_most(Key::planning_sites, "p", question.p)?;
    let Limit::Distance(limit) = question.within.limit(question.profile, data)? else {
        let what = "sites are looked for within one distance, and a rule may have several";
        return Err(Error::invalid("within", what).hint("distance (metres) or minutes"));
    };
    if data.count() == Count::Cells {
        published(limit)?;
    }
    Ok(limit)
}

fn is_feasible(candidates: usize, limit: f64, limits: &Limits) -> Result<()> {
    if candidates == 0 {
        let what = "none of the candidates is on the network, or there are none";
        return Err(Error::invalid("candidates", what));
    }
    let reached = limits.reached(Key::planning_candidates);
    if candidates as f64 * (limit / 1000.0).powi(2) > reached.value as f64 {
        let what = said!(
            "{} candidates within {} m are more than can be searched",
            candidates,
            format!("{limit:.0}")
        );
        let error = Error::invalid("candidates", what).reached(reached);
        return Err(error.hint("name fewer candidates, or a shorter distance"));
    }
    Ok(())
}

/// Returns the candidates on the network, and the number of those that are not near it. The
/// candidates are those of the question, or else all nodes with an open edge.
fn candidates(
    data: &PlanningData,
    question: &Candidates,
    network: &Network,
    graph: &Graph,
) -> Result<(Vec<Candidate>, usize)> {
    let named = match (&question.collection, question.points.is_empty()) {
        (Some(_), false) => {
            return Err(Error::invalid("candidates", "candidates are points or a collection, not both"));
        }
        (None, true) if question.filter.is_some() => {
            return Err(Error::invalid("candidates.filter", "a filter needs a collection"));
        }
        (None, true) => return Ok((nodes(network, graph), 0)),
        (None, false) => facilities::of_points(data, &question.points)?,
        (Some(collection), true) => {
            let choice = Choice {
                collection: collection.clone(),
                filter: question.filter.clone(),
                ..Choice::default()
            };
            facilities::select(data, &choice, None)?
        }
    };
    let (accesses, off) = named.accesses(&graph.index, data.roles.snapping);
    let of = |accesses: &[Access]| {
        let own = named.list.get(accesses.first()?.source as usize)?;
        let (id, name) = (Some(own.id.clone()), own.name.clone());
        Some(Candidate { id, name, place: own.place.point(), accesses: accesses.to_vec() })
    };
    let list = accesses.chunk_by(|left, right| left.source == right.source).filter_map(of).collect();
    Ok((list, off.none.len()))
}

fn nodes(network: &Network, graph: &Graph) -> Vec<Candidate> {
    let candidate = |(node, place): (u32, &Point)| {
        let arc = graph.arcs(node).first()?;
        let edge = network.edge(arc.edge)?;
        let along = if edge.from == node { 0.0 } else { edge.length };
        let snap = Snap { edge: arc.edge, along, offset: 0.0 };
        let accesses = vec![Access { source: node, snap, counts_offset: true }];
        Some(Candidate { id: None, name: None, place: *place, accesses })
    };
    (0..).zip(network.nodes()).filter_map(candidate).collect()
}

fn covers(
    candidates: &[Candidate],
    network: &Network,
    graph: &Graph,
    limit: f64,
    points: &OnEdges,
    limits: &Limits,
) -> Result<Vec<Vec<u32>>> {
    let pairs = std::sync::atomic::AtomicUsize::new(0);
    let of = |nearby: &mut Nearby<'_>, index: usize| {
        let accesses = candidates.get(index).map_or(&[][..], |candidate| &candidate.accesses);
        let found = nearby.points(accesses, limit + SAME, points);
        let before = pairs.fetch_add(found.len(), std::sync::atomic::Ordering::Relaxed);
        limits
            .at_most(Key::planning_pairs, "candidates", before + found.len())
            .map_err(|error| error.hint("name fewer candidates, or a shorter distance"))?;
        Ok(found)
    };
    together(candidates.len(), || Nearby::new(network, graph), of).into_iter().collect()
}

fn sites(problem: &Problem, solution: &Solution, candidates: &[Candidate], people: &People) -> Vec<Site> {
    let mut served = vec![false; problem.weights.len()];
    let mut sites = vec![];
    for chosen in &solution.chosen {
        let Some(candidate) = candidates.get(chosen.candidate) else { continue };
        let mut areas = std::collections::BTreeMap::<u32, Persons>::new();
        for point in problem.covers.get(chosen.candidate).into_iter().flatten() {
            let index = *point as usize;
            if let (Some(served), Some(weight), Some(area)) =
                (served.get_mut(index), problem.weights.get(index), people.level.members.get(index))
                && !*served
            {
                *served = true;
                *areas.entry(*area).or_default() += Persons(*weight);
            }
        }
        sites.push(Site {
            id: candidate.id.clone(),
            name: candidate.name.clone(),
            place: candidate.place,
            gain: Persons(chosen.gain),
            margin: None,
            areas: areas.into_iter().collect(),
        });
    }
    sites
}
