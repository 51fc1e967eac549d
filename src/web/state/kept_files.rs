//! Downloads in formats that are complete only at the end, kept on disk for a while, so that
//! clients can request byte ranges of them (RFC 9110, 14). Clients read remote FlatGeobuf and
//! GeoPackage files in this way.
//!
//! The key of a file contains everything it is made from, above all the version of its rows. So a
//! file that is made again has the same bytes, and ranges of two versions have different tags. Rows
//! that stay in a database have no version: a file of them has a tag of its own and serves only
//! requests for ranges, for a minute.
//! Concurrent requests for the same file wait until it has been made once. The files are limited by
//! bytes and by time. A file is deleted from the disk as soon as it is neither kept nor being sent.

use std::fs::File;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use moka::Expiry;
use moka::future::Cache;
use moka::policy::EvictionPolicy;

use crate::error::{Result, said};
use crate::web::http::{conditional, problem};
use crate::web::state::admission::Place;
use crate::web::state::file_stream;

/// How long a file is kept after the last request for it.
const IDLE: Duration = Duration::from_secs(300);
/// How long ranges of a file come from it if its rows stay in a database. After that, the file is
/// made again, with another tag.
pub const DIRECT_LIFE: Duration = Duration::from_secs(60);
/// The unit in bytes in which files are weighed, because weights are 32-bit numbers.
const PIECE: u64 = 1024;

/// A file that can be sent, whole or in ranges.
#[derive(Debug)]
pub struct KeptFile {
    /// The headers of its answer, except those of its freshness.
    pub headers: HeaderMap,
    /// The file. It is read by position, so that several answers can read it at once.
    pub file: Arc<File>,
    /// The length in bytes.
    pub length: u64,
    /// The strong entity tag. It differs between files with other bytes.
    pub tag: HeaderValue,
    /// How long it is kept at most; None as long as it is requested.
    pub life: Option<Duration>,
}

/// Ends the life of files whose rows may have changed.
struct Lives;

impl Expiry<Arc<str>, Arc<KeptFile>> for Lives {
    fn expire_after_create(&self, _: &Arc<str>, kept: &Arc<KeptFile>, _: Instant) -> Option<Duration> {
        kept.life
    }

    fn expire_after_update(
        &self,
        _: &Arc<str>,
        kept: &Arc<KeptFile>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        kept.life
    }
}

/// The kept files.
#[derive(Debug)]
pub struct KeptFiles {
    files: Cache<Arc<str>, Arc<KeptFile>>,
    most: u64,
}

impl KeptFiles {
    /// Creates a cache of at most `most` bytes; 0 keeps no files.
    pub fn new(most: u64) -> KeptFiles {
        let files = Cache::builder()
            .max_capacity(most / PIECE)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(IDLE)
            .expire_after(Lives)
            .weigher(|_, kept: &Arc<KeptFile>| u32::try_from(kept.length.div_ceil(PIECE)).unwrap_or(u32::MAX))
            .build();
        KeptFiles { files, most }
    }

    /// Whether files are kept at all.
    pub fn is_on(&self) -> bool {
        self.most > 0
    }

    /// Returns the file kept under `key`, or makes it with `make`.
    pub async fn get_or_make(
        &self,
        key: Arc<str>,
        make: impl Future<Output = Result<KeptFile>>,
    ) -> Result<Arc<KeptFile>> {
        let make = async { make.await.map(Arc::new) };
        self.files.try_get_with(key, make).await.map_err(|error| error.as_ref().clone())
    }

    /// Keeps a new file under `key` in place of another.
    pub async fn replace(&self, key: Arc<str>, file: KeptFile) -> Arc<KeptFile> {
        let file = Arc::new(file);
        self.files.insert(key, file.clone()).await;
        file
    }

    /// Whether a file is small enough to be kept.
    pub fn keeps(&self, kept: &KeptFile) -> bool {
        kept.length <= self.most
    }

    /// Returns the approximate number of kept files and their bytes.
    pub async fn size(&self) -> [u64; 2] {
        self.files.run_pending_tasks().await;
        [self.files.entry_count(), self.files.weighted_size() * PIECE]
    }
}

