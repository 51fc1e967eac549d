//! `/`: the map for browsers, and the OGC API landing page for other clients.

use axum::Json;
use axum::response::Response;
use serde_json::json;

use crate::catalog::{Language, Words};
use crate::error::Result;
use crate::web::http::links::{self, Link, OPENAPI};
use crate::web::http::negotiate::{self, Format};
use crate::web::http::words::said;
use crate::web::request::Request;
use crate::web::start::assets;

/// Answers with the map page if the client prefers HTML, as browsers do, otherwise with the landing
/// page, which libraries that accept any format can read.
pub async fn get(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let format = negotiate::format(parameters.take("f").as_deref(), request.headers(), Format::Json)?;
    // The map page reads `lang` from the address by itself.
    parameters.take("lang");
    parameters.end()?;
    if format == Format::Html {
        return Ok(assets::map_page(&request));
    }
    let language = request.language();
    let publication = request.snapshot().publication();
    let in_language =
        |words: &Words| if language == Language::English { words.en.clone() } else { words.de.clone() };
    let title = publication.title.as_ref().map_or_else(|| "veedel".into(), in_language);
    let ours =
        said(["Geodaten als Vektorkacheln und Objekte", "Geodata as vector tiles and features"], language);
    let description = publication.description.as_ref().map_or_else(|| ours.into(), in_language);
    let mut document = json!({
        "title": title,
        "description": description,
        "links": links(&request, language),
    });
    if let (Some(sentence), Some(members)) = (request.seen_as(), document.as_object_mut()) {
        members.insert("veedel:seenAs".into(), sentence.into());
    }
    Ok(negotiate::in_language(Json(document), language))
}

const OGC_CONFORMANCE: &str = "http://www.opengis.net/def/rel/ogc/1.0/conformance";
const OGC_FUNCTIONS: &str = "http://www.opengis.net/def/rel/ogc/1.0/functions";
const OGC_PROCESSES: &str = "http://www.opengis.net/def/rel/ogc/1.0/processes";

/// Returns the links of the landing page. `data` and `conformance` have no parameters in JSON,
/// because clients append path segments to them. Clients compare the type of `service-desc`
/// character by character.
fn links(request: &Request, language: Language) -> Vec<Link> {
    let base = request.base();
    let link = |path: &str, rel, media_type, words| {
        Link::new(base.href(path), rel, media_type).titled(said(words, language))
    };
    let mut links = vec![
        link("/?f=json", "self", links::JSON, ["Dieses Dokument", "This document"]),
        link("/?f=html", "alternate", links::HTML, ["Karte", "Map"]),
        link("/api", "service-desc", OPENAPI, ["Beschreibung der API", "Description of the API"]),
        link("/api?f=html", "service-doc", links::HTML, ["Die API ausprobieren", "Try the API"]),
        link(
            "/conformance",
            "conformance",
            links::JSON,
            ["Eingehaltene Standards", "Standards that are kept"],
        ),
        link(
            "/conformance",
            OGC_CONFORMANCE,
            links::JSON,
            ["Eingehaltene Standards", "Standards that are kept"],
        ),
        link("/functions", OGC_FUNCTIONS, links::JSON, ["Funktionen in Filtern", "Functions in filters"]),
        link("/collections", "data", links::JSON, ["Datensätze", "Collections"]),
        link("/collections?f=html", "data", links::HTML, ["Datensätze", "Collections"]),
        link("/styles", links::REL_STYLES, links::JSON, ["Stile für Karten", "Styles of maps"]),
        link("/tiles?f=json", links::REL_TILESETS, links::JSON, ["Vektorkacheln", "Vector tiles"]),
        link(
            "/tileMatrixSets?f=json",
            links::REL_TILING_SCHEMES,
            links::JSON,
            ["Kachelschema", "Tile matrix set"],
        ),
        link("/processes", OGC_PROCESSES, links::JSON, ["Fragen der Planung", "Questions of planning"]),
        link("/catalog", links::REL_CATALOG, links::OGC_CATALOG, ["Katalog", "Catalogue"]),
        link("/catalog?f=jsonld", "describedby", "application/ld+json", ["DCAT-AP.de", "DCAT-AP.de"]),
    ];
    // GDI-DE requires this link. Clients that look for the API description recognise that by its
    // type.
    let metadata = request.snapshot().publication().metadata_url.clone();
    links.extend(metadata.map(|address| {
        let words = said(["Metadaten des Dienstes", "Metadata of the service"], language);
        Link::new(address, "service-desc", links::ISO_19139).titled(words)
    }));
    links
}
