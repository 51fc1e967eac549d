//! The transverse Mercator projection of UTM by Krüger's series, which is accurate to a few
//! nanometres within 6° of the central meridian.
//!
//! The series are those of C. F. F. Karney, "Transverse Mercator with an accuracy of a few
//! nanometers", Journal of Geodesy 85 (2011), 475–485, equations 35 and 36, up to n⁶. The series
//! between latitude and conformal latitude are Krüger's (1912) in the notation of that paper.
//!
//! Every vertex of a layer is projected, so the code needs few trigonometric calls. Small angles
//! are added by their Taylor series, and double angles are computed algebraically.

use std::f64::consts::PI;

/// The number of terms of each series, in powers of the third flattening n = (a − b) / (a + b).
const ORDER: usize = 6;
type Series = [f64; ORDER];

/// The maximum distance from the central meridian at which the series are used, as easting divided
/// by radius. It is about 81° at the equator, and the same as in PROJ. UTM needs 0.06.
const MAX_ETA: f64 = 2.623_395_162_778;

/// An ellipsoid of revolution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ellipsoid {
    /// The equatorial radius a in metres.
    pub semi_major: f64,
    /// The inverse flattening 1 / f, where f = (a − b) / a.
    pub inverse_flattening: f64,
}

/// GRS 80, the ellipsoid of ETRS89.
pub const GRS80: Ellipsoid = Ellipsoid { semi_major: 6_378_137.0, inverse_flattening: 298.257_222_101 };
/// The ellipsoid of WGS 84. Its polar radius is 0.1 mm longer than that of [`GRS80`].
pub const WGS84: Ellipsoid = Ellipsoid { semi_major: 6_378_137.0, inverse_flattening: 298.257_223_563 };

/// A transverse Mercator projection with the coefficients of its series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransverseMercator {
    /// The central meridian in degrees.
    meridian: f64,
    false_easting: f64,
    false_northing: f64,
    /// The radius of the rectifying sphere in metres, times the scale on the central meridian.
    radius: f64,
    /// The coefficients α from the conformal to the rectifying sphere, and β back.
    to_rectifying: Series,
    from_rectifying: Series,
    /// The coefficients χ from latitude to conformal latitude, and δ back.
    to_conformal: Series,
    from_conformal: Series,
}

impl TransverseMercator {
    /// Returns the projection with a central meridian in degrees, and a false easting and northing
    /// in metres. The scale on the meridian is 0.9996, and the latitude of origin is the equator,
    /// as in UTM.
    pub fn new(
        ellipsoid: Ellipsoid,
        meridian: f64,
        false_easting: f64,
        false_northing: f64,
    ) -> TransverseMercator {
        let n = 1.0 / (2.0 * ellipsoid.inverse_flattening - 1.0);
        let rectifying = ellipsoid.semi_major / (1.0 + n) * even_polynomial(n);
        TransverseMercator {
            meridian,
            false_easting,
            false_northing,
            radius: 0.9996 * rectifying,
            to_rectifying: alpha(n),
            from_rectifying: beta(n),
            to_conformal: chi(n),
            from_conformal: delta(n),
        }
    }

    /// Returns the projection of a UTM zone from 1 to 60, on the northern or the southern
    /// hemisphere.
    ///
    /// ```
    /// use veedel::geo::transverse_mercator::{GRS80, TransverseMercator};
    ///
    /// let zone = TransverseMercator::utm(GRS80, 32, false);
    /// let [easting, northing] = zone.from_lonlat([9.0, 50.0]);
    /// assert!((easting - 500_000.0).abs() < 1e-6);
    /// assert!((northing - 5_538_630.70).abs() < 0.01);
    /// let [lon, lat] = zone.to_lonlat([easting, northing]);
    /// assert!((lon - 9.0).abs() < 1e-12 && (lat - 50.0).abs() < 1e-12);
    /// ```
    pub fn utm(ellipsoid: Ellipsoid, zone: u32, south: bool) -> TransverseMercator {
        let northing = if south { 10_000_000.0 } else { 0.0 };
        TransverseMercator::new(ellipsoid, f64::from(zone) * 6.0 - 183.0, 500_000.0, northing)
    }

