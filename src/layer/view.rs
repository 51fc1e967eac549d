//! A layer as one permit allows to see it.

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

/// A layer with the columns that may be seen. All reading of features goes through this.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub(crate) layer: &'a Layer,
    /// The collection the layer belongs to.
    pub collection: &'a Collection,
    permit: &'a Permit,
    selection: Option<&'a Selection>,
}

/// Cells of several rows, those of a row beside each other.
#[derive(Debug)]
pub struct Rows<'a> {
    columns: usize,
    cells: Vec<Value<'a>>,
}

impl<'a> Rows<'a> {
    /// The cells of the row at this position of those that were asked for; empty where no column is
    /// written.
    pub fn get(&self, at: usize) -> &[Value<'a>] {
        self.cells.get(at * self.columns..(at + 1) * self.columns).unwrap_or_default()
    }
}

impl<'a> View<'a> {
    /// The view of `layer` that `permit` gives; both belong to `collection`.
    pub fn new(layer: &'a Layer, collection: &'a Collection, permit: &'a Permit) -> View<'a> {
        View { layer, collection, permit, selection: None }
    }

    /// The same with only what is selected of each feature to write. What may be seen stays: a
    /// question may ask for what is not written.
    pub fn selecting(self, selection: &'a Selection) -> View<'a> {
        View { selection: Some(selection), ..self }
    }

    /// The positions of the columns that may be seen, ascending.
    pub fn visible_columns(&self) -> &'a [usize] {
        self.permit.columns()
    }

    /// The columns that are written, all that may be seen unless some are selected: name and cells.
    pub fn columns(&self) -> impl Iterator<Item = (&'a str, &'a Column)> + use<'a> {
        let (layer, collection) = (self.layer, self.collection);
        let selected = self.selection.and_then(|selection| selection.columns.as_deref());
        let columns = self.permit.columns().iter();
        columns.filter(move |index| selected.is_none_or(|selected| selected.contains(index))).filter_map(
            move |index| Some((collection.columns.get(*index)?.name.as_str(), layer.columns.get(*index)?)),
        )
    }

