//! Which features a tile holds: all that reach into it, less what is too small to see, less the
//! least where there are too many.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use super::grid::{self, TileCoordinate};
use crate::layer::View;
use crate::layer::filter::Bound;
use crate::layer::geometries::WorldBox;
use crate::layer::importance::EVERYTHING_FROM;
use crate::work::spend;

/// What a tile may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileLimits {
    /// Features of one layer at most.
    pub features: usize,
    /// Bytes of the whole tile before compression, at most.
    pub bytes: usize,
    /// Lines and areas whose box is narrower and lower than this many units of the tile are left
    /// out; 4 of 4,096 are half a pixel of a tile drawn 512 pixels wide.
    pub smallest: i32,
}

impl TileLimits {
    /// Everything, whatever it costs: for benches and comparisons.
    pub const NONE: TileLimits = TileLimits { features: usize::MAX, bytes: usize::MAX, smallest: 0 };
}

/// The rows for a tile, in ascending order.
#[derive(Debug)]
pub struct Selection {
    /// The rows that stay.
    pub rows: Vec<u32>,
    /// How many are large enough to be seen, of which the rest waits for a deeper zoom or for room.
    pub of: usize,
}

/// The rows whose box meets `area`, that answer the filter and are drawn at the tile's zoom, at
/// most `limits.features`.
pub fn select(
    view: &View<'_>,
    filter: Option<&Bound<'_>>,
    tile: TileCoordinate,
    area: &WorldBox,
    limits: &TileLimits,
) -> Selection {
    let smallest = smallest(tile.zoom(), limits);
    let (index, importance) = (&view.layer.index, &view.layer.importance);
    let (mut rows, mut of) = (vec![], 0);
    index.search(area, |row| {
        spend(1);
        if filter.is_some_and(|filter| !filter.holds(row)) {
            return true;
        }
        if smallest == 0 {
            rows.push(row);
        } else if is_visible(&index.row(row), smallest) {
            of += 1;
            if importance.zoom(row) <= tile.zoom() {
                rows.push(row);
            }
        }
        true
    });
    let of = of.max(rows.len());
    keep_most_important(view, &mut rows, limits.features);
    Selection { rows, of }
}

/// How long the longer side of a feature must be at a zoom to be drawn, in steps of the world grid;
/// 0 where all are.
pub fn smallest(zoom: u8, limits: &TileLimits) -> u64 {
    match limits.smallest {
        units if zoom < EVERYTHING_FROM && units > 0 => grid::world_steps(zoom, units) as u64,
        _ => 0,
    }
}

/// The rows whose label belongs to the tile: those of areas that answer the filter and are drawn at
/// its zoom, at most `limits.features`.
pub fn labels(
    view: &View<'_>,
    filter: Option<&Bound<'_>>,
    tile: TileCoordinate,
    limits: &TileLimits,
) -> Selection {
    let all = TileLimits { features: usize::MAX, ..*limits };
    let mut selection = select(view, filter, tile, &tile.world_box(0), &all);
    selection.rows.retain(|row| view.label_point(*row).is_some_and(|point| tile.owns(point)));
    selection.of = selection.rows.len();
    keep_most_important(view, &mut selection.rows, limits.features);
    selection
}

/// Puts rows in the order in which their labels should find room: the most important first.
pub fn by_importance(view: &View<'_>, rows: &mut [u32]) {
    rows.sort_unstable_by_key(|row| view.layer.importance.place(*row));
}

/// A point is always visible: it is drawn as a symbol.
fn is_visible(bounds: &WorldBox, smallest: u64) -> bool {
    let [width, height] = size(bounds);
    (width == 0 && height == 0) || width.max(height) >= smallest
}

fn size(bounds: &WorldBox) -> [u64; 2] {
    [0, 1].map(|axis| u64::from(bounds.max[axis].abs_diff(bounds.min[axis])))
}

/// Keeps the `most` rows that matter most, by the layer's order: neighbouring tiles and other zooms
/// rank alike. Where the limit cuts depends on what else is in the tile, so a feature may stay in
/// one tile and go in the next.
pub fn keep_most_important(view: &View<'_>, rows: &mut Vec<u32>, most: usize) {
    if rows.len() <= most {
        return;
    }
    rows.select_nth_unstable_by_key(most, |row| view.layer.importance.place(*row));
    rows.truncate(most);
    rows.sort_unstable();
}
