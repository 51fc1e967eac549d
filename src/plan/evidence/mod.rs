//! The evidence of an answer: rule, method, network, population, facilities, and missing data.
//!
//! Every answer contains its evidence, so that it can be computed again. Each question composes its
//! own from the parts in this folder.

pub mod facilities;
pub mod network;
pub mod people;
pub mod protection;
pub mod rule;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::loaded_collection::LoadedCollection;
use super::words::SHARED;
use crate::catalog::Words;

/// The collection that data are from.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The id of the collection.
    pub collection: String,
    /// The title of the collection.
    pub title: String,
    /// What it holds.
    pub description: Option<String>,
    /// Whom to name beside the data.
    pub attribution: Option<String>,
    /// The licence of the data.
    pub license: Option<String>,
    /// How changes of the data are noticed.
    pub freshness: &'static str,
    /// When the data were read. Of a collection that is not for everyone it would tell of changes,
    /// and is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loaded_at: Option<Timestamp>,
}

impl Source {
    /// Returns the description of a collection.
    pub fn of(loaded: &LoadedCollection) -> Source {
        let collection = &loaded.collection;
        Source {
            collection: collection.id.clone(),
            title: collection.title.clone(),
            description: collection.description.clone(),
            attribution: collection.attribution.clone(),
            license: collection.licence.clone(),
            freshness: collection.freshness.class(),
            loaded_at: loaded.is_public.then(|| loaded.layer.loaded_at()),
        }
    }
}

/// When a question was asked, and of which program.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Request {
    /// The day of the question.
    pub asked: Date,
    /// Name and version.
    pub program: String,
}

impl Request {
    /// Returns a request of today.
    pub fn now() -> Request {
        Request { asked: jiff::Zoned::now().date(), program: format!("veedel {}", env!("CARGO_PKG_VERSION")) }
    }
}

/// Returns the text about data beyond the edge of the city.
pub fn edge() -> Words {
    said("edge")
}

/// Returns a text about evidence that several questions use.
fn said(name: &str) -> Words {
    SHARED.both(&format!("evidence.{name}"), |_| vec![])
}
