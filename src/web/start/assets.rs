//! Files compiled into the binary: the map page and the files it loads.

use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use serde_json::Value;

use crate::carto::font::LICENCE;
use crate::error::Result;
use crate::web::http::pages::{self, CONTENT_SECURITY_POLICY};
use crate::web::http::{path, problem};
use crate::web::request::Request;

/// The built map page (`viewer/dist`).
#[derive(RustEmbed)]
#[folder = "viewer/dist"]
struct Viewer;

const STYLE: &str = include_str!("../templates/page.css");

/// Answers with the map page, or with a note if it was not built.
pub fn map_page(request: &Request) -> Response {
    with_policy(request, html("index.html"))
}

/// Answers with the same page, which opens the door to the questions at this address.
pub async fn planning_page(request: Request) -> Response {
    map_page(&request)
}

/// Answers with the page for trying out the API, or with a note if its script was not built.
pub fn api_page(request: &Request) -> Result<Response> {
    match Viewer::get("api.html") {
        Some(_) => request.page("api.html", Value::Null),
        None => Ok(html("api.html")),
    }
}

fn html(name: &str) -> Response {
    match Viewer::get(name) {
        Some(file) => page(file.data.into_owned(), "text/html; charset=utf-8"),
        None => page(
            b"<!doctype html><title>veedel</title><p>This build has no map page: run <code>make viewer</code> \
              and build again. The data is at <a href=\"collections\">/collections</a>."
                .to_vec(),
            "text/html; charset=utf-8",
        ),
    }
}

/// Answers with a file of the map page, or with the style sheet of the other pages. The licence of
/// the fonts stands after those of the page's parts.
pub async fn get(request: Request) -> Response {
    with_policy(&request, file(request.uri()))
}

/// Sets the policy of the map page. The worker that loads its tiles has that of its own file.
fn with_policy(request: &Request, mut response: Response) -> Response {
    pages::allow(&mut response, request.snapshot().base_map().basemap.as_ref());
    response
}

fn file(uri: &Uri) -> Response {
    let Ok(name) = path::decode(uri.path().trim_start_matches('/')) else {
        return problem::not_found("there is no such file");
    };
    if name == "assets/page.css" {
        return page(STYLE.as_bytes().to_vec(), "text/css; charset=utf-8");
    }
    match Viewer::get(&name) {
        Some(file) if name == "assets/licences.txt" => {
            let fonts = format!("\n\nOf the fonts Noto Sans:\n\n{LICENCE}");
            page([&file.data, fonts.as_bytes()].concat(), media_type(&name))
        }
        Some(file) => page(file.data.into_owned(), media_type(&name)),
        None => problem::not_found("there is no such file"),
    }
}

fn page(bytes: Vec<u8>, media_type: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, bytes).into_response()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json" | "map") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
