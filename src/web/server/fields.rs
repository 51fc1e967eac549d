//! The header fields that all answers have, or those of a kind of address.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::web::routes;

/// Answers `OPTIONS` with the methods of an address, and the header fields that web pages may send
/// (CORS). `*` would not mean `Authorization` (Fetch standard, 4.8).
pub fn options(path: &str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    let allowed = routes::allowed(path);
    headers.insert(header::ALLOW, allowed.clone());
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, allowed);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(SENT));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

/// Adds the headers of every answer except its id: any web page may read it, and browsers must not
/// guess its media type.
pub fn for_all(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Adds what keeps a page or a picture that a browser opens by itself to itself: a page tells no
/// other server its address, and a picture loads and runs nothing.
pub fn for_browsers(headers: &mut HeaderMap) {
    let is = |kind: &[u8]| {
        headers.get(header::CONTENT_TYPE).is_some_and(|written| written.as_bytes().starts_with(kind))
    };
    if is(b"text/html") {
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    } else if is(b"image/svg+xml") {
        let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
}

/// Makes clients revalidate descriptions of collections. QGIS ignores `Cache-Control` and caches an
/// answer without `Expires` for a day, so both are set.
pub fn ask_again(headers: &mut HeaderMap) {
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    let now = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&jiff::Timestamp::now());
    if let Some(now) = now.ok().and_then(|now| HeaderValue::try_from(now).ok()) {
        headers.insert(header::EXPIRES, now);
    }
}

/// Adds `Vary: Accept`, because most addresses have several formats. HTML pages and compression add
/// further names to `Vary`. Tiles have a single format and do not pass here.
pub fn varies_by_accept(headers: &mut HeaderMap) {
    varies_by(headers, "Accept");
}

/// Adds a name to `Vary`, unless it is there already, and makes it one field: of several, nginx
/// before 1.23 heeds only the last.
pub fn varies_by(headers: &mut HeaderMap, name: &str) {
    let fields = headers.get_all(header::VARY).iter().filter_map(|field| field.to_str().ok());
    let mut names: Vec<&str> = fields.flat_map(|field| field.split(',').map(str::trim)).collect();
    if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        names.push(name);
    }
    if let Ok(all) = HeaderValue::try_from(names.join(", ")) {
        headers.insert(header::VARY, all);
    }
}

/// The header fields that a web page of another origin may send, beside those that it may always
/// send.
const SENT: &str = "Authorization, Cache-Control, Content-Type, If-Match, If-None-Match, If-Range, Last-Event-ID, Pragma, \
    Prefer, Range, X-Request-Id";

/// The headers that a web page of another origin may read, beside those that it may always read.
const EXPOSED: &str = "Accept-Ranges, Allow, Content-Crs, Content-Disposition, Content-Encoding, Content-Location, Content-Range, \
    ETag, Link, Location, OGC-NumberMatched, OGC-NumberReturned, Retry-After, Veedel-As-Of, Veedel-Data-Version, \
    Veedel-Freshness, Veedel-Renewal, Veedel-Result-Current, Veedel-Tile-Thinned, X-Request-Id";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_varies_by_is_one_field() {
        let varied = |fields: &[&'static str], name| {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(header::VARY, HeaderValue::from_static(field));
            }
            varies_by(&mut headers, name);
            let all: Vec<_> = headers.get_all(header::VARY).iter().cloned().collect();
            assert_eq!(all.len(), 1);
            all[0].to_str().unwrap().to_owned()
        };
        assert_eq!(varied(&[], "Accept"), "Accept");
        assert_eq!(varied(&["Accept-Encoding"], "Authorization"), "Accept-Encoding, Authorization");
        assert_eq!(
            varied(&["Accept, Accept-Language", "accept-encoding"], "Accept"),
            "Accept, Accept-Language, accept-encoding"
        );
        assert_eq!(varied(&["a", "authorization"], "Authorization"), "a, authorization");
    }
}