    /// Projects longitude and latitude in degrees to easting and northing in metres. The result is
    /// NaN if an input is NaN, if the latitude is outside ±90°, or if the point is more than about
    /// 80° from the central meridian.
    pub fn from_lonlat(&self, [lon, lat]: [f64; 2]) -> [f64; 2] {
        let (sin_lambda, cos_lambda) = wrap(lon - self.meridian).to_radians().sin_cos();
        let (sin_phi, cos_phi) = lat.to_radians().sin_cos();
        let step = sine_series(&self.to_conformal, double_angle(sin_phi, cos_phi));
        let (sin_chi, cos_chi) = turn((sin_phi, cos_phi), step);

        // The conformal sphere is rotated so that the central meridian becomes its equator
        // (Gauß–Schreiber projection).
        let across = (sin_chi * sin_chi + (cos_chi * cos_lambda) * (cos_chi * cos_lambda)).sqrt();
        let sinh_eta = cos_chi * sin_lambda / across;
        let cosh_eta = (1.0 + sinh_eta * sinh_eta).sqrt();
        let (sin_xi, cos_xi) = (sin_chi / across, cos_chi * cos_lambda / across);
        // asinh as ln(sinh + cosh). Unlike std's it needs no further square roots, and it is
        // accurate near zero.
        let eta = (sinh_eta + sinh_eta * sinh_eta / (1.0 + cosh_eta)).ln_1p();
        let xi = sin_xi.atan2(cos_xi);

        let (xi_step, eta_step) = complex_series(
            &self.to_rectifying,
            double_angle(sin_xi, cos_xi),
            double_hyperbolic(sinh_eta, cosh_eta),
        );
        if !(lat.abs() <= 90.0 && eta.abs() <= MAX_ETA) {
            return [f64::NAN; 2];
        }
        [
            self.false_easting + self.radius * (eta + eta_step),
            self.false_northing + self.radius * (xi + xi_step),
        ]
    }

    /// Returns longitude and latitude in degrees for easting and northing in metres. The result is
    /// NaN if an input is NaN or outside of the projected world.
    pub fn to_lonlat(&self, [easting, northing]: [f64; 2]) -> [f64; 2] {
        let eta = (easting - self.false_easting) / self.radius;
        let xi = (northing - self.false_northing) / self.radius;
        if !(eta.abs() <= MAX_ETA && xi.abs() <= PI) {
            return [f64::NAN; 2];
        }
        let (sin_xi, cos_xi) = xi.sin_cos();
        let growth = eta.exp();
        let (sinh_eta, cosh_eta) = ((growth - growth.recip()) / 2.0, (growth + growth.recip()) / 2.0);
        let (xi_step, eta_step) = complex_series(
            &self.from_rectifying,
            double_angle(sin_xi, cos_xi),
            double_hyperbolic(sinh_eta, cosh_eta),
        );
        let (sin_xi, cos_xi) = turn((sin_xi, cos_xi), -xi_step);
        let sinh_eta = stretch((sinh_eta, cosh_eta), -eta_step);

        let lambda = sinh_eta.atan2(cos_xi);
        let polar = (sinh_eta * sinh_eta + cos_xi * cos_xi).sqrt();
        let scale = (sin_xi * sin_xi + polar * polar).sqrt();
        let (sin_chi, cos_chi) = (sin_xi / scale, polar / scale);
        let step = sine_series(&self.from_conformal, double_angle(sin_chi, cos_chi));
        let phi = sin_xi.atan2(polar) + step;
        [wrap(self.meridian + lambda.to_degrees()), phi.to_degrees()]
    }
}

/// Returns an angle in degrees within ±180.
fn wrap(degrees: f64) -> f64 {
    if degrees.abs() <= 180.0 { degrees } else { (degrees + 180.0).rem_euclid(360.0) - 180.0 }
}

