//! The maximal covering location problem: choose p of the candidates so that they cover as much as
//! possible (R. Church, C. ReVelle, "The maximal covering location problem", Papers of the Regional
//! Science Association 32, 1974).
//!
//! The solution is found by the greedy algorithm, which reaches at least 1 − 1/e of the optimum (G.
//! L. Nemhauser, L. A. Wolsey, M. L. Fisher, "An analysis of approximations for maximizing
//! submodular set functions", Mathematical Programming 14, 1978). It is improved by exchanges (M.
//! B. Teitz, P. Bart, "Heuristic methods for estimating the generalized vertex median of a weighted
//! graph", Operations Research 16, 1968). An upper bound of the optimum is computed by Lagrangian
//! relaxation (R. D. Galvão, C. ReVelle, "A Lagrangean heuristic for the maximal covering location
//! problem", European Journal of Operational Research 88, 1996).

use crate::work::{spend, together};

/// The points that each candidate covers, and their weights.
#[derive(Debug)]
pub struct Problem {
    /// The weight of each point.
    pub weights: Vec<f64>,
    /// The indexes of the points that each candidate covers, in ascending order.
    pub covers: Vec<Vec<u32>>,
}

/// The chosen candidates.
#[derive(Debug, PartialEq)]
pub struct Solution {
    /// The candidates in the order of their gains.
    pub chosen: Vec<Chosen>,
    /// The weight that all of them cover.
    pub covered: f64,
    /// An upper bound of the weight that the same number of candidates can cover.
    pub bound: f64,
}

/// One of the chosen candidates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chosen {
    /// The index of the candidate.
    pub candidate: usize,
    /// The weight that it covers and those before it do not.
    pub gain: f64,
}

/// The minimum gain of an exchange, as a share of the total weight. A smaller gain is a rounding
/// error.
const WORTHWHILE: f64 = 1e-9;
/// The maximum number of rounds of exchanges. Each round tries all chosen candidates.
const ROUNDS: usize = 20;
/// The approximate number of additions of all steps of the bound. The number of steps is limited by
/// [`STEPS`].
const ADDITIONS: usize = 400_000_000;
const STEPS: (usize, usize) = (20, 300);

impl Problem {
    /// Returns the best `p` candidates that are found. Of several equal candidates, the one with
    /// the lowest index is chosen.
    ///
    /// ```
    /// use veedel::plan::siting::maximal_covering::Problem;
    ///
    /// let covers = vec![vec![0, 1], vec![1, 2], vec![2]];
    /// let problem = Problem { weights: vec![5.0, 1.0, 3.0], covers };
    /// let solution = problem.solve(1);
    /// assert_eq!((solution.chosen[0].candidate, solution.covered), (0, 6.0));
    /// assert!(solution.bound >= 6.0);
    /// ```
    pub fn solve(&self, p: usize) -> Solution {
        let worth = |_: &mut (), index: usize| (self.worth(self.points_of(index)), index);
        let mut order: Vec<(f64, usize)> = together(self.covers.len(), || (), worth);
        order.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
        order.retain(|(worth, _)| *worth > 0.0);
        let mut times = vec![0_u32; self.weights.len()];
        let mut chosen: Vec<usize> = vec![];
        while chosen.len() < p {
            let Some((candidate, _)) = self.best(&order, &times, &chosen) else { break };
            self.count(&mut times, candidate, true);
            chosen.push(candidate);
        }
        self.swap(&order, &mut times, &mut chosen);
        let chosen = self.ranked(chosen);
        let covered = chosen.iter().map(|chosen| chosen.gain).sum();
        let bound = self.bound(p, covered, &times);
        Solution { chosen, covered, bound }
    }

    fn weight(&self, point: u32) -> f64 {
        self.weights.get(point as usize).copied().unwrap_or(0.0)
    }

    fn points_of(&self, candidate: usize) -> &[u32] {
        self.covers.get(candidate).map(Vec::as_slice).unwrap_or_default()
    }

    fn worth(&self, points: &[u32]) -> f64 {
        spend(points.len());
        points.iter().map(|point| self.weight(*point)).sum()
    }

