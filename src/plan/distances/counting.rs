//! Measures the distances from everywhere to the nearest facility, and summarizes them.

use std::sync::Arc;

use super::question::Question;
use crate::error::Result;
use crate::plan::ages::Ages;
use crate::plan::approach::Approach;
use crate::plan::areas::OUTSIDE;
use crate::plan::facilities::{Facilities, OffNetwork};
use crate::plan::network::{DistanceField, Network};
use crate::plan::people::People;
use crate::plan::persons::Persons;
use crate::plan::planning_data::PlanningData;
use crate::plan::routable_graph::RoutableGraph;
use crate::plan::{facilities, margin};
use crate::work::together;

/// The shares of persons for which a distance is given.
pub const QUANTILES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// The distances of some persons.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// All of these persons.
    pub persons: Persons,
    /// The persons from whom no way within the limit of distances leads to a facility, or who are
    /// not near the network. The following members are about all others.
    pub unreached: Persons,
    /// The mean distance in metres, weighted by persons; None if nobody is reached.
    pub mean: Option<f64>,
    /// For each of [`QUANTILES`], the distance in metres that this share of persons does not
    /// exceed.
    pub quantiles: Option<[f64; 5]>,
    /// The longest distance in metres.
    pub longest: Option<f64>,
    /// The margins of the persons and of their mean distance in metres; None if counts are exact.
    pub margins: Option<(f64, Option<f64>)>,
}

/// The distances of an answer, before they are published.
#[derive(Debug)]
pub struct Distances {
    /// The length in metres of the way from each point of demand to the nearest facility, and the
    /// index of this facility.
    pub points: Vec<Option<(f64, u32)>>,
    /// All persons together.
    pub total: Summary,
    /// The persons of each area.
    pub areas: Vec<Summary>,
    /// The persons in none of the areas.
    pub elsewhere: Summary,
    /// The age groups by whose persons points are weighted.
    pub groups: Vec<Ages>,
    /// The points of demand, the areas and the persons.
    pub people: People,
    /// The facilities of the question.
    pub facilities: Facilities,
    /// The facilities that are not near the network.
    pub off_network: OffNetwork,
    /// All edges, open or closed.
    pub network: Arc<Network>,
    /// The edges that are open to the profile, with the points of demand on them.
    pub routable: Arc<RoutableGraph>,
}

/// Answers a question about distances.
///
/// # Errors
///
/// Returns an error if the question names something that does not exist, or if a collection that it
/// needs is not available.
pub fn distances(data: &PlanningData, question: &Question) -> Result<Distances> {
    let people = People::of(data, question.date, question.by.as_deref())?;
    let groups = people.groups(question.group.ages)?;
    let (network, routable) = (data.network()?, data.routable_graph(question.profile, data.count())?);
    let facilities = facilities::select(data, &question.facilities, None)?;
    let (accesses, off_network) = facilities.accesses(&routable.graph.index, data.roles.snapping);
    let field = DistanceField::new(&network, &routable.graph, &accesses, data.longest());
    let approach = Approach::of(&network, &routable, &people.demand, &facilities, &accesses);
    let nearest = |_: &mut (), index: usize| {
        let reached = approach.way(&field, index);
        reached.filter(|(distance, _)| *distance <= data.longest())
    };
    let points: Vec<Option<(f64, u32)>> = together(routable.snaps.len(), || (), nearest);
    drop(approach);
    let persons = people.at_points(&groups);
    let mut members: Vec<Vec<u32>> = vec![vec![]; people.level.areas.len()];
    for (index, area) in (0..).zip(&people.level.members) {
        if *area != OUTSIDE
            && let Some(members) = members.get_mut(*area as usize)
        {
            members.push(index);
        }
    }
    let summary = |members: &[u32]| summary(members, &persons, &points);
    let of_area = |_: &mut (), area: usize| summary(members.get(area).map_or(&[], Vec::as_slice));
    let mut areas = together(members.len(), || (), of_area);
    let outside = (0..).zip(&people.level.members).filter(|(_, area)| **area == OUTSIDE);
    let elsewhere = summary(&outside.map(|(index, _)| index).collect::<Vec<u32>>());
    let everybody: Vec<u32> = (0..persons.len() as u32).collect();
    let mut total = summary(&everybody);
    let way = |cell: usize| points.get(cell).copied().flatten().map(|(distance, _)| distance);
    if let Some((of_areas, of_all)) = margin::of_areas(&people, &groups) {
        let area = |cell: usize| Some(*people.level.members.get(cell)? as usize);
        let means = margin::of_means(&people, &groups, areas.len(), area, way);
        for (own, margins) in areas.iter_mut().zip(of_areas.into_iter().zip(means)) {
            own.margins = Some(margins);
        }
        let mean = margin::of_means(&people, &groups, 1, |_| Some(0), way);
        total.margins = Some((of_all, mean.first().copied().flatten()));
    }
    Ok(Distances {
        points,
        total,
        areas,
        elsewhere,
        groups,
        people,
        facilities,
        off_network,
        network,
        routable,
    })
}

fn summary(members: &[u32], persons: &[f64], points: &[Option<(f64, u32)>]) -> Summary {
    let mut summary = Summary::default();
    let mut reached: Vec<(f64, f64)> = Vec::with_capacity(members.len());
    for index in members {
        let Some(weight) = persons.get(*index as usize).copied().filter(|weight| *weight > 0.0) else {
            continue;
        };
        summary.persons += Persons(weight);
        match points.get(*index as usize) {
            Some(Some((distance, _))) => reached.push((*distance, weight)),
            _ => summary.unreached += Persons(weight),
        }
    }
    reached.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let whole: f64 = reached.iter().map(|(_, weight)| weight).sum();
    if whole > 0.0 {
        summary.mean = Some(reached.iter().map(|(distance, weight)| distance * weight).sum::<f64>() / whole);
        summary.quantiles = Some(QUANTILES.map(|share| quantile(&reached, share * whole)));
        summary.longest = reached.last().map(|(distance, _)| *distance);
    }
    summary
}

/// Returns the smallest distance that at least `wanted` persons do not exceed: the inverse of the
/// empirical distribution function (definition 1 of R. J. Hyndman, Y. Fan, "Sample quantiles in
/// statistical packages", The American Statistician 50, 1996). `sorted` contains distances with
/// their persons.
fn quantile(sorted: &[(f64, f64)], wanted: f64) -> f64 {
    let mut sum = 0.0;
    let found = sorted.iter().find(|(_, weight)| {
        sum += weight;
        sum >= wanted - 1e-9
    });
    found.or(sorted.last()).map_or(f64::NAN, |(distance, _)| *distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_counts_once() {
        let points = [Some((100.0, 0)), Some((200.0, 0)), Some((1000.0, 1)), None];
        let found = summary(&[0, 1, 2, 3], &[1.0, 2.0, 1.0, 5.0], &points);
        assert_eq!((found.persons, found.unreached), (Persons(9.0), Persons(5.0)));
        assert_eq!(found.mean, Some(375.0));
        assert_eq!(found.quantiles, Some([100.0, 100.0, 200.0, 200.0, 1000.0]));
        let nobody = summary(&[3], &[1.0, 2.0, 1.0, 0.0], &points);
        assert!(nobody.mean.is_none() && nobody.persons == Persons(0.0));
    }
}
