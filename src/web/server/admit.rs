//! Admission: every request except those for tiles gets a place before it is answered.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use std::sync::Arc;

use crate::error::{Error, Said, said};
use crate::limits::{Key, Limits};
use crate::web::features::download_address::is_download;
use crate::web::http::problem;
use crate::web::request::Origin;
use crate::web::server::taking;
use crate::web::state::App;

/// Whether the path is one for monitoring, which must be answered however busy the server is.
pub fn is_always_answered(path: &str) -> bool {
    matches!(path, "/health" | "/ready" | "/metrics")
}

/// Whether a request to this path asks a planning question.
pub fn is_planning_question(path: &str) -> bool {
    path.starts_with("/v2/") || (path.starts_with("/processes/") && path.ends_with("/execution"))
}

/// Waits for a place in the request's class, and limits the time until the answer begins.
pub async fn admit(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    if is_always_answered(request.uri().path()) {
        return next.run(request).await;
    }
    let path = request.uri().path();
    let is_question = path.starts_with("/processes/") || path.starts_with("/v2/");
    if is_question || path.ends_with("/items/search") {
        // The body is awaited first, so that a slow body does not occupy a place.
        request = match with_whole_body(request, &app.limits).await {
            Ok(request) => request,
            Err(refusal) => return refusal,
        };
    }
    let class = match request.uri().path() {
        _ if is_question => &app.admission.planning,
        path if is_download(path) => &app.admission.downloads,
        _ => &app.admission.others,
    };
    let answer = async {
        let place = class.place(request.extensions().get::<Origin>().and_then(Origin::client)).await?;
        // A handler that streams takes the place with it. The place is held here too, because most
        // handlers do not use it.
        request.extensions_mut().insert(place.clone());
        Ok(taking::holding(next.run(request).await, place))
    };
    class.in_time(answer).await.unwrap_or_else(Error::into_response)
}

/// Reads the whole body, within its limits of time and bytes, and returns the request with it.
async fn with_whole_body(request: Request, limits: &Limits) -> std::result::Result<Request, Response> {
    let (parts, body) = request.into_parts();
    let refuse = |status, what: Said, key| problem::limited(status, what, Some("body"), limits.reached(key));
    match tokio::time::timeout(limits.body_time, axum::body::to_bytes(body, limits.body_bytes)).await {
        Ok(Ok(bytes)) => Ok(Request::from_parts(parts, bytes.into())),
        Ok(Err(_)) => {
            let what = said!("the body is longer than {} bytes, or was cut off", limits.body_bytes);
            Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, what, Key::body_bytes))
        }
        Err(_) => Err(refuse(StatusCode::REQUEST_TIMEOUT, said!("the body came too slowly"), Key::body_time)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_always_answered_and_data_waits_for_a_place() {
        assert!(["/health", "/ready", "/metrics"].into_iter().all(is_always_answered));
        assert!(!["/", "/collections", "/health/", "/metrics2"].into_iter().any(is_always_answered));
    }
}
