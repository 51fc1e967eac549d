//! `/collections/{id}/schema`, `/queryables` and `/sortables`: the columns as JSON Schema (OGC API
//! – Common Part 3).
//!
//! `x-ogc-role` tells the role of a property: `id`, `primary-geometry` or `primary-instant`. The
//! columns of a composite key have no role, because none of them alone is the id.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::access::Permit;
use crate::catalog::{Collection, ColumnSchema, ColumnType, GeometryColumn, Language, Words};
use crate::error::{Error, Result};
use crate::geo::GeometryType;
use crate::snapshot::Described;
use crate::web::http::links::SCHEMA;
use crate::web::http::negotiate::json_only;
use crate::web::http::path::Path;
use crate::web::request::Request;

/// Which of the three documents is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// The properties of features.
    Schema,
    /// The properties that filters may name.
    Queryables,
    /// The properties that features can be sorted by.
    Sortables,
}

/// Answers `/collections/{collectionId}/schema` with the schema of a feature.
pub async fn schema(request: Request, Path(id): Path<String>) -> Result<Response> {
    document(&request, &id, Purpose::Schema)
}

/// Answers `/collections/{collectionId}/queryables` with the columns that a filter may name.
pub async fn queryables(request: Request, Path(id): Path<String>) -> Result<Response> {
    document(&request, &id, Purpose::Queryables)
}

/// Answers `/collections/{collectionId}/sortables` with the columns to sort by.
pub async fn sortables(request: Request, Path(id): Path<String>) -> Result<Response> {
    document(&request, &id, Purpose::Sortables)
}

fn document(request: &Request, id: &str, purpose: Purpose) -> Result<Response> {
    let mut parameters = request.parameters()?;
    json_only(&mut parameters)?;
    parameters.end()?;
    let described = request.describe(id)?;
    let Described { collection, permit, .. } = &described;
    let language = request.language();
    let (title, description) = collection.words(language == Language::English);
    let base = request.base();
    let types = geometry_types(&described);
    let mut document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("{}/{}", base.collection(&collection.id), purpose.step()),
        "title": title,
        "type": "object",
        "properties": properties(collection, permit, &types, purpose, language),
    });
    let Some(members) = document.as_object_mut() else { return Err(Error::internal("no object")) };
    if let Some(description) = description {
        members.insert("description".into(), json!(description));
    }
    if purpose == Purpose::Schema {
        members.insert("required".into(), required(collection, permit));
    }
    // Filters and sort orders may name only these properties.
    members.insert("additionalProperties".into(), json!(false));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(SCHEMA)),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag())),
        (header::VARY, HeaderValue::from_static("Accept, Accept-Language")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Ok((headers, document.to_string()).into_response())
}

impl Purpose {
    fn step(self) -> &'static str {
        match self {
            Purpose::Schema => "schema",
            Purpose::Queryables => "queryables",
            Purpose::Sortables => "sortables",
        }
    }

    /// Whether the document lists a column. JSON documents and arrays have no order. A column with
    /// the name of a parameter is still a queryable, because a filter can name it.
    fn has(self, column: &ColumnSchema) -> bool {
        let is_structured = matches!(column.kind, ColumnType::Json | ColumnType::Array);
        match self {
            Purpose::Schema => true,
            Purpose::Queryables => column.kind != ColumnType::Json,
            Purpose::Sortables => !is_structured,
        }
    }
}

fn visible<'a>(
    collection: &'a Collection,
    permit: &'a Permit,
) -> impl Iterator<Item = (usize, &'a ColumnSchema)> {
    permit.columns().iter().filter_map(|index| Some((*index, collection.columns.get(*index)?)))
}

fn required(collection: &Collection, permit: &Permit) -> Value {
    let always = visible(collection, permit).filter(|(_, column)| !column.nullable);
    always.map(|(_, column)| json!(column.name)).collect()
}

fn properties(
    collection: &Collection,
    permit: &Permit,
    types: &[GeometryType],
    purpose: Purpose,
    language: Language,
) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut add = |name: &str, mut property: Map<String, Value>| {
        property.insert("x-ogc-propertySeq".into(), json!(properties.len() + 1));
        properties.insert(name.to_owned(), Value::Object(property));
    };
    for (index, column) in visible(collection, permit).filter(|(_, column)| purpose.has(column)) {
        let mut property = property(column, language);
        if let Some(role) = role(collection, permit, index) {
            property.insert("x-ogc-role".into(), json!(role));
        }
        add(&column.name, property);
    }
    if let (Some(geometry), true) = (&collection.geometry, purpose != Purpose::Sortables) {
        add(geometry_name(collection, geometry), geometry_property(types, purpose, language));
    }
    properties
}

