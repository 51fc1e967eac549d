//! The notations of numbers: with a decimal point, or in German, with points between thousands and
//! a decimal comma.
//!
//! A text such as 27.515 fits both. The column and the file decide, in [`infer`](super::infer).

use std::borrow::Cow;

/// The maximum number of digits. A 64-bit float does not preserve more, so such a text is no number
/// here.
const MOST_DIGITS: usize = 17;

/// The notation of a column's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notation {
    /// A decimal point: 27515.5
    #[default]
    Points,
    /// Points between thousands and a decimal comma: 27.515,5
    German,
}

impl Notation {
    /// Returns the number with a decimal point and without separators of thousands. A text that is
    /// no number is returned unchanged.
    pub fn plain(self, text: &str) -> Cow<'_, str> {
        match self {
            Notation::German if look(text).is_some_and(|written| written.german.is_some()) => Cow::Owned(
                text.chars()
                    .filter(|&letter| letter != '.')
                    .map(|letter| if letter == ',' { '.' } else { letter })
                    .collect(),
            ),
            _ => Cow::Borrowed(text),
        }
    }
}

/// The type that a number in one of the notations needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits.
    BigInteger,
    /// Any other number that a 64-bit float preserves.
    Double,
}

/// How one text may be read as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Its type if it has a decimal point; None if it is no number then.
    pub points: Option<Size>,
    /// Its type if it is written in German; None if it is no number then.
    pub german: Option<Size>,
    /// Whether it contains a point or a comma.
    pub has_sign: bool,
    /// Whether it has more than three digits before the fraction, and no separators of thousands.
    pub is_long: bool,
    /// Whether it has an exponent; if so, `points` and `german` have no meaning.
    pub exponent: Option<Exponent>,
}

/// The meanings of a text with an exponent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exponent {
    /// 1.5E+10, a number if others in the column have a decimal point.
    Number,
    /// 1E2, which may as well be a code, such as that of a room.
    Code,
}

/// Reads a text as a number; None if it is none in any notation. A text with needless zeros is a
/// code: 007, 05315000.
pub fn look(text: &str) -> Option<Written> {
    let body = text.strip_prefix('-').unwrap_or(text);
    if !body.starts_with(|first: char| first.is_ascii_digit()) || body.len() > 64 {
        return None;
    }
    if let Some((mantissa, exponent)) = body.split_once(['e', 'E']) {
        return with_exponent(mantissa, exponent, text);
    }
    let is_possible = body.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b','));
    if !is_possible {
        return None;
    }
    let is_negative = body.len() < text.len();
    let (whole, fraction) = match body.split_once(',') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (body, None),
    };
    let written = Written {
        points: with_point(body, is_negative),
        german: in_german(whole, fraction, is_negative),
        has_sign: body.contains(['.', ',']),
        is_long: body.split(['.', ',']).next().is_some_and(|first| first.len() > 3),
        exponent: None,
    };
    (written.points.is_some() || written.german.is_some()).then_some(written)
}

impl Written {
    /// Returns whether it is a number only with a decimal point.
    pub fn is_clearly_points(&self) -> bool {
        self.has_sign && self.points.is_some() && self.german.is_none()
    }

    /// Returns whether it is a number only in German, and no comma in it can separate thousands.
    pub fn is_clearly_german(&self, text: &str) -> bool {
        self.german.is_some() && self.points.is_none() && !is_thousands_with_comma(text)
    }
}

/// Returns whether it looks like 1,234, which is a decimal comma in German and separates thousands
/// in English.
fn is_thousands_with_comma(text: &str) -> bool {
    let body = text.strip_prefix('-').unwrap_or(text);
    body.split_once(',').is_some_and(|(whole, fraction)| {
        whole != "0" && whole.len() <= 3 && fraction.len() == 3 && !whole.contains('.')
    })
}

fn with_exponent(mantissa: &str, exponent: &str, text: &str) -> Option<Written> {
    let is_signed = exponent.starts_with(['+', '-']);
    let digits = exponent.trim_start_matches(['+', '-']);
    let fits = with_point(mantissa, false).is_some()
        && exponent.len() <= digits.len() + 1
        && are_digits(digits)
        && text.parse::<f64>().is_ok_and(f64::is_finite);
    let sort = if is_signed || mantissa.contains('.') { Exponent::Number } else { Exponent::Code };
    fits.then_some(Written { exponent: Some(sort), ..Written::default() })
}

