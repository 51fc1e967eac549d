//! Estimates how far a protected count may be from the exact one.
//!
//! The estimate uses protected numbers and public data only, so it reveals nothing beyond these.
//! Four causes contribute:
//!
//! - *The table is recoded.* A number of two or more steps differs by at most half a step,
//!   uniformly distributed, so its variance is 1/12 of the squared step. Numbers of the smallest
//!   class differ by up to one step. The error of an area counts in proportion to its persons that
//!   are counted.
//! - *Persons are placed on cells in whole steps.* Where the curve of an area enters or leaves the
//!   counted cells, less than one step is on the wrong side: 1/12 of the squared step for each age
//!   group.
//! - *A cell belongs to one area.* If its addresses are in several areas, those in the other areas
//!   are counted in the wrong one.
//! - *Ways begin at one point of a cell.* If the way of a cell is about as long as the limit, its
//!   persons may be on either side of it. These errors have a bias, so a part of their sum is added
//!   as it is.
//!
//! The variances are added. Twice the square root of the sum is the margin, which contains 19 of 20
//! exact counts (Joint Committee for Guides in Metrology, "Guide to the expression of uncertainty
//! in measurement", JCGM 100:2008, 5.1.2 and 6.3.3).

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::ages::Ages;
use super::areas::OUTSIDE;
use super::cells::SIDE;
use super::people::People;

/// The maximum difference between the way from a cell's start and the ways from its addresses in
/// metres: half of the diagonal.
pub const START: f64 = SIDE * std::f64::consts::FRAC_1_SQRT_2;
/// The share of the persons near the limit by which counts are biased.
const BIAS_SHARE: f64 = 0.2;
/// The variance in m² of the difference between the mean way of a cell's persons and the way from
/// its start: a uniform distribution within half of [`START`].
const START_VARIANCE: f64 = START * START / 12.0;
/// The bias of mean ways in metres.
const MEAN_BIAS: f64 = 5.0;
/// The variance of a number of the smallest class, in squared steps.
const SMALL_VARIANCE: f64 = 0.3;
/// The variance of a number that is rounded to steps, in squared steps.
const ROUNDED_VARIANCE: f64 = 1.0 / 12.0;

/// Whether and where a cell is counted.
#[derive(Clone, Copy, Debug)]
pub struct CellMembership {
    /// The index of the count that the cell belongs to; None if it belongs to none.
    pub row: Option<usize>,
    /// Whether the cell is counted there.
    pub is_inside: bool,
    /// The share of its persons that may be on the other side of the limit.
    pub beyond: f64,
}

/// The uncertainty of a count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Uncertainty {
    variance: f64,
    bias: f64,
}

impl AddAssign for Uncertainty {
    fn add_assign(&mut self, other: Uncertainty) {
        self.variance += other.variance;
        self.bias += other.bias;
    }
}

impl Uncertainty {
    /// Returns the margin in persons, rounded up to a multiple of the step.
    pub fn margin(&self, step: f64) -> f64 {
        // A rounding error must not add a step.
        ((2.0 * self.variance.sqrt() + BIAS_SHARE * self.bias) / step - 1e-6).ceil().max(0.0) * step
    }
}

/// Returns the share of a cell's persons that may be on the other side of a limit, given the way
/// from the cell's start: one half if it is equal to the limit, 0 if it differs by `width` or more.
/// All lengths are in metres.
///
/// ```
/// use veedel::plan::margin::beyond;
///
/// assert_eq!(beyond(Some(1000.0), 1000.0, 50.0), 0.5);
/// assert_eq!(beyond(Some(1025.0), 1000.0, 50.0), 0.25);
/// assert_eq!(beyond(Some(1100.0), 1000.0, 50.0), 0.0);
/// assert_eq!(beyond(None, 1000.0, 50.0), 0.0);
/// ```
pub fn beyond(way: Option<f64>, limit: f64, width: f64) -> f64 {
    way.map_or(0.0, |way| (0.5 - (way - limit).abs() / (2.0 * width)).max(0.0))
}