    /// The column of this name, where it may be seen.
    pub fn column(&self, name: &str) -> Option<&'a Column> {
        let index = self.collection.column(name).filter(|index| self.permit.sees(*index))?;
        self.layer.columns.get(index)
    }

    /// The column at this position of the collection, where it may be seen.
    pub fn visible(&self, index: usize) -> Option<&'a Column> {
        self.layer.columns.get(index).filter(|_| self.permit.sees(index))
    }

    /// Whether the key may be seen; else features have no ids for this reader.
    pub fn sees_key(&self) -> bool {
        self.layer.has_key() && self.layer.key.iter().all(|column| self.permit.sees(*column))
    }

    /// Whether there is a key that may not be seen: then rows come in the order of their places,
    /// which says nothing of it.
    pub fn hides_key(&self) -> bool {
        self.layer.has_key() && !self.sees_key()
    }

    /// Where a row stands among all, in the order in which they are given: of keys, of loading
    /// where there is no key, of storage where the key is hidden.
    pub fn rank(&self, row: u32) -> u32 {
        match self.ranks() {
            None => row,
            Some(ranks) => ranks.get(row as usize).copied().unwrap_or(u32::MAX),
        }
    }

    /// The same of all rows; None where each stands where it is stored.
    pub fn ranks(&self) -> Option<&'a [u32]> {
        (!self.hides_key()).then_some(&*self.layer.key_rank)
    }

    /// The rows that stand at these places of that order.
    pub fn ranked(&self, places: Range<usize>) -> Vec<u32> {
        match self.hides_key() {
            true => places.filter(|place| *place < self.len()).map(|place| place as u32).collect(),
            false => self.layer.by_key.get(places).unwrap_or_default().to_vec(),
        }
    }

    /// The key of a row, where there is one and it may be seen.
    pub fn key(&self, row: u32) -> Option<Key> {
        self.sees_key().then(|| Key::of(&self.layer.columns, &self.layer.key, row as usize))
    }

    /// The key that is the id of features in tiles: one whole number that may be seen.
    pub fn tile_id(&self) -> Option<TileId<'a>> {
        let (index, column) = self.layer.integer_key().filter(|_| self.sees_key())?;
        Some(TileId { index, column, is_attribute: self.layer.has_keys_beyond_ids() })
    }

    /// The geometry of a row to write; None where geometries are not selected.
    pub fn geometry(&self, row: u32) -> Option<GeometryRef<'a>> {
        let skips = self.selection.is_some_and(|selection| selection.skip_geometry);
        if skips {
            return None;
        }
        let zoom = self.selection.and_then(|selection| selection.zoom_level);
        self.stored_geometry(row).map(|geometry| geometry.drawn_at(zoom))
    }

    /// The geometry of a row, selected or not: for conditions.
    pub fn stored_geometry(&self, row: u32) -> Option<GeometryRef<'a>> {
        self.layer.geometries.as_ref()?.get(row)
    }

    /// Where a row's label belongs, on the world grid: inside its area; None where it has none.
    /// Found at the first time, and the same ever after.
    pub fn label_point(&self, row: u32) -> Option<[i32; 2]> {
        let find = || label_point::of(&self.geometry(row)?);
        self.layer.label_points.of(row, self.layer.len(), find)
    }

    /// Whether any geometry may be an area; true of a layer without geometries so far.
    pub fn has_areas(&self) -> bool {
        let types = &self.layer.geometry_types;
        types.is_empty() || types.iter().any(|kind| kind.dimension().is_none_or(|dimension| dimension == 2))
    }

    /// The rows with a geometry that lies outside the world of Web Mercator, ascending: the index
    /// does not find them, so that no tile draws them, and whoever asks by coordinates has to look
    /// at each.
    pub(super) fn outside_world(&self) -> &'a [u32] {
        match self.layer.report.outside_world {
            0 => &[],
            _ => self.layer.index.unplaced(),
        }
    }

    /// What the geometries are: `point`, `line`, `polygon` or `mixed`; None where there are none.
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

    /// The types of the geometries, ascending, each once.
    pub fn geometry_types(&self) -> impl Iterator<Item = crate::geo::GeometryType> + use<'a> {
        self.layer.geometry_types.iter().copied()
    }

    /// The cells of these rows that are written, read together.
    ///
    /// Rows are asked for in the order of their keys and lie in the order of their places: each
    /// cell is far from the last. Read feature by feature, every one is waited for; read column by
    /// column, the processor waits for many at once.
    pub fn cells(&self, rows: &[u32]) -> Rows<'a> {
        let columns: Vec<&'a Column> = self.columns().map(|(_, column)| column).collect();
        let mut cells = vec![Value::Null; columns.len() * rows.len()];
        for (index, column) in columns.iter().enumerate() {
            column.gather(rows, |at, value| {
                if let Some(slot) = cells.get_mut(at * columns.len() + index) {
                    *slot = value;
                }
            });
        }
        // Of geometries first where they begin, then their first points.
        let geometries: Vec<_> = rows.iter().map(|row| self.geometry(*row)).collect();
        for geometry in geometries.iter().flatten() {
            std::hint::black_box(geometry.xy().first().copied());
        }
        Rows { columns: columns.len(), cells }
    }

    /// The number of features.
    pub fn len(&self) -> usize {
        self.layer.len()
    }

    /// Whether there are no features.
    pub fn is_empty(&self) -> bool {
        self.layer.is_empty()
    }

    /// How many features at most have a box that meets `area`; found without looking at any. Beyond
    /// `enough` it stops counting.
    pub fn at_most_in(&self, area: &super::geometries::WorldBox, enough: usize) -> usize {
        self.layer.index.at_most_in(area, enough)
    }

    /// The vertices of the feature that has most.
    pub fn longest(&self) -> usize {
        self.layer.geometries.as_ref().map_or(0, |geometries| geometries.longest())
    }

    /// The box of all geometries in degrees (CRS84).
    pub fn extent(&self) -> Option<crate::geo::Bbox> {
        self.layer.extent
    }

    /// The column that says when features are, where there is one and it may be seen.
    pub fn instant(&self) -> Option<&'a Column> {
        self.visible(self.collection.instant(self.permit.columns())?)
    }

    /// The first and the last moment of the column that says when features are, in RFC 3339; an end
    /// that is infinite is None. None altogether where there is no such column, or it may not be
    /// seen, or has no value.
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
                // An interval has moments: a day begins and ends.
                Value::Date(_) => text + time_of_day,
                Value::Timestamp(_) => text + "Z",
                _ => text,
            })
        };
        Some([text(first, "T00:00:00Z"), text(last, "T23:59:59Z")])
    }

    /// When the rows were read.
    pub fn loaded_at(&self) -> jiff::Timestamp {
        self.layer.loaded_at
    }

    /// What was found while loading, but for what is about columns that may not be seen.
    pub fn report(&self) -> super::report::LoadReport {
        let columns = self.collection.columns.iter().enumerate();
        let unseen = columns.filter(|(index, _)| !self.permit.sees(*index)).map(|(_, column)| &column.name);
        self.layer.report.without(&unseen.chain(&self.collection.hidden).cloned().collect())
    }

    /// The bytes it holds in memory.
    pub fn memory(&self) -> usize {
        self.layer.memory()
    }

    /// The projection of the stored coordinates.
    pub fn projection(&self) -> crate::error::Result<Projection> {
        match &self.collection.geometry {
            Some(geometry) => Projection::of(geometry.crs),
            None => Ok(Projection::Geographic),
        }
    }
}
