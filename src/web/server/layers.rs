//! Middleware for routes that are not behind the service.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::access::Identified;
use crate::web::http::problem::Audience;
use crate::web::request::Origin;
use crate::web::state::App;

/// Makes each request that of an anonymous caller.
pub async fn enter(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Origin::new(&app, Identified::default(), None));
    next.run(request).await
}

/// Writes the bodies of error responses, as [`Audience::answer`] does.
pub async fn say(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let audience = Audience::of(request.method(), request.uri(), request.headers());
    audience.answer(&app.outlet(), next.run(request).await)
}
