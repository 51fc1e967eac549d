//! Cells of 100 m that combine points of demand, so that no answer is about a single address.

use std::collections::BTreeMap;

use super::areas::{Level, OUTSIDE};
use super::controlled_rounding::coarse_weight;
use super::demand::Demand;
use super::plane::Point;
use super::rules::Words;
use crate::geo::hilbert;

/// The length of a cell's side in metres.
pub const SIDE: f64 = 100.0;

/// A cell by its column and row: the numbers of sides east and north of the origin of the plane.
pub type Cell = [i64; 2];

/// Returns the cell that contains a point of the plane.
///
/// ```
/// use veedel::plan::cells::{cell_of, centre};
///
/// assert_eq!(cell_of([356_460.0, 5_645_310.0]), [3564, 56453]);
/// assert_eq!(centre([3564, 56453]), [356_450.0, 5_645_350.0]);
/// ```
pub fn cell_of([x, y]: Point) -> Cell {
    [(x / SIDE).floor() as i64, (y / SIDE).floor() as i64]
}

/// Returns the centre of a cell in the plane.
pub fn centre([column, row]: Cell) -> Point {
    [(column as f64 + 0.5) * SIDE, (row as f64 + 0.5) * SIDE]
}

/// Returns the closed outline of a cell in the plane.
pub fn outline([column, row]: Cell) -> Vec<Point> {
    let corner = |dx: i64, dy: i64| [(column + dx) as f64 * SIDE, (row + dy) as f64 * SIDE];
    vec![corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1), corner(0, 0)]
}

/// Returns the points of each cell. Points of a cell in different areas of `base` are separate
/// groups, because the persons of an area stay in it. The groups of an area are successive, in the
/// order of the Hilbert curve.
fn groups(points: &Demand, base: &Level) -> BTreeMap<(u32, u64, Cell), Vec<u32>> {
    let mut groups: BTreeMap<(u32, u64, Cell), Vec<u32>> = BTreeMap::new();
    for (index, (point, area)) in points.points.iter().zip(&base.members).enumerate() {
        if point.iter().all(|value| value.is_finite()) && *area != OUTSIDE {
            let cell = cell_of(*point);
            let place = hilbert::index(cell.map(|number| number as i32));
            groups.entry((*area, place, cell)).or_default().push(index as u32);
        }
    }
    groups
}

/// The point at which the ways of the persons in a cell begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellStart {
    /// The point of demand that is nearest to the mean of the cell's points.
    Midst,
    /// The centre of the cell, which is usually farther from the streets.
    Middle,
}

impl CellStart {
    /// Returns the start of ways, depending on whether everyone may see the points of demand.
    pub fn of(are_public: bool) -> CellStart {
        if are_public { CellStart::Midst } else { CellStart::Middle }
    }

    fn start(self, cell: Cell, points: &[Point]) -> Point {
        match self {
            CellStart::Midst => in_the_midst(points).unwrap_or_else(|| centre(cell)),
            CellStart::Middle => centre(cell),
        }
    }

    /// Returns the start in words, for the evidence.
    pub fn words(self) -> Words {
        let (de, en) = match self {
            CellStart::Midst => (
                "an dem Nachfragepunkt, der dem Mittel der Punkte einer Zelle am nächsten liegt",
                "at the point of demand nearest to the mean of a cell's points",
            ),
            CellStart::Middle => ("in der Mitte einer Zelle", "in the middle of a cell"),
        };
        Words { de: de.into(), en: en.into() }
    }
}

/// Returns the point that is nearest to the mean of all points; of several, the most western, and
/// of these the most southern. The order of the points does not change the result, not even by
/// rounding.
fn in_the_midst(points: &[Point]) -> Option<Point> {
    let mut points = points.to_vec();
    points.sort_by(|left, right| left[0].total_cmp(&right[0]).then(left[1].total_cmp(&right[1])));
    let sum = points.iter().fold([0.0, 0.0], |[x, y], point| [x + point[0], y + point[1]]);
    let mean = sum.map(|sum| sum / points.len() as f64);
    let away = |point: &&Point| (point[0] - mean[0]).powi(2) + (point[1] - mean[1]).powi(2);
    points.iter().min_by(|left, right| away(left).total_cmp(&away(right))).copied()
}

