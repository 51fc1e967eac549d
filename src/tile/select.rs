//! Which features a tile holds: all that reach into it, less what is too small to see, less the least
//! where there are too many.

use super::grid::TileCoordinate;
use crate::geo::hilbert;
use crate::layer::View;
use crate::layer::geometries::WorldBox;

/// What a tile may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileLimits {
    /// Features of one layer at most.
    pub features: usize,
    /// Bytes of the whole tile before compression, at most.
    pub bytes: usize,
    /// Lines and areas whose box is narrower and lower than this many units of the tile are left out;
    /// 4 of 4,096 are half a pixel of a tile drawn 512 pixels wide.
    pub smallest: i32,
}

impl TileLimits {
    /// Everything, whatever it costs: for benches and comparisons.
    pub const NONE: TileLimits = TileLimits { features: usize::MAX, bytes: usize::MAX, smallest: 0 };
}

/// The zoom from which nothing is too small.
const EVERYTHING_FROM: u8 = 16;

/// The rows for a tile, in ascending order.
#[derive(Debug)]
pub struct Selection {
    /// The rows that stay.
    pub rows: Vec<u32>,
    /// How many there were before the limit on features.
    pub of: usize,
}

/// The rows whose box meets `area`, at most `limits.features`.
pub fn select(view: &View<'_>, tile: TileCoordinate, area: &WorldBox, limits: &TileLimits) -> Selection {
    let smallest = if tile.zoom() < EVERYTHING_FROM { limits.smallest } else { 0 };
    let smallest = if smallest > 0 { u64::from(tile.world_size(smallest)) } else { 0 };
    let index = &view.layer.index;
    let mut rows = vec![];
    index.search(area, |row| {
        if smallest == 0 || is_visible(&index.row(row), smallest) {
            rows.push(row);
        }
        true
    });
    let of = rows.len();
    keep_most_important(view, &mut rows, limits.features);
    Selection { rows, of }
}

/// A point is always visible: it is drawn as a symbol.
fn is_visible(bounds: &WorldBox, smallest: u64) -> bool {
    let [width, height] = size(bounds);
    (width == 0 && height == 0) || width.max(height) >= smallest
}

fn size(bounds: &WorldBox) -> [u64; 2] {
    [0, 1].map(|axis| u64::from(bounds.max[axis].abs_diff(bounds.min[axis])))
}

/// Keeps the `most` rows with the largest boxes, points by a hash of their place. The order depends on the
/// feature alone, so that neighbouring tiles and other zooms rank alike; where the limit cuts depends on what
/// else is in the tile, so that a feature may stay in one tile and go in the next.
pub fn keep_most_important(view: &View<'_>, rows: &mut Vec<u32>, most: usize) {
    if rows.len() <= most {
        return;
    }
    let index = &view.layer.index;
    let mut ranked: Vec<((u64, u64), u32)> = rows
        .iter()
        .map(|row| {
            let bounds = index.row(*row);
            let [width, height] = size(&bounds);
            ((width.max(height), scatter(hilbert::index(bounds.centre()))), *row)
        })
        .collect();
    ranked.select_nth_unstable_by(most, |left, right| right.cmp(left));
    ranked.truncate(most);
    rows.clear();
    rows.extend(ranked.into_iter().map(|(_, row)| row));
    rows.sort_unstable();
}

/// Spreads neighbouring numbers far apart (the finaliser of splitmix64).
fn scatter(place: u64) -> u64 {
    let mixed = (place ^ (place >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
