//! OpenAPI parameters, each written out in full.

use serde_json::{Value, json};

use crate::catalog::{ColumnSchema, ColumnType, Language};
use crate::web::http::words::{Words, said};
use crate::web::openapi::operation::Context;

/// Returns a query parameter with `style=form, explode=false`.
pub fn query(context: &Context<'_>, name: &str, words: Words, schema: Value, example: Value) -> Value {
    let mut parameter = json!({
        "name": name,
        "in": "query",
        "description": said(words, context.language),
        "required": false,
        "style": "form",
        "explode": false,
        "schema": schema,
    });
    if let (Some(members), false) = (parameter.as_object_mut(), example.is_null()) {
        members.insert("example".into(), example);
    }
    parameter
}

/// Marks a parameter as required.
pub fn required(parameter: Value) -> Value {
    let mut parameter = parameter;
    if let Some(members) = parameter.as_object_mut() {
        members.insert("required".into(), json!(true));
    }
    parameter
}

/// Returns a path parameter.
pub fn step(context: &Context<'_>, name: &str, words: Words, schema: Value, example: Value) -> Value {
    let mut parameter = json!({
        "name": name,
        "in": "path",
        "description": said(words, context.language),
        "required": true,
        "schema": schema,
    });
    if let (Some(members), false) = (parameter.as_object_mut(), example.is_null()) {
        members.insert("example".into(), example);
    }
    parameter
}

/// Returns the parameter for the id of a collection.
pub fn collection_id(context: &Context<'_>) -> Value {
    let words = ["Kennung des Datensatzes", "Id of the collection"];
    let example = json!(context.collections.first().map(|described| described.collection.id.as_str()));
    step(context, "collectionId", words, json!({ "type": "string" }), example)
}

/// Returns the parameter `f` with these values.
pub fn format(context: &Context<'_>, values: &[&str]) -> Value {
    let words = ["Format der Antwort; geht dem Kopf Accept vor", "Format of the answer; goes before Accept"];
    let example = values.first().map_or(Value::Null, |value| json!(value));
    query(context, "f", words, json!({ "type": "string", "enum": values }), example)
}

/// Returns the parameter `lang`.
pub fn language(context: &Context<'_>) -> Value {
    let words = ["Sprache; geht dem Kopf Accept-Language vor", "Language; goes before Accept-Language"];
    query(context, "lang", words, json!({ "type": "string", "enum": ["de", "en"] }), json!("de"))
}

/// Returns the parameter `limit` for a page of features.
pub fn limit(context: &Context<'_>) -> Value {
    let words = [
        "Objekte einer Seite; ein größerer Wert als maximum wird gesenkt",
        "Features of a page; a value above maximum is lowered",
    ];
    let limits = context.request.limits();
    let schema = json!({
        "type": "integer",
        "minimum": 1,
        "maximum": limits.page_maximum,
        "default": limits.page_default.min(limits.page_maximum),
    });
    query(context, "limit", words, schema, json!(limits.page_maximum.min(10)))
}

/// Returns the parameter `bbox`.
pub fn bbox(context: &Context<'_>) -> Value {
    let words = [
        "Nur Objekte, deren Geometrie den Kasten berührt, und die ohne Geometrie: vier Zahlen in der Achsenfolge von \
         bbox-crs, oder sechs mit der niedrigsten und der höchsten Höhe",
        "Only features whose geometry meets the box, and those without a geometry: four numbers in the axis order of \
         bbox-crs, or six with the lowest and the highest height",
    ];
    let schema = json!({
        "type": "array",
        "minItems": 4,
        "maxItems": 6,
        "items": { "type": "number" },
    });
    query(context, "bbox", words, schema, json!([6.0, 50.0, 8.0, 52.0]))
}

/// Returns the parameter `crs` or `bbox-crs` for these coordinate reference systems.
pub fn system(context: &Context<'_>, name: &str, systems: &[String]) -> Value {
    let words = match name {
        "crs" => ["Koordinatensystem der Antwort", "Coordinate system of the answer"],
        _ => ["Koordinatensystem von bbox", "Coordinate system of bbox"],
    };
    let first = systems.first();
    let schema = json!({ "type": "string", "format": "uri", "enum": systems, "default": first });
    query(context, name, words, schema, json!(first))
}

/// Returns the parameter that compares a column for equality (Part 1, 7.15.5).
pub fn equality(context: &Context<'_>, column: &ColumnSchema) -> Value {
    let (title, _) = column.words(context.language == Language::English);
    let description = match context.language {
        Language::German => format!("Nur Objekte, deren Wert dies ist: {title}"),
        Language::English => format!("Only features with this value: {title}"),
    };
    json!({
        "name": column.name,
        "in": "query",
        "description": description,
        "required": false,
        "style": "form",
        "explode": false,
        "schema": scalar(column.kind),
    })
}

/// Returns the schema of a column's value in a query.
fn scalar(kind: ColumnType) -> Value {
    match kind {
        // Documents and arrays are compared as text.
        ColumnType::Json | ColumnType::Array => json!({ "type": "string" }),
        kind => match kind.json_schema() {
            (name, Some(format)) => json!({ "type": name, "format": format }),
            (name, None) => json!({ "type": name }),
        },
    }
}

/// Returns the parameters for zoom, column and row of a tile.
pub fn coordinate(context: &Context<'_>) -> Vec<Value> {
    let number =
        |name, words, most: u32, example| step(context, name, words, integer_to(most), json!(example));
    let (deepest, last) = deepest(context);
    vec![
        number("z", ["Zoomstufe", "Zoom"], deepest, 12),
        number("x", ["Spalte, von Westen", "Column, from the west"], last, 2133),
        number("y", ["Zeile, von Norden", "Row, from the north"], last, 1375),
    ]
}

/// Returns the parameters for tile matrix, row and column of a tile, as OGC API – Tiles defines
/// them.
pub fn coordinate_of_matrix(context: &Context<'_>) -> Vec<Value> {
    let (deepest, last) = deepest(context);
    let matrices: Vec<String> = (0..=deepest).map(|zoom| zoom.to_string()).collect();
    let matrix = json!({ "type": "string", "enum": matrices });
    let number = |name, words, example| step(context, name, words, integer_to(last), json!(example));
    vec![
        step(context, "tileMatrix", ["Zoomstufe", "Zoom"], matrix, json!("12")),
        number("tileRow", ["Zeile, von Norden", "Row, from the north"], 1375),
        number("tileCol", ["Spalte, von Westen", "Column, from the west"], 2133),
    ]
}

fn integer_to(most: u32) -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": most })
}

/// Returns the deepest zoom and its last row and column.
fn deepest(context: &Context<'_>) -> (u32, u32) {
    let deepest = u32::from(context.request.limits().tile_zoom);
    (deepest, 1u32.checked_shl(deepest).map_or(u32::MAX, |side| side - 1))
}
