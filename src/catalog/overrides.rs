//! The configuration of a collection, which takes precedence over what its source says.

use std::collections::BTreeMap;
use std::time::Duration;

use super::categories::Categories;
use super::collection::Collection;
use super::column::ColumnWords;
use super::detail::Detail;
use super::metadata::Metadata;

/// The configuration of one collection; None keeps what the source says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // documented where they are written: `config`
pub struct Overrides {
    /// Whether the configuration names the collection, even if by an empty section. A database's
    /// table without geometry is served only then, since most such tables are not meant to be
    /// published.
    pub listed: bool,
    pub title: Option<String>,
    pub description: Option<String>,
    pub attribution: Option<String>,
    pub licence: Option<String>,
    /// Whether the rows stay in the database and are read for each request; None decides it by the
    /// memory budget.
    pub direct: Option<bool>,
    /// The names of the key's columns, which loading needs.
    pub key: Option<Vec<String>>,
    /// The EPSG code of coordinates if the source does not say it, which loading needs.
    pub srid: Option<u32>,
    pub min_zoom: Option<u8>,
    pub max_zoom: Option<u8>,
    pub max_age: Option<Duration>,
    pub detail: Detail,
    pub categories: Option<Categories>,
    pub size_by: Option<String>,
    pub visible_at_first: Option<bool>,
    pub datetime: Option<String>,
    pub metadata: Metadata,
    pub columns: BTreeMap<String, ColumnWords>,
}

impl Overrides {
    /// Replaces the descriptive parts of `collection`. Key and SRID are applied by the source,
    /// which needs them for loading.
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
        collection.size_by.clone_from(&self.size_by);
        collection.visible_at_first = self.visible_at_first.unwrap_or(true);
        collection.max_age = self.max_age.or(collection.max_age);
        collection.zooms =
            (self.min_zoom.unwrap_or(collection.zooms.0), self.max_zoom.unwrap_or(collection.zooms.1));
    }
}
