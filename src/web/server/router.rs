//! The router of all addresses, with its middleware.

use std::sync::Arc;

use axum::http::{Extensions, HeaderMap, StatusCode, Uri, Version, header};
use axum::{Extension, Router, middleware};
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::compression::{CompressionLayer, CompressionLevel};

use crate::web::http::coding::AsItIs;
use crate::web::http::problem;
use crate::web::routes::{ADDRESSES, allowed, routes};
use crate::web::server::admit::admit;
use crate::web::state::App;

/// Creates the router of all addresses.
pub fn router(app: Arc<App>) -> Router {
    routes()
        .into_iter()
        .fold(Router::new(), |router, route| route.put_into(router))
        .fallback(async || problem::not_found("there is nothing at this address"))
        .method_not_allowed_fallback(async |uri: Uri| problem::method_not_allowed(allowed(uri.path())))
        .layer(Extension(&**ADDRESSES))
        .layer(middleware::from_fn_with_state(app, admit))
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(DefaultPredicate::new().and(is_packed)),
        )
}

/// Whether an answer may be compressed. Files that support byte ranges may not, because ranges
/// refer to the uncompressed bytes.
fn is_packed(_: StatusCode, _: Version, headers: &HeaderMap, extensions: &Extensions) -> bool {
    !headers.contains_key(header::ACCEPT_RANGES) && extensions.get::<AsItIs>().is_none()
}
