//! What all layers of the base map have in common: their source, their ranks and their members.

use serde_json::{Map, Value, json};

use crate::catalog::map_parts::Part;

/// The name of the source with the tiles of everything but roads and house numbers.
pub const GROUND: &str = "base";

/// Ranks of the layers of the base map: the ground, buildings, roads, rails, borders.
pub mod rank {
    /// The first class of areas.
    pub const AREAS: f64 = 1.0;
    /// The edges of roads.
    pub const CASINGS: f64 = 20.0;
    /// Roads, above their edges.
    pub const ROADS: f64 = 25.0;
    /// Borders, above all roads.
    pub const BORDERS: f64 = 35.0;
    /// Labels of the base map.
    pub const LABELS: f64 = 80.0;
}

/// The members that all layers of the base map have. `about` is the part, and the collection.
pub fn member(id: String, kind: &str, source: &str, about: (Part, &str)) -> Map<String, Value> {
    let (part, collection) = about;
    let mut layer = Map::new();
    layer.insert("id".into(), json!(id));
    layer.insert("type".into(), json!(kind));
    layer.insert("metadata".into(), json!({ "veedel:part": part.name() }));
    layer.insert("source".into(), json!(source));
    layer.insert("source-layer".into(), json!(collection));
    layer
}
