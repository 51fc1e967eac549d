//! Checks that hyper does not make on the head of a request: it must name one host (RFC 9112, 3.2;
//! RFC 9113, 8.3.1), and its body may have no transfer coding but a single `chunked` (RFC 9112,
//! 6.1). So a proxy in front of veedel cannot read the same bytes as a different request.

use axum::body::HttpBody;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Request, Version, header};

use crate::error::template;

/// Whether a head needs neither correction nor refusal, as most requests without a body. The test
/// is quick: no field occurs twice, and `Host` is present if and only if the version is HTTP/1.1.
pub fn is_plain<B: HttpBody>(request: &Request<B>) -> bool {
    let headers = request.headers();
    headers.keys_len() == headers.len()
        && headers.contains_key(header::HOST) == (request.version() == Version::HTTP_11)
        && request.body().is_end_stream()
}

/// Checks a head, and returns what is wrong with it. If the address names the host, as in HTTP/2,
/// sets the field `Host` to it.
pub fn put_right<B>(request: &mut Request<B>) -> Result<(), &'static str> {
    let version = request.version();
    let named = request.uri().authority().map(ToString::to_string);
    let headers = request.headers_mut();
    if !has_one_coding_at_most(headers) {
        return Err(template!("the body's only transfer coding can be chunked, named once"));
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(template!("the request names more than one host"));
    }
    if host.is_some_and(|host| !is_host(host)) {
        return Err(template!("the field Host names no host"));
    }
    match (host, named) {
        (Some(host), Some(named))
            if version == Version::HTTP_2 && !host.as_bytes().eq_ignore_ascii_case(named.as_bytes()) =>
        {
            return Err(template!("the field Host names another host than the address"));
        }
        (_, Some(named)) => {
            if let Ok(named) = HeaderValue::try_from(named) {
                headers.insert(header::HOST, named);
            }
        }
        (None, None) if version == Version::HTTP_11 => return Err(template!("the field Host is missing")),
        (_, None) => {}
    }
    Ok(())
}

fn has_one_coding_at_most(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let is_chunked = codings.next().is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    is_chunked && codings.next().is_none()
}

/// Whether a value is a host with or without a port. An empty value is a valid host too.
fn is_host(value: &HeaderValue) -> bool {
    let text = value.to_str().unwrap_or("@");
    text.is_empty() || (!text.contains('@') && text.parse::<Authority>().is_ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn head(version: Version, address: &str, fields: &[(&str, &str)]) -> Request<Body> {
        let mut builder = Request::builder().version(version).uri(address);
        for (name, value) in fields {
            builder = builder.header(*name, *value);
        }
        builder.body(Body::empty()).unwrap()
    }

    #[test]
    fn a_head_names_one_host() {
        let (one, two) = (Version::HTTP_11, Version::HTTP_2);
        for (version, address, fields, host) in [
            (one, "/", &[("host", "a:80")][..], Some("a:80")),
            (one, "/", &[("host", "[::1]:80")], Some("[::1]:80")),
            (one, "/", &[("host", "")], Some("")),
            (one, "/", &[], None),
            (one, "/", &[("host", "a"), ("host", "a")], None),
            (one, "/", &[("host", "a@b")], None),
            (one, "/", &[("host", "<a>\"")], None),
            (one, "/", &[("host", "a b")], None),
            // The address goes before the field (RFC 9112, 3.2.2).
            (one, "http://b/", &[("host", "a")], Some("b")),
            (Version::HTTP_10, "/", &[], Some("none")),
            (two, "http://a:80/", &[], Some("a:80")),
            (two, "http://a/", &[("host", "A")], Some("a")),
            (two, "http://a/", &[("host", "b")], None),
            (two, "/", &[("host", "b")], Some("b")),
        ] {
            let mut request = head(version, address, fields);
            let is_plain = is_plain(&request);
            let is_right = put_right(&mut request).is_ok();
            assert_eq!(is_right, host.is_some(), "{version:?} {address} {fields:?}");
            let found = request.headers().get(header::HOST).map_or("none", |host| host.to_str().unwrap());
            assert_eq!(found, host.unwrap_or(found), "{version:?} {address} {fields:?}");
            let was_wrong_in_its_field = fields.iter().any(|(_, host)| host.contains(['@', '<', ' ']));
            assert!(is_right || !is_plain || was_wrong_in_its_field, "{version:?} {address} {fields:?}");
        }
    }

    #[test]
    fn a_body_is_chunked_once_or_not_at_all() {
        let te = "transfer-encoding";
        for (fields, is_right) in [
            (&[(te, "chunked")][..], true),
            (&[(te, "Chunked")], true),
            (&[(te, "chunked"), (te, "chunked")], false),
            (&[(te, "chunked, chunked")], false),
            (&[(te, "gzip, chunked")], false),
            (&[(te, "identity")], false),
        ] {
            let mut request = head(Version::HTTP_11, "/", &[&[("host", "a")], fields].concat());
            *request.body_mut() = Body::from("a body");
            assert!(!is_plain(&request));
            assert_eq!(put_right(&mut request).is_ok(), is_right, "{fields:?}");
        }
    }
}
