//! Web Mercator (EPSG:3857), as metres and as the 32-bit world grid that tiles are cut from.
//!
//! The world grid spans the square world of 3857 (±20,037,508.34 m) with 2³² steps each way, 9.3 mm
//! at the equator: x to the east, y to the **south** as tile rows run. Tile z/x/y of extent 4096 is
//! then a shift: up to z20 one step of the world is finer than one of the tile.

use std::f64::consts::PI;

/// Half the width of the world of EPSG:3857, in metres: π × 6,378,137.
pub const HALF_WORLD: f64 = PI * EARTH_RADIUS;
const EARTH_RADIUS: f64 = 6_378_137.0;
const STEPS_PER_METRE: f64 = 2_147_483_648.0 / HALF_WORLD;
/// The latitude at which the square world of Web Mercator ends.
pub const MAX_LATITUDE: f64 = 85.051_128_779_806_59;

/// Degrees to metres of EPSG:3857 (y to the north). Latitudes beyond the square world go to its
/// edge.
pub fn from_lonlat([lon, lat]: [f64; 2]) -> [f64; 2] {
    let latitude = lat.clamp(-MAX_LATITUDE, MAX_LATITUDE).to_radians();
    // atanh(sin φ) = ln tan(π/4 + φ/2), and keeps its digits near the equator.
    [lon.to_radians() * EARTH_RADIUS, latitude.sin().atanh() * EARTH_RADIUS]
}

/// Metres of EPSG:3857 to degrees.
pub fn to_lonlat([x, y]: [f64; 2]) -> [f64; 2] {
    [(x / EARTH_RADIUS).to_degrees(), (y / EARTH_RADIUS).sinh().atan().to_degrees()]
}

/// Metres of EPSG:3857 to the world grid; what lies outside goes to the edge.
pub fn to_world([x, y]: [f64; 2]) -> [i32; 2] {
    // `as` saturates, which is the clamping that is wanted.
    [(x * STEPS_PER_METRE).round() as i32, (-y * STEPS_PER_METRE).round() as i32]
}

/// The world grid back to metres of EPSG:3857.
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
