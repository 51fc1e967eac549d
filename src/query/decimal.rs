//! Decimal numbers as text, of any length: compared and shortened without loss.
//!
//! Besides digits, a source may contain exponents and PostgreSQL's `NaN`, `Infinity` and
//! `-Infinity` of type numeric.

pub mod sum;

use std::borrow::Cow;
use std::cmp::Ordering;

/// The largest exponent, up or down, that is written out in digits. A longer number would only cost
/// memory: nobody types one, and PostgreSQL's numeric ends at 131,072 digits.
const MOST_EXPONENT: i64 = 400;

/// Returns a decimal number without leading and trailing zeros and without a plus sign, so that
/// equal numbers are equal texts. Returns None if the text is no decimal number without exponent.
///
/// # Examples
///
/// ```
/// use veedel::query::decimal::shortest;
///
/// assert_eq!(shortest("+007.50").as_deref(), Some("7.5"));
/// assert_eq!(shortest("0.5").as_deref(), Some(".5"));
/// assert_eq!(shortest("1e3"), None);
/// ```
pub fn shortest(text: &str) -> Option<String> {
    let (negative, whole, fraction) = plain(text)?;
    let sign = if negative { "-" } else { "" };
    Some(match (whole, fraction) {
        ("", "") => "0".into(),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    })
}

/// Returns a number without its exponent, in the form of [`shortest`]. Returns None if the text is
/// no number, or the exponent is beyond ±400.
///
/// # Examples
///
/// ```
/// use veedel::query::decimal::without_exponent;
///
/// assert_eq!(without_exponent("1.5e3").as_deref(), Some("1500"));
/// assert_eq!(without_exponent("1e401"), None);
/// ```
pub fn without_exponent(text: &str) -> Option<String> {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return shortest(text) };
    let exponent: i64 = exponent.parse().ok().filter(|exponent: &i64| exponent.abs() <= MOST_EXPONENT)?;
    let (negative, whole, fraction) = plain(mantissa)?;
    let zeros = "0".repeat(exponent.unsigned_abs() as usize);
    // All digits, padded with zeros on the side to which the point moves.
    let (digits, point) = match exponent < 0 {
        true => (format!("{zeros}{whole}{fraction}"), whole.len()),
        false => (format!("{whole}{fraction}{zeros}"), whole.len() + exponent.unsigned_abs() as usize),
    };
    let (whole, fraction) = digits.split_at_checked(point)?;
    shortest(&format!("{}{whole}.{fraction}", if negative { "-" } else { "" }))
}

/// Splits a number into whether it is negative, and the digits before and behind the point. Returns
/// None if it is no decimal number without exponent (`NaN`, `1e5`).
fn parts(text: &str) -> Option<(bool, &str, &str)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    is_plain.then_some((negative, whole, fraction))
}

/// Splits a number as [`parts`] does, without leading and trailing zeros.
fn plain(text: &str) -> Option<(bool, &str, &str)> {
    let (negative, whole, fraction) = parts(text)?;
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    Some((negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction))
}

/// Compares two numbers by value. As in PostgreSQL, NaN equals itself and is above Infinity
/// (numeric types, section 8.1.2 of its manual). A text that is no number is compared as NaN is.
///
/// # Examples
///
/// ```
/// use std::cmp::Ordering;
/// use veedel::query::decimal::compare;
///
/// assert_eq!(compare("10", "9.99"), Ordering::Greater);
/// assert_eq!(compare("1.50", "+1.5"), Ordering::Equal);
/// assert_eq!(compare("NaN", "Infinity"), Ordering::Greater);
/// ```
pub fn compare(left: &str, right: &str) -> Ordering {
    match (read(left), read(right)) {
        (Read::Finite(negative, whole, fraction), Read::Finite(other, other_whole, other_fraction)) => {
            let size = (whole.len().cmp(&other_whole.len()))
                .then_with(|| whole.as_bytes().cmp(other_whole.as_bytes()))
                .then_with(|| fraction.as_bytes().cmp(other_fraction.as_bytes()));
            match (negative, other) {
                (false, false) => size,
                (true, true) => size.reverse(),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
            }
        }
        (left, right) => left.rank().cmp(&right.rank()),
    }
}

/// A number in the parts that are compared.
enum Read<'a> {
    Below,
    Finite(bool, Cow<'a, str>, Cow<'a, str>),
    Above,
    NotANumber,
}

impl Read<'_> {
    fn rank(&self) -> u8 {
        match self {
            Read::Below => 0,
            Read::Finite(..) => 1,
            Read::Above => 2,
            Read::NotANumber => 3,
        }
    }
}

fn read(text: &str) -> Read<'_> {
    if let Some((negative, whole, fraction)) = plain(text) {
        return Read::Finite(negative, whole.into(), fraction.into());
    }
    match text {
        "Infinity" => Read::Above,
        "-Infinity" => Read::Below,
        _ => match without_exponent(text) {
            Some(digits) => match plain(&digits) {
                Some((negative, whole, fraction)) => {
                    Read::Finite(negative, whole.to_owned().into(), fraction.to_owned().into())
                }
                None => Read::NotANumber,
            },
            None => Read::NotANumber,
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_are_shortened_without_changing_them() {
        for (text, expected) in
            [("1.50", "1.5"), ("+007", "7"), ("-0.0", "0"), (".5", ".5"), ("0.5", ".5"), ("-12", "-12")]
        {
            assert_eq!(shortest(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", ".", "-", "1e3", "NaN", "1,5", "٣"] {
            assert_eq!(shortest(text), None, "{text}");
        }
    }

    #[test]
    fn exponents_move_the_point() {
        for (text, expected) in [
            ("1.5e3", "1500"),
            ("15E-1", "1.5"),
            ("-2e-3", "-.002"),
            ("1e0", "1"),
            ("0e9", "0"),
            ("12.5e-4", ".00125"),
            ("12", "12"),
        ] {
            assert_eq!(without_exponent(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["1e401", "1e", "e1", "1e1.5", "1e99999999999999999999"] {
            assert_eq!(without_exponent(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_digits_has_its_place() {
        let ordered =
            ["-Infinity", "-12.5", "-12", "-.5", "0", "0.1", "0.11", "9", "10", "1e2", "Infinity", "NaN"];
        for (index, left) in ordered.iter().enumerate() {
            for (other, right) in ordered.iter().enumerate() {
                assert_eq!(compare(left, right), index.cmp(&other), "{left} {right}");
            }
        }
        assert_eq!(compare("1.50", "+1.5"), Ordering::Equal);
        assert_eq!(compare("-0", "0.000"), Ordering::Equal);
    }

    proptest! {
        #[test]
        fn digits_compare_as_the_numbers_do(left in -999_999i64..999_999, right in -999_999i64..999_999) {
            let written = |number: i64| format!("{}{}.{:03}", if number < 0 { "-" } else { "" }, number.abs() / 1000, number.abs() % 1000);
            prop_assert_eq!(compare(&written(left), &written(right)), left.cmp(&right));
            prop_assert_eq!(compare(&shortest(&written(left)).unwrap(), &written(left)), Ordering::Equal);
        }
    }
}