/// Returns the uncertainty of the persons of `groups` in each of `rows` counts. `membership` tells
/// where each cell is counted. The counts are those of the areas of the requested level, or a
/// single total. The result is empty if counts are exact.
pub fn uncertainties(
    people: &People,
    groups: &[Ages],
    rows: usize,
    membership: impl Fn(usize) -> CellMembership,
) -> Vec<Uncertainty> {
    let Some(step) = people.step() else { return vec![] };
    let mut all = vec![Uncertainty::default(); rows];
    let numbers: Vec<Vec<Option<f64>>> = groups.iter().map(|group| people.published(&[*group])).collect();
    let mut first = 0;
    for cells in people.base.members.chunk_by(|left, right| left == right) {
        let (begin, area) = (first, cells.first().copied().unwrap_or(OUTSIDE));
        first += cells.len();
        let own: Vec<f64> = numbers.iter().filter_map(|all| *all.get(area as usize)?).collect();
        let area = Area::of(people, begin..first, &own, step);
        if area.weight > 0.0 && area.persons > 0.0 {
            area.add(people, &membership, &mut all);
        }
    }
    all
}

/// Returns the margins of the persons of `groups` in each of `rows` counts. `row` tells to which
/// count a cell belongs. Returns None if counts are exact.
fn of_persons(
    people: &People,
    groups: &[Ages],
    rows: usize,
    row: impl Fn(usize) -> Option<usize>,
) -> Option<Vec<f64>> {
    let step = people.step()?;
    let membership = |cell| CellMembership { row: row(cell), is_inside: true, beyond: 0.0 };
    let all = uncertainties(people, groups, rows, membership);
    Some(all.iter().map(|own| own.margin(step)).collect())
}

/// Returns the margins of the persons of `groups` in each area of the requested level, and in
/// total; None if counts are exact.
pub fn of_areas(people: &People, groups: &[Ages]) -> Option<(Vec<f64>, f64)> {
    let member = |cell: usize| people.level.members.get(cell).filter(|area| **area != OUTSIDE);
    let areas = of_persons(people, groups, people.level.areas.len(), |cell| Some(*member(cell)? as usize))?;
    let all = of_persons(people, groups, 1, |_| Some(0))?;
    Some((areas, all.first().copied()?))
}

/// Returns the margins in metres of the mean ways in each of `rows` counts. `row` tells to which
/// count a cell belongs, and `way` the length of its way. The margin is None if nobody in a count
/// has a way. The result is empty if counts are exact.
///
/// A mean has three errors. The ways of a cell's addresses differ from the way of its start.
/// Persons are placed on cells in whole steps; a person on the wrong cell is on the previous or
/// next one along the curve, so the difference of their ways counts, or the difference to the mean
/// where the curve enters or leaves the count. And the recoded numbers of areas whose mean differs
/// from that of the count change its weight.
pub fn of_means(
    people: &People,
    groups: &[Ages],
    rows: usize,
    row: impl Fn(usize) -> Option<usize>,
    way: impl Fn(usize) -> Option<f64>,
) -> Vec<Option<f64>> {
    let Some(step) = people.step() else { return vec![] };
    let persons = people.at_points(groups);
    let mut sums = vec![(0.0, 0.0); rows];
    let cells = |range: std::ops::Range<usize>| {
        range.filter_map(|cell| Some((row(cell)?, persons.get(cell).copied()?, way(cell)?)))
    };
    for (row, persons, way) in cells(0..persons.len()) {
        if let Some(sum) = sums.get_mut(row) {
            *sum = (sum.0 + persons, sum.1 + persons * way);
        }
    }
    let mut variances = vec![0.0; rows];
    let numbers: Vec<Vec<Option<f64>>> = groups.iter().map(|group| people.published(&[*group])).collect();
    let mut first = 0;
    for own in people.base.members.chunk_by(|left, right| left == right) {
        let (range, area) = (first..first + own.len(), own.first().copied().unwrap_or(OUTSIDE));
        first += own.len();
        let recoded: Vec<f64> = numbers.iter().filter_map(|all| *all.get(area as usize)?).collect();
        let area = Area::of(people, range.clone(), &recoded, step);
        let mut of_row: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        // The difference between a way and the mean of its count.
        let away = |row: usize, way: f64| sums.get(row).map_or(0.0, |(persons, ways)| way - ways / persons);
        let mut add = |row: usize, more: f64| {
            if let Some(variance) = variances.get_mut(row) {
                *variance += more;
            }
        };
        let mut before: Option<(usize, f64)> = None;
        for (row, persons, way) in cells(range) {
            let own = of_row.entry(row).or_default();
            *own = (own.0 + persons, own.1 + persons * way);
            let now = away(row, way);
            add(row, persons * persons * START_VARIANCE);
            match before {
                Some((other, away)) if other == row => {
                    add(row, area.crossing_variance * (now - away).powi(2))
                }
                Some((other, away)) => {
                    add(other, area.crossing_variance * away * away);
                    add(row, area.crossing_variance * now * now);
                }
                None => {}
            }
            before = Some((row, now));
        }
        for (row, (persons, ways)) in of_row {
            let (Some(sum), Some(variance)) = (sums.get(row), variances.get_mut(row)) else { continue };
            if persons > 0.0 && area.persons > 0.0 {
                let away = ways / persons - sum.1 / sum.0;
                *variance += (persons / area.persons * away).powi(2) * area.variance;
            }
        }
    }
    let margin = |((persons, _), variance): (&(f64, f64), &f64)| {
        (*persons > 0.0).then(|| 2.0 * variance.sqrt() / persons + MEAN_BIAS)
    };
    sums.iter().zip(&variances).map(margin).collect()
}

