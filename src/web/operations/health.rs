//! `/health` and `/ready`: whether the process runs, and whether its data is loaded.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::layer;
use crate::web::request::Request;

/// Answers 200 as long as the process runs.
pub async fn health() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok" }))
}

/// Answers 200 once every collection has been read (or has failed) and every source was reached,
/// before that 503. Answers 503 again once the server has been told to stop.
pub async fn ready(request: Request) -> Response {
    let snapshot = request.snapshot();
    let world = snapshot.world();
    // Hidden collections are not counted, because their number is not public.
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
