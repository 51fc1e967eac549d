//! The document as it was last written: once for each world, policy, language and base of links,
//! however many ask.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderValue;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::document::{self, Context};
use crate::access::Caller;
use crate::catalog::Language;
use crate::web::request::Request;

/// Documents that are kept: two languages, and some names by which the server is called.
const MOST: usize = 8;

/// What a document depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    snapshot: u64,
    caller: Caller,
    language: Language,
    base: String,
}

/// A document and its tag.
#[derive(Clone, Debug)]
pub struct Document {
    /// The JSON.
    pub text: Bytes,
    /// A strong tag.
    pub etag: HeaderValue,
}

/// The documents that were written last.
#[derive(Debug, Default)]
pub struct Written(Mutex<Vec<(Key, Arc<Document>)>>);

impl Written {
    /// The document for a request. Nobody waits for another's writing: it may have to
    /// wait itself.
    pub fn of(&self, request: &Request) -> Arc<Document> {
        let (language, base) = (request.language(), request.base());
        let snapshot = request.snapshot().version();
        let key = Key { snapshot, caller: request.caller().clone(), language, base: base.href("") };
        if let Some((_, document)) = self.kept().iter().find(|(known, _)| *known == key) {
            return document.clone();
        }
        let text = document::of(&Context::new(request, language), &base).to_string();
        let hash = Sha256::digest(&text);
        let tag: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let etag = HeaderValue::try_from(format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        let document = Arc::new(Document { text: text.into(), etag });
        let mut kept = self.kept();
        // Of another snapshot nobody can ask any more.
        kept.retain(|(known, _)| known.snapshot == key.snapshot);
        kept.truncate(MOST - 1);
        kept.insert(0, (key, document.clone()));
        document
    }

    fn kept(&self) -> MutexGuard<'_, Vec<(Key, Arc<Document>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
