//! Colours: OKLCH, contrast, and how they look to people with colour-blind sight.
//!
//! OKLab and OKLCH are Björn Ottosson's ("A perceptual color space for image processing", 2020, as
//! in CSS Color 4, 9.2). Contrast is WCAG 2.2's (relative luminance). Colour-blind sight is
//! simulated by the matrices of Machado, Oliveira and Fernandes ("A Physiologically-based Model for
//! Simulation of Color Vision Deficiency", IEEE TVCG 2009) for a severity of 1.

/// A colour in linear sRGB, each part from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear(pub [f64; 3]);

/// A colour in OKLCH.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Oklch {
    /// Lightness, from 0 to 1.
    pub lightness: f64,
    /// Chroma, from 0 to about 0.37.
    pub chroma: f64,
    /// Hue in degrees.
    pub hue: f64,
}

/// A kind of sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// With all three cones.
    Full,
    /// Without the cones for red.
    Protanopia,
    /// Without the cones for green.
    Deuteranopia,
    /// Without the cones for blue.
    Tritanopia,
}

impl Sight {
    /// All four kinds.
    pub const ALL: [Sight; 4] = [Sight::Full, Sight::Protanopia, Sight::Deuteranopia, Sight::Tritanopia];

    fn matrix(self) -> [[f64; 3]; 3] {
        match self {
            Sight::Full => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            Sight::Protanopia => [
                [0.152286, 1.052583, -0.204868],
                [0.114503, 0.786281, 0.099216],
                [-0.003882, -0.048116, 1.051998],
            ],
            Sight::Deuteranopia => [
                [0.367322, 0.860646, -0.227968],
                [0.280085, 0.672501, 0.047413],
                [-0.011820, 0.042940, 0.968881],
            ],
            Sight::Tritanopia => [
                [1.255528, -0.076749, -0.178779],
                [-0.078411, 0.930809, 0.147602],
                [0.004733, 0.691367, 0.303900],
            ],
        }
    }
}

fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(factor, part)| factor * part).sum())
}

impl Linear {
    /// Reads `#rrggbb`; None for any other text.
    pub fn parse(text: &str) -> Option<Linear> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        let part = |shift: u32| {
            let part = f64::from(number >> shift & 0xff) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        Some(Linear([part(16), part(8), part(0)]))
    }

    /// Writes `#rrggbb`; parts outside of sRGB become the nearest inside.
    pub fn hex(self) -> String {
        let digits = self.0.map(|part| {
            let part = part.clamp(0.0, 1.0);
            let part = if part <= 0.003_130_8 { part * 12.92 } else { 1.055 * part.powf(1.0 / 2.4) - 0.055 };
            format!("{:02x}", (part * 255.0).round() as u8)
        });
        format!("#{}", digits.concat())
    }

    /// Returns the colour as a kind of sight sees it.
    pub fn seen_with(self, sight: Sight) -> Linear {
        Linear(times(sight.matrix(), self.0).map(|part| part.clamp(0.0, 1.0)))
    }

    /// Returns the colour in OKLab.
    pub fn oklab(self) -> [f64; 3] {
        let cones = times(
            [
                [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
                [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
                [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
            ],
            self.0,
        );
        times(
            [
                [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
                [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
                [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
            ],
            cones.map(f64::cbrt),
        )
    }

    /// Returns the colour in OKLCH.
    pub fn oklch(self) -> Oklch {
        let [lightness, a, b] = self.oklab();
        Oklch { lightness, chroma: a.hypot(b), hue: b.atan2(a).to_degrees().rem_euclid(360.0) }
    }

    /// Returns the relative luminance.
    pub fn luminance(self) -> f64 {
        let [red, green, blue] = self.0;
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl Oklch {
    /// Returns the colour in linear sRGB, which may lie outside of what a screen shows.
    pub fn linear(self) -> Linear {
        let (sine, cosine) = self.hue.to_radians().sin_cos();
        let (a, b) = (self.chroma * cosine, self.chroma * sine);
        let cones = times(
            [
                [1.0, 0.396_337_777_4, 0.215_803_757_3],
                [1.0, -0.105_561_345_8, -0.063_854_172_8],
                [1.0, -0.089_484_177_5, -1.291_485_548_0],
            ],
            [self.lightness, a, b],
        );
        Linear(times(
            [
                [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
                [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
                [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701_0],
            ],
            cones.map(|cone| cone.powi(3)),
        ))
    }

    /// Returns the colour with as much of its chroma as a screen can show.
    pub fn shown(self) -> Linear {
        let is_inside = |colour: &Linear| colour.0.iter().all(|part| (-1e-4..=1.0 + 1e-4).contains(part));
        let less =
            |step: u32| Oklch { chroma: self.chroma * (1.0 - f64::from(step) / 50.0), ..self }.linear();
        (0..=50).map(less).find(is_inside).unwrap_or(Linear([0.5; 3]))
    }
}

/// Returns the contrast of two colours, from 1 to 21.
pub fn contrast(one: Linear, other: Linear) -> f64 {
    let [one, other] = [one, other].map(|colour| colour.luminance() + 0.05);
    one.max(other) / one.min(other)
}

/// Returns the distance of two colours in OKLab.
pub fn distance(one: Linear, other: Linear) -> f64 {
    one.oklab().iter().zip(other.oklab()).map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt()
}

/// Returns the smallest distance of two colours over all kinds of sight.
pub fn least_distance(one: Linear, other: Linear) -> f64 {
    let seen = |sight| distance(one.seen_with(sight), other.seen_with(sight));
    Sight::ALL.map(seen).into_iter().fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn known_colours_have_their_coordinates() {
        // From CSS Color 4's examples: red is oklch(62.8% 0.2577 29.23).
        let red = Linear::parse("#ff0000").unwrap().oklch();
        assert!((red.lightness - 0.628).abs() < 0.001 && (red.chroma - 0.2577).abs() < 0.001, "{red:?}");
        assert!((red.hue - 29.23).abs() < 0.05, "{red:?}");
        let [black, white] = ["#000000", "#ffffff"].map(|text| Linear::parse(text).unwrap());
        assert!((contrast(black, white) - 21.0).abs() < 1e-9);
        assert!(Linear::parse("red").is_none() && Linear::parse("#ff00ü").is_none());
    }

    #[test]
    fn every_colour_comes_back_the_same() {
        for number in (0..0x0100_0000u32).step_by(70_001) {
            let text = format!("#{number:06x}");
            let colour = Linear::parse(&text).unwrap();
            assert_eq!(colour.hex(), text);
            assert_eq!(colour.oklch().shown().hex(), text);
        }
    }

    #[test]
    fn red_and_green_are_alike_without_one_of_their_cones() {
        let [red, green] = ["#b35900", "#7a7a00"].map(|text| Linear::parse(text).unwrap());
        assert!(least_distance(red, green) < 0.6 * distance(red, green));
    }
}
