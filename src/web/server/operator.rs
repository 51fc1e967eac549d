//! Serves the operator's socket.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Router, middleware};
use tokio::net::UnixListener;

use crate::access::audit::{Entry, What};
use crate::web::operations::operator::{expire, purge};
use crate::web::server::layers::{enter, say};
use crate::web::state::App;

/// The maximum length of a list of tiles in bytes: some two million tiles.
const LIST_BYTES: usize = 32 << 20;

/// Serves the socket until the task is aborted.
pub async fn serve(app: Arc<App>, socket: UnixListener) {
    let router = Router::new()
        .route("/tiles/purge", post(purge))
        .route("/tiles/expire", post(expire))
        .layer(DefaultBodyLimit::max(LIST_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), recorded))
        .layer(middleware::from_fn_with_state(app.clone(), enter))
        .layer(middleware::from_fn_with_state(app, say));
    if let Err(fault) = axum::serve(socket, router).await {
        tracing::error!("the operator's socket is closed: {fault}");
    }
}

/// Records a request before it is answered.
async fn recorded(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if let Some(audit) = app.audit.clone() {
        let entry = Entry::now(What::Operator, request.uri().path());
        let done = tokio::task::spawn_blocking(move || audit.record(entry)).await;
        if let Ok(Err(fault)) = done {
            return fault.into_response();
        }
    }
    next.run(request).await
}
