//! The document as it was last written: once for each world, policy, language and base of links,
//! however many ask.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderValue;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::document::{self, Context};
use crate::catalog::Language;
use crate::layer::World;
use crate::web::links::Base;
use crate::web::state::App;

/// Documents that are kept: two languages, and some names by which the server is called.
const MOST: usize = 8;

/// What a document depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    world: u64,
    policy: u64,
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
    /// The document of this world for a reader. Nobody waits for another's writing: it may have to
    /// wait itself.
    pub fn of(&self, app: &App, world: &World, language: Language, base: &Base) -> Arc<Document> {
        let policy = app.policy.load().edition;
        let key = Key { world: world.version, policy, language, base: base.href("") };
        if let Some((_, document)) = self.kept().iter().find(|(known, _)| *known == key) {
            return document.clone();
        }
        let text = document::of(&Context::new(app, world, language), base).to_string();
        let hash = Sha256::digest(&text);
        let tag: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let etag = HeaderValue::try_from(format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        let document = Arc::new(Document { text: text.into(), etag });
        let mut kept = self.kept();
        // Of another world or policy nobody can ask any more.
        kept.retain(|(known, _)| (known.world, known.policy) == (key.world, key.policy));
        kept.truncate(MOST - 1);
        kept.insert(0, (key, document.clone()));
        document
    }

    fn kept(&self) -> MutexGuard<'_, Vec<(Key, Arc<Document>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
