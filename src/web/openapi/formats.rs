//! The parameters and formats that all answers with features share.

use serde_json::{Value, json};

use crate::encode::ItemFormat;
use crate::web::features::items::PARAMETERS;
use crate::web::features::output_systems::output_systems;
use crate::web::openapi::filters;
use crate::web::openapi::operation::Context;
use crate::web::openapi::parameters::{bbox, equality, format, query, system};

/// The media type of each format of features, and the name of its schema.
pub const FORMATS: [(&str, &str); 8] = [
    ("application/geo+json", "featureCollection"),
    ("application/fg+json", "featureCollection"),
    ("text/csv", "text"),
    ("application/x-ndjson", "text"),
    ("application/geo+json-seq", "text"),
    ("application/flatgeobuf", "binary"),
    ("application/geopackage+sqlite3", "binary"),
    ("text/html", "text"),
];

/// Returns the parameter `profile`.
pub fn profile(context: &Context<'_>) -> Value {
    let words = ["Profil von GeoJSON (JSON-FG 1.0)", "Profile of GeoJSON (JSON-FG 1.0)"];
    let schema = json!({ "type": "string", "enum": ["rfc7946", "jsonfg", "jsonfg-plus"] });
    query(context, "profile", words, schema, json!("jsonfg"))
}

/// Returns the parameter `f` for features.
pub fn formats(context: &Context<'_>) -> Value {
    let names: Vec<&str> = ItemFormat::available().map(ItemFormat::name).chain(["html"]).collect();
    format(context, &names)
}

/// Returns the options of CSV. They have no examples, because they are valid only with `f=csv`.
pub fn within_csv(context: &Context<'_>) -> Vec<Value> {
    let one_of = |name, words, values: &[&str]| {
        let schema = json!({ "type": "string", "enum": values, "default": values.first() });
        query(context, name, words, schema, Value::Null)
    };
    vec![
        one_of(
            "csv-separator",
            ["Trennzeichen von CSV", "What separates the fields of CSV"],
            &["comma", "semicolon", "tab"],
        ),
        one_of("csv-decimal", ["Dezimalzeichen von CSV", "The decimal sign of CSV"], &["point", "comma"]),
        one_of("csv-geometry", ["Geometrie in CSV", "The geometry in CSV"], &["wkt", "xy", "none"]),
        one_of(
            "csv-bom",
            ["Ob CSV für Excel gekennzeichnet ist", "Whether CSV is marked for Excel"],
            &["false", "true"],
        ),
    ]
}

/// Returns the parameters that select features: a box, filters, and equality with each visible
/// column.
pub fn selection(context: &Context<'_>) -> Vec<Value> {
    let Some(described) = &context.own else { return vec![] };
    let mut parameters = vec![bbox(context), system(context, "bbox-crs", &systems(context))];
    parameters.extend(filters::of_items(context, described, &systems(context)));
    let columns = described.columns().filter(|column| !PARAMETERS.contains(&column.name.as_str()));
    parameters.extend(columns.map(|column| equality(context, column)));
    parameters
}

/// Returns the URIs of the coordinate reference systems in which a collection can be requested.
pub fn systems(context: &Context<'_>) -> Vec<String> {
    let own = context.own.as_ref();
    own.map(|own| output_systems(&own.collection)).into_iter().flatten().map(crate::geo::Crs::uri).collect()
}
