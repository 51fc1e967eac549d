//! What features can be had as beside pages of GeoJSON: other formats, whole collections, groups.

use serde_json::{Value, json};

use super::features::{selection, systems};
use super::parameters::{format, query, step, system};
use super::{Context, Operation, Tag};
use crate::encode::ItemFormat;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Every format of features, and its schema.
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

/// `/collections/{collectionId}/{file}`.
pub const DOWNLOAD: Operation = Operation::get(
    "download",
    Tag::Features,
    [
        "Alle Objekte als Datei, oder was davon ausgewählt ist",
        "All features as a file, or what of them is selected",
    ],
)
.with(|context| {
    let names: Vec<String> =
        ItemFormat::available().map(|format| format!("download.{}", format.extension())).collect();
    let words = ["Name der Datei: seine Endung ist das Format", "Name of the file: it ends with the format"];
    let schema = json!({ "type": "string", "enum": names });
    let mut parameters = vec![step(context, "file", words, schema, json!("download.csv"))];
    parameters.extend(within_csv(context));
    parameters.push(system(context, "crs", &systems(context)));
    parameters.extend(selection(context).into_iter().filter(|parameter| parameter["name"] != "offset"));
    parameters
})
.gives(&FORMATS)
.or(&[206, 304, 404, 413, 416])
.for_each_collection();

/// `/collections/{collectionId}/aggregate`.
pub const AGGREGATE: Operation = Operation::get(
    "aggregate",
    Tag::Features,
    ["Anzahl, Summe, Mittel nach Spalten und Gebieten", "Count, sum, mean by columns and areas"],
)
.with(|context| {
    let text = || json!({ "type": "string" });
    let list = |name, words, example| query(context, name, words, text(), example);
    let group_by = ["Spalten, deren Werte Gruppen bilden", "Columns whose values make groups"];
    let area = ["Datensatz der Gebiete, nach denen gruppiert wird", "Collection of the areas to group by"];
    let columns = ["Spalten der Gebiete, die gezeigt werden", "Columns of the areas that are shown"];
    let made = [
        "Was von jeder Gruppe gebildet wird: count, count(c), sum(c), avg(c), min(c), max(c), median(c)",
        "What is made of each group: count, count(c), sum(c), avg(c), min(c), max(c), median(c)",
    ];
    let mut parameters = vec![
        format(context, &["json", "csv", "xlsx", "html"]),
        list("group-by", group_by, Value::Null),
        list("group-by-area", area, Value::Null),
        list("area-columns", columns, Value::Null),
        list("aggregate", made, json!("count")),
    ];
    parameters.extend(within_csv(context));
    // What is written of a feature, and in which order, changes no group.
    let of_pages =
        ["offset", "sortby", "properties", "exclude-properties", "exclude", "skip-geometry", "zoom-level"];
    let is_of_pages = |parameter: &Value| of_pages.iter().any(|name| parameter["name"] == *name);
    parameters.extend(selection(context).into_iter().filter(|parameter| !is_of_pages(parameter)));
    parameters
})
.gives(&[("application/json", "object"), ("text/csv", "text"), (XLSX, "binary"), ("text/html", "text")])
.or(&[404, 406, 413])
.for_each_collection();

/// `profile`.
pub fn profile(context: &Context<'_>) -> Value {
    let words = ["Profil von GeoJSON (JSON-FG 1.0)", "Profile of GeoJSON (JSON-FG 1.0)"];
    let schema = json!({ "type": "string", "enum": ["rfc7946", "jsonfg", "jsonfg-plus"] });
    query(context, "profile", words, schema, json!("jsonfg"))
}

/// `f` of features.
pub fn formats(context: &Context<'_>) -> Value {
    let names: Vec<&str> = ItemFormat::available().map(ItemFormat::name).chain(["html"]).collect();
    format(context, &names)
}

/// What is chosen within CSV. Without examples, as they go with `f=csv` only.
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
