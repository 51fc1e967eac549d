//! A layer as one permit shows it.

use std::ops::Range;

use super::column::{Column, Value};
use super::geometries::GeometryRef;
use super::key::Key;
use super::resident::Layer;
use super::tile_id::TileId;
use super::{label_point, value_text};
use crate::access::Permit;
use crate::catalog::Collection;
use crate::geo::projection::Projection;
use crate::query::Selection;

/// A layer with its visible columns. All features are read through a view.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub(crate) layer: &'a Layer,
    /// The collection that the layer belongs to.
    pub collection: &'a Collection,
    permit: &'a Permit,
    selection: Option<&'a Selection>,
}

/// The cells of several rows, those of each row next to each other.
#[derive(Debug)]
pub struct RowCells<'a> {
    columns: usize,
    cells: Vec<Value<'a>>,
}

impl<'a> RowCells<'a> {
    /// Returns the cells of the row at this position in the requested rows; empty if no column is
    /// selected.
    pub fn get(&self, at: usize) -> &[Value<'a>] {
        self.cells.get(at * self.columns..(at + 1) * self.columns).unwrap_or_default()
    }
}

impl<'a> View<'a> {
    /// Makes the view of `layer` that `permit` gives. Both belong to `collection`.
    pub fn new(layer: &'a Layer, collection: &'a Collection, permit: &'a Permit) -> View<'a> {
        View { layer, collection, permit, selection: None }
    }

    /// Returns the view with only the selected parts of each feature to write. Everything visible
    /// can still be used in conditions.
    pub fn selecting(self, selection: &'a Selection) -> View<'a> {
        View { selection: Some(selection), ..self }
    }

    /// Returns the positions of the visible columns, ascending.
    pub fn visible_columns(&self) -> &'a [usize] {
        self.permit.columns()
    }

    /// Returns the columns to write, with their names: the selected ones, or all visible columns.
    pub fn columns(&self) -> impl Iterator<Item = (&'a str, &'a Column)> + use<'a> {
        let (layer, collection) = (self.layer, self.collection);
        let selected = self.selection.and_then(|selection| selection.columns.as_deref());
        let columns = self.permit.columns().iter();
        columns.filter(move |index| selected.is_none_or(|selected| selected.contains(index))).filter_map(
            move |index| Some((collection.columns.get(*index)?.name.as_str(), layer.columns.get(*index)?)),
        )
    }

