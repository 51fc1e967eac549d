//! Writes the OpenAPI document: all addresses and their operations, for the collections that the
//! caller may see.

use serde_json::{Map, Value, json};

use crate::snapshot::DESCRIPTION;
use crate::web::http::links::Base;
use crate::web::http::path;
use crate::web::http::words::said;
use crate::web::openapi::address::Address;
use crate::web::openapi::components::{self, problems};
use crate::web::openapi::operation::{Context, Operation, Tag};
use crate::web::openapi::parameters::{collection_id, limit};
use crate::web::openapi::planning;
use crate::work::spend;

/// Returns the whole document.
pub fn of(context: &Context<'_>, addresses: &[Address], base: &Base) -> Value {
    let title = ["Geodaten als Vektorkacheln und Objekte", "Geodata as vector tiles and features"];
    let tags: Vec<Value> =
        Tag::ALL.iter().map(|tag| json!({ "name": tag.heading(context.language) })).collect();
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "veedel",
            "version": env!("CARGO_PKG_VERSION"),
            "description": said(title, context.language),
            "x-veedel-limits": limits(context),
        },
        "servers": [{ "url": base.href("") }],
        "tags": tags,
        "paths": paths(context, addresses),
        "components": {
            // QGIS reads the page size here.
            "parameters": { "limit": limit(context) },
            "schemas": schemas(context),
            "responses": components::responses(context.language),
            "securitySchemes": components::security_schemes(context.language),
        },
        // Without a key one is anonymous.
        "security": [{}, { "key": [] }, { "keyAsPassword": [] }],
    })
}

fn schemas(context: &Context<'_>) -> Map<String, Value> {
    let mut schemas = planning::schemas(context.request.limits());
    schemas.extend(components::schemas());
    schemas
}

/// Returns every limit in force, its unit, and what happens beyond it.
fn limits(context: &Context<'_>) -> Vec<Value> {
    let listed = context.request.limits().list();
    let row = |row: &crate::limits::Listed| {
        json!({
            "name": row.name,
            "value": row.value,
            "unit": row.unit.to_string(),
            "beyond": row.beyond.to_string(),
            "description": row.description,
        })
    };
    listed.iter().map(row).collect()
}

fn paths(context: &Context<'_>, addresses: &[Address]) -> Map<String, Value> {
    let mut paths = Map::new();
    let is_short = context.collections.len() <= context.request.limits().api_collections;
    for address in addresses.iter() {
        if !is_short || !address.operations.iter().any(|operation| operation.for_each_collection) {
            paths.insert(template(address.path), item(address, context, ""));
            continue;
        }
        for own in &context.collections {
            spend(DESCRIPTION);
            let context = Context {
                request: context.request,
                language: context.language,
                collections: vec![],
                own: Some(own.clone()),
            };
            let step = path::encode(&own.collection.id);
            let literal = template(address.path).replace("{collectionId}", &step);
            paths.insert(literal, item(address, &context, &format!(".{step}")));
        }
    }
    paths
}

/// Converts a path to an OpenAPI template. OpenAPI has no notation for the whole rest of a path.
fn template(path: &str) -> String {
    path.replace("{*", "{")
}

fn item(address: &Address, context: &Context<'_>, suffix: &str) -> Value {
    let operations = address.operations.iter();
    operations.map(|one| (one.verb.key().to_owned(), operation(one, context, suffix))).collect()
}

fn operation(operation: &Operation, context: &Context<'_>, suffix: &str) -> Value {
    let title = context.own.as_ref().map(|own| own.collection.title.as_str());
    let summary = said(operation.summary, context.language);
    let mut parameters = (operation.parameters)(context);
    if operation.for_each_collection && context.own.is_none() {
        parameters.insert(0, collection_id(context));
    }
    let mut document = json!({
        "operationId": format!("{}{suffix}", operation.id),
        "tags": [operation.tag.heading(context.language)],
        "summary": title.map_or(summary.to_owned(), |title| format!("{summary}: {title}")),
        "parameters": parameters,
        "responses": responses(operation),
    });
    if let (Some(members), Some(body)) = (document.as_object_mut(), operation.body) {
        let media = json!({ "schema": (operation.body_schema)(context), "example": body() });
        let body = json!({ "required": true, "content": { "application/json": media } });
        members.insert("requestBody".into(), body);
    }
    document
}

fn responses(operation: &Operation) -> Map<String, Value> {
    let media = |(media_type, schema): &(&str, &str)| {
        ((*media_type).to_owned(), json!({ "schema": { "$ref": format!("#/components/schemas/{schema}") } }))
    };
    let content: Map<String, Value> = operation.answers.iter().map(media).collect();
    let mut responses = Map::new();
    responses.insert("200".into(), json!({ "description": "OK", "content": content }));
    for status in problems(operation.statuses) {
        let reference = format!("#/components/responses/{status}");
        responses.insert(status.to_string(), json!({ "$ref": reference }));
    }
    responses
}