/// Returns the strong entity tag of the file kept under a key that names everything it is made
/// from.
pub fn tag(key: &str) -> HeaderValue {
    let hash = foldhash::quality::FixedState::default().hash_one(key);
    HeaderValue::try_from(format!("\"{hash:016x}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Returns a strong entity tag that no other file has or had, for one whose rows have no version.
pub fn next_tag() -> HeaderValue {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    tag(&format!("{} {}", since.as_nanos(), NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// The bytes that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    All,
    /// From the first position to before the second.
    Part(u64, u64),
    /// A range outside the file.
    Nowhere,
}

impl Asked {
    /// Reads which bytes of a file of `length` bytes with this tag are requested. The answer is the
    /// whole file if the header is not a single range of bytes, or if the file has changed since
    /// (`If-Range`).
    fn of(method: &Method, headers: &HeaderMap, tag: &HeaderValue, length: u64) -> Asked {
        let is_current = headers.get(header::IF_RANGE).is_none_or(|known| known == tag);
        let range = headers.get(header::RANGE).filter(|_| is_current && *method == Method::GET);
        let Some(range) = range.and_then(|range| range.to_str().ok()) else { return Asked::All };
        let bytes = range.split_once('=').filter(|(unit, _)| unit.trim().eq_ignore_ascii_case("bytes"));
        let Some((first, last)) = bytes.and_then(|(_, range)| range.trim().split_once('-')) else {
            return Asked::All;
        };
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
            // A number too great for the type is greater than every length.
            is_number.then(|| text.parse().unwrap_or(u64::MAX))
        };
        let (from, to) = match (first, number(first), last, number(last)) {
            ("", _, _, Some(suffix)) => (length.saturating_sub(suffix), length),
            (_, Some(from), "", _) => (from, length),
            (_, Some(from), _, Some(last)) if from <= last => (from, last.saturating_add(1).min(length)),
            _ => return Asked::All,
        };
        if from < to { Asked::Part(from, to) } else { Asked::Nowhere }
    }
}

/// Returns a 304 for a client that already has the file with this tag.
pub fn not_modified(tag: &HeaderValue) -> Response {
    let headers =
        [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    (StatusCode::NOT_MODIFIED, headers).into_response()
}

/// Answers a request for a file with all of it or with the requested range. A file that is not kept
/// has neither ranges nor a tag.
pub fn response(
    kept: &KeptFile,
    is_kept: bool,
    (method, asked): (&Method, &HeaderMap),
    place: Place,
) -> Response {
    let (mut headers, length) = (kept.headers.clone(), kept.length);
    let mut range = Asked::All;
    if is_kept {
        let tag = &kept.tag;
        if conditional::is_unmodified(asked, tag) {
            return not_modified(tag);
        }
        headers.insert(header::ETAG, tag.clone());
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        range = Asked::of(method, asked, tag, length);
    }
    let (status, from, to) = match range {
        Asked::All => (StatusCode::OK, 0, length),
        Asked::Part(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
        Asked::Nowhere => {
            let what = said!("the file has {} bytes, and none of those asked for", length);
            let mut response = problem::of(StatusCode::RANGE_NOT_SATISFIABLE, what);
            insert(response.headers_mut(), header::CONTENT_RANGE, format!("bytes */{length}"));
            return response;
        }
    };
    if status == StatusCode::PARTIAL_CONTENT {
        insert(&mut headers, header::CONTENT_RANGE, format!("bytes {from}-{}/{length}", to - 1));
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(to - from));
    let body = Body::from_stream(file_stream::pieces(kept.file.clone(), from, to, place));
    (status, headers, body).into_response()
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        let tag = tag("a file");
        let asked = |fields: &[(header::HeaderName, &str)], method: &Method| {
            let headers =
                fields.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
            Asked::of(method, &HeaderMap::from_iter(headers), &tag, 100)
        };
        for (range, expected) in [
            ("bytes=0-0", Asked::Part(0, 1)),
            ("bytes=0-99", Asked::Part(0, 100)),
            ("Bytes = 10-19", Asked::Part(10, 20)),
            ("bytes=90-1000", Asked::Part(90, 100)),
            ("bytes=90-99999999999999999999999", Asked::Part(90, 100)),
            ("bytes=99-", Asked::Part(99, 100)),
            ("bytes=-1", Asked::Part(99, 100)),
            ("bytes=-1000", Asked::Part(0, 100)),
            ("bytes=100-", Asked::Nowhere),
            ("bytes=100-200", Asked::Nowhere),
            ("bytes=99999999999999999999999-", Asked::Nowhere),
            ("bytes=-0", Asked::Nowhere),
            ("bytes=5-4", Asked::All),
            ("bytes=-", Asked::All),
            ("bytes=0-1,5-6", Asked::All),
            ("bytes=+1-2", Asked::All),
            ("bytes=a-b", Asked::All),
            ("lines=0-1", Asked::All),
            ("bytes", Asked::All),
        ] {
            assert_eq!(asked(&[(header::RANGE, range)], &Method::GET), expected, "{range}");
            assert_eq!(asked(&[(header::RANGE, range)], &Method::HEAD), Asked::All, "{range}");
        }
        let own = tag.to_str().unwrap();
        for (known, expected) in [
            (own.to_owned(), Asked::Part(0, 1)),
            (format!("W/{own}"), Asked::All),
            ("\"other\"".into(), Asked::All),
            ("Sun, 29 Nov 2026 22:00:00 GMT".into(), Asked::All),
        ] {
            let fields = [(header::RANGE, "bytes=0-0"), (header::IF_RANGE, known.as_str())];
            assert_eq!(asked(&fields, &Method::GET), expected, "{known}");
        }
    }
}
