//! The handler of `/api`, which writes the document or reuses one written before.

use axum::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::error::Result;
use crate::web::http::conditional;
use crate::web::http::links::OPENAPI;
use crate::web::http::negotiate::{self, Format};
use crate::web::openapi::address::Address;
use crate::web::openapi::document;
use crate::web::openapi::operation::Context;
use crate::web::request::Request;
use crate::web::start::assets;
use crate::web::state::descriptions::DocumentKey;

/// Answers `/api` with the document, or with the HTML page for trying it out.
pub async fn get(request: Request, Extension(addresses): Extension<&'static [Address]>) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let format = negotiate::format(parameters.take("f").as_deref(), request.headers(), Format::Json)?;
    parameters.end()?;
    if format == Format::Html {
        return assets::api_page(&request);
    }
    let language = request.language();
    let (own, place) = (request.clone(), request.place()?);
    let write = move || own.api().get_or_write(key(&own), || written(&own, addresses));
    let document = place.work(write).await?;
    if conditional::is_unmodified(request.headers(), &document.etag) {
        let headers = [(header::ETAG, document.etag.clone())];
        return Ok(negotiate::in_language((StatusCode::NOT_MODIFIED, headers), language));
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(OPENAPI)),
        (header::ETAG, document.etag.clone()),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag())),
        (header::VARY, HeaderValue::from_static("Accept, Accept-Language")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Ok((headers, document.text.clone()).into_response())
}

fn key(request: &Request) -> DocumentKey {
    DocumentKey {
        snapshot: request.snapshot().version(),
        digest: request.digest(),
        language: request.language(),
        base: request.base().href(""),
    }
}

fn written(request: &Request, addresses: &[Address]) -> String {
    let context = Context::new(request, request.language());
    document::of(&context, addresses, &request.base()).to_string()
}
