//! The operations of collections and their features, and of the start pages.

use serde_json::{Value, json};

use crate::web::http::links::OPENAPI;
use crate::web::openapi::filters;
use crate::web::openapi::formats::{FORMATS, formats, profile, selection, systems, within_csv};
use crate::web::openapi::operation::{Context, Operation, Tag};
use crate::web::openapi::parameters::{collection_id, format, limit, query, step, system};

const SCHEMA: [(&str, &str); 1] = [("application/schema+json", "schema")];

/// The operation at `/`.
pub const LANDING: Operation = Operation::get(
    "getLandingPage",
    Tag::Start,
    ["Einstiegsseite, oder die Karte", "Landing page, or the map"],
)
.with(|context| {
    // The schema has no list of languages, because any value is accepted; an unknown language is
    // answered in German or English.
    let words = ["Sprache der Karte: de oder en", "Language of the map: de or en"];
    let lang = query(context, "lang", words, json!({ "type": "string" }), json!("de"));
    vec![format(context, &["json", "html"]), lang]
})
.gives(&[("application/json", "landingPage"), ("text/html", "text")])
.or(&[406]);

/// The operation at `/api`.
pub const API: Operation = Operation::get(
    "getApi",
    Tag::Start,
    ["Diese Beschreibung, oder die Seite zum Ausprobieren", "This description, or the page to try it"],
)
.with(|context| vec![format(context, &["json", "html"])])
.gives(&[(OPENAPI, "object"), ("text/html", "text")])
.or(&[406]);

/// The operation at `/conformance`.
pub const CONFORMANCE: Operation = Operation::get(
    "getConformance",
    Tag::Start,
    ["Klassen der Standards, die eingehalten werden", "Classes of the standards that are kept"],
)
.with(|context| vec![format(context, &["json"])])
.gives(&[("application/json", "conformance")]);

/// The operation at `/functions`.
pub const FUNCTIONS: Operation = Operation::get(
    "getFunctions",
    Tag::Features,
    [
        "Was ein Filter aufrufen kann, neben den Funktionen von CQL2",
        "What a filter may call, beside the functions of CQL2",
    ],
)
.with(|context| vec![format(context, &["json"])]);

/// The operation at `/collections`.
pub const COLLECTIONS: Operation =
    Operation::get("getCollections", Tag::Features, ["Alle Datensätze", "All collections"])
        .with(|context| vec![format(context, &["json", "html"])])
        .gives(&[("application/json", "collections"), ("text/html", "text")])
        .or(&[406]);

/// The operation at `/collections/{collectionId}`.
pub const COLLECTION: Operation =
    Operation::get("getCollection", Tag::Features, ["Ein Datensatz", "One collection"])
        .with(|context| vec![collection_id(context), format(context, &["json", "html"])])
        .gives(&[("application/json", "collection"), ("text/html", "text")])
        .or(&[404, 406]);

/// The operation at `/collections/{collectionId}/schema`.
pub const SCHEMA_OF: Operation =
    Operation::get("getSchema", Tag::Features, ["Die Spalten als JSON Schema", "The columns as JSON Schema"])
        .with(|context| vec![collection_id(context), format(context, &["json"])])
        .gives(&SCHEMA)
        .or(&[404]);

/// The operation at `/collections/{collectionId}/queryables`.
pub const QUERYABLES: Operation = Operation::get(
    "getQueryables",
    Tag::Features,
    ["Wonach gefiltert werden kann", "What can be filtered by"],
)
.with(|context| vec![collection_id(context), format(context, &["json"])])
.gives(&SCHEMA)
.or(&[404]);

/// The operation at `/collections/{collectionId}/sortables`.
pub const SORTABLES: Operation =
    Operation::get("getSortables", Tag::Features, ["Wonach sortiert werden kann", "What can be sorted by"])
        .with(|context| vec![collection_id(context), format(context, &["json"])])
        .gives(&SCHEMA)
        .or(&[404]);

/// The operation at `/collections/{collectionId}/items`.
pub const ITEMS: Operation = Operation::get("getFeatures", Tag::Features, ["Objekte", "Features"])
    .with(items)
    .gives(&FORMATS)
    .or(&[304, 404, 406, 413])
    .for_each_collection();

/// The operation at `/collections/{collectionId}/items/search`.
pub const SEARCH_ITEMS: Operation = Operation::post(
    "searchFeatures",
    Tag::Features,
    [
        "Objekte, nach den Parametern von items in einem Dokument; für lange Filter",
        "Features, by the parameters of items in a document; for long filters",
    ],
    || json!({ "filter": { "op": "=", "args": [1, 1] }, "limit": 10 }),
)
.with(|context| vec![collection_id(context), format(context, &["json", "html"])])
.gives(&[("application/geo+json", "featureCollection"), ("text/html", "text")])
.or(&[404, 406, 408, 413]);

/// The operation at `/collections/{collectionId}/items/{featureId}`.
pub const ITEM: Operation = Operation::get("getFeature", Tag::Features, ["Ein Objekt", "One feature"])
    .with(item)
    .gives(&[("application/geo+json", "feature"), ("application/fg+json", "feature"), ("text/html", "text")])
    .or(&[304, 404, 406])
    .for_each_collection();

/// Returns the parameters of a page of features: those with a meaning of their own, and one for
/// each visible column.
fn items(context: &Context<'_>) -> Vec<Value> {
    let mut parameters = vec![
        formats(context),
        limit(context),
        query(
            context,
            "cursor",
            [
                "Wo die Seite beginnt; aus dem Verweis next oder prev",
                "Where the page begins; from the link next or prev",
            ],
            json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$" }),
            Value::Null,
        ),
        profile(context),
    ];
    parameters.extend(within_csv(context));
    parameters.push(system(context, "crs", &systems(context)));
    parameters.extend(selection(context));
    parameters
}

fn item(context: &Context<'_>) -> Vec<Value> {
    let words = ["Kennung des Objekts", "Id of the feature"];
    let example = context.own.as_ref().and_then(|own| own.first_id()).map_or(Value::Null, |id| json!(id));
    vec![
        step(context, "featureId", words, json!({ "type": "string" }), example),
        format(context, &["json", "jsonfg", "html"]),
        profile(context),
        system(context, "crs", &systems(context)),
        filters::zoom_level(context),
    ]
}
