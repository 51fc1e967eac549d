//! The query as a value: which features of a collection, in which order, and how many. No I/O.

pub mod aggregate;
mod bbox;
pub mod cql2;
pub mod cursor;
pub mod datetime;
pub mod decimal;
pub mod filter;
pub mod fold;
pub mod geometry_literal;
pub mod literal;
mod sort_key;
pub mod words;

pub use bbox::BboxFilter;
pub use cursor::{Cursor, CursorPlace, Direction};
pub use filter::Filter;
pub use literal::Literal;
pub use sort_key::SortKey;

/// A query to one collection. A feature must meet all of its conditions.
///
/// All other conditions of a request (equality, `datetime`, `q`, `filter`) are part of the one
/// [`Filter`]. The query does not say which columns are written; a [`Selection`] does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// A box; only features whose geometry shares a point with it match, and those without a
    /// geometry.
    pub bbox: Option<BboxFilter>,
    /// A condition; only features for which it is true match.
    pub filter: Option<Filter>,
    /// The columns to sort by, the first one first. Features with equal values are ordered by their
    /// keys; if the collection has no key, as they were loaded; if the key is hidden, by where they
    /// lie.
    pub sort: Vec<SortKey>,
    /// The maximum number of features.
    pub limit: usize,
    /// The number of features to skip, counted from the first feature or from the position `from`.
    /// Pages by offset shift if rows are added or deleted in between; those by cursor do not.
    pub offset: usize,
    /// The position where the page begins; None for the first page.
    pub from: Option<Cursor>,
}

/// What is written of each feature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The positions of the columns to write, ascending; None for all visible columns.
    pub columns: Option<Vec<usize>>,
    /// Whether geometries are left out.
    pub skip_geometry: bool,
    /// The zoom level at which geometries will be drawn, so that invisible detail can be left out;
    /// None for full detail.
    pub zoom_level: Option<u8>,
}

impl Query {
    /// Returns whether every feature matches.
    pub fn has_no_filter(&self) -> bool {
        self.bbox.is_none() && self.filter.is_none()
    }
}
