//! What a filter may name.

use crate::catalog::{Collection, ColumnType};

/// What a filter may name: a collection, and which of its columns may be seen.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    /// The collection.
    pub collection: &'a Collection,
    /// The positions of the columns that may be seen, ascending.
    pub visible: &'a [usize],
}

impl Schema<'_> {
    /// The position and the kind of a column, where it may be seen.
    pub fn column(&self, name: &str) -> Option<(usize, ColumnType)> {
        let column = self.collection.column(name).filter(|column| self.visible.contains(column))?;
        Some((column, self.collection.columns.get(column)?.kind))
    }

    /// Whether this names the geometry: by the name of its column, or as `geometry`. A column comes
    /// first.
    pub fn is_geometry(&self, name: &str) -> bool {
        let Some(geometry) = &self.collection.geometry else { return false };
        self.column(name).is_none() && (name == geometry.name || name == "geometry")
    }

    /// The first column of dates or instants that may be seen: what `datetime` asks.
    pub fn temporal(&self) -> Option<(usize, ColumnType)> {
        use ColumnType::{Date, Timestamp, TimestampWithZone};
        let kinds = self
            .visible
            .iter()
            .filter_map(|column| Some((*column, self.collection.columns.get(*column)?.kind)));
        kinds.into_iter().find(|(_, kind)| matches!(kind, Date | Timestamp | TimestampWithZone))
    }

    /// The names of the columns that may be seen.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.visible.iter().filter_map(|column| Some(self.collection.columns.get(*column)?.name.as_str()))
    }
}
