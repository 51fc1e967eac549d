//! The limits of a tileset within its tile matrix set (OGC 17-083r4, 6.3): for each zoom, the rows
//! and columns of the tiles that may have features.

use serde_json::{Value, json};

use super::grid::{BUFFER, TileCoordinate, world_steps};
use crate::catalog::Freshness;
use crate::layer::View;
use crate::layer::geometries::WorldBox;

/// The limits of the tiles with some layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileMatrixSetLimits {
    /// The zooms of each layer.
    zooms: Vec<(u8, u8)>,
    /// The box of all features on the world grid.
    area: WorldBox,
}

impl TileMatrixSetLimits {
    /// Returns the limits of the tiles with these layers. The rows of a direct collection are not
    /// known, and a layer without features may get some, so both have all tiles of their zooms.
    pub fn of<'a>(views: impl Iterator<Item = View<'a>>) -> TileMatrixSetLimits {
        let mut limits = TileMatrixSetLimits { zooms: vec![], area: WorldBox::EMPTY };
        for view in views {
            limits.zooms.push(view.collection.zooms);
            limits.area.merge(&match view.collection.freshness {
                Freshness::Direct => WorldBox::WORLD,
                _ => view.world_bounds(),
            });
        }
        if limits.area.is_empty() {
            limits.area = WorldBox::WORLD;
        }
        limits
    }

    /// Returns whether a tile is inside the limits. Every tile with a feature is, even if the
    /// feature is only in the tile's buffer.
    pub fn contains(&self, tile: TileCoordinate) -> bool {
        let [from, to] = self.corners(tile.zoom());
        let place = tile.column_and_row().map(u64::from);
        let is_inside = |axis: [u64; 3]| axis.is_sorted();
        let [[left, top], [x, y], [right, bottom]] = [from, place, to];
        self.has(tile.zoom()) && is_inside([left, x, right]) && is_inside([top, y, bottom])
    }

    /// Returns the list for the metadata of a tileset, with one entry for each zoom that is served.
    pub fn list(&self) -> Vec<Value> {
        let served = (0..=super::grid::MAX_ZOOM).filter(|zoom| self.has(*zoom));
        let entry = |zoom: u8| {
            let [[left, top], [right, bottom]] = self.corners(zoom);
            json!({
                "tileMatrix": zoom.to_string(),
                "minTileRow": top,
                "maxTileRow": bottom,
                "minTileCol": left,
                "maxTileCol": right,
            })
        };
        served.map(entry).collect()
    }

    fn has(&self, zoom: u8) -> bool {
        self.zooms.iter().any(|(from, to)| (*from..=*to).contains(&zoom))
    }

    /// Returns column and row of the north-western and of the south-eastern tile whose square, with
    /// its buffer, meets the box.
    fn corners(&self, zoom: u8) -> [[u64; 2]; 2] {
        let (margin, last) = (world_steps(zoom, BUFFER), TileCoordinate::side(zoom) - 1);
        let tile = |step: i64| ((step - i64::from(i32::MIN)).max(0) as u64 >> (32 - zoom)).min(last);
        // The edges of a square belong to it, so a box that begins at one meets the tile before.
        let first = self.area.min.map(|step| tile(i64::from(step) - margin - 1));
        [first, self.area.max.map(|step| tile(i64::from(step) + margin))]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limits(min: [i32; 2], max: [i32; 2]) -> TileMatrixSetLimits {
        TileMatrixSetLimits { zooms: vec![(0, 4), (6, 22)], area: WorldBox { min, max } }
    }

    #[test]
    fn the_whole_world_has_all_tiles() {
        let all = TileMatrixSetLimits { zooms: vec![(0, 22)], area: WorldBox::WORLD };
        for (zoom, entry) in all.list().iter().enumerate() {
            let last = (1u64 << zoom) - 1;
            assert_eq!(entry["tileMatrix"], zoom.to_string());
            for (member, number) in
                [("minTileRow", 0), ("maxTileRow", last), ("minTileCol", 0), ("maxTileCol", last)]
            {
                assert_eq!(entry[member], number, "{member} of {zoom}");
            }
        }
    }

    #[test]
    fn a_zoom_that_no_layer_has_is_outside() {
        let some = limits([0, 0], [10, 10]);
        let listed: Vec<String> =
            some.list().iter().map(|entry| entry["tileMatrix"].as_str().unwrap().to_owned()).collect();
        assert_eq!(listed.len(), 22);
        assert!(!listed.contains(&"5".to_owned()));
        assert!(!some.contains(TileCoordinate::new(5, 16, 16).unwrap()));
        assert!(some.contains(TileCoordinate::new(4, 8, 8).unwrap()));
    }

    proptest! {
        /// The limits are exactly the tiles that meet the box with their buffer.
        #[test]
        fn the_limits_are_the_tiles_that_meet_the_box(
            corner: [i32; 2], size in (0u32..1 << 24, 0u32..1 << 24), zoom in 6u8..=22, aside in (-2i64..=2, -2i64..=2),
        ) {
            let far = [corner[0].saturating_add_unsigned(size.0), corner[1].saturating_add_unsigned(size.1)];
            let some = limits(corner, far);
            for from in some.corners(zoom) {
                let near = |step: u64, aside: i64| step.saturating_add_signed(aside) as u32;
                let Some(tile) = TileCoordinate::new(zoom, near(from[0], aside.0), near(from[1], aside.1)) else {
                    continue;
                };
                prop_assert_eq!(some.contains(tile), tile.world_box(BUFFER).intersects(&some.area));
            }
        }
    }
}