/// Returns sine and cosine of the double angle.
#[inline]
fn double_angle(sin: f64, cos: f64) -> (f64, f64) {
    (2.0 * sin * cos, (cos - sin) * (cos + sin))
}

/// Returns the hyperbolic sine and cosine of the double argument.
#[inline]
fn double_hyperbolic(sinh: f64, cosh: f64) -> (f64, f64) {
    (2.0 * sinh * cosh, sinh * sinh + cosh * cosh)
}

/// Returns sine and cosine of an angle that is increased by `step`. The step is the sum of a series
/// and below 0.01, so the omitted terms of the Taylor series are below the last digit.
#[inline]
fn turn((sin, cos): (f64, f64), step: f64) -> (f64, f64) {
    let square = step * step;
    let sin_step = step * (1.0 - square / 6.0 * (1.0 - square / 20.0 * (1.0 - square / 42.0)));
    let cos_step = 1.0 - square / 2.0 * (1.0 - square / 12.0 * (1.0 - square / 30.0));
    (sin * cos_step + cos * sin_step, cos * cos_step - sin * sin_step)
}

/// Returns the hyperbolic sine of an argument that is increased by `step`. The step may reach 0.2
/// far from the meridian, where a loss of digits does not matter.
#[inline]
fn stretch((sinh, cosh): (f64, f64), step: f64) -> f64 {
    let square = step * step;
    let sinh_step = step * (1.0 + square / 6.0 * (1.0 + square / 20.0 * (1.0 + square / 42.0)));
    let cosh_step = 1.0 + square / 2.0 * (1.0 + square / 12.0 * (1.0 + square / 30.0));
    sinh * cosh_step + cosh * sinh_step
}

/// Returns Σ cⱼ sin 2jθ by Clenshaw's recurrence, given the sine and cosine of 2θ.
#[inline]
fn sine_series(series: &Series, (sin, cos): (f64, f64)) -> f64 {
    let (twice, mut next, mut after) = (2.0 * cos, 0.0, 0.0);
    for coefficient in series.iter().rev() {
        (next, after) = ((coefficient - after) + twice * next, next);
    }
    next * sin
}

/// Returns the real and the imaginary part of Σ cⱼ sin 2j(ξ + iη) by Clenshaw's recurrence in
/// complex numbers, given (sin, cos) of 2ξ and (sinh, cosh) of 2η.
#[inline]
fn complex_series(series: &Series, (sin, cos): (f64, f64), (sinh, cosh): (f64, f64)) -> (f64, f64) {
    // Twice cos 2(ξ + iη), which is cos 2ξ cosh 2η − i sin 2ξ sinh 2η.
    let (real, imaginary) = (2.0 * cos * cosh, -2.0 * sin * sinh);
    let (mut next, mut after) = ((0.0, 0.0), (0.0, 0.0));
    for coefficient in series.iter().rev() {
        let (re, im): (f64, f64) = next;
        // The sums are grouped so that each step depends on one product and two sums of the
        // previous one.
        let term =
            ((coefficient - after.0) + (real * re - imaginary * im), (real * im + imaginary * re) - after.1);
        (next, after) = (term, next);
    }
    // sin 2(ξ + iη) = sin 2ξ cosh 2η + i cos 2ξ sinh 2η.
    let (re, im) = (sin * cosh, cos * sinh);
    (next.0 * re - next.1 * im, next.0 * im + next.1 * re)
}

/// Returns nᵖ (c₀ + c₁ n + c₂ n² + …), where p is `power`.
fn polynomial(n: f64, power: i32, coefficients: &[f64]) -> f64 {
    n.powi(power) * coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * n + coefficient)
}

/// Returns 1 + n²/4 + n⁴/64 + n⁶/256, which is the rectifying radius times (1 + n) / a.
fn even_polynomial(n: f64) -> f64 {
    polynomial(n * n, 0, &[1.0, 1.0 / 4.0, 1.0 / 64.0, 1.0 / 256.0])
}

