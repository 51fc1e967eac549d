//! The operations of the catalogue and its records.

use serde_json::{Value, json};

use crate::web::openapi::operation::{Context, Operation, Tag};
use crate::web::openapi::parameters::{format, query, step};

const FORMATS: [(&str, &str); 4] = [
    ("application/ogc-catalog+json", "object"),
    ("application/ld+json", "object"),
    ("text/turtle", "text"),
    ("text/html", "text"),
];

/// The operation at `/catalog`.
pub const CATALOG: Operation = Operation::get(
    "getCatalog",
    Tag::Catalog,
    ["Der Katalog: DCAT-AP.de und OGC API Records", "The catalogue: DCAT-AP.de and OGC API Records"],
)
.with(|context| vec![format(context, &["json", "jsonld", "ttl", "html"])])
.gives(&FORMATS)
.or(&[406]);

/// The operation at `/collections/catalog`.
pub const RECORD_COLLECTION: Operation = Operation {
    id: "getRecordCollection",
    summary: [
        "Derselbe Katalog, wo Clients von Records ihn suchen",
        "The same where clients of Records look",
    ],
    ..CATALOG
};

/// The operation at `/collections/catalog/items`.
pub const RECORDS: Operation =
    Operation::get("getRecords", Tag::Catalog, ["Einträge des Katalogs", "Records of the catalogue"])
        .with(searched)
        .gives(&[("application/geo+json", "object")]);

/// The operation at `/collections/catalog/items/{recordId}`.
pub const RECORD: Operation = Operation::get("getRecord", Tag::Catalog, ["Ein Eintrag", "One record"])
    .with(|context| {
        let words = ["Kennung des Datensatzes", "Id of the collection"];
        let first = json!(context.collections.first().map(|described| described.collection.id.as_str()));
        vec![
            step(context, "recordId", words, json!({ "type": "string" }), first),
            format(context, &["json", "jsonld", "ttl", "html"]),
        ]
    })
    .gives(&[
        ("application/geo+json", "object"),
        ("application/ld+json", "object"),
        ("text/turtle", "text"),
        ("text/html", "text"),
    ])
    .or(&[404, 406]);

fn searched(context: &Context<'_>) -> Vec<Value> {
    let list = || json!({ "type": "array", "items": { "type": "string" } });
    let most = context.request.limits().page_maximum;
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": most, "default": 10 });
    let numbers = json!({
        "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" },
    });
    vec![
        format(context, &["json"]),
        query(context, "limit", ["Einträge einer Seite", "Records of a page"], limit, json!(10)),
        query(
            context,
            "offset",
            ["Wo die Seite beginnt", "Where the page begins"],
            json!({ "type": "integer", "minimum": 0, "default": 0 }),
            json!(0),
        ),
        query(
            context,
            "bbox",
            ["Rechteck in Grad", "Box in degrees"],
            numbers,
            json!([6.7, 50.8, 7.2, 51.1]),
        ),
        query(
            context,
            "datetime",
            ["Tag oder Zeitraum, um den es geht", "Day or period that it is about"],
            json!({ "type": "string" }),
            json!("2014-01-01/.."),
        ),
        query(
            context,
            "q",
            ["Worte, durch Kommas getrennt", "Words, separated by commas"],
            list(),
            Value::Null,
        ),
        query(context, "type", ["Art: dataset", "Kind: dataset"], list(), json!(["dataset"])),
        query(context, "ids", ["Kennungen", "Ids"], list(), Value::Null),
        query(context, "externalIds", ["Kennungen anderswo", "Ids elsewhere"], list(), Value::Null),
    ]
}
