//! Exact sums of decimal numbers of any length, and their means.

use super::parts;

/// The number of digits of a limb.
const WIDTH: usize = 9;
/// The value at which a limb overflows into the next.
const BASE: i64 = 1_000_000_000;

/// The exact sum of decimal numbers. Its limbs of nine digits are added without carrying: a limb of
/// 64 bits has room for 9 billion additions, more than a layer has rows.
///
/// # Examples
///
/// ```
/// use veedel::query::decimal::sum::DecimalSum;
///
/// let mut sum = DecimalSum::default();
/// assert!(sum.add("0.10") && sum.add("0.2"));
/// assert_eq!(sum.digits(), "0.30");
/// assert_eq!(sum.mean(2, 17), "0.15");
/// assert!(!sum.add("NaN"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecimalSum {
    /// The limbs before the point, the lowest first.
    whole: Vec<i64>,
    /// The limbs behind the point, the highest first.
    fraction: Vec<i64>,
    /// The largest number of digits behind the point of any summand.
    scale: usize,
}

/// Returns the value of up to nine digits.
fn limb(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |limb, digit| limb * 10 + i64::from(digit.wrapping_sub(b'0')))
}

fn add_to(limbs: &mut Vec<i64>, at: usize, value: i64) {
    if limbs.len() <= at {
        limbs.resize(at + 1, 0);
    }
    if let Some(limb) = limbs.get_mut(at) {
        *limb += value;
    }
}

impl DecimalSum {
    /// Adds a number. Returns false, and adds nothing, if `digits` is no decimal number without
    /// exponent.
    #[must_use]
    pub fn add(&mut self, digits: &str) -> bool {
        let Some((is_negative, whole, fraction)) = parts(digits) else { return false };
        let sign = if is_negative { -1 } else { 1 };
        for (at, digits) in whole.as_bytes().rchunks(WIDTH).enumerate() {
            add_to(&mut self.whole, at, sign * limb(digits));
        }
        for (at, digits) in fraction.as_bytes().chunks(WIDTH).enumerate() {
            let missing = 10i64.pow((WIDTH - digits.len()) as u32);
            add_to(&mut self.fraction, at, sign * limb(digits) * missing);
        }
        self.scale = self.scale.max(fraction.len());
        true
    }

    /// Returns whether the sum is negative, and all limbs of its absolute value, the highest first
    /// and each below [`BASE`].
    fn amount(&self) -> (bool, Vec<i64>) {
        let mut limbs: Vec<i64> = self.whole.iter().rev().chain(&self.fraction).copied().collect();
        // Room for carries out of the highest limb.
        limbs.splice(0..0, [0, 0]);
        let mut carry = 0;
        for limb in limbs.iter_mut().rev() {
            let value = *limb + carry;
            *limb = value.rem_euclid(BASE);
            carry = value.div_euclid(BASE);
        }
        if carry >= 0 {
            return (false, limbs);
        }
        // A negative sum is stored as its complement: BASE^n minus the absolute value.
        let mut borrow = 0;
        for limb in limbs.iter_mut().rev() {
            let value = -*limb - borrow;
            *limb = value.rem_euclid(BASE);
            borrow = i64::from(value < 0);
        }
        (true, limbs)
    }

    /// Returns the sum, with as many digits behind the point as the summand with the most.
    pub fn digits(&self) -> String {
        let (is_negative, limbs) = self.amount();
        let all: String = limbs.iter().map(|limb| format!("{limb:0width$}", width = WIDTH)).collect();
        let (whole, fraction) = all.split_at(all.len().saturating_sub(self.fraction.len() * WIDTH));
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            whole => whole,
        };
        let fraction = fraction.get(..self.scale).unwrap_or(fraction);
        let is_zero = whole == "0" && fraction.bytes().all(|digit| digit == b'0');
        let sign = if is_negative && !is_zero { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }

    /// Returns the sum divided by `count`, rounded to `digits` significant digits, halves away from
    /// zero, without trailing zeros.
    pub fn mean(&self, count: u64, digits: usize) -> String {
        quotient(&self.digits(), count, digits)
    }
}

