//! An operation at an address, as the document describes it.

use serde_json::{Value, json};

use crate::catalog::Language;
use crate::snapshot::Described;
use crate::web::http::words::{Words, said};
use crate::web::request::Request;

/// An operation at an address.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The method of the request.
    pub verb: Verb,
    /// The unique `operationId` in the document.
    pub id: &'static str,
    /// The heading under which the operation is listed.
    pub tag: Tag,
    /// One sentence, in German and English.
    pub summary: Words,
    /// Returns the parameters.
    pub parameters: fn(&Context<'_>) -> Vec<Value>,
    /// Returns an example of the body of a POST; None for a GET.
    pub body: Option<fn() -> Value>,
    /// Returns the schema of the body of a POST.
    pub body_schema: fn(&Context<'_>) -> Value,
    /// The media types of the answer, each with the name of its schema.
    pub answers: &'static [(&'static str, &'static str)],
    /// The statuses, except 200 and those that every address may answer with.
    pub statuses: &'static [u16],
    /// Whether the operation is listed once for each collection, because the columns are
    /// parameters.
    pub for_each_collection: bool,
}

/// The HTTP methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// GET, which includes HEAD.
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

impl Operation {
    /// A GET without parameters that answers with JSON.
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

    /// A POST of a JSON document; `body` returns an example.
    pub const fn post(id: &'static str, tag: Tag, summary: Words, body: fn() -> Value) -> Operation {
        let operation = Operation::get(id, tag, summary);
        Operation { verb: Verb::Post, body: Some(body), statuses: &[408, 413], ..operation }
    }

    /// Sets the parameters.
    pub const fn with(self, parameters: fn(&Context<'_>) -> Vec<Value>) -> Operation {
        Operation { parameters, ..self }
    }

    /// Sets the schema of the body.
    pub const fn of(self, body_schema: fn(&Context<'_>) -> Value) -> Operation {
        Operation { body_schema, ..self }
    }

    /// Sets the media types and schemas of the answer.
    pub const fn gives(self, answers: &'static [(&'static str, &'static str)]) -> Operation {
        Operation { answers, ..self }
    }

    /// Sets the statuses.
    pub const fn or(self, statuses: &'static [u16]) -> Operation {
        Operation { statuses, ..self }
    }

    /// Makes the operation be listed once for each collection.
    pub const fn for_each_collection(self) -> Operation {
        Operation { for_each_collection: true, ..self }
    }
}

impl Verb {
    /// Returns the HTTP methods that the verb includes.
    pub fn methods(self) -> &'static [&'static str] {
        match self {
            Verb::Get => &["GET", "HEAD"],
            Verb::Post => &["POST"],
        }
    }

    /// Returns the key of the verb in the document.
    pub fn key(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::Post => "post",
        }
    }
}

impl Tag {
    /// All tags, in the order of the document.
    pub const ALL: [Tag; 6] =
        [Tag::Start, Tag::Features, Tag::Catalog, Tag::Tiles, Tag::Planning, Tag::Server];

    /// Returns the heading in a language.
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

/// What the document is written for: a request and the collections its caller may see.
pub struct Context<'a> {
    /// The request for the document.
    pub request: &'a Request,
    /// The language of the document.
    pub language: Language,
    /// The collections that the caller may see; empty while operations of one collection are
    /// written.
    pub collections: Vec<Described>,
    /// The collection that operations are being written for; None for operations of no single
    /// collection.
    pub own: Option<Described>,
}

impl<'a> Context<'a> {
    /// Creates the context of a request.
    pub fn new(request: &'a Request, language: Language) -> Context<'a> {
        Context { request, language, collections: request.describe_all(), own: None }
    }
}
