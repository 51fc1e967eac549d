//! The names that a filter may use.

use crate::catalog::{Collection, ColumnType};

/// The names that a filter may use: those of the collection's columns that the caller may see.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    /// The collection to filter.
    pub collection: &'a Collection,
    /// The positions of the columns that may be seen, ascending.
    pub visible: &'a [usize],
}

impl Schema<'_> {
    /// Returns the position and the type of a column; None if it does not exist or is hidden.
    pub fn column(&self, name: &str) -> Option<(usize, ColumnType)> {
        let column = self.collection.column(name).filter(|column| self.visible.contains(column))?;
        Some((column, self.collection.columns.get(column)?.kind))
    }

    /// Returns whether this names the geometry: by the name of its column, or as `geometry`. If
    /// another column is called `geometry`, the name means that column.
    pub fn is_geometry(&self, name: &str) -> bool {
        let Some(geometry) = &self.collection.geometry else { return false };
        self.column(name).is_none() && (name == geometry.name || name == "geometry")
    }

    /// Returns the first visible column of dates or instants, to which the parameter `datetime`
    /// applies.
    pub fn temporal(&self) -> Option<(usize, ColumnType)> {
        use ColumnType::{Date, Timestamp, TimestampWithZone};
        let kinds = self
            .visible
            .iter()
            .filter_map(|column| Some((*column, self.collection.columns.get(*column)?.kind)));
        kinds.into_iter().find(|(_, kind)| matches!(kind, Date | Timestamp | TimestampWithZone))
    }

    /// Returns the names of the visible columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.visible.iter().filter_map(|column| Some(self.collection.columns.get(*column)?.name.as_str()))
    }
}
