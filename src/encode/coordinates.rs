//! Coordinates in the system that was asked for, and their digits.

use crate::error::Result;
use crate::geo::Crs;
use crate::geo::projection::Projection;

/// The way from stored coordinates to the ones that are written.
#[derive(Debug)]
pub struct OutputCrs {
    /// The system that is written.
    pub crs: Crs,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// To the bit as stored: the shortest digits that read back as the same number.
    Stored,
    /// Projected, with a fixed number of decimals.
    Projected { from: Projection, to: Projection, decimals: usize },
}

/// Decimals of projected coordinates: 0.1 mm, in degrees and in metres.
const DECIMALS_DEGREES: usize = 9;
const DECIMALS_METRES: usize = 4;

impl OutputCrs {
    /// Writes coordinates stored in `stored` as `asked`.
    pub fn new(stored: Crs, asked: Crs) -> Result<OutputCrs> {
        if stored == asked || (stored.is_geographic() && asked.is_geographic()) {
            return Ok(OutputCrs { crs: asked, way: Way::Stored });
        }
        let decimals = if asked.is_geographic() { DECIMALS_DEGREES } else { DECIMALS_METRES };
        let way = Way::Projected { from: Projection::of(stored)?, to: Projection::of(asked)?, decimals };
        Ok(OutputCrs { crs: asked, way })
    }

    /// Puts the points to write into `out`, still x before y. What cannot be projected is NaN.
    pub fn project(&self, stored: &[[f64; 2]], out: &mut Vec<[f64; 2]>) {
        out.clear();
        out.extend_from_slice(stored);
        if let Way::Projected { from, to, .. } = &self.way {
            from.to_lonlat(out);
            to.from_lonlat(out);
        }
    }

    /// Appends one number in its digits; `null` for what is no number.
    pub fn write_number(&self, value: f64, out: &mut Vec<u8>) {
        match self.way {
            Way::Stored => write_shortest(value, out),
            Way::Projected { decimals, .. } => write_fixed(value, decimals, out),
        }
    }
}

/// Appends the shortest digits that read back as the same number, without a trailing `.0`.
pub fn write_shortest(value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        return out.extend_from_slice(b"null");
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
}

/// Appends `value` rounded to `decimals` places, without trailing zeros.
pub fn write_fixed(value: f64, decimals: usize, out: &mut Vec<u8>) {
    let scale = 10f64.powi(decimals as i32);
    let scaled = (value * scale).round();
    // Beyond 2^53 a scaled number has no decimals left to round.
    if scaled.is_nan() || scaled.abs() > 9e15 {
        return write_shortest(value, out);
    }
    let scaled = scaled as i64;
    if scaled < 0 {
        out.push(b'-');
    }
    let (whole, mut fraction) = (scaled.unsigned_abs() / scale as u64, scaled.unsigned_abs() % scale as u64);
    write_digits(whole, 1, out);
    if fraction == 0 {
        return;
    }
    let mut places = decimals;
    while fraction.is_multiple_of(10) {
        fraction /= 10;
        places -= 1;
    }
    out.push(b'.');
    write_digits(fraction, places, out);
}

/// Appends a whole number.
pub fn write_integer(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    write_digits(value.unsigned_abs(), 1, out);
}

/// Appends a whole number with at least `width` digits.
fn write_digits(mut value: u64, width: usize, out: &mut Vec<u8>) {
    let start = out.len();
    while value > 0 || out.len() - start < width {
        out.push(b'0' + (value % 10) as u8);
        value /= 10;
    }
    if let Some(digits) = out.get_mut(start..) {
        digits.reverse();
    }
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
    }
}
