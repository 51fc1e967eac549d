//! The catalogue: what is published, in the words of catalogues.
//!
//! `/catalog` is a page for people, a catalogue of OGC API – Records (20-004r1) and, as JSON-LD and Turtle, a catalogue
//! by DCAT-AP.de 3.0, from which GovData and Open.NRW gather. Its records are searched at `/collections/catalog/items`,
//! where clients of Records look; the catalogue is not listed in `/collections`, so that no client of Features takes it
//! for a layer.
//!
//! Nothing is made up: what neither a source nor the configuration says is missing, and the page tells what is.

mod dcat;
mod graph;
mod record;
mod search;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use self::dcat::Syntax;
use self::search::Search;
use super::links::{self, Base, Link};
use super::negotiate;
use super::openapi::said;
use super::path;
use super::request::Request;
use crate::catalog::Language;
use crate::catalog::Publication;
use crate::encode::json_text;
use crate::error::{Error, Kind, Result, known, said};
use crate::snapshot::{DESCRIPTION, Described};
use crate::work::spend;

/// The media type of a catalogue of OGC API – Records.
pub const OGC_CATALOG: &str = "application/ogc-catalog+json";
/// The relation of a link to a catalogue.
pub const REL_CATALOG: &str = "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog";
/// The id under which Records clients know it.
pub const ID: &str = "catalog";

/// The formats of the catalogue and its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Html,
    /// Of OGC API – Records.
    Json,
    /// Of DCAT-AP.de.
    Rdf(Syntax),
}

impl Format {
    const RDF: [Format; 2] = [Format::Rdf(Syntax::JsonLd), Format::Rdf(Syntax::Turtle)];

    fn name(self) -> &'static str {
        match self {
            Format::Html => "html",
            Format::Json => "json",
            Format::Rdf(Syntax::JsonLd) => "jsonld",
            Format::Rdf(Syntax::Turtle) => "ttl",
        }
    }

    /// The format by `f`, else by `Accept`, else `default`.
    fn of(f: Option<&str>, headers: &HeaderMap, default: Format) -> Result<Format> {
        let all = [Format::Html, Format::Json, Format::RDF[0], Format::RDF[1]];
        if let Some(name) = f {
            return all.into_iter().find(|format| format.name() == name).ok_or_else(|| {
                Error::invalid("f", said!("there is no format {:?} here", name))
                    .hint(known(name, &["html", "json", "jsonld", "ttl"]))
            });
        }
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
        let found = negotiate::preferences(accept).into_iter().find_map(|range| match range {
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

    fn media_type(self) -> Option<&'static str> {
        match self {
            Format::Rdf(syntax) => Some(syntax.media_type()),
            Format::Html | Format::Json => None,
        }
    }
}

/// What all documents of one request are written from.
struct Edition<'a> {
    request: &'a Request,
    base: Base,
    language: Language,
    publication: &'a Publication,
}