/// The cells of an area of the population, which are successive along its curve.
struct Area {
    cells: std::ops::Range<usize>,
    weight: f64,
    persons: f64,
    /// The variance of the sum of its recoded numbers.
    variance: f64,
    /// The variance of one place where the curve enters or leaves the counted cells.
    crossing_variance: f64,
}

/// The share of an area that is counted in one row.
#[derive(Default)]
struct Counted {
    share: f64,
    crossings: f64,
    near: Uncertainty,
}

impl Area {
    fn of(people: &People, cells: std::ops::Range<usize>, numbers: &[f64], step: f64) -> Area {
        let is_small = |number: &f64| *number < 1.5 * step;
        let inhabited = || numbers.iter().filter(|number| **number > 0.0);
        let variance: f64 =
            inhabited().map(|number| if is_small(number) { SMALL_VARIANCE } else { ROUNDED_VARIANCE }).sum();
        Area {
            weight: people.demand.weights.get(cells.clone()).into_iter().flatten().sum(),
            persons: numbers.iter().sum(),
            variance: variance * step * step,
            crossing_variance: inhabited().count() as f64 * ROUNDED_VARIANCE * step * step,
            cells,
        }
    }

    fn add(&self, people: &People, membership: impl Fn(usize) -> CellMembership, all: &mut [Uncertainty]) {
        let shared = |cell: usize| match all.len() {
            1 => None,
            _ => people.level.shared.get(&(cell as u32)),
        };
        let mut counted: BTreeMap<usize, Counted> = BTreeMap::new();
        let mut before = None;
        for (nth, cell) in self.cells.clone().enumerate() {
            let weight = people.demand.weights.get(cell).copied().unwrap_or(0.0);
            if weight <= 0.0 {
                continue;
            }
            let (here, share) = (membership(cell), weight / self.weight);
            let persons = self.persons * share;
            for (area, others) in shared(cell).filter(|_| here.is_inside).into_iter().flatten() {
                let elsewhere = Uncertainty { variance: (persons * others).powi(2), bias: 0.0 };
                for row in here.row.into_iter().chain([*area as usize]) {
                    counted.entry(row).or_default().near += elsewhere;
                }
            }
            let now = here.row.filter(|_| here.is_inside);
            if nth > 0 && now != before {
                before
                    .into_iter()
                    .chain(now)
                    .for_each(|row| counted.entry(row).or_default().crossings += 1.0);
            }
            before = now;
            let Some(row) = here.row else { continue };
            let own = counted.entry(row).or_default();
            own.share += if here.is_inside { share } else { 0.0 };
            let near = persons * here.beyond;
            own.near += Uncertainty { variance: near * near, bias: near };
        }
        for (row, own) in counted {
            if let Some(sum) = all.get_mut(row) {
                *sum += own.near;
                sum.variance +=
                    own.share * own.share * self.variance + own.crossings * self.crossing_variance;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_the_limit_half_may_be_beyond_it_and_far_from_it_none() {
        let of = |way| beyond(way, 500.0, 50.0);
        assert_eq!(
            [Some(500.0), Some(475.0), Some(525.0), Some(550.0), None].map(of),
            [0.5, 0.25, 0.25, 0.0, 0.0]
        );
    }

    #[test]
    fn margins_are_whole_steps_and_nothing_where_nothing_is_uncertain() {
        let of = |variance, bias| Uncertainty { variance, bias }.margin(5.0);
        assert_eq!([of(0.0, 0.0), of(1.0, 0.0), of(9.0, 0.0), of(9.0, 100.0)], [0.0, 5.0, 10.0, 30.0]);
    }
}