/// Returns the coefficients α of Karney's equation 35.
fn alpha(n: f64) -> Series {
    [
        polynomial(
            n,
            1,
            &[1.0 / 2.0, -2.0 / 3.0, 5.0 / 16.0, 41.0 / 180.0, -127.0 / 288.0, 7_891.0 / 37_800.0],
        ),
        polynomial(
            n,
            2,
            &[13.0 / 48.0, -3.0 / 5.0, 557.0 / 1_440.0, 281.0 / 630.0, -1_983_433.0 / 1_935_360.0],
        ),
        polynomial(n, 3, &[61.0 / 240.0, -103.0 / 140.0, 15_061.0 / 26_880.0, 167_603.0 / 181_440.0]),
        polynomial(n, 4, &[49_561.0 / 161_280.0, -179.0 / 168.0, 6_601_661.0 / 7_257_600.0]),
        polynomial(n, 5, &[34_729.0 / 80_640.0, -3_418_889.0 / 1_995_840.0]),
        polynomial(n, 6, &[212_378_941.0 / 319_334_400.0]),
    ]
}

/// Returns the coefficients β of Karney's equation 36.
fn beta(n: f64) -> Series {
    [
        polynomial(
            n,
            1,
            &[1.0 / 2.0, -2.0 / 3.0, 37.0 / 96.0, -1.0 / 360.0, -81.0 / 512.0, 96_199.0 / 604_800.0],
        ),
        polynomial(
            n,
            2,
            &[1.0 / 48.0, 1.0 / 15.0, -437.0 / 1_440.0, 46.0 / 105.0, -1_118_711.0 / 3_870_720.0],
        ),
        polynomial(n, 3, &[17.0 / 480.0, -37.0 / 840.0, -209.0 / 4_480.0, 5_569.0 / 90_720.0]),
        polynomial(n, 4, &[4_397.0 / 161_280.0, -11.0 / 504.0, -830_251.0 / 7_257_600.0]),
        polynomial(n, 5, &[4_583.0 / 161_280.0, -108_847.0 / 3_991_680.0]),
        polynomial(n, 6, &[20_648_693.0 / 638_668_800.0]),
    ]
}

/// Returns the coefficients from latitude to conformal latitude.
fn chi(n: f64) -> Series {
    [
        polynomial(n, 1, &[-2.0, 2.0 / 3.0, 4.0 / 3.0, -82.0 / 45.0, 32.0 / 45.0, 4_642.0 / 4_725.0]),
        polynomial(n, 2, &[5.0 / 3.0, -16.0 / 15.0, -13.0 / 9.0, 904.0 / 315.0, -1_522.0 / 945.0]),
        polynomial(n, 3, &[-26.0 / 15.0, 34.0 / 21.0, 8.0 / 5.0, -12_686.0 / 2_835.0]),
        polynomial(n, 4, &[1_237.0 / 630.0, -12.0 / 5.0, -24_832.0 / 14_175.0]),
        polynomial(n, 5, &[-734.0 / 315.0, 109_598.0 / 31_185.0]),
        polynomial(n, 6, &[444_337.0 / 155_925.0]),
    ]
}

