//! Recoding and rounding of numbers of persons, before a question is asked.
//!
//! Both steps are deterministic and need no key, so the same data always gives the same numbers:
//!
//! 1. [`recode`] changes the numbers of the table. All numbers above 0 and below the step form one
//!    class and cannot be told apart: alternately, they become a [`TRACE`], which is almost
//!    nothing, and one step. So their sum is about the same as before. All other numbers are
//!    rounded to the nearest step. (Global recoding and rounding: A. Hundepool et al., "Statistical
//!    Disclosure Control", Wiley 2012, chapters 3 and 4.)
//! 2. [`along_curve`] distributes the persons of an area on its cells, in whole steps. The persons
//!    are laid along a curve through the cells in proportion to the cells' weights, and each step
//!    is placed on the cell in which it becomes complete. The sum of the area does not change, and
//!    the sum of any successive cells differs by less than one step. (Controlled rounding: L. H.
//!    Cox, "A constructive procedure for unbiased controlled rounding", Journal of the American
//!    Statistical Association 82, 1987. The running sum is that of systematic sampling.)
//!
//! The module [`disclosure`](super::disclosure) explains why this is sufficient.

/// The smallest step in persons.
pub const LEAST_STEP: f64 = 5.0;

/// The number for places where somebody lives, but too few to be counted. It is so small that no
/// sum shows it, and a power of two, so that sums with whole steps are exact.
pub const TRACE: f64 = 1.0 / (1_u64 << 28) as f64;

/// Returns the step for a threshold: the next multiple of [`LEAST_STEP`], so that no number below
/// the threshold occurs.
///
/// ```
/// use veedel::plan::controlled_rounding::step;
///
/// assert_eq!([0, 3, 5, 6].map(step), [5.0, 5.0, 5.0, 10.0]);
/// ```
pub fn step(threshold: u32) -> f64 {
    (f64::from(threshold) / LEAST_STEP).ceil().max(1.0) * LEAST_STEP
}

/// The number of steps from which a number is rounded to two steps. It is more than 1.5 for this
/// reason: if an area has two steps, a step on one of its cells reveals that about half of its
/// persons live there, and this half must not be a small number.
pub const TWO_FROM: f64 = 1.8;

/// Returns the numbers of one kind in the form in which they may be used. None and 0 do not change.
/// Every other number above 0 and below `step` becomes one step, beginning with the first of them
/// if `first` is true; the rest become a [`TRACE`]. A number below [`TWO_FROM`] steps becomes one
/// step. All others become the nearest multiple of `step`.
///
/// ```
/// use veedel::plan::controlled_rounding::{TRACE, recode};
///
/// let numbers = [3.0, 4.0, 8.0, 9.0, 12.0, 0.0].map(Some);
/// let recoded = recode(&numbers, 5.0, true);
/// assert_eq!(recoded, [5.0, TRACE, 5.0, 10.0, 10.0, 0.0].map(Some));
/// ```
pub fn recode(numbers: &[Option<f64>], step: f64, first: bool) -> Vec<Option<f64>> {
    let mut is_next = first;
    let mut one = |number: f64| {
        if number <= 0.0 {
            return 0.0;
        }
        if number >= step && number < TWO_FROM * step {
            return step;
        }
        if number >= step {
            return (number / step).round() * step;
        }
        is_next = !is_next;
        if is_next { TRACE } else { step }
    };
    numbers.iter().map(|number| number.map(&mut one)).collect()
}

/// Returns a weight as the nearest multiple of a grain; half a grain if the weight is less than
/// one.
///
/// ```
/// use veedel::plan::controlled_rounding::coarse_weight;
///
/// assert_eq!([0.0, 1.0, 11.0].map(|weight| coarse_weight(weight, 4.0)), [0.0, 2.0, 12.0]);
/// ```
pub fn coarse_weight(weight: f64, grain: f64) -> f64 {
    match weight {
        weight if weight <= 0.0 => 0.0,
        weight if weight < grain => grain / 2.0,
        weight => (weight / grain).round() * grain,
    }
}

/// Distributes the persons of an area, a multiple of `step`, on its cells. `weights` are those of
/// the cells in the order of a curve. Each cell gets whole steps, or a [`TRACE`] if somebody may
/// live there and no step is placed on it. `backwards` follows the curve from its end.
///
/// ```
/// use veedel::plan::controlled_rounding::{TRACE, along_curve};
///
/// assert_eq!(along_curve(&[1.0, 1.0, 2.0, 0.0], 10.0, 5.0, false), [TRACE, 5.0, 5.0, 0.0]);
/// ```
pub fn along_curve(weights: &[f64], persons: f64, step: f64, backwards: bool) -> Vec<f64> {
    let in_order = |index: usize| if backwards { weights.len() - 1 - index } else { index };
    let walk = || (0..weights.len()).map(in_order);
    let weight = |cell: usize| weights.get(cell).copied().unwrap_or(0.0);
    let whole: f64 = walk().map(weight).sum();
    let mut placed = vec![0.0; weights.len()];
    if whole <= 0.0 || persons <= 0.0 {
        return placed;
    }
    let (mut sum, mut full) = (0.0, 0.0);
    for cell in walk() {
        sum += weight(cell);
        // A rounding error must not prevent a step from being complete.
        let now = (persons * (sum / whole) / step + 1e-9).floor() * step;
        if let Some(placed) = placed.get_mut(cell).filter(|_| weight(cell) > 0.0) {
            *placed = if now > full { now - full } else { TRACE };
        }
        full = now;
    }
    placed
}

