//! The metadata of a tileset (TileSet JSON of OGC 17-083r4), which OGC API – Tiles (20-057) serves.

use serde_json::{Map, Value, json};

use super::content::TileLayer;
use super::select::TileLimits;
use super::tile_matrix_set::{CRS, ID, URI};
use super::tile_matrix_set_limits::TileMatrixSetLimits;
use super::tilejson::{attribute_columns, bounds, centre, first_zoom, geometry_word};
use crate::catalog::{ColumnSchema, ColumnType};
use crate::geo::{Bbox, Crs};
use crate::layer::View;

/// The media type of the tiles.
pub const MVT: &str = "application/vnd.mapbox-vector-tile";

/// The members of a document.
pub type Members = Map<String, Value>;

/// A tileset with some layers, each of them the features of a collection.
#[derive(Clone, Debug)]
pub struct Tileset<'a> {
    /// The layers, in the order of the tiles.
    pub layers: &'a [TileLayer<'a>],
    /// The limits by which tiles are made.
    pub limits: &'a TileLimits,
    /// Whether titles and descriptions are in English, where they exist in English.
    pub in_english: bool,
}

impl Tileset<'_> {
    /// Returns the limits within the tile matrix set.
    pub fn tile_matrix_set_limits(&self) -> TileMatrixSetLimits {
        TileMatrixSetLimits::of(self.layers.iter().map(|layer| layer.view))
    }

    /// Returns what a list of tilesets says of this one, without title and links.
    ///
    /// `tileMatrixSetId` and the limits are not among the members of a list in the standard, but
    /// OGC's test suite reads them there.
    pub fn summary(&self) -> Members {
        members([
            ("dataType", json!("vector")),
            ("crs", json!(CRS)),
            ("tileMatrixSetId", json!(ID)),
            ("tileMatrixSetURI", json!(URI)),
            ("tileMatrixSetLimits", json!(self.tile_matrix_set_limits().list())),
        ])
    }

    /// Returns the metadata without title, description and links. `link` makes the link from a
    /// layer to its collection.
    pub fn metadata(&self, link: impl Fn(&View<'_>) -> Value) -> Members {
        let views: Vec<View<'_>> = self.layers.iter().map(|layer| layer.view).collect();
        let mut document = self.summary();
        document.insert("mediaTypes".into(), json!([MVT]));
        let layers = self.layers.iter().map(|layer| self.layer(layer, link(&layer.view)));
        document.insert("layers".into(), layers.collect());
        let bounds = bounds(&views);
        if !bounds.is_empty() {
            document.insert("boundingBox".into(), bounding_box(&bounds));
            let (point, zoom) = centre(self.layers, &bounds, self.limits);
            let crs = Crs::Crs84.uri();
            document.insert(
                "centerPoint".into(),
                json!({ "coordinates": point, "crs": crs, "tileMatrix": zoom.to_string() }),
            );
        }
        for (name, values) in [
            ("attribution", views.iter().filter_map(|view| view.collection.attribution.as_deref()).collect()),
            ("license", licences(&views)),
        ] {
            let mut values: Vec<&str> = values;
            values.dedup();
            if !values.is_empty() {
                document.insert(name.into(), json!(values.join(" | ")));
            }
        }
        document
    }

    fn layer(&self, layer: &TileLayer<'_>, link: Value) -> Value {
        let (view, collection) = (&layer.view, layer.view.collection);
        let (title, description) = collection.words(self.in_english);
        let properties: Members =
            attribute_columns(layer).map(|column| (column.name.clone(), self.property(column))).collect();
        let mut document = members([
            ("id", json!(layer.name())),
            ("title", json!(title)),
            ("dataType", json!("vector")),
            ("minTileMatrix", json!(first_zoom(layer, self.limits).to_string())),
            ("maxTileMatrix", json!(collection.zooms.1.to_string())),
            ("propertiesSchema", json!({ "type": "object", "properties": properties })),
            ("links", json!([link])),
        ]);
        let dimension = match geometry_word(view, collection.geometry.as_ref()) {
            Some("point") => Some(0),
            Some("line") => Some(1),
            Some("polygon") => Some(2),
            _ => None,
        };
        for (name, value) in [
            ("description", description.map(|text| json!(text))),
            ("geometryDimension", dimension.map(|number| json!(number))),
            ("attribution", collection.attribution.as_ref().map(|text| json!(text))),
            ("license", collection.licence.as_ref().map(|text| json!(text))),
            ("boundingBox", view.extent().map(|bounds| bounding_box(&bounds))),
        ] {
            if let Some(value) = value {
                document.insert(name.into(), value);
            }
        }
        Value::Object(document)
    }

    /// Returns the schema of an attribute, as its values are in tiles.
    fn property(&self, column: &ColumnSchema) -> Value {
        let (title, description) = column.words(self.in_english);
        let (kind, format) = match column.kind {
            ColumnType::Json | ColumnType::Array => ("string", None),
            kind => kind.json_schema(),
        };
        let mut schema = members([("type", json!(kind))]);
        for (name, value) in [
            ("title", Some(title).filter(|title| *title != column.name)),
            ("description", description),
            ("format", format),
            ("uom", column.unit.as_deref()),
        ] {
            if let Some(value) = value {
                schema.insert(name.into(), json!(value));
            }
        }
        Value::Object(schema)
    }
}

/// Returns the licences of all layers; none if a layer has none, because those of the others would
/// seem to hold for it too.
fn licences<'a>(views: &[View<'a>]) -> Vec<&'a str> {
    let licences: Option<Vec<&str>> = views.iter().map(|view| view.collection.licence.as_deref()).collect();
    licences.unwrap_or_default()
}

fn bounding_box(bounds: &Bbox) -> Value {
    json!({ "lowerLeft": bounds.min, "upperRight": bounds.max, "crs": Crs::Crs84.uri() })
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Members {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
