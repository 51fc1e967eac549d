//! Numbers as they are shown: rounded once, so that every format and every sentence says the same.
//!
//! Persons are whole numbers wherever they stand in a table or a sentence, and the parts of a table
//! add up to its whole. Shares have tenths of a percent and are computed from the numbers shown, as
//! are differences.

use super::persons::{Persons, Split};
use super::published::Published;

/// What is left of sums of fractions that ought to be nothing.
const NOTHING: f64 = 1e-9;

/// Parts of a sum as whole numbers that add up to the rounded sum: the largest remainders are
/// rounded up (Hare's method). Each part is off by less than 1. `most` bounds each of them.
pub fn whole_numbers(parts: &[f64], most: Option<&[f64]>) -> Vec<f64> {
    let bound = |index: usize| most.and_then(|most| most.get(index)).copied().unwrap_or(f64::INFINITY);
    let mut whole: Vec<f64> =
        parts.iter().enumerate().map(|(index, part)| (part + NOTHING).floor().min(bound(index))).collect();
    let sum: f64 = parts.iter().sum();
    let mut missing = sum.round() - whole.iter().sum::<f64>();
    let remainder =
        |index: usize| parts.get(index).zip(whole.get(index)).map_or(0.0, |(part, own)| part - own);
    let mut order: Vec<(usize, f64)> = (0..parts.len()).map(|index| (index, remainder(index))).collect();
    order.retain(|(_, remainder)| *remainder > NOTHING);
    order.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    for (index, _) in order {
        if missing < 0.5 {
            break;
        }
        if let Some(own) = whole.get_mut(index).filter(|own| **own + 1.0 <= bound(index)) {
            *own += 1.0;
            missing -= 1.0;
        }
    }
    whole
}

/// Areas and the whole of them as whole numbers that add up. What the whole has beside the areas
/// stays what it is.
pub fn whole_splits(areas: &[Split], total: Split) -> (Vec<Split>, Split) {
    let column = |of: &dyn Fn(&Split) -> Persons, most: Option<&[f64]>| {
        let mut parts: Vec<f64> = areas.iter().map(|area| of(area).0).collect();
        let rest = of(&total).0 - parts.iter().sum::<f64>();
        parts.push(if rest > NOTHING { rest } else { 0.0 });
        whole_numbers(&parts, most)
    };
    let persons = column(&|split| split.persons, None);
    let covered = column(&|split| split.covered, Some(&persons));
    let airline = column(&|split| split.airline, Some(&persons));
    let rows = persons.iter().zip(covered.iter().zip(&airline));
    let all: Vec<Split> = rows
        .map(|(persons, (covered, airline))| Split {
            persons: Persons(*persons),
            covered: Persons(*covered),
            airline: Persons(*airline),
        })
        .collect();
    let whole = all.iter().fold(Split::default(), |sum, own| sum + *own);
    (all.into_iter().take(areas.len()).collect(), whole)
}

/// A part of a whole, from 0 to 1, in tenths of a percent.
pub fn share(part: Published, whole: Published) -> Published {
    match (part, whole) {
        (Published::Suppressed, _) | (_, Published::Suppressed) => Published::Suppressed,
        (Published::Value(part), Published::Value(whole)) if whole > 0.0 => {
            Published::Value(((part / whole).min(1.0) * 1000.0).round() / 1000.0)
        }
        _ => Published::Nothing,
    }
}

/// The difference of two values as shown: of what cannot be seen, it cannot be seen either.
pub fn difference(before: Published, after: Published) -> Published {
    match (before, after) {
        (Published::Value(before), Published::Value(after)) => Published::Value(digits(after - before, 4)),
        (Published::Suppressed, _) | (_, Published::Suppressed) => Published::Suppressed,
        _ => Published::Nothing,
    }
}

/// What there is for each person, to four digits behind the point.
pub fn per_person(amount: f64, persons: Published) -> Published {
    match persons {
        Published::Value(persons) if persons > 0.0 => Published::Value(digits(amount / persons, 4)),
        Published::Value(_) => Published::Nothing,
        other => other,
    }
}

/// An amount (places, m²) as a whole number, or with one digit where it is small.
pub fn amount(value: f64) -> f64 {
    if value.abs() < 100.0 { tenths(value) } else { digits(value, 0) }
}

/// Metres, minutes or hectares, with one digit behind the point.
pub fn tenths(value: f64) -> f64 {
    digits(value, 1)
}

/// A value with so many digits behind the point.
pub fn digits(value: f64, count: i32) -> f64 {
    let scale = 10_f64.powi(count);
    let rounded = (value * scale).round() / scale;
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_add_up_to_the_rounded_whole() {
        assert_eq!(whole_numbers(&[0.4, 0.4, 0.4], None), [1.0, 0.0, 0.0]);
        assert_eq!(whole_numbers(&[1.5, 2.5, 3.0], None), [2.0, 2.0, 3.0]);
        assert_eq!(whole_numbers(&[2.9999999999, 1.0], None), [3.0, 1.0]);
        assert_eq!(whole_numbers(&[], None), Vec::<f64>::new());
        assert_eq!(whole_numbers(&[0.7, 0.6], Some(&[0.0, 5.0])), [0.0, 1.0]);
    }

    #[test]
    fn a_share_and_the_share_of_the_others_are_rounded_once() {
        let (part, whole) = (Published::Value(4453.0), Published::Value(100_000.0));
        assert_eq!(share(part, whole), Published::Value(0.045));
        assert_eq!(share(Published::Value(95_547.0), whole), Published::Value(0.955));
        assert_eq!(difference(Published::Value(7321.0), Published::Value(2334.0)), Published::Value(-4987.0));
        assert_eq!(difference(Published::Value(0.213), Published::Value(0.2)), Published::Value(-0.013));
        assert_eq!(share(Published::Value(0.0), Published::Value(0.0)), Published::Nothing);
    }

    proptest! {
        #[test]
        fn areas_add_up_and_none_covers_more_than_it_has(
            rows in prop::collection::vec((0.0..400.0_f64, 0.0..=1.0_f64, 0.0..=1.0_f64), 0..40),
            beside in 0.0..10.0_f64,
        ) {
            let areas: Vec<Split> = rows.iter().map(|(persons, covered, airline)| Split {
                persons: Persons(*persons),
                covered: Persons(persons * covered),
                airline: Persons(persons * airline),
            }).collect();
            let sum = areas.iter().fold(Split::default(), |sum, own| sum + *own);
            let total = sum + Split { persons: Persons(beside), ..Split::default() };
            let (whole, all) = whole_splits(&areas, total);
            prop_assert!((all.persons.0 - total.persons.0).abs() <= 0.5 + NOTHING);
            for (own, area) in whole.iter().zip(&areas) {
                prop_assert!((own.persons.0 - area.persons.0).abs() < 1.0);
                prop_assert!(own.covered.0 <= own.persons.0 && own.airline.0 <= own.persons.0);
                prop_assert_eq!(own.persons.0.fract(), 0.0);
            }
            // Shown again, nothing changes.
            prop_assert_eq!(whole_splits(&whole, all).1.covered.0, all.covered.0);
        }
    }
}