fn with_point(body: &str, is_negative: bool) -> Option<Size> {
    match body.split_once('.') {
        Some((whole, fraction)) => {
            let fits = is_whole(whole) && are_digits(fraction) && whole.len() + fraction.len() <= MOST_DIGITS;
            fits.then_some(Size::Double)
        }
        None => is_whole(body).then(|| size(body.bytes(), is_negative)).flatten(),
    }
}

fn in_german(whole: &str, fraction: Option<&str>, is_negative: bool) -> Option<Size> {
    let mut groups = whole.split('.');
    let first = groups.next()?;
    let is_grouped = whole.contains('.');
    let fits = is_whole(first)
        && (!is_grouped || first.len() <= 3 && first != "0")
        && groups.all(|group| group.len() == 3 && are_digits(group));
    if !fits {
        return None;
    }
    let digits = || whole.bytes().filter(|&byte| byte != b'.');
    match fraction {
        Some(fraction) => {
            let fits = are_digits(fraction) && digits().count() + fraction.len() <= MOST_DIGITS;
            fits.then_some(Size::Double)
        }
        None => size(digits(), is_negative),
    }
}

/// Returns the type of a whole number; None if it is too large.
fn size(digits: impl Iterator<Item = u8>, is_negative: bool) -> Option<Size> {
    let (mut value, mut count) = (0i128, 0);
    for digit in digits {
        count += 1;
        value = value.checked_mul(10)?.checked_add(i128::from(digit.wrapping_sub(b'0')))?;
    }
    let signed = if is_negative { -value } else { value };
    match (i32::try_from(signed), i64::try_from(signed)) {
        // Minus zero is a float.
        _ if is_negative && value == 0 => Some(Size::Double),
        (Ok(_), _) => Some(Size::Integer),
        (_, Ok(_)) => Some(Size::BigInteger),
        _ => (count <= MOST_DIGITS).then_some(Size::Double),
    }
}

/// Returns whether the text consists of digits without needless zeros.
fn is_whole(text: &str) -> bool {
    text == "0" || !text.starts_with('0') && are_digits(text)
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sizes(text: &str) -> Option<(Option<Size>, Option<Size>)> {
        look(text).map(|written| (written.points, written.german))
    }

    #[test]
    fn a_text_is_a_number_in_one_notation_in_both_or_in_none() {
        use Size::*;
        for (text, expected) in [
            ("12", Some((Some(Integer), Some(Integer)))),
            ("-3000000000", Some((Some(BigInteger), Some(BigInteger)))),
            ("-0", Some((Some(Double), Some(Double)))),
            ("27.515", Some((Some(Double), Some(Integer)))),
            ("0.515", Some((Some(Double), None))),
            ("27.51", Some((Some(Double), None))),
            ("1234.567", Some((Some(Double), None))),
            ("1.234.567", Some((None, Some(Integer)))),
            ("12,5", Some((None, Some(Double)))),
            ("-1.234,5", Some((None, Some(Double)))),
            ("5.000.000.000", Some((None, Some(BigInteger)))),
            ("1,234.5", None),
            ("1,234,567", None),
            ("12.34,5", None),
            ("007", None),
            ("0.07.2024", None),
            ("01,5", None),
            (",5", None),
            ("5.", None),
            ("5,", None),
            ("", None),
            ("-", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(sizes(text), expected, "{text}");
        }
        assert_eq!(look("1E2").unwrap().exponent, Some(Exponent::Code));
        assert_eq!(look("1.5e+300").unwrap().exponent, Some(Exponent::Number));
        assert_eq!(look("1e400"), None);
    }

    /// Writes a whole number and possibly a fraction as in German.
    fn german(whole: u32, fraction: &str, is_grouped: bool) -> String {
        let digits = whole.to_string();
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if is_grouped && at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push('.');
            }
            text.push(digit);
        }
        if fraction.is_empty() { text } else { format!("{text},{fraction}") }
    }

    proptest! {
        #[test]
        fn what_is_written_in_german_is_read_as_itself(
            whole in any::<u32>(), fraction in "[0-9]{0,6}", is_grouped: bool,
        ) {
            let text = german(whole, &fraction, is_grouped);
            let plain = if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") };
            prop_assert!(look(&text).unwrap().german.is_some(), "{}", text);
            prop_assert_eq!(Notation::German.plain(&text), plain);
        }

        #[test]
        fn no_text_is_too_odd(text in "[-0-9.,eE+ x]{0,30}") {
            if let Some(written) = look(&text) {
                let is_float = |plain: &str| plain.parse::<f64>().is_ok_and(f64::is_finite);
                prop_assert!(written.points.is_none() || is_float(&text), "{}", text);
                prop_assert!(written.german.is_none() || is_float(&Notation::German.plain(&text)), "{}", text);
            }
        }
    }
}
