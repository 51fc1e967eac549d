//! The question as a value: which features of a collection, in which order, how many. No I/O.

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

/// A question to one collection. All conditions must hold.
///
/// Whatever else the parameters of a request ask of a feature (equality, `datetime`, `q`, `filter`)
/// is in the one [`Filter`]. Which columns are written is no part of the question: see
/// [`Selection`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Only features whose geometry shares a point with this, and those without a geometry.
    pub bbox: Option<BboxFilter>,
    /// Only features for which this is true.
    pub filter: Option<Filter>,
    /// In this order, and where all is equal in the order of keys; of loading, where there is no
    /// key, and of places, where the key is hidden.
    pub sort: Vec<SortKey>,
    /// At most this many.
    pub limit: usize,
    /// Without the first so many, counted from the first feature or from where `from` says. For
    /// clients that insist: it shifts when rows come and go.
    pub offset: usize,
    /// The page beside this place; None for the first.
    pub from: Option<Cursor>,
}

/// What of each feature is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The positions of the columns to write, ascending; None for all that may be seen.
    pub columns: Option<Vec<usize>>,
    /// Whether geometries are left out.
    pub skip_geometry: bool,
    /// The zoom at which geometries are going to be drawn; None where all of them is asked for.
    pub zoom_level: Option<u8>,
}

impl Query {
    /// Whether all features answer it.
    pub fn has_no_filter(&self) -> bool {
        self.bbox.is_none() && self.filter.is_none()
    }
}
