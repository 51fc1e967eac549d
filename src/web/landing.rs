//! `/`: the map for browsers, OGC API's landing page for clients.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::assets;
use super::links::{self, Base, Link};
use super::negotiate::{self, Format, Language};
use super::openapi::{OPENAPI, said};
use super::parameters::Parameters;
use super::state::App;
use crate::error::Result;

/// The map page, or the landing page with `f=json` or an `Accept` that wants JSON.
pub async fn get(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Result<Response> {
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    let format = negotiate::format(parameters.take("f").as_deref(), &headers, Format::Html)?;
    // The map page reads its language from the address by itself.
    parameters.take("lang");
    parameters.end()?;
    if format == Format::Html {
        return Ok(assets::map_page());
    }
    let language = negotiate::language(&headers, app.pages.default_language());
    let description =
        said(["Geodaten als Vektorkacheln und Objekte", "Geodata as vector tiles and features"], language);
    let document = json!({
        "title": "veedel",
        "description": description,
        "links": links(&Base::of(&app, &headers), language),
    });
    Ok(Json(document).into_response())
}

const OGC_CONFORMANCE: &str = "http://www.opengis.net/def/rel/ogc/1.0/conformance";
const OGC_PROCESSES: &str = "http://www.opengis.net/def/rel/ogc/1.0/processes";

/// Where to go on. `data` and `conformance` have no parameters, since clients append steps to them, and the type of
/// `service-desc` is compared letter by letter.
fn links(base: &Base, language: Language) -> Vec<Link> {
    let link = |path: &str, rel, media_type, words| {
        Link::new(base.href(path), rel, media_type).titled(said(words, language))
    };
    vec![
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
        link("/collections", "data", links::JSON, ["Datensätze", "Collections"]),
        link("/collections?f=html", "data", links::HTML, ["Datensätze", "Collections"]),
        link("/processes", OGC_PROCESSES, links::JSON, ["Fragen der Planung", "Questions of planning"]),
    ]
}
