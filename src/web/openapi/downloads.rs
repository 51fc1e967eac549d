//! The operations for features other than pages of GeoJSON: downloads and aggregations.

use serde_json::{Value, json};

use crate::encode::ItemFormat;
use crate::web::http::planning::XLSX;
use crate::web::openapi::formats::{FORMATS, selection, systems, within_csv};
use crate::web::openapi::operation::{Operation, Tag};
use crate::web::openapi::parameters::{format, query, step, system};

/// The operation at `/collections/{collectionId}/{file}`.
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

/// The operation at `/collections/{collectionId}/aggregate`.
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
    // Parameters for the content and the order of features have no effect on groups.
    let of_pages =
        ["offset", "sortby", "properties", "exclude-properties", "exclude", "skip-geometry", "zoom-level"];
    let is_of_pages = |parameter: &Value| of_pages.iter().any(|name| parameter["name"] == *name);
    parameters.extend(selection(context).into_iter().filter(|parameter| !is_of_pages(parameter)));
    parameters
})
.gives(&[("application/json", "object"), ("text/csv", "text"), (XLSX, "binary"), ("text/html", "text")])
.or(&[404, 406, 413])
.for_each_collection();