/// Divides a decimal number by a whole one, by long division, rounded as in [`DecimalSum::mean`].
pub fn quotient(dividend: &str, divisor: u64, digits: usize) -> String {
    let Some((is_negative, whole, fraction)) = parts(dividend).filter(|_| divisor > 0) else {
        return dividend.into();
    };
    let mut given = whole.bytes().chain(fraction.bytes()).map(|digit| u128::from(digit - b'0')).peekable();
    let (mut remainder, mut written, mut significant) = (0u128, vec![], 0);
    // One more digit than asked for, to round by it, and in any case the whole part.
    while written.len() < whole.len() || (significant <= digits && (remainder > 0 || given.peek().is_some()))
    {
        remainder = remainder * 10 + given.next().unwrap_or(0);
        let digit = (remainder / u128::from(divisor)) as u8;
        remainder %= u128::from(divisor);
        significant += usize::from(significant > 0 || digit > 0);
        written.push(digit);
    }
    let excess = significant.saturating_sub(digits).min(written.len().saturating_sub(whole.len()));
    let kept = written.len() - excess;
    let mut carry = written.get(kept).is_some_and(|digit| *digit >= 5);
    written.truncate(kept);
    for digit in written.iter_mut().rev() {
        *digit += u8::from(carry);
        carry = *digit == 10;
        *digit %= 10;
    }
    let text: String = written.iter().map(|digit| char::from(b'0' + digit)).collect();
    let (before, behind) = text.split_at(whole.len().min(text.len()));
    let before = format!("{}{before}", if carry { "1" } else { "" });
    let before = match before.trim_start_matches('0') {
        "" => "0",
        before => before,
    };
    let behind = behind.trim_end_matches('0');
    let sign = if is_negative && !(before == "0" && behind.is_empty()) { "-" } else { "" };
    let point = if behind.is_empty() { "" } else { "." };
    format!("{sign}{before}{point}{behind}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(numbers: &[&str]) -> String {
        let mut sum = DecimalSum::default();
        numbers.iter().for_each(|number| assert!(sum.add(number), "{number}"));
        sum.digits()
    }

    #[test]
    fn sums_have_every_digit() {
        assert_eq!(sum(&[]), "0");
        assert_eq!(sum(&["0.10", "0.2"]), "0.30");
        assert_eq!(sum(&["999999999.999999999", "0.000000001"]), "1000000000.000000000");
        assert_eq!(sum(&["-1", "0.25"]), "-0.75");
        assert_eq!(sum(&["-1000000000000000000000", "1"]), "-999999999999999999999");
        assert_eq!(sum(&["-5", "5.00"]), "0.00");
        assert_eq!(
            sum(&["123456789012345678901234567890.123456789012", ".000000000001"]),
            "123456789012345678901234567890.123456789013"
        );
        let mut sum = DecimalSum::default();
        for word in ["NaN", "Infinity", "1e5", "", "-", "."] {
            assert!(!sum.add(word), "{word}");
        }
    }

    #[test]
    fn quotients_are_rounded_at_the_last_digit() {
        assert_eq!(quotient("5", 3, 20), "1.6666666666666666667");
        assert_eq!(quotient("-1", 8, 20), "-0.125");
        assert_eq!(quotient("0.000", 8, 20), "0");
        assert_eq!(quotient("10", 5, 20), "2");
        assert_eq!(quotient("2", 3, 2), "0.67");
        assert_eq!(quotient("999999", 1, 2), "999999");
        assert_eq!(quotient("0.00999", 1, 2), "0.01");
        assert_eq!(quotient("9.99", 1, 2), "10");
    }

    proptest! {
        #[test]
        fn sums_are_those_of_whole_numbers(numbers in prop::collection::vec(-1_000_000_000_000_000_000i128..1_000_000_000_000_000_000, 1..20)) {
            // The same numbers, a thousand million times smaller.
            let text = |number: i128| {
                let (sign, amount) = (if number < 0 { "-" } else { "" }, number.unsigned_abs());
                format!("{sign}{}.{:09}", amount / 1_000_000_000, amount % 1_000_000_000)
            };
            let texts: Vec<String> = numbers.iter().map(|number| text(*number)).collect();
            let words: Vec<&str> = texts.iter().map(String::as_str).collect();
            prop_assert_eq!(sum(&words), text(numbers.iter().sum()));
            let mean: f64 = quotient(&text(numbers[0]), 7, 20).parse().unwrap();
            prop_assert!((mean - numbers[0] as f64 / 7e9).abs() <= 1e-9 * mean.abs() + 1e-18);
        }
    }
}
