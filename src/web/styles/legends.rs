//! `/styles/{styleId}/legend`: what the symbols of a style mean, as JSON and SVG.

use axum::response::Response;

use super::documents::written;
use super::mapped::{Asked, mapped};
use crate::carto::{icons, legend};
use crate::catalog::Language;
use crate::error::{Error, Result, known, said};
use crate::snapshot::DESCRIPTION;
use crate::web::http::path::Path;
use crate::web::http::{links, negotiate};
use crate::web::request::Request;
use crate::work::spend;

/// The media type of drawings.
const SVG: &str = "image/svg+xml";

/// Answers with the legend of a style.
pub async fn get(request: Request, Path(id): Path<String>) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let is_drawing = match parameters.take("f").as_deref() {
        None | Some("json") => false,
        Some("svg") => true,
        Some(other) => {
            return Err(Error::invalid("f", said!("there is no format {:?}", other))
                .hint(known(other, &["json", "svg"])));
        }
    };
    let asked = Asked::read(&id, &mut parameters, &request)?;
    parameters.end()?;
    request.place()?.work(move || document(&request, &asked, is_drawing)).await?
}

fn document(request: &Request, asked: &Asked, is_drawing: bool) -> Result<Response> {
    let language = request.language();
    let in_english = language == Language::English;
    let described = request.describe_all();
    spend(described.len() * DESCRIPTION);
    let all = mapped(&described);
    let on_top: Vec<_> =
        asked.on_top.iter().filter_map(|id| all.iter().find(|one| one.id() == id).copied()).collect();
    let mut entries = legend::entries(&all, &on_top, in_english);
    if asked.has_base && on_top.is_empty() {
        entries.extend(legend::base_entries(&all, request.snapshot().base_map(), asked.theme, in_english));
    }
    let title = match on_top.as_slice() {
        [one] => one.view.collection.words(in_english).0,
        _ if in_english => "Legend",
        _ => "Legende",
    };
    let response = match is_drawing {
        true => written(request, legend::svg(title, &entries, asked.theme, icons::drawing, in_english), SVG),
        false => written(request, legend::json(title, &entries).to_string(), links::JSON),
    };
    Ok(negotiate::in_language(response, language))
}
