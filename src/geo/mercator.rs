//! Web Mercator (EPSG:3857) in metres, and the 32-bit world grid that tiles are cut from.
//!
//! The formulas are those of the "Popular Visualisation Pseudo-Mercator" (IOGP Guidance Note 7-2,
//! method 1024): the ellipsoid is treated as a sphere with its equatorial radius.
//!
//! The world grid divides the square world of EPSG:3857 (±20,037,508.34 m) into 2³² steps each way,
//! which are 9.3 mm at the equator. Its x points east and its y points **south**, like the rows of
//! tiles. Coordinates in a tile of 4096 units are obtained by a shift, because one step of the grid
//! is at most one unit up to zoom 20.

use std::f64::consts::PI;

/// Half the width of the square world of EPSG:3857 in metres: π × 6,378,137.
pub const HALF_WORLD: f64 = PI * EARTH_RADIUS;
const EARTH_RADIUS: f64 = 6_378_137.0;
const STEPS_PER_METRE: f64 = 2_147_483_648.0 / HALF_WORLD;
/// The latitude of the northern edge of the square world, in degrees: atan(sinh π).
pub const MAX_LATITUDE: f64 = 85.051_128_779_806_59;

/// Projects longitude and latitude in degrees to metres of EPSG:3857, with y to the north. A
/// latitude outside of the square world is moved to its edge.
///
/// ```
/// use veedel::geo::mercator::{HALF_WORLD, MAX_LATITUDE, from_lonlat};
///
/// let [x, y] = from_lonlat([180.0, MAX_LATITUDE]);
/// assert!((x - HALF_WORLD).abs() < 1e-6 && (y - HALF_WORLD).abs() < 1e-6);
/// ```
pub fn from_lonlat([lon, lat]: [f64; 2]) -> [f64; 2] {
    let latitude = lat.clamp(-MAX_LATITUDE, MAX_LATITUDE).to_radians();
    // atanh(sin φ) is equal to ln tan(π/4 + φ/2), and more accurate near the equator.
    [lon.to_radians() * EARTH_RADIUS, latitude.sin().atanh() * EARTH_RADIUS]
}

/// Returns the longitude and latitude in degrees of a point in metres of EPSG:3857.
pub fn to_lonlat([x, y]: [f64; 2]) -> [f64; 2] {
    [(x / EARTH_RADIUS).to_degrees(), (y / EARTH_RADIUS).sinh().atan().to_degrees()]
}

/// Returns the nearest point of the world grid for a point in metres of EPSG:3857. A point outside
/// of the grid is moved to its edge.
///
/// ```
/// use veedel::geo::mercator::{HALF_WORLD, to_world};
///
/// assert_eq!(to_world([0.0, 0.0]), [0, 0]);
/// assert_eq!(to_world([-HALF_WORLD, HALF_WORLD]), [i32::MIN, i32::MIN]);
/// ```
pub fn to_world([x, y]: [f64; 2]) -> [i32; 2] {
    // The conversion saturates, which moves the point to the edge.
    [(x * STEPS_PER_METRE).round() as i32, (-y * STEPS_PER_METRE).round() as i32]
}

/// Returns the metres of EPSG:3857 of a point of the world grid.
pub fn from_world([x, y]: [i32; 2]) -> [f64; 2] {
    [f64::from(x) / STEPS_PER_METRE, -f64::from(y) / STEPS_PER_METRE]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_world_is_square_and_ends_at_the_grid() {
        let corner = from_lonlat([180.0, MAX_LATITUDE]);
        assert!((corner[0] - HALF_WORLD).abs() < 1e-6 && (corner[1] - HALF_WORLD).abs() < 1e-6);
        assert_eq!(to_world([-HALF_WORLD, HALF_WORLD]), [i32::MIN, i32::MIN]);
        assert_eq!(to_world([1e300, -1e300]), [i32::MAX, i32::MAX]);
        assert_eq!(to_world([0.0, 0.0]), [0, 0]);
    }

    #[test]
    fn y_of_the_grid_grows_to_the_south() {
        assert!(to_world(from_lonlat([7.0, 51.0]))[1] < to_world(from_lonlat([7.0, 50.0]))[1]);
    }

    proptest! {
        #[test]
        fn degrees_come_back(lon in -180.0..=180.0f64, lat in -85.0..=85.0f64) {
            let [lon_back, lat_back] = to_lonlat(from_lonlat([lon, lat]));
            prop_assert!((lon - lon_back).abs() < 1e-12 && (lat - lat_back).abs() < 1e-11);
        }

        /// Half a step of the grid is 4.7 mm at the equator, and less on the ground elsewhere.
        #[test]
        fn the_grid_keeps_five_millimetres(x in -2e7..2e7f64, y in -2e7..2e7f64) {
            let [x_back, y_back] = from_world(to_world([x, y]));
            prop_assert!((x - x_back).abs() <= 0.005 && (y - y_back).abs() <= 0.005);
        }

        #[test]
        fn a_point_of_the_grid_is_kept(x: i32, y: i32) {
            prop_assert_eq!(to_world(from_world([x, y])), [x, y]);
        }
    }
}
