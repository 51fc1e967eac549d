//! A collection as published, before and apart from its data.

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
    /// Its name in the source.
    pub name: String,
    /// The one type it is declared to hold; None where the source does not say or several are
    /// allowed.
    pub kind: Option<GeometryType>,
    /// The system its coordinates are stored in; a source's EPSG:4326 is [`Crs::Crs84`], as x is
    /// the longitude.
    pub crs: Crs,
    /// Whether heights are stored.
    pub has_z: bool,
}

/// How a collection keeps up with its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Compiled into the binary; never changes.
    Embedded,
    /// A file, looked at every few seconds and read again when it has changed.
    File,
    /// Each commit is noted by triggers and followed.
    Feed,
    /// Asked every few seconds whether anything has changed, and then read again; at this interval
    /// in any case.
    Watched(Duration),
    /// Read again at this interval, and on SIGHUP.
    Timed(Duration),
    /// Not kept: each request asks the database.
    Direct,
}

impl Freshness {
    /// How closely it keeps up, the closest first: of several collections the last counts.
    pub fn rank(self) -> u8 {
        match self {
            Freshness::Embedded | Freshness::Direct => 0,
            Freshness::Feed => 1,
            Freshness::File => 2,
            Freshness::Watched(_) => 3,
            Freshness::Timed(_) => 4,
        }
    }

    /// The name of the class as collections show it.
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

/// A table that several collections are made of, one for each of its geometry columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The table's own name, which the collection of its first geometry has.
    pub name: Name,
    /// The names of the collections of its further geometries.
    pub further: Vec<Name>,
}

/// A collection: OGC's word for a layer or a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// The address: a table's or file's name if unique, else qualified.
    pub id: String,
    /// The short name, whether or not it is the id: configuration by it holds for every bearer.
    pub short: String,
    /// The name that never changes when another source brings the same name: `schema.table`,
    /// `folder.file`.
    pub qualified: String,
    /// A heading for people.
    pub title: String,
    /// A sentence for people.
    pub description: Option<String>,
    /// Whom to name beside the map.
    pub attribution: Option<String>,
    /// The licence, as a name or URL.
    pub licence: Option<String>,
    /// The geometry column; None for a table.
    pub geometry: Option<GeometryColumn>,
    /// The other columns, in the source's order.
    pub columns: Vec<ColumnSchema>,
    /// Which columns (by position) make the key; empty where a feature has no id.
    pub key: Vec<usize>,
    /// The source for everyone: no path, no host, no user, no credentials.
    pub source: String,
    /// How it keeps up.
    pub freshness: Freshness,
    /// The zooms tiles are served for, both ends included.
    pub zooms: (u8, u8),
    /// How long others may keep its tiles without asking again; None where they must ask each time.
    pub max_age: Option<Duration>,
    /// What of it is in the tiles of low zooms.
    pub detail: Detail,
    /// How it is coloured by a column's values; None: in one colour.
    pub categories: Option<Categories>,
    /// Whether the map page shows it before anyone has chosen what to see.
    pub visible_at_first: bool,
    /// The column that says when a feature is; None: the first of dates or instants.
    pub datetime: Option<String>,
    /// What catalogues say of it beside this.
    pub metadata: Metadata,
    /// The table that it shares with other collections; None where it shares none.
    pub table: Option<Table>,
    /// The names of the columns that the configuration hides, whether or not they are there. What
    /// they hold must not show in the order of rows, in versions or in the level of detail either.
    pub hidden: BTreeSet<String>,
}

impl Collection {
    /// The names of columns that the configuration speaks of and that there are not.
    pub fn unknown_columns(&self) -> impl Iterator<Item = &str> {
        let coloured = self.categories.iter().map(|categories| categories.column.as_str());
        let timed = self.datetime.as_deref();
        self.detail.columns().chain(coloured).chain(timed).filter(|name| self.column(name).is_none())
    }

    /// Whether the configuration hides the column at this position.
    pub fn hides(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|column| self.hidden.contains(&column.name))
    }

    /// Whether a column of the key is hidden, so that nothing may be told by it.
    pub fn hides_key(&self) -> bool {
        self.key.iter().any(|column| self.hides(*column))
    }

    /// The position of a column by name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The column that says when a feature is: the configured one, else the first of these
    /// positions that holds dates or instants. Where the configured one is hidden or holds
    /// something else, features have no time.
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

    /// The title and the description, in English where there are English ones and they are wanted.
    pub fn words(&self, in_english: bool) -> (&str, Option<&str>) {
        let english = Some(&self.metadata).filter(|_| in_english);
        let title = english.and_then(|english| english.title_en.as_deref()).unwrap_or(&self.title);
        let description = english.and_then(|english| english.description_en.as_deref());
        (title, description.or(self.description.as_deref()))
    }
}

/// Something found in a source that is not served: which, why, and what to do (the error's hint).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The table or file, qualified.
    pub name: String,
    /// Why, and what to do about it.
    pub why: Error,
}
