//! Planning answers kept in memory, each under the hash of everything it depends on. So a link to
//! an answer gives the same figures after the data has changed.
//!
//! If the cache is full, the least recently requested answers are removed first. An answer that was
//! made with other roles or under another policy is not sent any more. Questions about one place
//! are not kept at all, because an address may be somebody's home.

use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use axum::response::Response;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::catalog::{Language, Roles};
#[cfg(feature = "gdal")]
use crate::encode::geopackage;
use crate::error::{Error, Result};
#[cfg(feature = "gdal")]
use crate::geo::Crs;
use crate::limits::Limits;
use crate::plan::answer::Answer;
#[cfg(feature = "gdal")]
use crate::plan::answer::workbook;
use crate::plan::{PlanningData, answer_key};
use crate::snapshot::Snapshot;
use crate::web::http::planning::{Format, Packed};
use crate::web::state::results::layers::{self, AnswerLayer};

/// A kept answer.
#[derive(Debug)]
pub struct Kept {
    /// The hash, in hexadecimal digits.
    pub id: String,
    /// The answer, ready to be written.
    pub answer: Packed,
    /// The language of its table.
    pub language: Language,
    /// Whether its numbers of persons are exact for callers of these roles only.
    pub is_confidential: bool,
    /// The id of the question.
    pub process: &'static str,
    roles: Arc<Roles>,
    digest: u64,
    layers: OnceLock<Result<Vec<AnswerLayer>>>,
}

/// The inputs that make a question one about a single place.
const PLACES: [&str; 3] = ["point", "address", "addresses"];

impl Kept {
    /// Creates an answer to a question of `process` on this basis.
    pub fn new(process: &'static str, basis: &PlanningData, answer: Answer, language: Language) -> Kept {
        let id = id(process, basis, &answer.document, language);
        let is_confidential = answer.is_confidential;
        let (roles, digest) = (basis.configured_roles().clone(), basis.digest);
        Kept {
            id,
            answer: Packed::from(answer),
            language,
            is_confidential,
            process,
            roles,
            digest,
            layers: OnceLock::new(),
        }
    }

    /// Whether the answer depends on the same data as this basis. If not, the data has changed and
    /// the answer may be different now.
    pub fn is_current(&self, basis: &PlanningData) -> bool {
        id(self.process, basis, &self.answer.document, self.language) == self.id
    }

    /// Whether the question is about one place, so that its answer is for that caller only.
    pub fn is_about_a_place(&self) -> bool {
        let question = self.answer.document.get("question");
        PLACES.iter().any(|input| question.and_then(|question| question.get(input)).is_some())
    }

    /// Writes the response. `result` describes the address under which the answer is kept; None if
    /// it is not kept.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be written or exceeds the limits.
    pub fn write(&self, format: Format, result: Option<&Value>, limits: &Limits) -> Result<Response> {
        self.answer.write(format, self.language, result, || self.geopackage(limits))
    }

    /// Returns a GeoPackage with the features, a table for each part, and the evidence.
    #[cfg(feature = "gdal")]
    fn geopackage(&self, limits: &Limits) -> Result<Vec<u8>> {
        let lines = workbook::evidence(&self.answer.document, &self.answer.address, self.language);
        let lines: Vec<(String, String)> =
            lines.into_iter().map(|(name, cell)| (name, cell.text())).collect();
        let evidence = layers::pairs(&workbook::title(self.language), &lines)?;
        let layers = self.layers()?.iter().chain([&evidence]);
        let views: Vec<_> = layers.map(AnswerLayer::view).collect();
        geopackage::whole(&views, Crs::Crs84, limits.spool_bytes as u64)
    }

    #[cfg(not(feature = "gdal"))]
    fn geopackage(&self, _: &Limits) -> Result<Vec<u8>> {
        Err(Error::internal("this build writes no GeoPackage: it has no GDAL"))
    }

    /// Returns the features as layers for tiles and files, which are made at the first call.
    pub fn layers(&self) -> Result<&[AnswerLayer]> {
        let made = self.layers.get_or_init(|| {
            let features: Vec<Value> = serde_json::from_str(&self.answer.features)
                .map_err(|fault| Error::internal("features are kept that are none").because(fault))?;
            layers::layers(&features)
        });
        made.as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }

    /// Returns the approximate memory in bytes: the values, the text of the features and as much
    /// again for their layers, and the cells of the table.
    fn weight(&self) -> usize {
        let cells: usize = self.answer.table.rows.iter().map(Vec::len).sum();
        weight(&self.answer.document) + 2 * self.answer.features.len() + CELL * cells
    }
}

/// Returns the hash of everything that an answer depends on.
fn id(process: &str, basis: &PlanningData, document: &Value, language: Language) -> String {
    let question = document.get("question").unwrap_or(&Value::Null);
    let (digest, tag) = (basis.digest, language.tag());
    let hash =
        Sha256::digest(format!("{process} {tag} {digest}\n{}", answer_key::answer_key(basis, question)));
    // Half of the hash suffices against guesses and collisions.
    hash.iter().take(16).fold(String::new(), |mut id, byte| {
        let _ = write!(id, "{byte:02x}");
        id
    })
}

/// The approximate size of a JSON value in bytes, without its text.
const VALUE: usize = 80;
/// The approximate size of a table cell in bytes.
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

/// The kept answers.
#[derive(Debug)]
pub struct Results {
    kept: Cache<String, Arc<Kept>>,
    most: usize,
}

impl Results {
    /// Creates a cache of `bytes` bytes. A single answer may take a quarter of it.
    pub fn new(bytes: usize) -> Results {
        let builder = Cache::builder()
            .max_capacity(bytes as u64)
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|_: &String, kept: &Arc<Kept>| u32::try_from(kept.weight()).unwrap_or(u32::MAX));
        Results { kept: builder.build(), most: bytes / 4 }
    }

    /// Whether an answer may be kept and is small enough.
    pub fn has_room_for(&self, kept: &Kept) -> bool {
        !kept.is_about_a_place() && kept.weight() <= self.most
    }

    /// Keeps an answer.
    pub async fn keep(&self, kept: Arc<Kept>) {
        self.kept.insert(kept.id.clone(), kept).await;
    }

    /// Returns the answer with this hash, if it is still kept and may be sent to a caller with this
    /// digest.
    pub async fn get(&self, snapshot: &Snapshot, digest: u64, id: &str) -> Option<Arc<Kept>> {
        let kept = self.kept.get(id).await?;
        let is_shown = kept.digest == digest && kept.roles == *snapshot.roles();
        is_shown.then_some(kept)
    }
}
