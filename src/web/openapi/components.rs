//! The shared components of the document: responses for errors, and schemas.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::catalog::Language;
use crate::web::http::words::{Words, said};

/// The error statuses that every address may answer with.
const ALWAYS: [u16; 8] = [400, 401, 414, 429, 431, 500, 503, 504];

/// Every status in use except 200, and when it is sent.
const STATUSES: [(u16, Words); 16] = [
    (204, ["Nichts da: eine leere Kachel", "Nothing there: an empty tile"]),
    (206, ["Der Teil, nach dem gefragt ist", "The part that is asked for"]),
    (304, ["Unverändert", "Not changed"]),
    (400, ["Ein Parameter ist falsch oder unbekannt", "A parameter is wrong or unknown"]),
    (401, ["Die Anmeldedaten sind kein gültiger Schlüssel", "The credentials are no key in force"]),
    (404, ["Das gibt es hier nicht", "There is no such thing here"]),
    (406, ["Kein Format aus Accept kann gegeben werden", "None of the formats in Accept can be given"]),
    (408, ["Der Inhalt kam zu langsam", "The body came too slowly"]),
    (413, ["Eine Grenze ist überschritten", "A limit is exceeded"]),
    (414, ["Die Adresse ist zu lang", "The address is too long"]),
    (416, ["Die Datei ist kürzer", "The file is shorter"]),
    (429, ["Ein Absender stellt zu viele Anfragen", "One client makes too many requests"]),
    (431, ["Zu viele oder zu lange Kopffelder", "Too many or too long header fields"]),
    (500, ["Ein Fehler des Servers", "A fault of the server"]),
    (503, ["Noch nicht geladen, oder zu viele Anfragen", "Not loaded yet, or too many requests"]),
    (504, ["Die Antwort dauerte zu lange", "The answer took too long"]),
];

/// Returns the statuses of an operation except 200, ascending: its own and those of every address.
pub fn problems(own: &[u16]) -> Vec<u16> {
    let mut statuses: Vec<u16> = own.iter().chain(&ALWAYS).copied().collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

/// Returns the ways to bring a key.
pub fn security_schemes(language: Language) -> Value {
    let bearer = ["Ein Schlüssel, den der Betreiber ausgibt", "A key that the operator gives out"];
    let basic = [
        "Derselbe Schlüssel als Passwort, für Programme wie QGIS, nicht für Seiten im Browser",
        "The same key as the password, for programs such as QGIS, not for pages in a browser",
    ];
    json!({
        "key": { "type": "http", "scheme": "bearer", "description": said(bearer, language) },
        "keyAsPassword": { "type": "http", "scheme": "basic", "description": said(basic, language) },
    })
}

/// Returns the responses that operations refer to, by status.
pub fn responses(language: Language) -> Map<String, Value> {
    let response = |(status, words): &(u16, Words)| {
        let mut response = json!({ "description": said(*words, language) });
        // The HTTP library refuses such heads itself, before veedel can write a body.
        let has_document = *status >= 400 && *status != StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.as_u16();
        if let (Some(members), true) = (response.as_object_mut(), has_document) {
            let schema = json!({ "$ref": "#/components/schemas/problem" });
            let page = json!({ "schema": { "type": "string" } });
            let content = json!({ "application/problem+json": { "schema": schema }, "text/html": page });
            members.insert("content".into(), content);
            let words = ["Die Sprache der Meldung: de oder en", "The language of the message: de or en"];
            let language = json!({ "description": said(words, language), "schema": { "type": "string" } });
            members.insert("headers".into(), json!({ "Content-Language": language }));
        }
        (status.to_string(), response)
    };
    STATUSES.iter().map(response).collect()
}

/// Returns the schemas that operations refer to.
pub fn schemas() -> Map<String, Value> {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let list = |of: Value| json!({ "type": "array", "items": of });
    let text = json!({ "type": "string" });
    let count = json!({ "type": "integer", "minimum": 0 });
    let links = list(reference("link"));
    let schemas = json!({
        "text": text,
        "binary": { "type": "string", "format": "binary" },
        "object": { "type": "object" },
        "link": object(&["href", "rel"], json!({ "href": text, "rel": text, "type": text, "title": text })),
        "landingPage": object(&["links"], json!({ "title": text, "description": text, "veedel:seenAs": text, "links": links })),
        "conformance": object(&["conformsTo"], json!({ "conformsTo": list(text.clone()) })),
        "collections": object(
            &["links", "collections"],
            json!({ "links": links, "collections": list(reference("collection")) }),
        ),
        "collection": object(
            &["id", "links"],
            json!({
                "id": text,
                "title": text,
                "description": text,
                "links": links,
                "itemType": text,
                "itemCount": count,
                "crs": list(text.clone()),
                "storageCrs": text,
                "extent": { "type": "object" },
            }),
        ),
        "schema": object(&["$schema", "$id", "type", "properties"], json!({
            "$schema": text, "$id": text, "type": text, "title": text, "properties": { "type": "object" },
        })),
        "featureCollection": object(
            &["type", "features"],
            json!({
                "type": { "type": "string", "enum": ["FeatureCollection"] },
                "features": list(reference("feature")),
                "links": links,
                "timeStamp": { "type": "string", "format": "date-time" },
                "numberMatched": count,
                "numberReturned": count,
            }),
        ),
        "feature": object(
            &["type", "geometry", "properties"],
            json!({
                "type": { "type": "string", "enum": ["Feature"] },
                "geometry": { "type": "object", "nullable": true },
                "properties": { "type": "object", "nullable": true },
                "id": { "oneOf": [{ "type": "string" }, { "type": "integer" }] },
                "links": links,
            }),
        ),
        "limit": object(
            &["name", "value", "unit"],
            json!({ "name": text, "value": count, "unit": text }),
        ),
        "problem": object(
            &["type", "title", "status", "detail"],
            json!({
                "type": text, "title": text, "status": { "type": "integer" }, "detail": text,
                "hint": text, "parameter": text, "limit": reference("limit"),
            }),
        ),
    });
    schemas.as_object().cloned().unwrap_or_default()
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties })
}
