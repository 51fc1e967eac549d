//! `/api`: the OpenAPI 3.0 document of all addresses, written from the table that the router is made of
//! (`super::routes`), and a page to try it.
//!
//! Features of each collection have a path of their own, with all parameters written out (no `$ref`): that is where
//! QGIS looks for the properties it may filter by, and what OGC's tests read the limits from. Of very many collections
//! (`api_collections`) one path stands for all, and `/collections/{collectionId}/queryables` has the columns.

pub mod catalog;
mod components;
mod document;
pub mod downloads;
pub mod features;
mod filters;
pub mod others;
mod parameters;
pub mod planning;
mod written;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

pub use document::Context;
pub use written::Written;

use super::assets;
use super::conditional;
use super::negotiate::{self, Format};
use super::request::Request;
use crate::catalog::Language;
use crate::error::Result;

/// The media type of the document; clients compare it letter by letter.
pub const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

/// What can be done at an address.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// How.
    pub verb: Verb,
    /// Its name in the document, unique.
    pub id: &'static str,
    /// The heading it stands under.
    pub tag: Tag,
    /// One sentence, in German and English.
    pub summary: Words,
    /// What it takes.
    pub parameters: fn(&Context<'_>) -> Vec<Value>,
    /// The body of a POST: an example of it.
    pub body: Option<fn() -> Value>,
    /// The schema of that body.
    pub body_schema: fn(&Context<'_>) -> Value,
    /// What it gives: media types, and the name of each one's schema.
    pub answers: &'static [(&'static str, &'static str)],
    /// The statuses beside 200 and those that every address may give.
    pub statuses: &'static [u16],
    /// Whether it is listed once for each collection, as columns are parameters of it.
    pub for_each_collection: bool,
}

/// The methods that are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// GET, and so HEAD.
    Get,
    /// POST.
    Post,
}

/// The headings of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Tag {
    Start,
    Features,
    Catalog,
    Tiles,
    Planning,
    Server,
}

/// A text in German and in English.
pub type Words = [&'static str; 2];

/// The text in one language.
pub fn said(words: Words, language: Language) -> &'static str {
    let [german, english] = words;
    if language == Language::German { german } else { english }
}

impl Operation {
    /// A GET that takes nothing and gives JSON.
    pub const fn get(id: &'static str, tag: Tag, summary: Words) -> Operation {
        Operation {
            verb: Verb::Get,
            id,
            tag,
            summary,
            parameters: |_| vec![],
            body: None,
            body_schema: |_| json!({ "type": "object" }),
            answers: &[("application/json", "object")],
            statuses: &[],
            for_each_collection: false,
        }
    }

    /// A POST of a JSON document like `body`.
    pub const fn post(id: &'static str, tag: Tag, summary: Words, body: fn() -> Value) -> Operation {
        let operation = Operation::get(id, tag, summary);
        Operation { verb: Verb::Post, body: Some(body), statuses: &[408, 413], ..operation }
    }

    /// The same with these parameters.
    pub const fn with(self, parameters: fn(&Context<'_>) -> Vec<Value>) -> Operation {
        Operation { parameters, ..self }
    }

    /// The same with a body of this schema.
    pub const fn of(self, body_schema: fn(&Context<'_>) -> Value) -> Operation {
        Operation { body_schema, ..self }
    }

    /// The same with these answers.
    pub const fn gives(self, answers: &'static [(&'static str, &'static str)]) -> Operation {
        Operation { answers, ..self }
    }

    /// The same with these statuses.
    pub const fn or(self, statuses: &'static [u16]) -> Operation {
        Operation { statuses, ..self }
    }

    /// The same, once for each collection.
    pub const fn for_each_collection(self) -> Operation {
        Operation { for_each_collection: true, ..self }
    }
}

impl Verb {
    /// The methods of HTTP that it stands for.
    pub fn methods(self) -> &'static [&'static str] {
        match self {
            Verb::Get => &["GET", "HEAD"],
            Verb::Post => &["POST"],
        }
    }

    /// Its key in the document.
    pub fn key(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::Post => "post",
        }
    }
}

impl Tag {
    /// All of them, in order.
    pub const ALL: [Tag; 6] =
        [Tag::Start, Tag::Features, Tag::Catalog, Tag::Tiles, Tag::Planning, Tag::Server];

    /// The heading.
    pub fn heading(self, language: Language) -> &'static str {
        let words = match self {
            Tag::Start => ["Einstieg", "Start"],
            Tag::Features => ["Datensätze und Objekte", "Collections and features"],
            Tag::Catalog => ["Katalog", "Catalogue"],
            Tag::Tiles => ["Kacheln", "Tiles"],
            Tag::Planning => ["Planung", "Planning"],
            Tag::Server => ["Betrieb", "Operation"],
        };
        said(words, language)
    }
}

/// `/api`: the document, or the page to try it.
pub async fn get(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let format = negotiate::format(parameters.take("f").as_deref(), request.headers(), Format::Json)?;
    parameters.end()?;
    if format == Format::Html {
        return Ok(assets::api_page());
    }
    let language = request.language();
    let (own, place) = (request.clone(), request.place()?);
    let document = place.work(move || own.api().of(&own)).await?;
    if conditional::has(request.headers(), &document.etag) {
        let headers = [(header::ETAG, document.etag.clone())];
        return Ok(negotiate::in_language((StatusCode::NOT_MODIFIED, headers), language));
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(OPENAPI)),
        (header::ETAG, document.etag.clone()),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag())),
        (header::VARY, HeaderValue::from_static("Accept, Accept-Language")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Ok((headers, document.text.clone()).into_response())
}
