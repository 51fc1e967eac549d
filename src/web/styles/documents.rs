//! `/styles` and `/styles/{styleId}` (in the shape of OGC API – Styles, 20-009): MapLibre styles.
//!
//! `light` and `dark` are the base map, on which `collections` puts others. The id of a collection
//! is the style of this collection alone.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::mapped::{Asked, addresses, mapped, tiles};
use crate::carto::{Theme, style};
use crate::catalog::Language;
use crate::error::Result;
use crate::snapshot::DESCRIPTION;
use crate::web::http::links::{self, Base, Link, STYLE};
use crate::web::http::negotiate::json_only;
use crate::web::http::path::Path;
use crate::web::http::{conditional, negotiate};
use crate::web::request::Request;
use crate::work::spend;

/// Answers with the list of all styles.
pub async fn list(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    json_only(&mut parameters)?;
    parameters.end()?;
    request.place()?.work(move || list_document(&request)).await?
}

fn list_document(request: &Request) -> Result<Response> {
    let (base, language) = (request.base(), request.language());
    let mut styles: Vec<Value> =
        Theme::ALL.map(|theme| entry(&base, theme.name(), theme_title(theme, language))).into();
    for described in request.describe_all().iter().filter(|described| described.collection.geometry.is_some())
    {
        spend(DESCRIPTION);
        let collection = &described.collection;
        styles.push(entry(&base, &collection.id, collection.words(language == Language::English).0));
    }
    let document = json!({
        "default": Theme::default().name(),
        "styles": styles,
        "links": [Link::new(base.href("/styles"), "self", links::JSON)],
    });
    let text = document.to_string();
    Ok(negotiate::in_language(written(request, text, links::JSON), language))
}

/// The title of the base map.
fn theme_title(theme: Theme, language: Language) -> &'static str {
    match (theme, language) {
        (Theme::Light, Language::German) => "Grundkarte, hell",
        (Theme::Light, Language::English) => "Base map, light",
        (Theme::Dark, Language::German) => "Grundkarte, dunkel",
        (Theme::Dark, Language::English) => "Base map, dark",
    }
}

fn entry(base: &Base, id: &str, title: &str) -> Value {
    let here = base.style(id);
    json!({
        "id": id,
        "title": title,
        "links": [
            Link::new(here.clone(), "stylesheet", STYLE),
            Link::new(format!("{here}/legend?f=svg"), links::REL_LEGEND, "image/svg+xml"),
            Link::new(format!("{here}/legend?f=json"), links::REL_LEGEND, links::JSON),
        ],
    })
}

/// Answers with one style.
pub async fn one(request: Request, Path(id): Path<String>) -> Result<Response> {
    let mut parameters = request.parameters()?;
    json_only(&mut parameters)?;
    let asked = Asked::read(&id, &mut parameters, &request)?;
    parameters.end()?;
    request.place()?.work(move || document(&request, &asked)).await?
}

fn document(request: &Request, asked: &Asked) -> Result<Response> {
    let (base, language) = (request.base(), request.language());
    let described = request.describe_all();
    spend(described.len() * DESCRIPTION);
    let all = mapped(&described);
    let on_top: Vec<_> =
        asked.on_top.iter().filter_map(|id| all.iter().find(|one| one.id() == id).copied()).collect();
    let titles = on_top.iter().map(|one| one.view.collection.words(language == Language::English).0);
    let title = asked.has_base.then(|| theme_title(asked.theme, language));
    let name = title.into_iter().chain(titles).collect::<Vec<_>>().join(", ");
    let shown =
        style::Shown { name, all: &all, on_top: &on_top, has_base: asked.has_base, theme: asked.theme };
    let template = |ids: &[&str], query: &[(&str, &str)]| tiles(&base, ids, query);
    let document = style::style(
        &shown,
        request.snapshot().base_map(),
        &addresses(&base, request.limits().tile_collections, &template),
    );
    Ok(negotiate::in_language(written(request, document.to_string(), STYLE), language))
}

/// Returns a document with its tag, or 304 if the client has it.
pub fn written(request: &Request, text: String, media_type: &'static str) -> Response {
    let etag = conditional::tag_of(&text, conditional::Strength::Weak);
    let mut response = match conditional::is_unmodified(request.headers(), &etag) {
        true => axum::http::StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], text).into_response(),
    };
    response.headers_mut().insert(header::ETAG, etag);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
