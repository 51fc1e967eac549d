//! The formats of the catalogue's documents, and the data that all of them share.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::catalog::{Language, Publication};
use crate::error::{Error, Kind, Result, known, said};
use crate::snapshot::Described;
use crate::web::catalog::graph::Syntax;
use crate::web::http::links::{Base, CATALOG_ID, Link, OGC_CATALOG};
use crate::web::http::words::said;
use crate::web::http::{negotiate, path};
use crate::web::request::Request;

/// The conformance classes of OGC API – Records that the catalogue meets. `searchable-catalog` is
/// missing, because it requires the catalogue to be one of the collections.
pub const RECORDS: &[&str] = &[
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-collection",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core-query-parameters",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/crawlable-catalog",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/autodiscovery",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/html",
];

/// The formats of the catalogue and its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Html,
    /// JSON as OGC API – Records defines it.
    Json,
    /// RDF as DCAT-AP.de defines it.
    Rdf(Syntax),
}

impl Format {
    pub(super) const RDF: [Format; 2] = [Format::Rdf(Syntax::JsonLd), Format::Rdf(Syntax::Turtle)];

    pub(super) fn name(self) -> &'static str {
        match self {
            Format::Html => "html",
            Format::Json => "json",
            Format::Rdf(Syntax::JsonLd) => "jsonld",
            Format::Rdf(Syntax::Turtle) => "ttl",
        }
    }

    /// Returns the format that `f` names; without `f`, the one that `Accept` prefers, or `default`.
    pub(super) fn of(f: Option<&str>, headers: &HeaderMap, default: Format) -> Result<Format> {
        let all = [Format::Html, Format::Json, Format::RDF[0], Format::RDF[1]];
        if let Some(name) = f {
            return all.into_iter().find(|format| format.name() == name).ok_or_else(|| {
                Error::invalid("f", said!("there is no format {:?} here", name))
                    .hint(known(name, &["html", "json", "jsonld", "ttl"]))
            });
        }
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
        let found = negotiate::preferences(accept).into_iter().find_map(|range| match &*range {
            "text/html" | "application/xhtml+xml" | "text/*" => Some(Format::Html),
            "application/json" | "application/geo+json" | OGC_CATALOG | "application/*" => Some(Format::Json),
            "*/*" => Some(default),
            range => Format::RDF.into_iter().find(|format| format.media_type() == Some(range)),
        });
        found.ok_or_else(|| {
            Error::new(Kind::NotAcceptable, "none of the formats in Accept can be given")
                .hint(said!("known: {}", "text/html, application/json, application/ld+json, text/turtle"))
        })
    }

    pub(super) fn media_type(self) -> Option<&'static str> {
        match self {
            Format::Rdf(syntax) => Some(syntax.media_type()),
            Format::Html | Format::Json => None,
        }
    }
}

/// The description of the catalogue if none is configured.
pub(super) fn description_of_catalog(language: Language) -> &'static str {
    said(["Alle Datensätze dieses Servers.", "All collections of this server."], language)
}

/// The data that all documents of one request share.
pub(super) struct Edition<'a> {
    pub(super) request: &'a Request,
    pub(super) base: Base,
    pub(super) language: Language,
    pub(super) publication: &'a Publication,
}

impl<'a> Edition<'a> {
    pub(super) fn of(request: &'a Request) -> Edition<'a> {
        Edition {
            request,
            base: request.base(),
            language: request.language(),
            publication: request.snapshot().publication(),
        }
    }

    pub(super) fn published(&self) -> Vec<Described> {
        self.request.describe_all()
    }

    pub(super) fn in_english(&self) -> bool {
        self.language == Language::English
    }

    pub(super) fn title(&self) -> &str {
        match &self.publication.title {
            Some(words) if self.in_english() => &words.en,
            Some(words) => &words.de,
            None => said(["Geodaten", "Geodata"], self.language),
        }
    }

    pub(super) fn description(&self) -> String {
        match &self.publication.description {
            Some(words) if self.in_english() => words.en.clone(),
            Some(words) => words.de.clone(),
            None => description_of_catalog(self.language).into(),
        }
    }

    pub(super) fn catalog(&self) -> String {
        self.base.href("/catalog")
    }

    pub(super) fn record(&self, id: &str) -> String {
        self.base.href(&format!("/collections/{CATALOG_ID}/items/{}", path::encode(id)))
    }

    pub(super) fn respond(&self, media_type: &'static str, body: String) -> Response {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static(self.language.tag())),
            (header::VARY, HeaderValue::from_static("Accept, Accept-Language")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ];
        (headers, body).into_response()
    }
}

/// Returns the links to an RDF document, one for each syntax.
pub(super) fn rdf_links(address: &str) -> impl Iterator<Item = Link> {
    Format::RDF.into_iter().filter_map(move |format| {
        let href = format!("{address}?f={}", format.name());
        Some(Link::new(href, "alternate", format.media_type()?).titled("DCAT-AP.de 3.0"))
    })
}