    /// Returns the weight that a candidate covers and that is not covered yet.
    fn gain(&self, candidate: usize, times: &[u32]) -> f64 {
        let points = self.points_of(candidate);
        spend(points.len());
        let open = points.iter().filter(|point| times.get(**point as usize) == Some(&0));
        open.map(|point| self.weight(*point)).sum()
    }

    /// Returns the candidate with the highest gain. `order` is sorted by the weight that a
    /// candidate covers alone. No gain exceeds this weight, so the search ends where it is below
    /// the best gain.
    fn best(&self, order: &[(f64, usize)], times: &[u32], chosen: &[usize]) -> Option<(usize, f64)> {
        let mut best: Option<(usize, f64)> = None;
        for block in order.chunks(256) {
            let least = best.map_or(0.0, |(_, gain)| gain);
            if block.first().is_none_or(|(alone, _)| *alone < least) {
                break;
            }
            let gain = |_: &mut (), index: usize| {
                let (alone, candidate) = block.get(index)?;
                let is_better = *alone >= least && !chosen.contains(candidate);
                is_better.then(|| (*candidate, self.gain(*candidate, times)))
            };
            for (candidate, gain) in together(block.len(), || (), gain).into_iter().flatten() {
                let is_better = match best {
                    None => gain > 0.0,
                    Some((other, most)) => gain > most || (gain == most && candidate < other),
                };
                if is_better {
                    best = Some((candidate, gain));
                }
            }
        }
        best
    }

    fn count(&self, times: &mut [u32], candidate: usize, more: bool) {
        for point in self.covers.get(candidate).into_iter().flatten() {
            if let Some(times) = times.get_mut(*point as usize) {
                *times = if more { *times + 1 } else { times.saturating_sub(1) };
            }
        }
    }

    /// Replaces one candidate after the other by the one with the highest gain, as long as this
    /// improves the solution.
    fn swap(&self, order: &[(f64, usize)], times: &mut [u32], chosen: &mut [usize]) {
        let total: f64 = self.weights.iter().sum();
        for _ in 0..ROUNDS {
            let mut improved = false;
            for place in 0..chosen.len() {
                let Some(old) = chosen.get(place).copied() else { continue };
                self.count(times, old, false);
                let lost = self.gain(old, times);
                let next =
                    self.best(order, times, chosen).filter(|(_, gain)| *gain > lost + WORTHWHILE * total);
                let new = next.map_or(old, |(candidate, _)| candidate);
                self.count(times, new, true);
                improved |= new != old;
                if let Some(slot) = chosen.get_mut(place) {
                    *slot = new;
                }
            }
            if !improved {
                break;
            }
        }
    }

    /// Sorts the chosen candidates by their gains.
    fn ranked(&self, mut chosen: Vec<usize>) -> Vec<Chosen> {
        let mut times = vec![0_u32; self.weights.len()];
        let mut ranked = vec![];
        while !chosen.is_empty() {
            let gains = chosen.iter().map(|candidate| (*candidate, self.gain(*candidate, &times)));
            let best = gains.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
            let Some((candidate, gain)) = best else { break };
            self.count(&mut times, candidate, true);
            chosen.retain(|other| *other != candidate);
            ranked.push(Chosen { candidate, gain });
        }
        ranked
    }

    /// Returns the Lagrangian bound. Each point may be covered at a price λ from 0 to its weight,
    /// and the p candidates with the highest sums of prices are taken. For all prices, the value is
    /// at least the optimum. Steps along the subgradient reduce it.
    fn bound(&self, p: usize, covered: f64, times: &[u32]) -> f64 {
        let total: f64 = self.weights.iter().sum();
        // The initial price of a point is its weight if the solution does not cover it, and 0
        // otherwise.
        let open = self.weights.iter().zip(times);
        let mut prices: Vec<f64> =
            open.map(|(weight, times)| if *times == 0 { *weight } else { 0.0 }).collect();
        let additions: usize = self.covers.iter().map(Vec::len).sum();
        let steps = (ADDITIONS / additions.max(1)).clamp(STEPS.0, STEPS.1);
        let (mut bound, mut scale, mut idle) = (total, 1.5, 0);
        for _ in 0..steps {
            let (value, taken) = self.relaxed(p, &prices);
            if value < bound - WORTHWHILE * total {
                (bound, idle) = (value, 0);
            } else {
                idle += 1;
                if idle >= 5 {
                    (scale, idle) = (scale / 2.0, 0);
                }
            }
            if bound <= covered * (1.0 + WORTHWHILE) {
                break;
            }
            let slope: Vec<f64> = prices
                .iter()
                .zip(&self.weights)
                .zip(&taken)
                .map(|((price, weight), taken)| f64::from(*taken) - f64::from(u8::from(price < weight)))
                .collect();
            let square: f64 = slope.iter().map(|slope| slope * slope).sum();
            if square == 0.0 {
                break;
            }
            let length = scale * (value - covered).max(0.0) / square;
            for ((price, weight), slope) in prices.iter_mut().zip(&self.weights).zip(&slope) {
                *price = (*price - length * slope).clamp(0.0, *weight);
            }
        }
        bound.max(covered)
    }