impl<'a> Edition<'a> {
    fn of(request: &'a Request) -> Edition<'a> {
        Edition {
            request,
            base: request.base(),
            language: request.language(),
            publication: request.snapshot().publication(),
        }
    }

    fn published(&self) -> Vec<Described> {
        self.request.describe_all()
    }

    fn in_english(&self) -> bool {
        self.language == Language::English
    }

    fn title(&self) -> &str {
        match &self.publication.title {
            Some(words) if self.in_english() => &words.en,
            Some(words) => &words.de,
            None => said(["Geodaten", "Geodata"], self.language),
        }
    }

    fn description(&self) -> String {
        match &self.publication.description {
            Some(words) if self.in_english() => words.en.clone(),
            Some(words) => words.de.clone(),
            None => dcat::description_of_catalog(self.language).into(),
        }
    }

    fn catalog(&self) -> String {
        self.base.href("/catalog")
    }

    fn record(&self, id: &str) -> String {
        self.base.href(&format!("/collections/{ID}/items/{}", path::encode(id)))
    }

    fn respond(&self, media_type: &'static str, body: String) -> Response {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static(self.language.tag())),
            (header::VARY, HeaderValue::from_static("Accept, Accept-Language")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ];
        (headers, body).into_response()
    }
}

/// The catalogue: a page for browsers, else a catalogue of Records.
pub async fn get(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let format = Format::of(parameters.take("f").as_deref(), request.headers(), Format::Json)?;
    parameters.end()?;
    request.place()?.work(move || whole(&request, format)).await?
}

fn whole(request: &Request, format: Format) -> Result<Response> {
    let edition = Edition::of(request);
    let published = edition.published();
    match format {
        Format::Rdf(syntax) => {
            Ok(edition.respond(syntax.media_type(), dcat::catalog(&edition, &published, syntax)?))
        }
        Format::Json => Ok(edition.respond(OGC_CATALOG, document(&edition, &published).to_string())),
        Format::Html => {
            let mut page = document(&edition, &published);
            if let Some(members) = page.as_object_mut() {
                members.insert("missing".into(), json!(edition.publication.missing()));
                let unlicensed = published.iter().filter(|one| one.collection.licence.is_none());
                let ids = unlicensed.map(|one| json!(one.collection.id)).collect();
                members.insert("unlicensed".into(), ids);
                let records = published.iter().map(|one| record::of(&edition, one)).collect();
                members.insert("records".into(), records);
            }
            request.page("catalog.html", page)
        }
    }
}

/// The catalogue as Records has it (7.2, "Record Collection"), with a link to each record.
fn document(edition: &Edition<'_>, published: &[Described]) -> Value {
    let mut links = vec![
        Link::new(format!("{}?f=json", edition.catalog()), "self", OGC_CATALOG),
        Link::new(format!("{}?f=html", edition.catalog()), "alternate", links::HTML),
        Link::new("http://www.opengis.net/def/profile/OGC/0/ogc-catalog".into(), "profile", links::HTML),
        Link::new(edition.base.href(&format!("/collections/{ID}/items")), "items", links::GEOJSON),
    ];
    links.extend(rdf_links(&edition.catalog()));
    links.extend(published.iter().map(|one| {
        let (title, _) = one.collection.words(edition.in_english());
        Link::new(edition.record(&one.collection.id), "item", links::GEOJSON).titled(title)
    }));
    let mut document = json!({
        "id": ID,
        "type": "Collection",
        "itemType": "record",
        "title": edition.title(),
        "description": edition.description(),
        "language": { "code": edition.language.tag() },
        "conformsTo": super::conformance::RECORDS,
        "links": links,
    });
    if let (Some(members), Some(contact)) = (document.as_object_mut(), record::contact(edition)) {
        members.insert("contacts".into(), json!([contact]));
    }
    document
}

fn rdf_links(address: &str) -> impl Iterator<Item = Link> {
    Format::RDF.into_iter().filter_map(move |format| {
        let href = format!("{address}?f={}", format.name());
        Some(Link::new(href, "alternate", format.media_type()?).titled("DCAT-AP.de 3.0"))
    })
}

/// Records that a search finds (Records, 7.3).
pub async fn items(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    super::conformance::json_only(&mut parameters)?;
    let search = Search::take(&mut parameters, request.limits())?;
    parameters.end()?;
    request.place()?.work(move || found(&request, &search)).await
}

fn found(request: &Request, search: &Search) -> Response {
    let edition = Edition::of(request);
    let records = edition.published().into_iter().map(|one| {
        spend(DESCRIPTION);
        record::of(&edition, &one)
    });
    let found: Vec<Value> = records.filter(|record| search.finds(record)).collect();
    let matched = found.len();
    let page: Vec<Value> = found.into_iter().skip(search.offset).take(search.limit).collect();
    let address = request.address();
    let mut links = vec![
        Link::new(edition.base.href(address), "self", links::GEOJSON),
        Link::new(edition.catalog(), "collection", OGC_CATALOG),
    ];
    links.extend(search.turned(matched).map(|(rel, offset)| {
        Link::new(edition.base.with(address, "offset", Some(&offset.to_string())), rel, links::GEOJSON)
    }));
    let document = json!({
        "type": "FeatureCollection",
        "numberMatched": matched,
        "numberReturned": page.len(),
        "timeStamp": jiff::Timestamp::now().to_string(),
        "features": page,
        "links": links,
    });
    edition.respond(links::GEOJSON, json_text::rewritten(&document))
}

/// One record, or its data set by DCAT-AP.de.
pub async fn item(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let format = Format::of(parameters.take("f").as_deref(), request.headers(), Format::Json)?;
    parameters.end()?;
    let id = match path::steps(request.uri().path(), "/collections/")[..] {
        [_, _, id] => path::decode(id)?,
        _ => return Err(Error::not_found("there is nothing at this address")),
    };
    let edition = Edition::of(&request);
    let one = request.describe(&id)?;
    match format {
        Format::Rdf(syntax) => {
            Ok(edition.respond(syntax.media_type(), dcat::dataset(&edition, &one, syntax)?))
        }
        Format::Json => {
            Ok(edition.respond(links::GEOJSON, json_text::rewritten(&record::of(&edition, &one))))
        }
        Format::Html => request.page("record.html", record::of(&edition, &one)),
    }
}