/// Returns the schema of a column.
fn property(column: &ColumnSchema, language: Language) -> Map<String, Value> {
    let (kind, format) = column.kind.json_schema();
    let (title, description) = column.words(language == Language::English);
    let mut property = Map::new();
    property.insert("title".into(), json!(title));
    if let Some(description) = description {
        property.insert("description".into(), json!(description));
    }
    // A JSON value may have any type.
    if column.kind != ColumnType::Json {
        property.insert("type".into(), json!(kind));
    }
    if let Some(format) = format {
        property.insert("format".into(), json!(format));
    }
    if let Some(unit) = &column.unit {
        property.insert("x-ogc-unit".into(), json!(unit));
    }
    if !column.words.codes.is_empty() {
        property.insert(
            "oneOf".into(),
            column.words.codes.iter().map(|code| code_of(column, code, language)).collect(),
        );
    }
    property
}

/// Returns a value of a code list and its meaning, in the form that JSON Schema has for labels and
/// forms.
fn code_of(column: &ColumnSchema, (value, words): (&String, &Words), language: Language) -> Value {
    let number = value.parse::<i64>().ok().filter(|_| column.kind.json_schema().0 == "integer");
    let meaning = if language == Language::English { &words.en } else { &words.de };
    json!({ "const": number.map_or_else(|| json!(value), |number| json!(number)), "title": meaning })
}

fn role(collection: &Collection, permit: &Permit, column: usize) -> Option<&'static str> {
    match (collection.key.as_slice(), collection.instant(permit.columns())) {
        ([key], _) if *key == column => Some("id"),
        (_, Some(instant)) if instant == column => Some("primary-instant"),
        _ => None,
    }
}

/// Returns the name of the geometry in filters: that of its column, unless an attribute has the
/// same name.
pub fn geometry_name<'a>(collection: &Collection, geometry: &'a GeometryColumn) -> &'a str {
    match geometry.name.as_str() {
        name if name.is_empty() || collection.column(name).is_some() => "geometry",
        name => name,
    }
}

/// Returns the schema of the geometry. In `schema`, `format` alone gives its type. In `queryables`,
/// a reference to GeoJSON's schema is added, because clients older than Common Part 3 recognise a
/// geometry by it, and only if there is no `type`.
fn geometry_property(types: &[GeometryType], purpose: Purpose, language: Language) -> Map<String, Value> {
    let (format, reference) = formats(types);
    let mut property = Map::new();
    let title = if language == Language::German { "Geometrie" } else { "Geometry" };
    property.insert("title".into(), json!(title));
    property.insert("format".into(), json!(format));
    property.insert("x-ogc-role".into(), json!("primary-geometry"));
    if purpose == Purpose::Queryables {
        property.insert("$ref".into(), json!(format!("https://geojson.org/schema/{reference}.json")));
    }
    property
}

/// Returns the `format` of Common Part 3 for these geometry types, and the name of GeoJSON's
/// schema.
fn formats(types: &[GeometryType]) -> (&'static str, &'static str) {
    use GeometryType::*;
    match types {
        [Point] => ("geometry-point", "Point"),
        [MultiPoint] => ("geometry-multipoint", "MultiPoint"),
        [LineString] => ("geometry-linestring", "LineString"),
        [MultiLineString] => ("geometry-multilinestring", "MultiLineString"),
        [Polygon] => ("geometry-polygon", "Polygon"),
        [MultiPolygon] => ("geometry-multipolygon", "MultiPolygon"),
        [GeometryCollection] => ("geometry-geometrycollection", "GeometryCollection"),
        [Point, MultiPoint] => ("geometry-point-or-multipoint", "Geometry"),
        [LineString, MultiLineString] => ("geometry-linestring-or-multilinestring", "Geometry"),
        [Polygon, MultiPolygon] => ("geometry-polygon-or-multipolygon", "Geometry"),
        _ => ("geometry-any", "Geometry"),
    }
}

/// Returns the types of the existing geometries, ascending; if there are none yet, the declared
/// type.
fn geometry_types(described: &Described) -> Vec<GeometryType> {
    let declared = || described.collection.geometry.iter().filter_map(|geometry| geometry.kind).collect();
    let found: Vec<GeometryType> =
        described.view().into_iter().flat_map(|view| view.geometry_types()).collect();
    // The rows of a direct collection are not read here.
    if found.is_empty() { declared() } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_types_has_a_word_and_queryables_have_no_type() {
        use GeometryType::*;
        assert_eq!(formats(&[Polygon, MultiPolygon]).0, "geometry-polygon-or-multipolygon");
        assert_eq!(formats(&[Point, Polygon]), ("geometry-any", "Geometry"));
        assert_eq!(formats(&[]), ("geometry-any", "Geometry"));
        let queryable = geometry_property(&[Point], Purpose::Queryables, Language::German);
        assert_eq!(queryable["$ref"], "https://geojson.org/schema/Point.json");
        assert!(!queryable.contains_key("type"));
        assert!(!geometry_property(&[Point], Purpose::Schema, Language::German).contains_key("$ref"));
    }
}
