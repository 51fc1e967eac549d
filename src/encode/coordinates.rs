//! Coordinates in the output's coordinate system, and how their digits are written.

use crate::error::Result;
use crate::geo::Crs;
use crate::geo::projection::Projection;

/// The conversion from stored coordinates to those of the output.
#[derive(Debug)]
pub struct OutputCrs {
    /// The coordinate system of the output.
    pub crs: Crs,
    /// Whether its first axis is the latitude or the northing.
    pub is_north_first: bool,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// Stored coordinates, written as the shortest digits that read back as the same number.
    Stored,
    /// Projected coordinates, written with a fixed number of decimals.
    Projected { from: Projection, to: Projection, decimals: usize },
}

/// The number of decimals of projected coordinates, which is about 0.1 mm in degrees and in metres.
const DECIMALS_DEGREES: usize = 9;
const DECIMALS_METRES: usize = 4;

impl OutputCrs {
    /// Makes the conversion from the coordinate system `stored` to `asked`.
    ///
    /// # Errors
    ///
    /// Fails if one of them is not known.
    pub fn new(stored: Crs, asked: Crs) -> Result<OutputCrs> {
        let is_north_first = asked.is_north_first();
        if stored == asked || (stored.is_geographic() && asked.is_geographic()) {
            return Ok(OutputCrs { crs: asked, is_north_first, way: Way::Stored });
        }
        let decimals = if asked.is_geographic() { DECIMALS_DEGREES } else { DECIMALS_METRES };
        let way = Way::Projected { from: Projection::of(stored)?, to: Projection::of(asked)?, decimals };
        Ok(OutputCrs { crs: asked, is_north_first, way })
    }

    /// Replaces the content of `out` by the projected points, x before y. A point that cannot be
    /// projected becomes NaN.
    pub fn project(&self, stored: &[[f64; 2]], out: &mut Vec<[f64; 2]>) {
        out.clear();
        out.extend_from_slice(stored);
        if let Way::Projected { from, to, .. } = &self.way {
            from.to_lonlat(out);
            to.from_lonlat(out);
        }
    }

    /// Appends a number; `null` if it is not finite.
    pub fn write_number(&self, value: f64, out: &mut Vec<u8>) {
        match self.way {
            Way::Stored => write_shortest(value, out),
            Way::Projected { decimals, .. } => write_fixed(value, decimals, out),
        }
    }
}

/// Appends the shortest digits that read back as the same number, without a trailing `.0`.
///
/// # Examples
///
/// ```
/// use veedel::encode::coordinates::write_shortest;
///
/// let mut out = vec![];
/// write_shortest(0.1 + 0.2, &mut out);
/// assert_eq!(out, b"0.30000000000000004");
/// ```
pub fn write_shortest(value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        return out.extend_from_slice(b"null");
    }
    // Most coordinates and measures are whole thousandths. A number is nearest to at most one
    // decimal of up to 15 digits, so the digits of that decimal, without trailing zeros, are the
    // shortest.
    let thousandths = (value * 1e3 + 0.5f64.copysign(value)) as i64;
    if thousandths.unsigned_abs() < 1_000_000_000_000_000 && thousandths as f64 / 1e3 == value && value != 0.0
    {
        return write_decimal(thousandths, 3, out);
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
}

/// Appends `value`, rounded to `decimals` places, without trailing zeros.
pub fn write_fixed(value: f64, decimals: usize, out: &mut Vec<u8>) {
    let scaled = (value * 10f64.powi(decimals as i32)).round();
    // A scaled number beyond 2^53 has no decimals that could be rounded.
    if scaled.is_nan() || scaled.abs() > 9e15 {
        return write_shortest(value, out);
    }
    write_decimal(scaled as i64, decimals, out);
}

/// Appends `scaled` · 10^-`decimals`, without trailing zeros.
fn write_decimal(scaled: i64, mut decimals: usize, out: &mut Vec<u8>) {
    let mut rest = scaled.unsigned_abs();
    while decimals > 0 && rest.is_multiple_of(10) {
        rest /= 10;
        decimals -= 1;
    }
    // Digits are filled in from the last to the first. There is room for a sign, a point and 20
    // digits.
    let mut buffer = [b'0'; 24];
    let mut length = 0;
    let mut slots = buffer.iter_mut().rev();
    let mut put = |byte: u8| {
        if let Some(slot) = slots.next() {
            *slot = byte;
            length += 1;
        }
    };
    if decimals > 0 {
        for _ in 0..decimals {
            put(b'0' + (rest % 10) as u8);
            rest /= 10;
        }
        put(b'.');
    }
    loop {
        put(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if scaled < 0 {
        put(b'-');
    }
    out.extend_from_slice(buffer.get(buffer.len() - length..).unwrap_or_default());
}

/// Appends a whole number in decimal digits.
pub fn write_integer(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fixed(value: f64, decimals: usize) -> String {
        let mut out = vec![];
        write_fixed(value, decimals, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(fixed(6.95, 9), "6.95");
        assert_eq!(fixed(-0.000_000_000_1, 9), "0");
        assert_eq!(fixed(-0.05, 9), "-0.05");
        assert_eq!(fixed(356_000.0, 4), "356000");
        assert_eq!(fixed(f64::NAN, 4), "null");
    }

    #[test]
    fn whole_numbers_are_whole() {
        for value in [0, 1, -1, 10, i64::MAX, i64::MIN] {
            let mut out = vec![];
            write_integer(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }

    proptest! {
        #[test]
        fn fixed_numbers_are_within_half_a_place(value in -1e7f64..1e7) {
            let read: f64 = fixed(value, 9).parse().unwrap();
            prop_assert!((read - value).abs() <= 0.51e-9 + value.abs() * 1e-15);
        }

        #[test]
        fn shortest_numbers_read_back_to_the_bit(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            let mut out = vec![];
            write_shortest(value, &mut out);
            let read: f64 = std::str::from_utf8(&out).unwrap().parse().unwrap();
            prop_assert_eq!(read.to_bits(), value.to_bits());
        }

        #[test]
        fn whole_thousandths_are_as_short_as_any_other_number(thousandths in -1_000_000_000_000_000i64..1_000_000_000_000_000, places in 0u32..16) {
            let value = (thousandths / 10i64.pow(places)) as f64 / 1e3;
            let mut out = vec![];
            write_shortest(value, &mut out);
            let mut buffer = zmij::Buffer::new();
            let text = buffer.format_finite(value);
            prop_assert_eq!(std::str::from_utf8(&out).unwrap(), text.strip_suffix(".0").unwrap_or(text));
        }
    }
}