/// Returns the coefficients from conformal latitude to latitude.
fn delta(n: f64) -> Series {
    [
        polynomial(n, 1, &[2.0, -2.0 / 3.0, -2.0, 116.0 / 45.0, 26.0 / 45.0, -2_854.0 / 675.0]),
        polynomial(n, 2, &[7.0 / 3.0, -8.0 / 5.0, -227.0 / 45.0, 2_704.0 / 315.0, 2_323.0 / 945.0]),
        polynomial(n, 3, &[56.0 / 15.0, -136.0 / 35.0, -1_262.0 / 105.0, 73_814.0 / 2_835.0]),
        polynomial(n, 4, &[4_279.0 / 630.0, -332.0 / 35.0, -399_572.0 / 14_175.0]),
        polynomial(n, 5, &[4_174.0 / 315.0, -144_838.0 / 6_237.0]),
        polynomial(n, 6, &[601_676.0 / 22_275.0]),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values of PROJ 9.1.1 (`+proj=etmerc`, Poder/Engsager).
    #[test]
    fn cologne_is_where_proj_has_it() {
        let [easting, northing] = TransverseMercator::utm(GRS80, 32, false).from_lonlat([6.96, 50.94]);
        assert!((easting - 356_675.685_332_247).abs() < 1e-6, "{easting}");
        assert!((northing - 5_645_134.286_800_51).abs() < 1e-6, "{northing}");
    }

    #[test]
    fn far_from_the_meridian_it_still_agrees() {
        let [easting, northing] = TransverseMercator::utm(GRS80, 32, false).from_lonlat([60.0, 50.0]);
        assert!((easting - 4_005_068.233_976_51).abs() < 1e-4, "{easting}");
        assert!((northing - 6_895_305.421_363_86).abs() < 1e-4, "{northing}");
    }

    #[test]
    fn the_zone_number_before_the_easting_is_all_that_differs_in_4647() {
        let plain = TransverseMercator::utm(GRS80, 32, false).from_lonlat([10.0, 53.5]);
        let prefixed = TransverseMercator::new(GRS80, 9.0, 32_500_000.0, 0.0).from_lonlat([10.0, 53.5]);
        assert!((prefixed[0] - plain[0] - 32_000_000.0).abs() < 1e-6);
        assert_eq!(prefixed[1], plain[1]);
    }

    #[test]
    fn what_is_no_place_becomes_nan() {
        let utm = TransverseMercator::utm(WGS84, 32, false);
        for lonlat in [[f64::NAN, 50.0], [9.0, f64::NAN], [9.0, 90.1], [f64::INFINITY, 0.0], [99.0, 0.0]] {
            assert!(utm.from_lonlat(lonlat).iter().all(|number| number.is_nan()), "{lonlat:?}");
        }
        // An easting with the zone number, read as if it were without.
        for metres in [[f64::NAN, 0.0], [0.0, f64::NEG_INFINITY], [32_356_675.0, 5_645_134.0], [0.0, 1e9]] {
            assert!(utm.to_lonlat(metres).iter().all(|number| number.is_nan()), "{metres:?}");
        }
    }

    #[test]
    fn the_poles_lie_on_the_meridian() {
        for (zone, south, lat) in [(1, false, 90.0), (60, true, -90.0)] {
            let utm = TransverseMercator::utm(WGS84, zone, south);
            let [easting, northing] = utm.from_lonlat([17.0, lat]);
            assert!((easting - 500_000.0).abs() < 1e-6 && northing.is_finite(), "{easting} {northing}");
            assert!((utm.to_lonlat([easting, northing])[1] - lat).abs() < 1e-9);
        }
    }

    #[test]
    fn a_zone_across_the_antimeridian_keeps_degrees_within_180() {
        let utm = TransverseMercator::utm(WGS84, 60, false);
        let east_of_it = utm.from_lonlat([-179.0, 10.0]);
        assert!((east_of_it[0] - utm.from_lonlat([181.0, 10.0])[0]).abs() < 1e-6);
        assert!((utm.to_lonlat(east_of_it)[0] + 179.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_place(
            zone in 1u32..=60, south: bool, across in -6.0..6.0f64, lat in -89.0..89.0f64,
        ) {
            let utm = TransverseMercator::utm(WGS84, zone, south);
            let lon = f64::from(zone) * 6.0 - 183.0 + across;
            let [lon_back, lat_back] = utm.to_lonlat(utm.from_lonlat([lon, lat]));
            prop_assert!(wrap(lon_back - lon).abs() < 1e-11 / lat.to_radians().cos(), "{lon} {lon_back}");
            prop_assert!((lat_back - lat).abs() < 1e-11, "{lat} {lat_back}");
        }

        #[test]
        fn no_number_panics(x: f64, y: f64) {
            let utm = TransverseMercator::utm(GRS80, 33, true);
            for point in [utm.from_lonlat([x, y]), utm.to_lonlat([x, y])] {
                prop_assert!(point.iter().all(|number| number.is_finite()) || point.iter().all(|n| n.is_nan()));
            }
        }
    }
}
