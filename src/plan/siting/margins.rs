//! The margins of protected gains.

use super::candidate::Candidate;
use crate::plan::ages::Ages;
use crate::plan::margin::{CellMembership, START, Uncertainty, beyond, uncertainties};
use crate::plan::network::{DistanceField, Network};
use crate::plan::people::People;
use crate::plan::routable_graph::RoutableGraph;
use crate::plan::step::SAME;

/// Returns the margins in persons of the gain of each chosen site, and of all together. `before`
/// contains the length in metres of the way from each cell to the nearest existing facility.
/// Returns None if counts are exact.
pub fn margins(
    people: &People,
    groups: &[Ages],
    (network, routable): (&Network, &RoutableGraph),
    limit: f64,
    before: &[Option<f64>],
    chosen: &[&Candidate],
) -> Option<(Vec<f64>, f64)> {
    let step = people.step()?;
    let mut nearest = before.to_vec();
    let mut sites = vec![];
    let mut all = Uncertainty::default();
    for candidate in chosen {
        let field = DistanceField::new(network, &routable.graph, &candidate.accesses, limit + START);
        let way = |cell: usize| {
            let snap = routable.snaps.get(cell)?.as_ref()?;
            field.at(network, snap, true).map(|(distance, _)| distance)
        };
        let membership = |cell: usize| {
            let (old, new) = (nearest.get(cell).copied().flatten(), way(cell));
            let is_near = |way: Option<f64>| way.is_some_and(|way| way <= limit + SAME);
            // Persons who are certainly served by an existing facility do not gain, wherever the
            // new site is.
            let may_gain = new.is_some() && old.is_none_or(|old| old > limit - START);
            let beyond = [old, new].map(|way| beyond(way, limit, START)).into_iter().fold(0.0, f64::max);
            CellMembership {
                row: Some(0),
                is_inside: !is_near(old) && is_near(new),
                beyond: if may_gain { beyond } else { 0.0 },
            }
        };
        let own = uncertainties(people, groups, 1, membership).first().copied().unwrap_or_default();
        sites.push(own.margin(step));
        all += own;
        for (cell, nearest) in nearest.iter_mut().enumerate() {
            *nearest = [*nearest, way(cell)].into_iter().flatten().reduce(f64::min);
        }
    }
    Some((sites, all.margin(step)))
}
