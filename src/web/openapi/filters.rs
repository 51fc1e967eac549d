//! The parameters that filter, sort and select features.

use serde_json::{Value, json};

use crate::catalog::{ColumnSchema, ColumnType};
use crate::snapshot::Described;
use crate::web::openapi::operation::Context;
use crate::web::openapi::parameters::query;

/// Returns `filter`, `filter-lang` and `filter-crs`. `example` is a filter that is true for some
/// features.
pub fn filter(context: &Context<'_>, example: &str, systems: &[String]) -> Vec<Value> {
    let words = ["Nur Objekte, für die dies gilt (CQL2)", "Only features for which this is true (CQL2)"];
    let language = ["Schreibweise von filter", "Spelling of filter"];
    let system =
        ["Koordinatensystem der Geometrien in filter", "Coordinate system of the geometries in filter"];
    let first = systems.first();
    let languages = json!({ "type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text" });
    let mut known = json!({ "type": "string", "format": "uri" });
    if let (Some(members), Some(first)) = (known.as_object_mut(), first) {
        members.insert("enum".into(), json!(systems));
        members.insert("default".into(), json!(first));
    }
    vec![
        query(context, "filter", words, json!({ "type": "string" }), json!(example)),
        query(context, "filter-lang", language, languages, json!("cql2-text")),
        query(context, "filter-crs", system, known, json!(first)),
    ]
}

/// Returns the parameters of items other than the box and the page.
pub fn of_items(context: &Context<'_>, described: &Described, systems: &[String]) -> Vec<Value> {
    let is_plain = |column: &&ColumnSchema| {
        let is_structured = matches!(column.kind, ColumnType::Json | ColumnType::Array);
        !is_structured && column.name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    let column = described.columns().find(is_plain).map(|column| column.name.as_str());
    let some = column.map_or("TRUE".to_owned(), |column| format!("\"{column}\" IS NOT NULL"));
    let names = || json!({ "type": "array", "items": { "type": "string" } });
    let example = || column.map_or(Value::Null, |column| json!([column]));
    let named = |name, words, schema, example| query(context, name, words, schema, example);
    let excluded = ["Spalten, die nicht geschrieben werden", "Columns that are not written"];
    let mut parameters = filter(context, &some, systems);
    parameters.extend([
        named(
            "sortby",
            ["Spalten, nach denen sortiert wird; absteigend mit -", "Columns to sort by; descending with -"],
            names(),
            example(),
        ),
        named(
            "properties",
            ["Nur diese Spalten werden geschrieben", "Only these columns are written"],
            names(),
            example(),
        ),
        named("exclude-properties", excluded, names(), example()),
        named("exclude", excluded, names(), example()),
        named(
            "skip-geometry",
            ["Ohne Geometrien", "Without geometries"],
            json!({ "type": "boolean", "default": false }),
            json!(true),
        ),
        zoom_level(context),
        named(
            "datetime",
            [
                "Nur Objekte dieses Zeitpunkts oder Zeitraums, der offen sein darf (2025-01-01/..), und die ohne Zeit",
                "Only features of this instant or interval, which may be open (2025-01-01/..), and those without a time",
            ],
            json!({ "type": "string" }),
            json!("2000-01-01/.."),
        ),
        named(
            "q",
            [
                "Wörter in irgendeinem Text, ohne Ansehen von Groß- und Kleinschreibung und Akzenten",
                "Words in any text, whatever their case and accents",
            ],
            json!({ "type": "string" }),
            json!("a"),
        ),
        named(
            "offset",
            [
                "So viele Objekte auslassen; next und prev sind besser",
                "Leave out so many; next and prev are better",
            ],
            json!({ "type": "integer", "minimum": 0, "default": 0 }),
            json!(0),
        ),
    ]);
    parameters
}

/// Returns the parameter `zoom-level`.
pub fn zoom_level(context: &Context<'_>) -> Value {
    let words = [
        "Zoomstufe, für die Geometrien vereinfacht werden, gemeinsame Grenzen gleich",
        "Zoom that geometries are simplified for, shared borders alike",
    ];
    let most = context.request.limits().tile_zoom;
    query(
        context,
        "zoom-level",
        words,
        json!({ "type": "integer", "minimum": 0, "maximum": most }),
        json!(10),
    )
}
