//! The document as it was last written: once for each world, policy, language and base of links,
//! however many ask.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderValue;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::access::Caller;
use crate::catalog::Language;

/// Documents that are kept: two languages, and some names by which the server is called.
const MOST: usize = 8;

/// What a document depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentKey {
    /// The number of the snapshot that it describes.
    pub snapshot: u64,
    /// Whom it is written for.
    pub caller: Caller,
    /// In which language.
    pub language: Language,
    /// Where its links begin.
    pub base: String,
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
pub struct Written(Mutex<Vec<(DocumentKey, Arc<Document>)>>);

impl Written {
    /// The document under this key, or what `write` writes. Nobody waits for another's writing: it
    /// may have to wait itself.
    pub fn get_or_write(&self, key: DocumentKey, write: impl FnOnce() -> String) -> Arc<Document> {
        if let Some((_, document)) = self.kept().iter().find(|(known, _)| *known == key) {
            return document.clone();
        }
        let text = write();
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

    fn kept(&self) -> MutexGuard<'_, Vec<(DocumentKey, Arc<Document>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
