//! Requests for what has changed only (RFC 9110, 13.1.2), and the tags of answers that are made of
//! features.

use std::hash::{BuildHasher, Hash};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::catalog;
use crate::snapshot::{Collected, Opened};
use crate::web::http::freshness::Freshness;
use crate::web::http::links::Base;

/// Whether `If-None-Match` names this tag or any. Compared weakly, as the standard wants: a proxy
/// that compresses anew makes a strong tag weak.
pub fn has(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    known(headers).any(|tag| tag == "*") || names(headers, etag)
}

/// Whether `If-None-Match` names this very tag: whoever does has had the answer.
pub fn names(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let bare = |tag: &'_ str| tag.trim_start_matches("W/").to_owned();
    etag.to_str().is_ok_and(|etag| known(headers).any(|tag| bare(tag) == bare(etag)))
}

fn known(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let fields = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    fields.flat_map(|field| field.split(',').map(str::trim))
}

/// The tag of an answer made of one collection's features, known before the answer is.
#[derive(Clone, Debug)]
pub struct Validator {
    etag: HeaderValue,
    freshness: Freshness,
}

impl Validator {
    /// The tag of what is answered at `address`, whose links begin with `base`, in a `form`:
    /// whatever else of the request the answer depends on. It changes with the rows, in what may be
    /// seen of them, and with the configuration; none for rows that stay in the database, which
    /// nobody watches. It is weak, as the time of an answer is in it.
    pub fn of(collected: &Collected, base: &Base, address: &str, form: impl Hash) -> Option<Validator> {
        let Collected::Resident(opened) = collected else { return None };
        if opened.collection.freshness == catalog::Freshness::Direct {
            return None;
        }
        let version = (opened.layer.seen_version(), opened.edition());
        let hasher = foldhash::quality::FixedState::default();
        let named = (&opened.collection.qualified, &opened.collection.title);
        let hash = hasher.hash_one((named, version, base.href(address), form));
        let etag = HeaderValue::try_from(format!("W/\"{hash:016x}\"")).ok()?;
        Some(Validator { etag, freshness: Freshness::of(std::slice::from_ref::<Opened>(opened), None) })
    }

    /// 304 where the request names the tag: only who was answered by it can know it, so nothing
    /// else need be looked at.
    pub fn unchanged(&self, headers: &HeaderMap) -> Option<Response> {
        names(headers, &self.etag).then(|| self.not_modified())
    }

    /// An answer with its tag, beside the age that it says already; 304 for whoever wants none if
    /// there is any.
    pub fn tagged(&self, headers: &HeaderMap, mut response: Response) -> Response {
        if response.status() == StatusCode::OK {
            if has(headers, &self.etag) {
                return self.not_modified();
            }
            self.add_tag_to(response.headers_mut());
        }
        response
    }

    fn not_modified(&self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        self.freshness.add_to(response.headers_mut());
        self.add_tag_to(response.headers_mut());
        response
    }

    /// The tag, and that it is to be asked for each time, which costs little.
    fn add_tag_to(&self, headers: &mut HeaderMap) {
        headers.insert(header::ETAG, self.etag.clone());
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        let strong = HeaderValue::from_static("\"0f-gzip\"");
        let weak = HeaderValue::from_static("W/\"0f-gzip\"");
        for (known, expected) in [
            ("\"0f-gzip\"", true),
            ("W/\"0f-gzip\"", true),
            ("\"a\", W/\"b\" , \"0f-gzip\"", true),
            ("*", true),
            ("\"0f-br\"", false),
            ("0f-gzip", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(known))]);
            assert_eq!(has(&headers, &strong), expected, "{known}");
            assert_eq!(has(&headers, &weak), expected, "{known}");
            assert_eq!(names(&headers, &weak), expected && known != "*", "{known}");
        }
        assert!(!has(&HeaderMap::new(), &strong));
    }
}
