//! Is the process there, and has it got its data?

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::layer;
use crate::web::request::Request;

/// 200 as long as the process answers.
pub async fn health() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok" }))
}

/// 200 once every collection has been read (or has failed) and every source was reached; else 503. Once the server has
/// been told to stop it is 503 too.
pub async fn ready(request: Request) -> Response {
    let snapshot = request.snapshot();
    let world = snapshot.world();
    // How many are hidden is nobody's business.
    let count = |wanted: fn(&layer::State) -> bool| {
        let visible =
            world.entries.values().filter(|entry| snapshot.sees(request.caller(), &entry.collection));
        visible.filter(|entry| wanted(&entry.state)).count()
    };
    let word = match (request.is_stopping(), world.is_ready()) {
        (true, _) => "stopping",
        (false, true) => "ready",
        (false, false) => "loading",
    };
    let body = json!({
        "status": word,
        "ready": count(|state| matches!(state, layer::State::Ready(_) | layer::State::Direct(_))),
        "loading": count(|state| matches!(state, layer::State::Loading)),
        "failed": count(|state| matches!(state, layer::State::Failed(_))),
        "sourcesAway": world.sources.iter().filter(|source| source.away.is_some()).count(),
    });
    let status = if word == "ready" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}
