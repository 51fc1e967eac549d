//! The squares of WebMercatorQuad (OGC 17-083r4, Annex D.1), rows from the north as in XYZ.

use crate::error::{Error, Result, said};
use crate::layer::geometries::WorldBox;

/// The width of a tile in its own units, as nearly all clients expect.
pub const EXTENT: i32 = 4096;
/// How far geometry reaches beyond the tile, in its units: enough for strokes and rounding at the
/// seam.
pub const BUFFER: i32 = 64;
/// The deepest zoom there is.
pub const MAX_ZOOM: u8 = 22;
/// The zoom at which a step of the world grid is a unit of the tile.
const WORLD_ZOOM: u8 = 20;

/// A tile's place: zoom, column from the west, row from the north. Always inside its zoom's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileCoordinate {
    z: u8,
    x: u32,
    y: u32,
}

impl TileCoordinate {
    /// A tile of zoom 0..=22 with both x and y below 2^z; None outside.
    pub fn new(z: u8, x: u32, y: u32) -> Option<TileCoordinate> {
        let inside = z <= MAX_ZOOM && x < 1 << z && y < 1 << z;
        inside.then_some(TileCoordinate { z, x, y })
    }

    /// Reads the three steps of an address. What is no whole number is invalid and names its
    /// parameter; whole numbers beyond the limits, also negative ones, are not found: an address of
    /// that shape is right, and nothing is there.
    pub fn parse(z: &str, x: &str, y: &str) -> Result<TileCoordinate> {
        let number = |name: &str, text: &str| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Error::invalid(name, said!("{} must be a whole number, not {:?}", name, text)));
            }
            // What is negative or too large for a u32 is as far outside as the largest one.
            Ok(text.parse::<u32>().unwrap_or(u32::MAX))
        };
        let (zoom, column, row) = (number("z", z)?, number("x", x)?, number("y", y)?);
        u8::try_from(zoom).ok().and_then(|zoom| TileCoordinate::new(zoom, column, row)).ok_or_else(|| {
            Error::not_found(said!("there is no tile {}/{}/{}", z, x, y))
                .hint(said!("z is 0 to {}, x and y are 0 to 2^z - 1", MAX_ZOOM))
        })
    }

    /// The zoom.
    pub fn zoom(self) -> u8 {
        self.z
    }

    /// The column from the west and the row from the north.
    pub fn place(self) -> [u32; 2] {
        [self.x, self.y]
    }

    /// Its square on the world grid, grown by `units` of the tile on each side; clamped to the
    /// world.
    pub fn world_box(self, units: i32) -> WorldBox {
        let margin = self.world_steps(units);
        let side = 1i64 << (32 - self.z);
        let [west, north] = self.origin();
        let clamp = |value: i64| value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
        WorldBox {
            min: [clamp(west - margin), clamp(north - margin)],
            max: [clamp(west + side + margin), clamp(north + side + margin)],
        }
    }

    /// Whether a point of the world grid belongs to this tile and to no other of its zoom: its
    /// northern and western edges do, the others are its neighbours'.
    pub fn owns(self, point: [i32; 2]) -> bool {
        let side = 1i64 << (32 - self.z);
        let inside = |(number, corner): (i32, i64)| (corner..corner + side).contains(&i64::from(number));
        point.into_iter().zip(self.origin()).all(inside)
    }

    /// The north-west corner on the world grid.
    fn origin(self) -> [i64; 2] {
        let side = 1i64 << (32 - self.z);
        [self.x, self.y].map(|index| i64::from(i32::MIN) + i64::from(index) * side)
    }

    /// `units` of the tile in steps of the world grid, at least one.
    fn world_steps(self, units: i32) -> i64 {
        world_steps(self.z, units)
    }

    /// What takes points of the world grid to the tile's grid.
    pub fn quantiser(self) -> Quantiser {
        let [west, north] = self.origin();
        let shift = i32::from(WORLD_ZOOM) - i32::from(self.z);
        // Rounding to the nearest unit: half a unit is added before the fraction is shifted away.
        let half = if shift > 0 { 1i64 << (shift - 1) } else { 0 };
        Quantiser { offset: [west - half, north - half], shift }
    }
}

/// Takes points of the world grid to the grid of one tile.
#[derive(Clone, Copy, Debug)]
pub struct Quantiser {
    offset: [i64; 2],
    shift: i32,
}

impl Quantiser {
    /// The nearest point of the tile's grid; beyond z20 the world grid is the coarser one.
    #[inline]
    pub fn quantise(&self, [x, y]: [i32; 2]) -> [i32; 2] {
        let local = [i64::from(x) - self.offset[0], i64::from(y) - self.offset[1]];
        if self.shift >= 0 {
            local.map(|value| (value >> self.shift) as i32)
        } else {
            local.map(|value| (value << -self.shift) as i32)
        }
    }
}

/// `units` of a tile at a zoom in steps of the world grid, at least one.
pub fn world_steps(zoom: u8, units: i32) -> i64 {
    let units = i64::from(units);
    match zoom.checked_sub(WORLD_ZOOM) {
        None | Some(0) => units << (WORLD_ZOOM - zoom),
        Some(deeper) => (units >> deeper).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_numbers_inside_the_limits() {
        assert!(TileCoordinate::parse("22", "4194303", "4194303").is_ok());
        for (z, x, y) in [
            ("23", "0", "0"),
            ("0", "1", "0"),
            ("3", "8", "0"),
            ("3", "0", "99999999999"),
            ("1", "-1", "0"),
            ("-1", "0", "0"),
            ("1", "0", "-99999999999"),
        ] {
            let error = TileCoordinate::parse(z, x, y).unwrap_err();
            assert_eq!(error.kind, crate::error::Kind::NotFound, "{z}/{x}/{y}");
        }
        for (z, x, y, parameter) in [
            ("a", "0", "0", "z"),
            ("1", "-", "0", "x"),
            ("1", "0", "", "y"),
            ("1", "0", "+1", "y"),
            ("1", "--1", "0", "x"),
        ] {
            let error = TileCoordinate::parse(z, x, y).unwrap_err();
            assert_eq!(error.parameter.as_deref(), Some(parameter));
        }
    }

    #[test]
    fn the_corners_of_the_square_are_the_corners_of_the_extent() {
        for (z, x, y) in [(0, 0, 0), (1, 1, 0), (14, 8508, 5488), (20, 544_000, 351_000)] {
            let tile = TileCoordinate::new(z, x, y).unwrap();
            let square = tile.world_box(0);
            let quantiser = tile.quantiser();
            assert_eq!(quantiser.quantise(square.min), [0, 0]);
            // The last step of the world stands for the one beyond it at the eastern and southern
            // edge.
            let [east, south] = quantiser.quantise(square.max);
            assert!((EXTENT - 1..=EXTENT).contains(&east) && (EXTENT - 1..=EXTENT).contains(&south));
        }
    }
}
