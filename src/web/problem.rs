//! Errors as problem+json (RFC 9457). The one place where a status is chosen for an error.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::routes;
use crate::error::{Error, Kind, Reached};

fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Kind::NoRoom => StatusCode::INSUFFICIENT_STORAGE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A problem document: `title` is the status's name, `detail` what went wrong; `hint`, `parameter` and `limit` are members
/// of our own.
pub fn of(status: StatusCode, detail: &str, hint: Option<&str>, parameter: Option<&str>) -> Response {
    document(status, detail, [hint, parameter], None)
}

/// The same where a limit was reached.
pub fn limited(status: StatusCode, detail: &str, parameter: Option<&str>, limit: Reached) -> Response {
    document(status, detail, [None, parameter], Some(limit))
}

fn document(
    status: StatusCode,
    detail: &str,
    [hint, parameter]: [Option<&str>; 2],
    limit: Option<Reached>,
) -> Response {
    let mut document = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": detail,
    });
    if let Some(members) = document.as_object_mut() {
        for (name, value) in [("hint", hint), ("parameter", parameter)] {
            if let Some(value) = value {
                members.insert(name.into(), json!(value));
            }
        }
        if let Some(Reached { name, value, unit }) = limit {
            members.insert("limit".into(), json!({ "name": name, "value": value, "unit": unit }));
        }
    }
    let mut response = (status, document.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// 404.
pub fn not_found(detail: &str) -> Response {
    of(StatusCode::NOT_FOUND, detail, None, None)
}

/// 405, with what is allowed.
pub fn method_not_allowed(path: &str) -> Response {
    let allowed = routes::allowed(path);
    let detail = format!("this address takes {}", allowed.to_str().unwrap_or_default());
    let mut response = of(StatusCode::METHOD_NOT_ALLOWED, &detail, None, None);
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

/// 500, for a panic: what happened is in the log, not in the answer.
pub fn internal() -> Response {
    of(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong here; the log says what", None, None)
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = status(self.kind);
        if self.kind == Kind::NoRoom {
            tracing::error!(error = %self, "no room on the disk");
        }
        if self.kind == Kind::Internal {
            tracing::error!(error = %self, "internal error");
            return internal();
        }
        document(status, &self.what, [self.hint.as_deref(), self.parameter.as_deref()], self.limit)
    }
}
