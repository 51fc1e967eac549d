//! The configured level of detail: what of a collection is in tiles of low zoom levels.

use std::collections::{BTreeMap, BTreeSet};

/// The configured level of detail. It names columns; names that the collection does not have are
/// ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// The numeric column that ranks features: those with larger numbers are drawn first. None
    /// ranks them by size.
    pub rank: Option<String>,
    /// For each listed column, the lowest zoom level of tiles that contain it; other columns are in
    /// all tiles.
    pub column_zooms: BTreeMap<String, u8>,
    /// By column, then by value as text: the lowest zoom level at which features with this value
    /// are drawn.
    pub value_zooms: BTreeMap<String, BTreeMap<String, u8>>,
}

impl Detail {
    /// Returns the names of all columns that are mentioned.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let names = self.rank.iter().chain(self.column_zooms.keys()).chain(self.value_zooms.keys());
        names.map(String::as_str)
    }

    /// Returns a copy that does not depend on the values of these columns.
    pub fn without(&self, columns: &BTreeSet<String>) -> Detail {
        let mut detail = self.clone();
        detail.rank.take_if(|column| columns.contains(column));
        detail.value_zooms.retain(|column, _| !columns.contains(column));
        detail
    }

    /// Returns whether tiles of this zoom level contain the column.
    pub fn has_column(&self, name: &str, zoom: u8) -> bool {
        self.column_zooms.get(name).is_none_or(|from| *from <= zoom)
    }
}