    /// Returns the value of the relaxed problem, and how often its candidates cover each point.
    fn relaxed(&self, p: usize, prices: &[f64]) -> (f64, Vec<u32>) {
        let earn = |_: &mut (), index: usize| {
            let points = self.points_of(index);
            spend(points.len());
            (points.iter().filter_map(|point| prices.get(*point as usize)).sum::<f64>(), index)
        };
        let mut earned: Vec<(f64, usize)> = together(self.covers.len(), || (), earn);
        let most = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if earned.len() > p && p > 0 {
            earned.select_nth_unstable_by(p - 1, most);
        }
        earned.truncate(p);
        let mut taken = vec![0_u32; self.weights.len()];
        earned.iter().for_each(|(_, candidate)| self.count(&mut taken, *candidate, true));
        let kept: f64 = self.weights.iter().zip(prices).map(|(weight, price)| weight - price).sum();
        (kept + earned.iter().map(|(sum, _)| sum).sum::<f64>(), taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The best of all choices.
    fn exhaustive(problem: &Problem, p: usize) -> f64 {
        let count = problem.covers.len();
        let covered = |choice: u32| {
            let is_covered = |point: u32| {
                (0..count).any(|candidate| {
                    choice >> candidate & 1 == 1 && problem.covers[candidate].contains(&point)
                })
            };
            (0..problem.weights.len() as u32)
                .filter(|point| is_covered(*point))
                .map(|point| problem.weight(point))
                .sum::<f64>()
        };
        (0_u32..1 << count)
            .filter(|choice| choice.count_ones() as usize <= p)
            .map(covered)
            .fold(0.0, f64::max)
    }

    fn problems() -> impl Strategy<Value = (Problem, usize)> {
        let covers = prop::collection::vec(prop::collection::btree_set(0_u32..20, 0..8), 1..11);
        let weights = prop::collection::vec(0.0..10.0_f64, 20);
        (weights, covers, 1_usize..5).prop_map(|(weights, covers, p)| {
            let covers = covers.into_iter().map(|points| points.into_iter().collect()).collect();
            (Problem { weights, covers }, p)
        })
    }

    proptest! {
        #[test]
        fn the_best_lies_between_what_is_found_and_the_bound((problem, p) in problems()) {
            let (found, best) = (problem.solve(p), exhaustive(&problem, p));
            prop_assert!(found.covered <= best + 1e-9);
            prop_assert!(found.bound >= best - 1e-9, "{} < {best}", found.bound);
            prop_assert!(found.covered >= best * (1.0 - (-1.0_f64).exp()) - 1e-9);
            prop_assert!(found.chosen.len() <= p);
            prop_assert!(found.chosen.windows(2).all(|pair| pair[0].gain >= pair[1].gain - 1e-9));
        }
    }

    #[test]
    fn swaps_mend_what_the_greedy_choice_spoils() {
        // The middle covers most, but the two outer ones together cover all.
        let problem =
            Problem { weights: vec![1.0; 6], covers: vec![vec![1, 2, 3, 4], vec![0, 1, 2], vec![3, 4, 5]] };
        let found = problem.solve(2);
        assert_eq!(found.covered, 6.0);
        assert_eq!(found.bound, 6.0);
    }
}
