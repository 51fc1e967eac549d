//! Points where people live, and the distribution of an area's persons on them.
//!
//! The distribution is dasymetric: the points have weights, and the sum of an area is kept
//! (pycnophylactic property: W. R. Tobler, "Smooth pycnophylactic interpolation for geographical
//! regions", Journal of the American Statistical Association 74, 1979).

use std::sync::OnceLock;

use super::areas::{Level, OUTSIDE};
use super::plane::Point;
use super::point_grid::PointGrid;
use super::reading::{Plane, number_of};
use crate::catalog::roles::DemandRole;
use crate::error::{Error, Result, said};
use crate::layer::View;

/// The points of demand, in the order of rows.
#[derive(Debug, Default)]
pub struct Demand {
    /// The points in the plane; NaN for a row without a place.
    pub points: Vec<Point>,
    /// The weight of each point within its area.
    pub weights: Vec<f64>,
    /// The number of rows without a place.
    pub without_place: usize,
    /// The number of rows whose weight is missing, negative or not a number. Their weight is 0.
    pub without_weight: usize,
    grid: OnceLock<PointGrid>,
}

impl Demand {
    /// Reads the points of a layer. A line or an area counts as the centre of its bounding box.
    ///
    /// # Errors
    ///
    /// Returns an error if the layer lacks the column of weights that the role names.
    pub fn read(view: &View<'_>, role: &DemandRole, plane: &Plane) -> Result<Demand> {
        let weight = match &role.weight {
            Some(name) => Some(view.column(name).ok_or_else(|| {
                Error::not_found(said!("the collection {:?} has no column {:?}", role.collection, name))
                    .hint("check weight under [roles.demand]")
            })?),
            None => None,
        };
        let rows = 0..view.len() as u32;
        let stored: Vec<[f64; 2]> =
            rows.map(|row| representative_point(view, row).unwrap_or([f64::NAN; 2])).collect();
        let points = plane.points(&stored);
        let weigh = |row: usize| match weight {
            Some(column) => number_of(column.get(row)).filter(|weight| *weight >= 0.0),
            None => Some(1.0),
        };
        let weights: Vec<Option<f64>> = (0..view.len()).map(weigh).collect();
        Ok(Demand {
            without_place: points.iter().filter(|[x, y]| !x.is_finite() || !y.is_finite()).count(),
            without_weight: weights.iter().filter(|weight| weight.is_none()).count(),
            weights: weights.into_iter().map(|weight| weight.unwrap_or(0.0)).collect(),
            points,
            grid: OnceLock::new(),
        })
    }

    /// Creates points of demand from points of the plane and weights, for example from cells.
    pub fn new(points: Vec<Point>, weights: Vec<f64>) -> Demand {
        Demand { points, weights, ..Demand::default() }
    }

    /// Returns the grid that finds points by their place.
    pub fn grid(&self) -> &PointGrid {
        self.grid.get_or_init(|| PointGrid::new(&self.points))
    }

    /// Returns the sum of the weights in each area.
    pub fn area_weights(&self, level: &Level) -> Vec<f64> {
        let mut sums = vec![0.0; level.areas.len()];
        for (weight, area) in self.weights.iter().zip(&level.members) {
            if let Some(sum) = sums.get_mut(*area as usize) {
                *sum += weight;
            }
        }
        sums
    }

    /// Returns the number of persons at each point: the persons of its area times its share of the
    /// area's weight. The numbers are fractions. Points in no area, and points in an area without a
    /// number, have none.
    pub(super) fn spread(&self, level: &Level, persons: &[Option<f64>]) -> Vec<f64> {
        let sums = self.area_weights(level);
        let factors: Vec<f64> = persons
            .iter()
            .zip(&sums)
            .map(|(persons, sum)| if *sum > 0.0 { persons.unwrap_or(0.0) / sum } else { 0.0 })
            .collect();
        let own = |(weight, area): (&f64, &u32)| match *area {
            OUTSIDE => 0.0,
            area => weight * factors.get(area as usize).copied().unwrap_or(0.0),
        };
        self.weights.iter().zip(&level.members).map(own).collect()
    }
}

/// Returns a point that stands for a row, in stored coordinates: the point itself, or the centre of
/// the bounding box of a line or an area.
pub fn representative_point(view: &View<'_>, row: u32) -> Option<[f64; 2]> {
    let geometry = view.geometry(row)?;
    let first = *geometry.xy().first()?;
    let (mut min, mut max) = (first, first);
    for [x, y] in geometry.xy() {
        min = [min[0].min(*x), min[1].min(*y)];
        max = [max[0].max(*x), max[1].max(*y)];
    }
    Some(if min == max { first } else { [(min[0] + max[0]) / 2.0, (min[1] + max[1]) / 2.0] })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::areas::Area;

    fn level(areas: usize, members: Vec<u32>) -> Level {
        let area = |id: usize| Area::new(id.to_string(), id.to_string(), vec![]);
        Level { areas: (0..areas).map(area).collect(), members, ..Level::default() }
    }

    proptest! {
        /// Tobler's law of sums: each area's persons are all on its points, and on no other,
        /// whatever these weigh.
        #[test]
        fn the_sum_of_an_area_survives_being_spread(
            points in prop::collection::vec((0..6_u32, 0.0..1000.0_f64), 0..200),
            persons in prop::collection::vec(prop::option::weighted(0.9, 0.0..1e6_f64), 5),
        ) {
            // The sixth is no area.
            let members: Vec<u32> = points.iter().map(|(area, _)| if *area == 5 { OUTSIDE } else { *area }).collect();
            let weights: Vec<f64> = points.iter().map(|(_, weight)| *weight).collect();
            let level = level(5, members.clone());
            let demand = Demand::new(vec![[0.0; 2]; points.len()], weights);
            let spread = demand.spread(&level, &persons);
            for (area, (wanted, weight)) in persons.iter().zip(demand.area_weights(&level)).enumerate() {
                let own = members.iter().zip(&spread).filter(|(member, _)| **member as usize == area);
                let sum: f64 = own.map(|(_, persons)| persons).sum();
                let wanted = if weight > 0.0 { wanted.unwrap_or(0.0) } else { 0.0 };
                prop_assert!((sum - wanted).abs() <= 1e-9 * wanted.max(1.0), "{sum} {wanted}");
            }
            let outside = members.iter().zip(&spread).filter(|(member, _)| **member == OUTSIDE);
            prop_assert!(outside.map(|(_, persons)| *persons).sum::<f64>() == 0.0);
            prop_assert!(spread.iter().all(|persons| *persons >= 0.0));
        }
    }
}
