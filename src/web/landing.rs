//! `/`: the map for browsers, OGC API's landing page for clients.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::assets;
use super::links::{self, Base, Link};
use super::negotiate::{self, Format};
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
    let base = Base::of(&app, &headers);
    let document = json!({
        "title": "veedel",
        "description": "Geodata as vector tiles and GeoJSON",
        "links": [
            Link::new(base.href("/?f=json"), "self", links::JSON),
            Link::new(base.href("/?f=html"), "alternate", links::HTML).titled("Karte / Map"),
            Link::new(base.href("/collections?f=json"), "data", links::JSON),
            Link::new(base.href("/conformance"), "http://www.opengis.net/def/rel/ogc/1.0/conformance", links::JSON),
            Link::new(base.href("/conformance"), "conformance", links::JSON),
            Link::new(base.href("/processes"), "http://www.opengis.net/def/rel/ogc/1.0/processes", links::JSON),
        ],
    });
    Ok(Json(document).into_response())
}

/// What is wholly kept. OpenAPI, HTML and callbacks of OGC API – Processes are not there, nor jobs.
const CONFORMS_TO: [&str; 3] = [
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/ogc-process-description",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/json",
];

/// `/conformance`: the standards that are kept, class by class.
pub async fn conformance(State(app): State<Arc<App>>, uri: Uri) -> Result<Response> {
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    parameters.take("f");
    parameters.end()?;
    Ok(Json(json!({ "conformsTo": CONFORMS_TO })).into_response())
}
