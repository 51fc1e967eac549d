//! The operations of OGC API – Tiles. Their ids end as the standard says (20-057, clause 14).

use serde_json::{Value, json};

use crate::snapshot::Described;
use crate::tile::tile_matrix_set;
use crate::web::openapi::filters::filter;
use crate::web::openapi::operation::{Context, Operation, Tag};
use crate::web::openapi::parameters::{coordinate_of_matrix, format, query, step};

const DOCUMENT: [(&str, &str); 2] = [("application/json", "object"), ("text/html", "text")];
const TILE: [(&str, &str); 1] = [("application/vnd.mapbox-vector-tile", "binary")];

/// The operation at `/collections/{collectionId}/tiles`.
pub const COLLECTION_TILESETS: Operation = Operation::get(
    "tiles.collection.vector.getTileSetsList",
    Tag::Tiles,
    ["Die Kachelsätze eines Datensatzes", "The tilesets of a collection"],
)
.with(|context| vec![collection(context), format(context, &["json", "html"])])
.gives(&DOCUMENT)
.or(&[404, 406]);

/// The operation at `/collections/{collectionId}/tiles/{tileMatrixSetId}`.
pub const COLLECTION_TILESET: Operation = Operation::get(
    "tiles.collection.vector.getTileSet",
    Tag::Tiles,
    ["Ein Kachelsatz eines Datensatzes", "A tileset of a collection"],
)
.with(|context| {
    let own = vec![collection(context), set(context), format(context, &["json", "html"])];
    [own, filter(context, "TRUE", &[])].concat()
})
.gives(&DOCUMENT)
.or(&[404, 406]);

/// The operation at
/// `/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}`.
pub const COLLECTION_TILE: Operation = Operation::get(
    "tiles.collection.vector.getTile",
    Tag::Tiles,
    ["Eine Vektorkachel eines Datensatzes", "A vector tile of a collection"],
)
.with(|context| [vec![collection(context)], tile(context)].concat())
.gives(&TILE)
.or(&[204, 304, 404]);

/// The operation at `/tiles`.
pub const DATASET_TILESETS: Operation = Operation::get(
    "tiles.dataset.vector.getTileSetsList",
    Tag::Tiles,
    ["Die Kachelsätze über alle Datensätze", "The tilesets of all collections"],
)
.with(|context| vec![format(context, &["json", "html"])])
.gives(&DOCUMENT)
.or(&[406]);

/// The operation at `/tiles/{tileMatrixSetId}`.
pub const DATASET_TILESET: Operation = Operation::get(
    "tiles.dataset.vector.getTileSet",
    Tag::Tiles,
    ["Ein Kachelsatz über mehrere Datensätze", "A tileset of several collections"],
)
.with(|context| {
    let own = vec![set(context), collections(context), format(context, &["json", "html"])];
    [own, filter(context, "TRUE", &[])].concat()
})
.gives(&DOCUMENT)
.or(&[404, 406]);

/// The operation at `/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}`.
pub const DATASET_TILE: Operation = Operation::get(
    "tiles.dataset.vector.getTile",
    Tag::Tiles,
    ["Eine Vektorkachel mehrerer Datensätze", "A vector tile of several collections"],
)
.with(|context| [tile(context), vec![collections(context)]].concat())
.gives(&TILE)
.or(&[204, 304, 404]);

/// The operation at `/tileMatrixSets`.
pub const TILE_MATRIX_SETS: Operation =
    Operation::get("getTileMatrixSetsList", Tag::Tiles, ["Die Kachelschemata", "The tile matrix sets"])
        .with(|context| vec![format(context, &["json", "html"])])
        .gives(&DOCUMENT)
        .or(&[406]);

/// The operation at `/tileMatrixSets/{tileMatrixSetId}`.
pub const TILE_MATRIX_SET: Operation = Operation::get(
    "getTileMatrixSet",
    Tag::Tiles,
    ["Ein Kachelschema mit seinen Maßstäben", "A tile matrix set with its scales"],
)
.with(|context| vec![set(context), format(context, &["json", "html"])])
.gives(&DOCUMENT)
.or(&[404, 406]);

/// Returns the parameters of a tile except its collections.
fn tile(context: &Context<'_>) -> Vec<Value> {
    let address = [vec![set(context)], coordinate_of_matrix(context)].concat();
    let words = ["Format der Antwort; Accept wählt nichts", "Format of the answer; Accept chooses nothing"];
    let schema = json!({ "type": "string", "enum": ["mvt"] });
    let own = vec![query(context, "f", words, schema, json!("mvt"))];
    [address, own, filter(context, "TRUE", &[])].concat()
}

fn collection(context: &Context<'_>) -> Value {
    let words = ["Kennung des Datensatzes", "Id of the collection"];
    step(context, "collectionId", words, json!({ "type": "string" }), example(context, |id| json!(id)))
}

fn collections(context: &Context<'_>) -> Value {
    let words = [
        "Nur diese Datensätze; sonst die ersten, so viele eine Kachel haben darf",
        "Only these collections; otherwise the first, as many as a tile may have",
    ];
    let names = json!({ "type": "array", "items": { "type": "string" } });
    query(context, "collections", words, names, example(context, |id| json!([id])))
}

/// Returns an example that is made from the id of the first collection with a geometry.
fn example(context: &Context<'_>, of: fn(&str) -> Value) -> Value {
    let has_geometry = |own: &&Described| own.collection.geometry.is_some();
    context.collections.iter().find(has_geometry).map_or(Value::Null, |own| of(&own.collection.id))
}

fn set(context: &Context<'_>) -> Value {
    let words = ["Kennung des Kachelschemas", "Id of the tile matrix set"];
    let schema = json!({ "type": "string", "enum": [tile_matrix_set::ID] });
    step(context, "tileMatrixSetId", words, schema, json!(tile_matrix_set::ID))
}
