//! What the configuration says about a collection, laid over what its source says.

use std::collections::BTreeMap;
use std::time::Duration;

use super::categories::Categories;
use super::collection::Collection;
use super::column::ColumnWords;
use super::detail::Detail;
use super::metadata::Metadata;

/// The configured words about one collection; None leaves what the source says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // documented where they are written: `config`
pub struct Overrides {
    /// Whether the configuration names it at all, if only by an empty section. A database's table
    /// without geometry is served only then: most tables beside a city's geodata are nobody else's
    /// business.
    pub listed: bool,
    pub title: Option<String>,
    pub description: Option<String>,
    pub attribution: Option<String>,
    pub licence: Option<String>,
    /// Whether its rows stay in the database and are asked for at each request; by default only
    /// where they do not fit.
    pub direct: Option<bool>,
    /// Names of the key columns; needed before loading.
    pub key: Option<Vec<String>>,
    /// The EPSG code of coordinates whose source does not say; needed before loading.
    pub srid: Option<u32>,
    pub min_zoom: Option<u8>,
    pub max_zoom: Option<u8>,
    pub max_age: Option<Duration>,
    pub detail: Detail,
    pub categories: Option<Categories>,
    pub visible_at_first: Option<bool>,
    pub datetime: Option<String>,
    pub metadata: Metadata,
    pub columns: BTreeMap<String, ColumnWords>,
}

impl Overrides {
    /// Lays the descriptive part over `collection`. Key and SRID are the source's to apply, as it
    /// loads by them.
    pub fn describe(&self, collection: &mut Collection) {
        let replace = |slot: &mut Option<String>, with: &Option<String>| {
            if with.is_some() {
                slot.clone_from(with);
            }
        };
        if let Some(title) = &self.title {
            collection.title.clone_from(title);
        }
        replace(&mut collection.description, &self.description);
        replace(&mut collection.attribution, &self.attribution);
        replace(&mut collection.licence, &self.licence);
        collection.metadata.clone_from(&self.metadata);
        for column in &mut collection.columns {
            if let Some(words) = self.columns.get(&column.name) {
                column.describe(words);
            }
        }
        collection.datetime.clone_from(&self.datetime);
        collection.detail.clone_from(&self.detail);
        collection.categories.clone_from(&self.categories);
        collection.visible_at_first = self.visible_at_first.unwrap_or(true);
        collection.max_age = self.max_age.or(collection.max_age);
        collection.zooms =
            (self.min_zoom.unwrap_or(collection.zooms.0), self.max_zoom.unwrap_or(collection.zooms.1));
    }
}
