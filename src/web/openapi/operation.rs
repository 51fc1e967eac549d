//! What can be done at an address, as the document says it.

use serde_json::{Value, json};

use crate::catalog::Language;
use crate::snapshot::Described;
use crate::web::http::words::{Words, said};
use crate::web::request::Request;

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

/// What the document is written for.
pub struct Context<'a> {
    /// The request it answers.
    pub request: &'a Request,
    /// The reader's language.
    pub language: Language,
    /// The collections that may be seen.
    pub collections: Vec<Described>,
    /// The one collection an operation is listed for.
    pub own: Option<Described>,
}

impl<'a> Context<'a> {
    /// The context of a request.
    pub fn new(request: &'a Request, language: Language) -> Context<'a> {
        Context { request, language, collections: request.describe_all(), own: None }
    }
}
