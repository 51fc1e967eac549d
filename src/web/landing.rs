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
        ],
    });
    Ok(Json(document).into_response())
}
