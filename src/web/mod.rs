//! HTTP, and only here: routes, parameters, links, pages, problems.
//!
//! A handler asks [`open`] for a collection (and so `access` for a permit), `layer` or `tile` for the
//! answer, `encode` for the bytes. It holds one [`World`](crate::layer::World) from beginning to end.

pub mod admission;
pub mod assets;
pub mod collections;
pub mod health;
pub mod items;
pub mod landing;
pub mod links;
pub mod listen;
pub mod negotiate;
pub mod open;
pub mod pages;
pub mod parameters;
pub mod path;
pub mod problem;
pub mod state;
pub mod tiles;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{CompressionLayer, CompressionLevel};

pub use state::App;

/// All routes, one a line, with who asks for them.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        // Browsers get the map; API clients the OGC landing page.
        .route("/", get(landing::get))
        // The map's own files.
        .route("/assets/{*path}", get(assets::get))
        // Map clients: tiles of one or several collections, and their TileJSON.
        .route("/xyz/{*path}", get(tiles::get))
        // The map page, QGIS and scripts.
        .route("/collections", get(collections::list))
        .route("/collections/{id}", get(collections::one))
        .route("/collections/{id}/items", get(items::list))
        .route("/collections/{id}/items/{fid}", get(items::one))
        // Load balancers and systemd: is the process there, and has it got its data?
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .fallback(async || problem::not_found("there is nothing at this address"))
        .method_not_allowed_fallback(async || problem::method_not_allowed())
        .layer(middleware::from_fn_with_state(app.clone(), admission::admit))
        .layer(middleware::from_fn_with_state(app.clone(), request_limits))
        .layer(middleware::from_fn(open_to_all_origins))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(CatchPanicLayer::custom(|_| problem::internal()))
        .with_state(app)
}

/// Every address of ours is public and read-only: any page may read it (CORS), and `OPTIONS` says so.
/// Sniffing and framing by others is forbidden.
async fn open_to_all_origins(request: Request, next: Next) -> Response {
    let mut response = if request.method() == Method::OPTIONS {
        let allow = [(header::ALLOW, "GET, HEAD, OPTIONS")];
        (StatusCode::NO_CONTENT, allow).into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    // Where the address has several formats; pages say more, tiles have but one.
    headers.entry(header::VARY).or_insert(HeaderValue::from_static("Accept"));
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "Content-Crs, Link, Veedel-Tile-Thinned"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The limits that hold for every request, before anything is looked at.
async fn request_limits(
    axum::extract::State(app): axum::extract::State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if address > app.limits.uri_bytes {
        return problem::of(StatusCode::URI_TOO_LONG, "the address is too long", None, None);
    }
    next.run(request).await
}
