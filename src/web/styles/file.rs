//! The files that maps load: made, and sent.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::error::Result;
use crate::web::http::coding::AsItIs;
use crate::web::http::conditional;
use crate::web::request::Request;
use crate::web::state::map_files::{Files, Made, MapFile, MapFiles};

/// Returns the kept files, or makes them as work.
pub async fn made(request: &Request, files: &Arc<MapFiles>, made: &Made) -> Result<Files> {
    let (own, wanted, limits) = (files.clone(), made.clone(), request.limits().clone());
    let make = async { request.place()?.work(move || own.make(&wanted, &limits)).await? };
    files.get_or_make(made.clone(), None, make).await
}

/// Answers with a file, or with 304 if the request names its tag.
pub fn response(file: &MapFile, media_type: &'static str, asked: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, file.etag.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if conditional::is_unmodified(asked, &file.etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Some(coding) = file.coding.header() {
        headers.insert(header::CONTENT_ENCODING, coding);
    }
    let mut response = (headers, Body::from(file.bytes.clone())).into_response();
    response.extensions_mut().insert(AsItIs);
    response
}
