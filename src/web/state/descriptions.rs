//! The cache of OpenAPI documents: each is written once for a snapshot, digest of permits, language
//! and base of links, however many requests ask for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderValue;
use bytes::Bytes;

use crate::catalog::Language;
use crate::web::http::conditional::{Strength, tag_of};

/// The maximum number of documents: two languages, for some host names of the server.
const MOST: usize = 8;

/// Everything that a document depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentKey {
    /// The number of the snapshot that it describes.
    pub snapshot: u64,
    /// The digest of what its caller may see.
    pub digest: u64,
    /// The language of its texts.
    pub language: Language,
    /// The beginning of its links.
    pub base: String,
}

/// A document and its entity tag.
#[derive(Clone, Debug)]
pub struct Document {
    /// The JSON text.
    pub text: Bytes,
    /// The strong entity tag.
    pub etag: HeaderValue,
}

/// The documents that were written last.
#[derive(Debug, Default)]
pub struct Written(Mutex<Vec<(DocumentKey, Arc<Document>)>>);

impl Written {
    /// Returns the document with this key; if there is none, writes it with `write`. Concurrent
    /// requests do not wait for each other here, because a writer may itself have to wait.
    pub fn get_or_write(&self, key: DocumentKey, write: impl FnOnce() -> String) -> Arc<Document> {
        if let Some((_, document)) = self.kept().iter().find(|(known, _)| *known == key) {
            return document.clone();
        }
        let text = write();
        let etag = tag_of(&text, Strength::Strong);
        let document = Arc::new(Document { text: text.into(), etag });
        let mut kept = self.kept();
        // No request sees an older snapshot any more.
        kept.retain(|(known, _)| known.snapshot == key.snapshot);
        kept.truncate(MOST - 1);
        kept.insert(0, (key, document.clone()));
        document
    }

    fn kept(&self) -> MutexGuard<'_, Vec<(DocumentKey, Arc<Document>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
