//! TileJSON 3.0.0, which describes a set of tiles for map clients.

use serde_json::{Map, Value, json};

use super::content::{Content, TileLayer};
use super::select::{self, TileLimits};
use crate::catalog::{ColumnSchema, ColumnType, GeometryColumn};
use crate::geo::Bbox;
use crate::layer::View;

/// Returns the TileJSON of the tiles with these layers. `template` is their absolute address with
/// `{z}`, `{x}` and `{y}`, and `limits` are those by which they are made.
///
/// `minzoom` and `maxzoom` of the document are the zooms at which tiles are served, and do not
/// change with the rows. `minzoom` of a layer is the first zoom at which one of its present rows is
/// drawn.
pub fn tilejson(layers: &[TileLayer<'_>], template: &str, limits: &TileLimits) -> Value {
    let views: Vec<View<'_>> = layers.iter().map(|layer| layer.view).collect();
    let bounds = bounds(&views);
    let zooms = views.iter().map(|view| view.collection.zooms);
    let min_zoom = zooms.clone().map(|(from, _)| from).min().unwrap_or(0);
    let max_zoom = zooms.map(|(_, to)| to).max().unwrap_or(super::grid::MAX_ZOOM);
    let mut names: Vec<&str> = views.iter().map(|view| view.collection.title.as_str()).collect();
    names.dedup();
    let mut document = json!({
        "tilejson": "3.0.0",
        "name": names.join(", "),
        "tiles": [template],
        "scheme": "xyz",
        "minzoom": min_zoom,
        "maxzoom": max_zoom,
        "vector_layers": layers.iter().map(|layer| vector_layer(layer, limits)).collect::<Vec<_>>(),
    });
    let members = document.as_object_mut();
    let Some(members) = members else { return document };
    let mut descriptions: Vec<Option<&String>> =
        views.iter().map(|view| view.collection.description.as_ref()).collect();
    descriptions.dedup();
    if let [Some(description)] = descriptions[..] {
        members.insert("description".into(), json!(description));
    }
    let mut attributions: Vec<&str> =
        views.iter().filter_map(|view| view.collection.attribution.as_deref()).collect();
    attributions.dedup();
    if !attributions.is_empty() {
        members.insert("attribution".into(), json!(attributions.join(" | ")));
    }
    if !bounds.is_empty() {
        let [[west, south], [east, north]] = [bounds.min, bounds.max];
        members.insert("bounds".into(), json!([west, south, east, north]));
        let ([lon, lat], zoom) = centre(layers, &bounds, limits);
        members.insert("center".into(), json!([lon, lat, zoom]));
    }
    document
}

/// Returns the bounds of all features in degrees.
pub(super) fn bounds(views: &[View<'_>]) -> Bbox {
    let mut bounds = Bbox::EMPTY;
    views.iter().filter_map(|view| view.layer.extent()).for_each(|extent| bounds.merge(extent));
    bounds
}

/// Returns the centre of the bounds, in degrees, and the zoom at which the bounds are about as wide
/// as a tile and something is drawn.
pub(super) fn centre(layers: &[TileLayer<'_>], bounds: &Bbox, limits: &TileLimits) -> ([f64; 2], u8) {
    let [[west, south], [east, north]] = [bounds.min, bounds.max];
    let last = layers.iter().map(|layer| layer.view.collection.zooms.1).max();
    let last = last.unwrap_or(super::grid::MAX_ZOOM);
    // At lower zooms the centre would show nothing.
    let first = layers.iter().map(|layer| first_zoom(layer, limits)).min().unwrap_or(0);
    ([(west + east) / 2.0, (south + north) / 2.0], zoom_of(bounds, first.min(last), last))
}

/// Returns the first zoom at which a row of a layer is drawn. For a direct collection, whose rows
/// are not known, it is the first zoom that is served.
pub(super) fn first_zoom(layer: &TileLayer<'_>, limits: &TileLimits) -> u8 {
    let (served, last) = layer.view.collection.zooms;
    let smallest = |zoom| select::smallest(zoom, limits);
    let first = layer.view.layer.first_zoom(layer.content == Content::Labels, smallest);
    first.unwrap_or(served).clamp(served, last.max(served))
}

fn vector_layer(layer: &TileLayer<'_>, limits: &TileLimits) -> Value {
    let view = &layer.view;
    let collection = view.collection;
    let fields: Map<String, Value> = attribute_columns(layer)
        .map(|column| (column.name.clone(), json!(field_type(column.kind))))
        .collect();
    let mut document = json!({
        "id": layer.name(),
        "fields": fields,
        "minzoom": first_zoom(layer, limits),
        "maxzoom": collection.zooms.1,
    });
    let Some(members) = document.as_object_mut() else { return document };
    if let Some(description) = &collection.description {
        members.insert("description".into(), json!(description));
    }
    let kind = match layer.content {
        Content::Features => geometry_word(view, collection.geometry.as_ref()),
        Content::Labels => Some("point"),
        Content::Joined(_) | Content::Borders => Some("line"),
    };
    if let Some(kind) = kind {
        members.insert("geometry_type".into(), json!(kind));
    }
    document
}

/// Returns the columns that are attributes in tiles: those that are visible, except the key if it
/// is the id of features.
pub(super) fn attribute_columns<'a>(layer: &TileLayer<'a>) -> impl Iterator<Item = &'a ColumnSchema> {
    let view = &layer.view;
    let id = view.tile_id().filter(|id| !id.is_attribute).map(|id| id.index);
    let (collection, content) = (view.collection, layer.content);
    view.columns()
        .filter_map(|(name, _)| collection.column(name))
        .filter(move |index| match content {
            Content::Joined(columns) => columns.contains(*index),
            Content::Borders => false,
            Content::Features | Content::Labels => Some(*index) != id,
        })
        .filter_map(|index| collection.columns.get(index))
}

/// Returns `point`, `line`, `polygon` or `mixed`: the type that the source declares, or else the
/// type of the rows.
pub(super) fn geometry_word(view: &View<'_>, column: Option<&GeometryColumn>) -> Option<&'static str> {
    let declared = || column?.kind?.dimension();
    view.geometry_word().or_else(|| {
        declared().map(|dimension| match dimension {
            0 => "point",
            1 => "line",
            _ => "polygon",
        })
    })
}

fn field_type(kind: ColumnType) -> &'static str {
    use ColumnType::*;
    match kind {
        Boolean => "Boolean",
        Integer | BigInteger | Real | Double | Numeric => "Number",
        _ => "String",
    }
}

/// Returns the zoom at which the box is about as wide as one tile of 512 pixels. `bounds` is in
/// degrees.
fn zoom_of(bounds: &Bbox, min_zoom: u8, max_zoom: u8) -> u8 {
    let width = (bounds.max[0] - bounds.min[0]).max(1e-6);
    let zoom = (360.0 / width).log2().floor();
    (zoom.max(0.0) as u8).clamp(min_zoom, max_zoom)
}
