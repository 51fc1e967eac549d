//! Selects the features of a tile: those that reach into it, without those that are too small to
//! see, and without the least important ones if there are too many.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use super::grid::{self, TileCoordinate};
use crate::layer::View;
use crate::layer::filter::Bound;
use crate::layer::geometries::WorldBox;
use crate::layer::importance::EVERYTHING_FROM;
use crate::work::spend;

/// The limits on the content of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileLimits {
    /// The maximum number of features of a layer.
    pub features: usize,
    /// The maximum number of bytes of the whole tile before compression.
    pub bytes: usize,
    /// Lines and areas are left out if their box is narrower and lower than this many units of the
    /// tile. If a tile is drawn 512 pixels wide, 4 of 4,096 units are half a pixel.
    pub smallest: i32,
}

impl TileLimits {
    /// No limits, for benchmarks and comparisons.
    pub const NONE: TileLimits = TileLimits { features: usize::MAX, bytes: usize::MAX, smallest: 0 };
}

/// The rows of a tile in ascending order.
#[derive(Debug)]
pub struct Selection {
    /// The rows that are drawn.
    pub rows: Vec<u32>,
    /// The number of rows that are large enough to be seen. Those that are not drawn appear at a
    /// higher zoom, or do not fit into the limit.
    pub of: usize,
}

/// Selects the rows whose box meets `area`, that match the filter, and that are drawn at the zoom
/// of the tile; at most `limits.features`.
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

/// Returns how long the longer side of a feature must be so that it is drawn at a zoom, in steps of
/// the world grid; 0 if all are drawn.
pub fn smallest(zoom: u8, limits: &TileLimits) -> u64 {
    match limits.smallest {
        units if zoom < EVERYTHING_FROM && units > 0 => grid::world_steps(zoom, units) as u64,
        _ => 0,
    }
}

/// Selects the rows whose label belongs to the tile: areas that match the filter and are drawn at
/// the zoom of the tile; at most `limits.features`.
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

/// Selects all rows whose box meets `area` and that match the filter. Lines that are too small
/// alone are long enough when they are joined, and a border belongs to two areas.
pub fn lines(view: &View<'_>, filter: Option<&Bound<'_>>, area: &WorldBox) -> Selection {
    let mut rows = vec![];
    view.layer.index.search(area, |row| {
        spend(1);
        if filter.is_none_or(|filter| filter.holds(row)) {
            rows.push(row);
        }
        true
    });
    let of = rows.len();
    Selection { rows, of }
}

/// Sorts rows by importance, the most important first. Map clients place labels in this order.
pub fn by_importance(view: &View<'_>, rows: &mut [u32]) {
    rows.sort_unstable_by_key(|row| view.layer.importance.place(*row));
}

/// Returns whether a feature is large enough to be seen. A point always is, because it is drawn as
/// a symbol.
fn is_visible(bounds: &WorldBox, smallest: u64) -> bool {
    let [width, height] = size(bounds);
    (width == 0 && height == 0) || width.max(height) >= smallest
}

fn size(bounds: &WorldBox) -> [u64; 2] {
    [0, 1].map(|axis| u64::from(bounds.max[axis].abs_diff(bounds.min[axis])))
}

/// Keeps the `most` most important rows. The ranking is that of the layer and the same for all
/// tiles and zooms. But the limit depends on the other features of a tile, so a feature can be in
/// one tile and missing in the next.
pub fn keep_most_important(view: &View<'_>, rows: &mut Vec<u32>, most: usize) {
    if rows.len() <= most {
        return;
    }
    rows.select_nth_unstable_by_key(most, |row| view.layer.importance.place(*row));
    rows.truncate(most);
    rows.sort_unstable();
}
