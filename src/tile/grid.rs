//! The tiles of the tile matrix set WebMercatorQuad (OGC 17-083r4, D.1), with rows counted from the
//! north like in XYZ addresses.

use crate::error::{Error, Result, said};
use crate::layer::geometries::WorldBox;

/// The width of a tile in its own units. Nearly all clients expect 4096.
pub const EXTENT: i32 = 4096;
/// The width of the buffer around a tile in units of the tile. It is enough for strokes and for
/// rounding at the border between two tiles.
pub const BUFFER: i32 = 64;
/// The highest zoom.
pub const MAX_ZOOM: u8 = 22;
/// The zoom at which a step of the world grid is one unit of a tile.
const WORLD_ZOOM: u8 = 20;

/// A tile by zoom, column from the west and row from the north. Column and row are always inside
/// the limits of the zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileCoordinate {
    z: u8,
    x: u32,
    y: u32,
}

impl TileCoordinate {
    /// Returns a tile of zoom 0 to 22 with column and row below 2^z; None outside of these limits.
    pub fn new(z: u8, x: u32, y: u32) -> Option<TileCoordinate> {
        let inside = z <= MAX_ZOOM && x < 1 << z && y < 1 << z;
        inside.then_some(TileCoordinate { z, x, y })
    }

    /// Reads the three segments of an address.
    ///
    /// # Errors
    ///
    /// Returns an invalid parameter if a segment is not a whole number. Returns "not found" if the
    /// numbers are outside of the limits, even if they are negative, because the address has the
    /// right form and there is no such tile.
    ///
    /// ```
    /// use veedel::tile::TileCoordinate;
    ///
    /// assert_eq!(TileCoordinate::parse("12", "2127", "1373")?.zoom(), 12);
    /// assert!(TileCoordinate::parse("1", "2", "0").is_err());
    /// # Ok::<(), veedel::error::Error>(())
    /// ```
    pub fn parse(z: &str, x: &str, y: &str) -> Result<TileCoordinate> {
        TileCoordinate::named([("z", z), ("x", x), ("y", y)])?.ok_or_else(|| {
            Error::not_found(said!("there is no tile {}/{}/{}", z, x, y))
                .hint(said!("z is 0 to {}, x and y are 0 to 2^z - 1", MAX_ZOOM))
        })
    }

    /// Reads the three segments of an address of OGC API – Tiles, which has the row before the
    /// column.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`parse`](Self::parse), with the parameters of that standard.
    ///
    /// ```
    /// use veedel::tile::TileCoordinate;
    ///
    /// let tile = TileCoordinate::parse_matrix("12", "1373", "2127")?;
    /// assert_eq!(tile, TileCoordinate::parse("12", "2127", "1373")?);
    /// # Ok::<(), veedel::error::Error>(())
    /// ```
    pub fn parse_matrix(matrix: &str, row: &str, column: &str) -> Result<TileCoordinate> {
        TileCoordinate::named([("tileMatrix", matrix), ("tileCol", column), ("tileRow", row)])?.ok_or_else(
            || {
                let hint =
                    said!("tileMatrix is 0 to {}, tileRow and tileCol are 0 to 2^tileMatrix - 1", MAX_ZOOM);
                Error::not_found(said!("there is no tile {}/{}/{}", matrix, row, column)).hint(hint)
            },
        )
    }

    /// Reads zoom, column and row, each with the name of its parameter. Returns None outside of the
    /// limits.
    fn named(numbers: [(&str, &str); 3]) -> Result<Option<TileCoordinate>> {
        let number = |(name, text): (&str, &str)| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Error::invalid(name, said!("{} must be a whole number, not {:?}", name, text)));
            }
            // Numbers that are negative or too large for 32 bits are outside of the limits like the
            // largest one.
            Ok(text.parse::<u32>().unwrap_or(u32::MAX))
        };
        let [zoom, column, row] = numbers;
        let (zoom, column, row) = (number(zoom)?, number(column)?, number(row)?);
        Ok(u8::try_from(zoom).ok().and_then(|zoom| TileCoordinate::new(zoom, column, row)))
    }

    /// Returns the number of columns, and of rows, at a zoom.
    pub fn side(zoom: u8) -> u64 {
        1 << zoom
    }

    /// Returns the zoom.
    pub fn zoom(self) -> u8 {
        self.z
    }

    /// Returns the column from the west and the row from the north.
    pub fn column_and_row(self) -> [u32; 2] {
        [self.x, self.y]
    }

    /// Returns the box of the tile on the world grid, extended by `units` of the tile on each side.
    /// The result ends at the edges of the world.
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

    /// Returns whether a point of the world grid belongs to this tile. Each point belongs to
    /// exactly one tile of a zoom: the northern and western edges belong to the tile, the others to
    /// its neighbours.
    pub fn owns(self, point: [i32; 2]) -> bool {
        let side = 1i64 << (32 - self.z);
        let inside = |(number, corner): (i32, i64)| (corner..corner + side).contains(&i64::from(number));
        point.into_iter().zip(self.origin()).all(inside)
    }

    /// Returns the north-western corner on the world grid.
    fn origin(self) -> [i64; 2] {
        let side = 1i64 << (32 - self.z);
        [self.x, self.y].map(|index| i64::from(i32::MIN) + i64::from(index) * side)
    }

    /// Returns the length of `units` of the tile in steps of the world grid, at least 1.
    fn world_steps(self, units: i32) -> i64 {
        world_steps(self.z, units)
    }

    /// Returns the conversion from the world grid to the grid of this tile.
    pub fn quantiser(self) -> Quantiser {
        let [west, north] = self.origin();
        let shift = i32::from(WORLD_ZOOM) - i32::from(self.z);
        // Half a unit is added before the fraction is shifted away, which rounds to the nearest
        // unit.
        let half = if shift > 0 { 1i64 << (shift - 1) } else { 0 };
        Quantiser { offset: [west - half, north - half], shift }
    }
}

/// Converts points of the world grid to the grid of one tile.
#[derive(Clone, Copy, Debug)]
pub struct Quantiser {
    offset: [i64; 2],
    shift: i32,
}

impl Quantiser {
    /// Returns the nearest point of the tile's grid, in units from its north-western corner. Above
    /// zoom 20 the world grid is coarser than that of the tile.
    ///
    /// ```
    /// use veedel::tile::TileCoordinate;
    ///
    /// let world = TileCoordinate::new(0, 0, 0).unwrap();
    /// assert_eq!(world.quantiser().quantise([0, 0]), [2048, 2048]);
    /// assert_eq!(world.quantiser().quantise([i32::MIN, i32::MIN]), [0, 0]);
    /// ```
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

/// Returns the length of `units` of a tile at a zoom in steps of the world grid, at least 1.
///
/// ```
/// use veedel::tile::grid::world_steps;
///
/// assert_eq!(world_steps(0, 1), 1 << 20);
/// assert_eq!(world_steps(20, 64), 64);
/// ```
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