/// Distributes the persons of all areas on their cells. `members` contains the index of each cell's
/// area, and the cells of an area are successive. Every other area is followed backwards, because
/// the last cells of a curve get slightly more than its first.
pub fn on_cells(
    weights: &[f64],
    members: &[u32],
    persons: &[Option<f64>],
    step: f64,
    backwards: bool,
) -> Vec<f64> {
    let mut placed = Vec::with_capacity(weights.len());
    let mut rest = weights;
    for chunk in members.chunk_by(|left, right| left == right) {
        let Some((own, others)) = rest.split_at_checked(chunk.len()) else { break };
        rest = others;
        let area = chunk.first().copied().unwrap_or(u32::MAX);
        let here = persons.get(area as usize).copied().flatten().unwrap_or(0.0);
        placed.extend(along_curve(own, here, step, backwards != (area % 2 == 1)));
    }
    placed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(numbers: &[f64], step: f64) -> f64 {
        numbers.iter().map(|number| (number / step).round() * step).sum()
    }

    #[test]
    fn steps_are_multiples_of_five_not_below_the_threshold() {
        assert_eq!([2, 5, 6, 10, 11].map(step), [5.0, 5.0, 10.0, 10.0, 15.0]);
    }

    #[test]
    fn small_numbers_are_one_class() {
        let recoded = recode(&[Some(0.0), None, Some(4.0), Some(1.0), Some(8.0), Some(9.0)], 5.0, false);
        assert_eq!(recoded, [Some(0.0), None, Some(TRACE), Some(5.0), Some(5.0), Some(10.0)]);
        assert_eq!(
            recode(&[Some(12.0), Some(13.0), Some(17.0)], 5.0, false),
            [Some(10.0), Some(15.0), Some(15.0)]
        );
        // Small numbers give the same result, whatever they are.
        for small in [0.1, 1.0, 2.0, 3.0, 4.999] {
            assert_eq!(
                recode(&[Some(small), Some(12.0), Some(5.0 - small)], 5.0, true),
                [Some(5.0), Some(10.0), Some(TRACE)]
            );
        }
    }

    #[test]
    fn weights_below_a_grain_are_one_class() {
        assert_eq!(
            [0.0, 0.1, 4.9, 5.0, 7.4, 8.0].map(|weight| coarse_weight(weight, 5.0)),
            [0.0, 2.5, 2.5, 5.0, 5.0, 10.0]
        );
    }

    proptest! {
        /// Sums stay, every stretch of the curve is right to less than a step, and nobody is where
        /// nobody can be.
        #[test]
        fn a_walk_keeps_the_sum_and_every_stretch(
            weights in prop::collection::vec(prop_oneof![Just(0.0), 0.01..50.0_f64], 1..60),
            steps in 0_u32..200,
            backwards: bool,
        ) {
            let persons = f64::from(steps) * 5.0;
            let placed = along_curve(&weights, persons, 5.0, backwards);
            let all: f64 = weights.iter().sum();
            prop_assert_eq!(whole(&placed, 5.0), if all > 0.0 { persons } else { 0.0 });
            for (weight, placed) in weights.iter().zip(&placed) {
                prop_assert_eq!(*weight > 0.0 && persons > 0.0, *placed > 0.0);
                prop_assert!(*placed == 0.0 || *placed == TRACE || *placed % 5.0 == 0.0);
            }
            for from in 0..weights.len() {
                for until in from..=weights.len() {
                    let exact = persons * weights[from..until].iter().sum::<f64>() / all.max(1e-300);
                    prop_assert!((whole(&placed[from..until], 5.0) - exact).abs() < 5.0 + 1e-6);
                }
            }
        }

        /// A sum of traces and steps is exact, in any order.
        #[test]
        fn sums_of_traces_and_steps_are_exact(numbers in prop::collection::vec(
            prop_oneof![Just(0.0), Just(TRACE), (1_u32..20_000).prop_map(|steps| f64::from(steps) * 5.0)], 0..300,
        )) {
            let forwards: f64 = numbers.iter().sum();
            let backwards: f64 = numbers.iter().rev().sum();
            prop_assert_eq!(forwards.to_bits(), backwards.to_bits());
        }
    }

    #[test]
    fn areas_are_walked_by_turns() {
        let (weights, members) = ([1.0; 8], [0, 0, 0, 0, 1, 1, 1, 1]);
        let placed = on_cells(&weights, &members, &[Some(10.0), Some(10.0)], 5.0, false);
        assert_eq!(placed, [TRACE, 5.0, TRACE, 5.0, 5.0, TRACE, 5.0, TRACE]);
    }
}
