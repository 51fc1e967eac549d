//! The first zoom level at which a layer has anything in its tiles.

use super::largest::ZOOMS;

use super::geometries::Geometries;
use super::resident::Layer;
use super::simplify::EVERYTHING_FROM;
use crate::work::spend;

/// The size of a point, which is drawn as a symbol at every zoom level.
const POINT: u64 = u64::MAX;

impl Layer {
    /// Returns the first zoom level at which a feature of the layer is drawn, or only an area with
    /// `areas_alone`; None if none ever is. `smallest` returns the least length of a feature's
    /// longer side at a zoom level, in steps of the world grid, and 0 if all features are drawn.
    /// The sizes are computed at the first call.
    pub fn first_zoom(&self, areas_alone: bool, smallest: impl Fn(u8) -> u64) -> Option<u8> {
        let largest = self.largest.0.get_or_init(|| self.find_largest());
        let [all, areas] = largest;
        let sizes = if areas_alone { areas } else { all };
        let has_any = sizes.iter().any(|size| *size > 0);
        let mut seen = 0;
        (0..=EVERYTHING_FROM).zip(sizes).find_map(|(zoom, size)| {
            seen = seen.max(*size);
            let is_drawn = match smallest(zoom) {
                0 => has_any,
                least => seen > least,
            };
            is_drawn.then_some(zoom)
        })
    }

    fn find_largest(&self) -> [[u64; ZOOMS]; 2] {
        let mut largest = [[0; ZOOMS]; 2];
        let kinds = self.geometries.as_deref().map_or(&[][..], Geometries::kinds);
        spend(kinds.len());
        for ((row, bounds), kind) in (0u32..).zip(self.index.rows()).zip(kinds) {
            if bounds.is_empty() {
                continue;
            }
            let side = |axis: fn(&[i32; 2]) -> i32| u64::from(axis(&bounds.max).abs_diff(axis(&bounds.min)));
            let size = match side(|[x, _]| *x).max(side(|[_, y]| *y)) {
                0 => POINT,
                side => side + 1,
            };
            let zoom = usize::from(self.importance.zoom(row).min(EVERYTHING_FROM));
            let is_area = kind.is_some_and(|kind| kind.dimension().is_none_or(|dimension| dimension == 2));
            for (known, counts) in largest.iter_mut().zip([true, is_area]) {
                if let Some(known) = known.get_mut(zoom).filter(|_| counts) {
                    *known = size.max(*known);
                }
            }
        }
        largest
    }
}
