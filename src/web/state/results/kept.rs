//! Answers kept in memory, each under the hash of what it depends on, so that a link to it goes on giving the same
//! figures after the data has changed.
//!
//! The least recently asked for leave first. An answer that was given under another configuration of the parts, or to
//! others than those who may see it now, is not shown any more. Questions about one place are not kept at all: an address
//! may be somebody's home.

use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use moka::future::Cache;
use moka::policy::EvictionPolicy;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::catalog::{Language, Roles};
use crate::error::{Error, Result};
use crate::plan::answer::Answer;
use crate::plan::{Basis, footing};
use crate::snapshot::Snapshot;
use crate::web::http::planning::Packed;
use crate::web::state::results::layers::{self, TileLayer};

/// An answer that was given.
#[derive(Debug)]
pub struct Kept {
    /// The hash, in hexadecimal digits.
    pub id: String,
    /// The answer.
    pub answer: Packed,
    /// The language of its table.
    pub language: Language,
    process: &'static str,
    roles: Arc<Roles>,
    edition: u64,
    layers: OnceLock<Result<Vec<TileLayer>>>,
}

/// The inputs by which a question is about one place.
const PLACES: [&str; 3] = ["point", "address", "addresses"];

impl Kept {
    /// An answer to a question of `process` on this basis.
    pub fn new(process: &'static str, basis: &Basis, answer: Answer, language: Language) -> Kept {
        let id = id(process, basis, &answer.document, language);
        let (roles, edition) = (basis.roles.clone(), basis.edition());
        Kept { id, answer: Packed::from(answer), language, process, roles, edition, layers: OnceLock::new() }
    }

    /// Whether the data it stands on are those of this basis: else they have moved on, and the answer may be another now.
    pub fn is_current(&self, basis: &Basis) -> bool {
        id(self.process, basis, &self.answer.document, self.language) == self.id
    }

    /// Whether it asks about one place, and so is for the one who asked alone.
    pub fn is_about_a_place(&self) -> bool {
        let question = self.answer.document.get("question");
        PLACES.iter().any(|input| question.and_then(|question| question.get(input)).is_some())
    }

    /// Its features as layers of tiles, made when first asked for.
    pub fn layers(&self) -> Result<&[TileLayer]> {
        let made = self.layers.get_or_init(|| {
            let features: Vec<Value> = serde_json::from_str(&self.answer.features)
                .map_err(|fault| Error::internal(format!("features are kept that are none: {fault}")))?;
            layers::layers(&features)
        });
        made.as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }

    /// The memory it takes, about: its values, the text of its features and as much again for its layers, its cells.
    fn weight(&self) -> usize {
        let cells: usize = self.answer.table.rows.iter().map(Vec::len).sum();
        weight(&self.answer.document) + 2 * self.answer.features.len() + CELL * cells
    }
}

/// The hash of all that an answer depends on.
fn id(process: &str, basis: &Basis, document: &Value, language: Language) -> String {
    let question = document.get("question").unwrap_or(&Value::Null);
    let (edition, tag) = (basis.edition(), language.tag());
    let hash = Sha256::digest(format!("{process} {tag} {edition}\n{}", footing::footing(basis, question)));
    // Half of it is more than anyone can guess or meet by chance.
    hash.iter().take(16).fold(String::new(), |mut id, byte| {
        let _ = write!(id, "{byte:02x}");
        id
    })
}

/// What a value takes beside its texts, about.
const VALUE: usize = 80;
/// What a cell of a table takes, about.
const CELL: usize = 40;

fn weight(value: &Value) -> usize {
    VALUE
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            Value::Object(members) => members.iter().map(|(key, value)| key.len() + weight(value)).sum(),
            _ => 0,
        }
}

/// The answers kept.
#[derive(Debug)]
pub struct Results {
    kept: Cache<String, Arc<Kept>>,
    most: usize,
}

impl Results {
    /// Room for answers of `bytes` together; one may take a quarter of it.
    pub fn new(bytes: usize) -> Results {
        let builder = Cache::builder()
            .max_capacity(bytes as u64)
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|_: &String, kept: &Arc<Kept>| u32::try_from(kept.weight()).unwrap_or(u32::MAX));
        Results { kept: builder.build(), most: bytes / 4 }
    }

    /// Whether there is room for it, and it may be kept.
    pub fn has_room_for(&self, kept: &Kept) -> bool {
        !kept.is_about_a_place() && kept.weight() <= self.most
    }

    /// Keeps an answer.
    pub async fn keep(&self, kept: Arc<Kept>) {
        self.kept.insert(kept.id.clone(), kept).await;
    }

    /// The answer with this hash, if it is still there and may still be shown.
    pub async fn get(&self, snapshot: &Snapshot, id: &str) -> Option<Arc<Kept>> {
        let kept = self.kept.get(id).await?;
        let is_shown = kept.edition == snapshot.edition() && kept.roles == *snapshot.roles();
        is_shown.then_some(kept)
    }
}
