//! Level of detail as configured: what of a collection is in the tiles of low zooms.

use std::collections::{BTreeMap, BTreeSet};

/// What the configuration says. Columns are meant by name; those that a collection lacks are
/// without effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// The column by which features matter: those with larger numbers are drawn first. None: by
    /// their size.
    pub rank: Option<String>,
    /// The zoom from which on a column is in tiles; others are at all zooms.
    pub column_zooms: BTreeMap<String, u8>,
    /// By column, then by value (as text): the zoom from which on features with it are drawn.
    pub value_zooms: BTreeMap<String, BTreeMap<String, u8>>,
}

impl Detail {
    /// The names of the columns in it.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let names = self.rank.iter().chain(self.column_zooms.keys()).chain(self.value_zooms.keys());
        names.map(String::as_str)
    }

    /// The same without what depends on the values of these columns.
    pub fn without(&self, columns: &BTreeSet<String>) -> Detail {
        let mut detail = self.clone();
        detail.rank.take_if(|column| columns.contains(column));
        detail.value_zooms.retain(|column, _| !columns.contains(column));
        detail
    }

    /// Whether a column is in the tiles of a zoom.
    pub fn has_column(&self, name: &str, zoom: u8) -> bool {
        self.column_zooms.get(name).is_none_or(|from| *from <= zoom)
    }
}
