//! A collection as it is published: its description, without its data.

use std::collections::BTreeSet;
use std::time::Duration;

use super::categories::Categories;
use super::column::ColumnSchema;
use super::detail::Detail;
use super::metadata::Metadata;
use super::names::Name;
use crate::error::Error;
use crate::geo::{Crs, GeometryType};

/// The geometry column of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeometryColumn {
    /// The column's name in the source.
    pub name: String,
    /// The geometry type that the column is declared to have; None if the source does not say, or
    /// allows several.
    pub kind: Option<GeometryType>,
    /// The coordinate system of the stored coordinates. The EPSG:4326 of a source is
    /// [`Crs::Crs84`], because sources store the longitude as x.
    pub crs: Crs,
    /// Whether the geometries have heights.
    pub has_z: bool,
}

/// How a collection follows the changes of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// The data are compiled into the binary and never change.
    Embedded,
    /// A file whose date and size are checked every few seconds, and which is read again after a
    /// change.
    File,
    /// Triggers in the database record every commit, and only the changed rows are read.
    Feed,
    /// The database is asked every few seconds whether the table has changed; then the table is
    /// read again, and in any case after this interval.
    Watched(Duration),
    /// The table is read again after each interval, and on SIGHUP.
    Timed(Duration),
    /// The rows are not kept in memory; each request reads the database.
    Direct,
}

impl Freshness {
    /// Returns how closely the collection follows its source; the closest way is the lowest. Of
    /// several collections, the highest rank applies.
    pub fn rank(self) -> u8 {
        match self {
            Freshness::Embedded | Freshness::Direct => 0,
            Freshness::Feed => 1,
            Freshness::File => 2,
            Freshness::Watched(_) => 3,
            Freshness::Timed(_) => 4,
        }
    }

    /// Returns the name of the way, as collections show it.
    pub fn class(self) -> &'static str {
        match self {
            Freshness::Embedded => "embedded",
            Freshness::File => "file",
            Freshness::Feed => "feed",
            Freshness::Watched(_) => "watched",
            Freshness::Timed(_) => "timed",
            Freshness::Direct => "direct",
        }
    }
}

/// A table with several geometry columns, each of which is a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The table's own name, which is also that of the collection of its first geometry column.
    pub name: Name,
    /// The names of the collections of its further geometry columns.
    pub further: Vec<Name>,
}

/// A collection, OGC's word for a layer or a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// The id in addresses: the name of the table or file, qualified if it is not unique.
    pub id: String,
    /// The short name, which may differ from the id. Configuration by the short name applies to all
    /// collections that have it.
    pub short: String,
    /// The qualified name, which stays when another source has a table of the same name:
    /// `schema.table` or `folder.file`.
    pub qualified: String,
    /// The title for people.
    pub title: String,
    /// The description for people, in a sentence.
    pub description: Option<String>,
    /// The attribution that must be shown beside a map.
    pub attribution: Option<String>,
    /// The licence, as a name or a URL.
    pub licence: Option<String>,
    /// The geometry column; None for a table without one.
    pub geometry: Option<GeometryColumn>,
    /// All other columns, in the order of the source.
    pub columns: Vec<ColumnSchema>,
    /// The positions of the key's columns; empty if features have no id.
    pub key: Vec<usize>,
    /// The name of the source that everyone may see: without path, host, user or password.
    pub source: String,
    /// How the collection follows its source.
    pub freshness: Freshness,
    /// The lowest and the highest zoom level of its tiles.
    pub zooms: (u8, u8),
    /// How long clients may reuse its tiles without asking; None if they must ask each time.
    pub max_age: Option<Duration>,
    /// What of the collection is in tiles of low zoom levels.
    pub detail: Detail,
    /// The colours by the values of a column; None for one colour.
    pub categories: Option<Categories>,
    /// The name of the column of numbers by which points are larger; None for one size.
    pub size_by: Option<String>,
    /// Whether the map page shows it at first.
    pub visible_at_first: bool,
    /// The configured column with the time of a feature; None for the first column of dates or
    /// instants.
    pub datetime: Option<String>,
    /// Further metadata for catalogues.
    pub metadata: Metadata,
    /// The table that it shares with other collections; None if it shares none.
    pub table: Option<Table>,
    /// The names of the columns that the configuration hides, whether or not they exist. Their
    /// values must not show in the order of rows, in versions or in the level of detail.
    pub hidden: BTreeSet<String>,
}

impl Collection {
    /// Returns the names of columns that the configuration mentions and the collection does not
    /// have.
    pub fn unknown_columns(&self) -> impl Iterator<Item = &str> {
        let coloured = self.categories.iter().map(|categories| categories.column.as_str());
        let named = [&self.datetime, &self.size_by].into_iter().filter_map(Option::as_deref);
        self.detail.columns().chain(coloured).chain(named).filter(|name| self.column(name).is_none())
    }

    /// Returns whether the configuration hides the column at this position.
    pub fn hides(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|column| self.hidden.contains(&column.name))
    }

    /// Returns whether a column of the key is hidden, so that nothing may depend on the key.
    pub fn hides_key(&self) -> bool {
        self.key.iter().any(|column| self.hides(*column))
    }

    /// Returns the position of the column with this name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Returns the position of the column with the time of a feature: the configured column, else
    /// the first of the `visible` positions that holds dates or instants. If the configured column
    /// is hidden or of another type, features have no time.
    pub fn instant(&self, visible: &[usize]) -> Option<usize> {
        use super::column::ColumnType::{Date, Timestamp, TimestampWithZone};
        let is_temporal = |index: &usize| {
            let kind = self.columns.get(*index).map(|column| column.kind);
            matches!(kind, Some(Date | Timestamp | TimestampWithZone))
        };
        let is_chosen = |index: &usize| {
            let name = self.columns.get(*index).map(|column| column.name.as_str());
            self.datetime.is_none() || self.datetime.as_deref() == name
        };
        visible.iter().copied().find(|index| is_temporal(index) && is_chosen(index))
    }

    /// Returns title and description, in English if they exist in English and `in_english` is set.
    pub fn words(&self, in_english: bool) -> (&str, Option<&str>) {
        let english = Some(&self.metadata).filter(|_| in_english);
        let title = english.and_then(|english| english.title_en.as_deref()).unwrap_or(&self.title);
        let description = english.and_then(|english| english.description_en.as_deref());
        (title, description.or(self.description.as_deref()))
    }
}

/// Something in a source that is not served, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The qualified name of the table or file.
    pub name: String,
    /// The reason; its hint says what to do.
    pub why: Error,
}
