//! A tile of one or several collections.

use std::cell::Cell;

use super::content::{Content, TileLayer};
use super::encode::{LayerWriter, Room};
use super::geometry::Pen;
use super::grid::TileCoordinate;
use super::select::{self, Selection, TileLimits};
use crate::layer::View;
use crate::layer::filter::Bound;
use crate::layer::importance::EVERYTHING_FROM;
use crate::query::Filter;
use crate::work::spend;

/// A rendered tile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tile {
    /// Mapbox Vector Tile 2.1; empty where there is nothing.
    pub bytes: Vec<u8>,
    /// Features of all layers.
    pub features: u64,
    /// The layers that hold fewer features than they would without limits.
    pub thinned: Vec<Thinned>,
}

/// A layer that lost features to a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thinned {
    /// The layer's name.
    pub id: String,
    /// How many features stayed.
    pub kept: usize,
    /// How many there were.
    pub of: usize,
}

/// Renders `layers`, in their order. The limit on bytes is shared evenly between them.
///
/// The bytes depend on the features alone: not on the order in which they were loaded, nor on who
/// asked.
pub fn render(layers: &[TileLayer<'_>], tile: TileCoordinate, limits: &TileLimits) -> Tile {
    render_filtered(layers, &[], tile, limits)
}

/// The same with only the features for which a filter is true: the first for the first layer, and
/// so on; a layer without one is whole. What a zoom leaves out is decided among all features, so
/// that filters take away and never add.
pub fn render_filtered(
    layers: &[TileLayer<'_>],
    filters: &[Filter],
    tile: TileCoordinate,
    limits: &TileLimits,
) -> Tile {
    let mut rendered = Tile::default();
    let mut pen = match PEN.take() {
        Some(mut pen) => {
            pen.turn_to(tile);
            pen
        }
        None => Pen::new(tile),
    };
    let is_simplified = limits.smallest > 0 && tile.zoom() < EVERYTHING_FROM;
    pen.simplify_for(is_simplified.then_some(tile.zoom()));
    let share = limits.bytes / layers.len().max(1);
    for (index, layer) in layers.iter().enumerate().filter(|(_, layer)| is_served_at(&layer.view, tile)) {
        let filter = filters.get(index).map(|filter| Bound::for_few(&layer.view, filter));
        let limits = TileLimits { bytes: share, ..*limits };
        let selection = match layer.content {
            Content::Features => select::select(&layer.view, filter.as_ref(), tile, pen.area(), &limits),
            Content::Labels => select::labels(&layer.view, filter.as_ref(), tile, &limits),
        };
        render_layer(layer, selection, tile, &limits, &mut pen, &mut rendered);
    }
    PEN.set(Some(pen).filter(|pen| pen.room() <= LARGEST_PEN));
    rendered
}

fn is_served_at(view: &View<'_>, tile: TileCoordinate) -> bool {
    let (from, to) = view.collection.zooms;
    (from..=to).contains(&tile.zoom())
}

thread_local! {
    /// Kept by the few threads that render.
    static ROOM: Cell<Room> = Cell::default();
    /// The same for drawing.
    static PEN: Cell<Option<Pen>> = const { Cell::new(None) };
}

/// What it costs to write a feature beside its vertices, in units of [`crate::work`].
const FEATURE: usize = 32;
/// What it costs to draw a vertex.
const VERTEX: usize = 4;

/// The points that a thread's pen keeps room for at most.
const LARGEST_PEN: usize = 1 << 20;

fn render_layer(
    layer: &TileLayer<'_>,
    selection: Selection,
    tile: TileCoordinate,
    limits: &TileLimits,
    pen: &mut Pen,
    out: &mut Tile,
) {
    let view = &layer.view;
    let mut rows = selection.rows;
    let writer = loop {
        let writer = write(layer, tile, pen, &mut rows);
        if writer.size() <= limits.bytes || rows.len() <= 1 {
            break writer;
        }
        // Too heavy: as many of the most important as should fit, with a little room; at least one
        // less.
        let fitting = rows.len() as f64 * limits.bytes as f64 / writer.size() as f64 * 0.9;
        let most = (fitting as usize).clamp(1, rows.len() - 1);
        ROOM.set(writer.into_room());
        select::keep_most_important(view, &mut rows, most);
    };
    if rows.len() < selection.of {
        let id = layer.name().into_owned();
        out.thinned.push(Thinned { id, kept: writer.len() as usize, of: selection.of });
    }
    out.features += writer.len();
    writer.finish(&mut out.bytes);
    ROOM.set(writer.into_room());
}

fn write<'a>(
    layer: &TileLayer<'a>,
    tile: TileCoordinate,
    pen: &mut Pen,
    rows: &mut [u32],
) -> LayerWriter<'a> {
    let view = &layer.view;
    let mut writer = LayerWriter::new(layer, tile.zoom(), ROOM.take());
    if layer.content == Content::Labels {
        // Map clients place labels in the order of a tile's features.
        select::by_importance(view, rows);
    }
    for row in &*rows {
        let drawn = match layer.content {
            Content::Features => {
                let bounds = view.layer.index.row(*row);
                view.geometry(*row).and_then(|geometry| {
                    spend(FEATURE + VERTEX * geometry.xy().len());
                    pen.draw(&geometry, &bounds)
                })
            }
            Content::Labels => view.label_point(*row).map(|point| pen.dot(point)),
        };
        if let Some((kind, commands)) = drawn {
            writer.feature(*row, kind, commands);
        }
    }
    writer
}