    /// Returns the visible column with this name.
    pub fn column(&self, name: &str) -> Option<&'a Column> {
        let index = self.collection.column(name).filter(|index| self.permit.sees(*index))?;
        self.layer.columns.get(index)
    }

    /// Returns the visible column at this position of the collection.
    pub fn visible(&self, index: usize) -> Option<&'a Column> {
        self.layer.columns.get(index).filter(|_| self.permit.sees(index))
    }

    /// Returns whether the key is visible. Otherwise features have no ids for this caller.
    pub fn sees_key(&self) -> bool {
        self.layer.has_key() && self.layer.key.iter().all(|column| self.permit.sees(*column))
    }

    /// Returns whether there is a hidden key. Then rows are in storage order, which reveals nothing
    /// of the key.
    pub fn hides_key(&self) -> bool {
        self.layer.has_key() && !self.sees_key()
    }

    /// Returns the rank of a row in the default order: by key; if there is no key, as loaded; if
    /// the key is hidden, as stored.
    pub fn rank(&self, row: u32) -> u32 {
        match self.ranks() {
            None => row,
            Some(ranks) => ranks.get(row as usize).copied().unwrap_or(u32::MAX),
        }
    }

    /// Returns the ranks of all rows; None if each rank is the row itself.
    pub fn ranks(&self) -> Option<&'a [u32]> {
        (!self.hides_key()).then_some(&*self.layer.key_rank)
    }

    /// Returns the rows at these ranks.
    pub fn ranked(&self, places: Range<usize>) -> Vec<u32> {
        match self.hides_key() {
            true => places.filter(|place| *place < self.len()).map(|place| place as u32).collect(),
            false => self.layer.by_key.get(places).unwrap_or_default().to_vec(),
        }
    }

    /// Returns the key of a row; None if there is none or it is hidden.
    pub fn key(&self, row: u32) -> Option<Key> {
        self.sees_key().then(|| Key::of(&self.layer.columns, &self.layer.key, row as usize))
    }

    /// Returns the key for the ids of features in tiles: one visible whole number.
    pub fn tile_id(&self) -> Option<TileId<'a>> {
        let (index, column) = self.layer.integer_key().filter(|_| self.sees_key())?;
        Some(TileId { index, column, is_attribute: self.layer.has_keys_beyond_ids() })
    }

    /// Returns the geometry of a row to write; None if geometries are not selected.
    pub fn geometry(&self, row: u32) -> Option<GeometryRef<'a>> {
        let skips = self.selection.is_some_and(|selection| selection.skip_geometry);
        if skips {
            return None;
        }
        let zoom = self.selection.and_then(|selection| selection.zoom_level);
        self.stored_geometry(row).map(|geometry| geometry.drawn_at(zoom))
    }

    /// Returns the geometry of a row for conditions, whether it is selected or not.
    pub fn stored_geometry(&self, row: u32) -> Option<GeometryRef<'a>> {
        self.layer.geometries.as_ref()?.get(row)
    }

    /// Returns the point of a row's label on the world grid, inside its area; None if it has no
    /// area. It is computed at the first request.
    pub fn label_point(&self, row: u32) -> Option<[i32; 2]> {
        let find = || label_point::of(&self.geometry(row)?);
        self.layer.label_points.of(row, self.layer.len(), find)
    }

    /// Returns the longer side of the box of a row's geometry, in steps of the world grid.
    pub fn box_size(&self, row: u32) -> u64 {
        let bounds = self.layer.index.row(row);
        let side = |axis: usize| match (bounds.min.get(axis), bounds.max.get(axis)) {
            (Some(least), Some(most)) if least <= most => u64::from(most.abs_diff(*least)),
            _ => 0,
        };
        side(0).max(side(1))
    }

    /// Returns whether any geometry may be a line. A layer without geometries may get lines later.
    pub fn may_have_lines(&self) -> bool {
        let types = &self.layer.geometry_types;
        types.is_empty() || types.iter().any(|kind| kind.dimension().is_none_or(|dimension| dimension == 1))
    }

    /// Returns whether any geometry may be an area. A layer without geometries may get areas later.
    pub fn has_areas(&self) -> bool {
        let types = &self.layer.geometry_types;
        types.is_empty() || types.iter().any(|kind| kind.dimension().is_none_or(|dimension| dimension == 2))
    }

    /// Returns the rows with a geometry outside the world of Web Mercator, ascending. The index
    /// does not find them, so no tile contains them, and a search by coordinates must test each.
    pub(super) fn outside_world(&self) -> &'a [u32] {
        match self.layer.report.outside_world {
            0 => &[],
            _ => self.layer.index.unplaced(),
        }
    }

    /// Returns the kind of the geometries: `point`, `line`, `polygon` or `mixed`; None if there are
    /// none.
    pub fn geometry_word(&self) -> Option<&'static str> {
        let mut words = self.layer.geometry_types.iter().map(|kind| match kind.dimension() {
            Some(0) => "point",
            Some(1) => "line",
            Some(_) => "polygon",
            None => "mixed",
        });
        let first = words.next()?;
        Some(if words.all(|word| word == first) { first } else { "mixed" })
    }

    /// Returns the geometry types that occur, ascending.
    pub fn geometry_types(&self) -> impl Iterator<Item = crate::geo::GeometryType> + use<'a> {
        self.layer.geometry_types.iter().copied()
    }

    /// Returns the cells of these rows that are written, read together.
    ///
    /// Rows are requested in the order of their keys and stored in that of their places, so their
    /// cells are far apart in memory. If they were read row by row, the processor would wait for
    /// each. Read column by column, it waits for many at once.
    pub fn cells(&self, rows: &[u32]) -> RowCells<'a> {
        let columns: Vec<&'a Column> = self.columns().map(|(_, column)| column).collect();
        let mut cells = vec![Value::Null; columns.len() * rows.len()];
        for (index, column) in columns.iter().enumerate() {
            column.gather(rows, |at, value| {
                if let Some(slot) = cells.get_mut(at * columns.len() + index) {
                    *slot = value;
                }
            });
        }
        // For geometries, all positions are read first, and then all first vertices.
        let geometries: Vec<_> = rows.iter().map(|row| self.geometry(*row)).collect();
        for geometry in geometries.iter().flatten() {
            std::hint::black_box(geometry.xy().first().copied());
        }
        RowCells { columns: columns.len(), cells }
    }

    /// Returns the number of features.
    pub fn len(&self) -> usize {
        self.layer.len()
    }

    /// Returns whether there are no features.
    pub fn is_empty(&self) -> bool {
        self.layer.is_empty()
    }

    /// Returns an upper bound for the number of features whose box meets `area`, without reading
    /// any. It may stop counting above `enough`.
    pub fn at_most_in(&self, area: &super::geometries::WorldBox, enough: usize) -> usize {
        self.layer.index.at_most_in(area, enough)
    }

    /// Returns the number of vertices of the feature with the most.
    pub fn longest(&self) -> usize {
        self.layer.geometries.as_ref().map_or(0, |geometries| geometries.longest())
    }

    /// Returns the bounds of all geometries in degrees (CRS84).
    pub fn extent(&self) -> Option<crate::geo::Bbox> {
        self.layer.extent
    }

    /// Returns the box of everything that tiles may show, on the world grid; an empty box if there
    /// is nothing.
    pub fn world_bounds(&self) -> super::geometries::WorldBox {
        self.layer.index.bounds()
    }

    /// Returns the column with the time of features, if there is one and it is visible.
    pub fn instant(&self) -> Option<&'a Column> {
        self.visible(self.collection.instant(self.permit.columns())?)
    }

    /// Returns the first and the last moment in the column with the time of features, in RFC 3339;
    /// None for an infinite end. Returns None altogether if there is no such column, it is hidden,
    /// or it has no value.
    pub fn interval(&self) -> Option<[Option<String>; 2]> {
        let column = self.instant()?;
        let number = |row: usize| match column.get(row) {
            Value::Date(day) => Some(i64::from(day)),
            Value::Timestamp(micros) | Value::TimestampWithZone(micros) => Some(micros),
            _ => None,
        };
        let moments = || (0..self.len()).filter_map(|row| Some((number(row)?, row)));
        let (first, last) = (moments().min()?.1, moments().max()?.1);
        let text = |row: usize, time_of_day: &str| {
            let text = value_text::plain_text(column.get(row));
            let is_finite = !text.ends_with("infinity");
            is_finite.then(|| match column.get(row) {
                // An interval consists of moments, so a day is its beginning and its end.
                Value::Date(_) => text + time_of_day,
                Value::Timestamp(_) => text + "Z",
                _ => text,
            })
        };
        Some([text(first, "T00:00:00Z"), text(last, "T23:59:59Z")])
    }

    /// Returns when the rows were read.
    pub fn loaded_at(&self) -> jiff::Timestamp {
        self.layer.loaded_at
    }

    /// Returns the report about what was unusual while loading, without notes about hidden columns.
    pub fn report(&self) -> super::report::LoadReport {
        let columns = self.collection.columns.iter().enumerate();
        let unseen = columns.filter(|(index, _)| !self.permit.sees(*index)).map(|(_, column)| &column.name);
        self.layer.report.without(&unseen.chain(&self.collection.hidden).cloned().collect())
    }

    /// Returns the size in memory, in bytes.
    pub fn memory(&self) -> usize {
        self.layer.memory()
    }

    /// Returns the projection of the stored coordinates.
    ///
    /// # Errors
    ///
    /// Fails if the coordinate system is not known.
    pub fn projection(&self) -> crate::error::Result<Projection> {
        match &self.collection.geometry {
            Some(geometry) => Projection::of(geometry.crs),
            None => Ok(Projection::Geographic),
        }
    }
}
