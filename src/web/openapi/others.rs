//! The operations of tiles, changes, page files and monitoring.

use serde_json::{Value, json};

use crate::web::openapi::filters::filter;
use crate::web::openapi::operation::{Context, Operation, Tag};
use crate::web::openapi::parameters::{coordinate, query, step};

/// The operation at `/xyz/{collections}/{z}/{x}/{y}`.
pub const TILE: Operation = Operation::get(
    "getTile",
    Tag::Tiles,
    ["Eine Vektorkachel eines oder mehrerer Datensätze", "A vector tile of one or several collections"],
)
.with(|context| {
    let address = [vec![layered(context)], coordinate(context)].concat();
    [address, filter(context, "TRUE", &[]), vec![join(context)]].concat()
})
.gives(&[("application/vnd.mapbox-vector-tile", "binary")])
.or(&[204, 304, 404]);

/// The operation at `/xyz/{collections}.json`.
pub const TILEJSON: Operation = Operation::get("getTileJson", Tag::Tiles, ["TileJSON 3.0", "TileJSON 3.0"])
    .with(|context| [vec![layered(context)], filter(context, "TRUE", &[]), vec![join(context)]].concat())
    .or(&[404]);

/// The operation at `/changes`.
pub const CHANGES: Operation = Operation::get(
    "getChanges",
    Tag::Tiles,
    [
        "Was sich ändert, sobald es sich ändert (server-sent events)",
        "What changes, as it changes (server-sent events)",
    ],
)
.with(|context| {
    let words = ["Nur diese Datensätze", "Only these collections"];
    let names = json!({ "type": "array", "items": { "type": "string" } });
    vec![query(context, "collections", words, names, Value::Null)]
})
.gives(&[("text/event-stream", "text")]);

/// The operation at `/assets/{path}`.
pub const ASSET: Operation =
    Operation::get("getAsset", Tag::Server, ["Eine Datei der Seiten", "A file of the pages"])
        .with(|context| {
            let words = ["Name der Datei", "Name of the file"];
            vec![step(context, "path", words, json!({ "type": "string" }), json!("page.css"))]
        })
        .gives(&[("*/*", "binary")])
        .or(&[404]);

/// The operation at `/health`.
pub const HEALTH: Operation =
    Operation::get("getHealth", Tag::Server, ["Ob der Dienst läuft", "Whether the server is there"]);

/// The operation at `/ready`.
pub const READY: Operation =
    Operation::get("getReadiness", Tag::Server, ["Ob alle Daten da sind", "Whether all data is there"]);

/// The operation at `/metrics`.
pub const METRICS: Operation =
    Operation::get("getMetrics", Tag::Server, ["Zahlen für Prometheus", "Numbers for Prometheus"])
        .gives(&[("application/openmetrics-text", "text")]);

fn join(context: &Context<'_>) -> Value {
    let words = [
        "Spalten, durch Kommas getrennt: Linien, die in ihnen gleich sind und aneinander stoßen, werden eine",
        "Columns, separated by commas: lines that agree in them and meet become one",
    ];
    query(context, "join", words, json!({ "type": "string" }), Value::Null)
}

fn layered(context: &Context<'_>) -> Value {
    let words =
        ["Kennungen der Datensätze, durch Kommas getrennt", "Ids of the collections, separated by commas"];
    let mut with_geometry = context.collections.iter().filter(|own| own.collection.geometry.is_some());
    let example = with_geometry.next().map_or(Value::Null, |own| json!(own.collection.id));
    step(context, "collections", words, json!({ "type": "string" }), example)
}
