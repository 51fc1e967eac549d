//! Numbers in the form in which they are shown. They are rounded once, so that every format and
//! every sentence gives the same number.
//!
//! Persons are whole numbers in all tables and sentences, and the parts of a table add up to its
//! total. Shares have tenths of a percent. Shares and differences are computed from the numbers
//! shown.

use super::persons::{Persons, Split};
use super::published::Published;

/// A number below this is a rounding error of a sum that should be 0.
const NOTHING: f64 = 1e-9;

/// Returns the parts of a sum as whole numbers that add up to the rounded sum. The parts with the
/// largest remainders are rounded up (the method of largest remainders, by T. Hare, 1857), so each
/// part differs by less than 1. `most` contains an upper bound for each part.
///
/// ```
/// use veedel::plan::figures::whole_numbers;
///
/// assert_eq!(whole_numbers(&[1.4, 2.4, 3.2], None), [2.0, 2.0, 3.0]);
/// ```
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

/// Returns the splits of areas and their total as whole numbers that add up. What the total
/// contains beside the areas is kept.
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

/// Returns a part of a whole, from 0 to 1, rounded to tenths of a percent. The result is suppressed
/// if one of the numbers is.
///
/// ```
/// use veedel::plan::figures::share;
/// use veedel::plan::published::Published::{Nothing, Suppressed, Value};
///
/// assert_eq!(share(Value(1.0), Value(3.0)), Value(0.333));
/// assert_eq!(share(Suppressed, Value(3.0)), Suppressed);
/// assert_eq!(share(Value(0.0), Value(0.0)), Nothing);
/// ```
pub fn share(part: Published, whole: Published) -> Published {
    match (part, whole) {
        (Published::Suppressed, _) | (_, Published::Suppressed) => Published::Suppressed,
        (Published::Value(part), Published::Value(whole)) if whole > 0.0 => {
            Published::Value(((part / whole).min(1.0) * 1000.0).round() / 1000.0)
        }
        _ => Published::Nothing,
    }
}

/// Returns the difference of two published values. It is suppressed if one of them is.
pub fn difference(before: Published, after: Published) -> Published {
    match (before, after) {
        (Published::Value(before), Published::Value(after)) => Published::Value(digits(after - before, 4)),
        (Published::Suppressed, _) | (_, Published::Suppressed) => Published::Suppressed,
        _ => Published::Nothing,
    }
}

/// Returns the amount per person, with four digits after the decimal point.
pub fn per_person(amount: f64, persons: Published) -> Published {
    match persons {
        Published::Value(persons) if persons > 0.0 => Published::Value(digits(amount / persons, 4)),
        Published::Value(_) => Published::Nothing,
        other => other,
    }
}

/// Returns an amount, such as places or m², as a whole number. An amount below 100 has one digit
/// after the decimal point.
pub fn amount(value: f64) -> f64 {
    if value.abs() < 100.0 { tenths(value) } else { digits(value, 0) }
}

/// Returns metres, minutes or hectares with one digit after the decimal point.
pub fn tenths(value: f64) -> f64 {
    digits(value, 1)
}

/// Returns a value with `count` digits after the decimal point. Negative zero becomes zero.
///
/// ```
/// use veedel::plan::figures::digits;
///
/// assert_eq!(digits(2.0 / 3.0, 2), 0.67);
/// ```
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