/// Returns the demand on cells. A cell weighs as much as its points. If a `grain` is given, because
/// the weights are protected, the weight is rounded to whole grains.
pub fn demand(points: &Demand, base: &Level, grain: Option<f64>, start: CellStart) -> Demand {
    let groups = groups(points, base);
    let weight = |members: &Vec<u32>| {
        let sum = members.iter().filter_map(|index| points.weights.get(*index as usize)).sum::<f64>();
        grain.map_or(sum, |grain| coarse_weight(sum, grain))
    };
    // All points of a cell have the same start, even if they are in different areas. So a cell is
    // reached as a whole or not at all.
    let mut of_cell: BTreeMap<Cell, Vec<Point>> = BTreeMap::new();
    for ((_, _, cell), members) in &groups {
        let own = members.iter().filter_map(|index| points.points.get(*index as usize));
        of_cell.entry(*cell).or_default().extend(own);
    }
    let start = |cell: &Cell| start.start(*cell, of_cell.get(cell).map_or(&[], Vec::as_slice));
    let starts = groups.keys().map(|(_, _, cell)| start(cell)).collect();
    let mut demand = Demand::new(starts, groups.values().map(weight).collect());
    demand.without_place = points.without_place;
    demand.without_weight = points.without_weight;
    demand
}

/// Returns the areas of a level with cells as members. A cell belongs to the area of most of its
/// points; of several, to the first.
pub fn level(points: &Demand, base: &Level, whole: &Level) -> Level {
    let groups = groups(points, base);
    let counts = |members: &Vec<u32>| {
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for area in members.iter().filter_map(|index| whole.members.get(*index as usize)) {
            *counts.entry(*area).or_default() += 1;
        }
        counts
    };
    let most = |counts: &BTreeMap<u32, usize>| {
        let most = counts.iter().max_by_key(|(area, count)| (**count, std::cmp::Reverse(**area)));
        most.map_or(OUTSIDE, |(area, _)| *area)
    };
    let (mut members, mut shared) = (vec![], BTreeMap::new());
    for (cell, group) in (0..).zip(groups.values()) {
        let counts = counts(group);
        let own = most(&counts);
        members.push(own);
        let others = counts.iter().filter(|(area, _)| **area != own);
        let others: Vec<(u32, f64)> =
            others.map(|(area, count)| (*area, *count as f64 / group.len() as f64)).collect();
        if !others.is_empty() {
            shared.insert(cell, others);
        }
    }
    Level {
        areas: whole.areas.clone(),
        members,
        shared,
        overlaps: whole.overlaps,
        outside: whole.outside,
        counts: whole.counts.clone(),
        skipped: whole.skipped,
        in_parts: whole.in_parts.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_from_a_cell_begin_at_one_of_its_points_and_where_nobody_may_see_them_at_none() {
        // Two areas share a cell, and another cell has one point only.
        let points = vec![[10.0, 10.0], [30.0, 20.0], [90.0, 40.0], [150.0, 7.0]];
        let demand_points = Demand::new(points.clone(), vec![1.0; 4]);
        let base = Level { members: vec![0, 0, 1, 1], ..Level::default() };
        let starts = |start| demand(&demand_points, &base, None, start).points;
        assert_eq!(starts(CellStart::of(true)), [points[1], points[1], points[3]]);
        assert_eq!(starts(CellStart::of(false)), [[50.0, 50.0], [50.0, 50.0], [150.0, 50.0]]);
        // Two points have the same distance from their mean.
        let two = [[12.1, 3.3], [47.9, 81.7]];
        assert_eq!(in_the_midst(&two), in_the_midst(&[two[1], two[0]]));
    }
}
