//! Makes a tile of one or several collections.

use std::cell::Cell;

use super::content::{Content, TileLayer};
use super::encode::{LayerWriter, Room};
use super::geometry::Pen;
use super::grid::TileCoordinate;
use super::join::{self, Joined};
use super::select::{self, Selection, TileLimits};
use crate::layer::View;
use crate::layer::filter::Bound;
use crate::layer::importance::EVERYTHING_FROM;
use crate::query::Filter;
use crate::work::spend;

/// A finished tile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tile {
    /// The bytes of the Mapbox Vector Tile; empty if there are no features.
    pub bytes: Vec<u8>,
    /// The number of features of all layers.
    pub features: u64,
    /// The layers from which features were left out because of a limit.
    pub thinned: Vec<Thinned>,
}

/// A layer from which features were left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thinned {
    /// The layer's name.
    pub id: String,
    /// The number of features in the tile.
    pub kept: usize,
    /// The number of features without the limit.
    pub of: usize,
}

/// Makes a tile of `layers`, in their order. Each layer gets an equal share of the limit on bytes.
///
/// The bytes depend only on the features, and not on the order in which they were loaded or on the
/// caller.
pub fn render(layers: &[TileLayer<'_>], tile: TileCoordinate, limits: &TileLimits) -> Tile {
    render_filtered(layers, &[], tile, limits)
}

/// Makes a tile with only the features for which a filter is true. The first filter belongs to the
/// first layer, and so on. A layer without a filter is complete.
///
/// The features that a zoom leaves out are chosen from all features. So a filter can only remove
/// features from a tile, and never add any.
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
            Content::Joined(_) | Content::Borders => {
                let selection = select::lines(&layer.view, filter.as_ref(), pen.area());
                let zoom = is_simplified.then_some(tile.zoom());
                let lines = match layer.content {
                    Content::Joined(columns) => join::join(&layer.view, &selection.rows, columns, zoom),
                    _ => join::borders(&layer.view, &selection.rows, zoom),
                };
                render_joined(layer, lines, tile, &limits, &mut pen, &mut rendered);
                continue;
            }
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
    /// The buffers of this thread for writing layers. Few threads make tiles.
    static ROOM: Cell<Room> = Cell::default();
    /// The buffers of this thread for drawing.
    static PEN: Cell<Option<Pen>> = const { Cell::new(None) };
}

/// The cost of writing a feature without its vertices, in units of [`crate::work`].
const FEATURE: usize = 32;
/// The cost of drawing a vertex, in units of [`crate::work`].
const VERTEX: usize = 4;

/// The maximum number of points for which a thread keeps room in its pen.
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
        // The layer is too large. The number of features that should fit is estimated with a margin
        // of 10 %, and is at least one less than before.
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

/// Writes joined lines, the most important first, as many as the limits allow.
fn render_joined(
    layer: &TileLayer<'_>,
    lines: Vec<Joined>,
    tile: TileCoordinate,
    limits: &TileLimits,
    pen: &mut Pen,
    out: &mut Tile,
) {
    let smallest = select::smallest(tile.zoom(), limits);
    let mut writer = LayerWriter::new(layer, tile.zoom(), ROOM.take());
    let mut of = 0;
    for joined in &lines {
        spend(FEATURE + VERTEX * joined.lines.iter().map(Vec::len).sum::<usize>());
        let Some((kind, commands)) = pen.draw_joined(&joined.lines, smallest) else { continue };
        of += 1;
        let fits = writer.size() + commands.len() <= limits.bytes && writer.len() < limits.features as u64;
        if fits || writer.is_empty() {
            writer.feature(joined.row, kind, commands);
        }
    }
    if (writer.len() as usize) < of {
        out.thinned.push(Thinned { id: layer.name().into_owned(), kept: writer.len() as usize, of });
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
        // Map clients place labels in the order of the features in a tile.
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
            // Written by `render_joined`.
            Content::Joined(_) | Content::Borders => None,
        };
        if let Some((kind, commands)) = drawn {
            writer.feature(*row, kind, commands);
        }
    }
    writer
}
