//! Conditional requests (RFC 9110, 13.1.2), and the entity tags of answers that are made from
//! features.

use std::hash::{BuildHasher, Hash};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use sha2::{Digest, Sha256};

use crate::catalog;
use crate::error::{Error, Result};
use crate::snapshot::{Collected, Opened};
use crate::web::http::freshness::Freshness;
use crate::web::http::links::Base;

/// Whether `If-None-Match` contains this tag or `*`. The comparison is weak, as the standard
/// requires: a proxy that compresses an answer again makes a strong tag weak.
pub fn is_unmodified(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    known(headers).any(|tag| tag == "*") || is_named(headers, etag)
}

/// Whether `If-None-Match` contains this tag itself. A client that names it has received the answer
/// before.
pub fn is_named(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let bare = |tag: &'_ str| tag.trim_start_matches("W/").to_owned();
    etag.to_str().is_ok_and(|etag| known(headers).any(|tag| bare(tag) == bare(etag)))
}

/// Whether answers with a tag are the same byte by byte, or mean the same (RFC 9110, 8.8.1).
#[derive(Clone, Copy, Debug)]
pub enum Strength {
    /// They are the same bytes.
    Strong,
    /// They mean the same; one may be compressed.
    Weak,
}

/// Returns the tag of a document that does not say when it was made.
pub fn tag_of(document: &str, strength: Strength) -> HeaderValue {
    let hash = Sha256::digest(document);
    let tag: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let prefix = match strength {
        Strength::Strong => "",
        Strength::Weak => "W/",
    };
    HeaderValue::try_from(format!("{prefix}\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

fn known(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let fields = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    fields.flat_map(|field| field.split(',').map(str::trim))
}

/// The entity tag of an answer made from the features of one collection. It is known before the
/// answer is made.
#[derive(Clone, Debug)]
pub struct Validator {
    etag: HeaderValue,
    freshness: Freshness,
}

/// A hash of what an answer says, without the time at which it was made. An answer carries it among
/// its extensions if all of it was written before the first byte was sent.
#[derive(Clone, Copy, Debug)]
pub struct Contents(u64);

impl Contents {
    /// The hash of an answer in these bytes and this media type.
    pub fn of(bytes: &[u8], media_type: &str) -> Contents {
        Contents(foldhash::quality::FixedState::default().hash_one((bytes, media_type)))
    }
}

impl Validator {
    /// Returns the tag of the answer at `address`, whose links begin with `base`. `form` is
    /// everything else in the request that the answer depends on. The tag changes with the rows, as
    /// far as they are visible, and with the configuration. None for rows that stay in a database,
    /// because their changes are not observed: see [`of_contents`](Self::of_contents). The tag is
    /// weak, because the answer contains the time at which it was made.
    pub fn of(collected: &Collected, base: &Base, address: &str, form: impl Hash) -> Option<Validator> {
        let Collected::Resident(opened) = collected else { return None };
        if opened.collection.freshness == catalog::Freshness::Direct {
            return None;
        }
        let version = (opened.layer.seen_version(), opened.digest());
        Validator::of_version(opened, base, address, (version, form))
    }

    /// The same for an answer whose rows stay in a database, once its contents are known. 304 then
    /// spares the transfer, not the query.
    pub fn of_contents(opened: &Opened, base: &Base, address: &str, contents: Contents) -> Option<Validator> {
        Validator::of_version(opened, base, address, contents.0)
    }

    /// Adds the tag of its contents to a page whose rows stay in a database; returns 304 instead if
    /// the request names it.
    pub async fn by_contents(
        opened: &Opened,
        base: &Base,
        address: &str,
        (headers, response): (&HeaderMap, Response),
    ) -> Result<Response> {
        let (head, body) = response.into_parts();
        // A page of HTML is complete before it is sent.
        let bytes = axum::body::to_bytes(body, usize::MAX).await;
        let bytes = bytes.map_err(|fault| Error::internal("a page broke off").because(fault))?;
        let contents = Contents::of(&bytes, "text/html");
        let response = Response::from_parts(head, Body::from(bytes));
        Ok(match Validator::of_contents(opened, base, address, contents) {
            Some(validator) => validator.tagged(headers, response),
            None => response,
        })
    }

    fn of_version(opened: &Opened, base: &Base, address: &str, version: impl Hash) -> Option<Validator> {
        let hasher = foldhash::quality::FixedState::default();
        let named = (&opened.collection.qualified, &opened.collection.title);
        let hash = hasher.hash_one((named, version, base.href(address)));
        let etag = HeaderValue::try_from(format!("W/\"{hash:016x}\"")).ok()?;
        Some(Validator { etag, freshness: Freshness::of(std::slice::from_ref::<Opened>(opened), None) })
    }

    /// Returns 304 if the request names the tag. Only a client that received the answer can know
    /// the tag, so the request need not be checked any further.
    pub fn unchanged(&self, headers: &HeaderMap) -> Option<Response> {
        is_named(headers, &self.etag).then(|| self.not_modified())
    }

    /// Adds the tag to an answer that already has its freshness headers; returns 304 instead if
    /// `If-None-Match` contains the tag or `*`.
    pub fn tagged(&self, headers: &HeaderMap, mut response: Response) -> Response {
        if response.status() == StatusCode::OK {
            if is_unmodified(headers, &self.etag) {
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

    /// Adds the tag, and `Cache-Control: no-cache`, so that a cache revalidates the answer each
    /// time, which costs little.
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
            assert_eq!(is_unmodified(&headers, &strong), expected, "{known}");
            assert_eq!(is_unmodified(&headers, &weak), expected, "{known}");
            assert_eq!(is_named(&headers, &weak), expected && known != "*", "{known}");
        }
        assert!(!is_unmodified(&HeaderMap::new(), &strong));
    }
}
