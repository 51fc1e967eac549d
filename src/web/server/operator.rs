//! Serves the operator's socket.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use axum::{Router, middleware};
use tokio::net::UnixListener;

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
        .layer(middleware::from_fn_with_state(app.clone(), enter))
        .layer(middleware::from_fn_with_state(app, say));
    if let Err(fault) = axum::serve(socket, router).await {
        tracing::error!("the operator's socket is closed: {fault}");
    }
}
