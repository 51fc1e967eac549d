//! The bytes of one layer of a tile (Mapbox Vector Tile 2.1, 4.1).

use std::borrow::Cow;

use super::content::{Content, TileLayer};
use super::geometry::{MvtType, varint, varint_length};
use super::grid::EXTENT;
use super::join::JoinColumns;
use super::values::{TileColumn, ValueRoom, ValueTable};
use crate::layer::tile_id::TileId;

/// The maximum number of bytes of a field's tag and length. Lengths are below 2^35.
const LONGEST_FRAME: usize = 6;

/// The maximum number of bytes that a thread keeps for its next layer.
const LARGEST_ROOM: usize = 16 << 20;

/// Buffers that are reused from layer to layer. Without them, each tile of a megabyte would wait
/// for the operating system to provide memory.
#[derive(Debug, Default)]
pub struct Room {
    features: Vec<u8>,
    values: ValueRoom,
    tags: Vec<u8>,
}

/// Writes the features of one collection as one layer.
#[derive(Debug)]
pub struct LayerWriter<'a> {
    name: Cow<'a, str>,
    keys: Vec<&'a str>,
    columns: Vec<TileColumn<'a>>,
    id: Option<TileId<'a>>,
    table: ValueTable<'a>,
    features: Vec<u8>,
    count: u64,
    tags: Vec<u8>,
}

impl<'a> LayerWriter<'a> {
    /// Creates a layer with the name [`TileLayer::name`]. An integer key becomes the id of the
    /// features instead of an attribute, if all values can be ids. All other visible columns become
    /// attributes, and of joined lines the columns in which they agree.
    pub fn new(layer: &TileLayer<'a>, zoom: u8, room: Room) -> LayerWriter<'a> {
        let view = &layer.view;
        let Room { mut features, values, tags } = room;
        features.clear();
        let joined = match layer.content {
            Content::Joined(columns) => Some(columns),
            Content::Borders => JoinColumns::of(&[]),
            _ => None,
        };
        let id = view.tile_id().filter(|_| joined.is_none());
        let only_id = id.filter(|id| !id.is_attribute);
        let mut keys = vec![];
        let mut columns = vec![];
        for (name, column) in view.columns() {
            let is_left_out = match joined {
                Some(joined) => !view.collection.column(name).is_some_and(|at| joined.contains(at)),
                None => !view.collection.detail.has_column(name, zoom),
            };
            if is_left_out || only_id.is_some_and(|id| std::ptr::eq(id.column, column)) {
                continue;
            }
            columns.push(TileColumn::new(column, keys.len() as u32));
            keys.push(name);
        }
        LayerWriter {
            name: layer.name(),
            keys,
            columns,
            id,
            table: ValueTable::new(values),
            features,
            count: 0,
            tags,
        }
    }

    /// Appends a feature with the attributes of `row` and the given drawing commands.
    pub fn feature(&mut self, row: u32, kind: MvtType, commands: &[u8]) {
        self.tags.clear();
        for column in &mut self.columns {
            if let Some(value) = column.index(row, &mut self.table) {
                varint(&mut self.tags, u64::from(column.key));
                varint(&mut self.tags, u64::from(value));
            }
        }
        let id = self.id.and_then(|id| id.of(row));
        let length = id.map_or(0, |id| 1 + varint_length(id))
            + field_length(self.tags.len())
            + 2
            + field_length(commands.len());
        self.features.push(2 << 3 | 2);
        varint(&mut self.features, length as u64);
        if let Some(id) = id {
            self.features.push(1 << 3);
            varint(&mut self.features, id);
        }
        bytes_field(&mut self.features, 2, &self.tags);
        self.features.extend([3 << 3, kind as u8]);
        bytes_field(&mut self.features, 4, commands);
        self.count += 1;
    }

    /// Returns the number of features.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Returns whether there are no features.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns an upper bound of the bytes that [`finish`](Self::finish) appends, which exceeds
    /// them by a few bytes only.
    pub fn size(&self) -> usize {
        let keys: usize = self.keys.iter().map(|key| key.len() + LONGEST_FRAME).sum();
        let head = self.name.len() + 3 * LONGEST_FRAME;
        head + keys + self.features.len() + self.table.encoded().len()
    }

    /// Returns the buffers, or new ones if a rare large layer has enlarged them too much.
    pub fn into_room(self) -> Room {
        let room = Room { features: self.features, values: self.table.into_room(), tags: self.tags };
        if room.features.capacity() + room.values.encoded.capacity() > LARGEST_ROOM {
            Room::default()
        } else {
            room
        }
    }

    /// Appends the finished layer to a tile. Appends nothing if there are no features, because a
    /// layer should have one (Mapbox Vector Tile 2.1, 4.1).
    pub fn finish(&self, tile: &mut Vec<u8>) {
        if self.is_empty() {
            return;
        }
        let keys: usize = self.keys.iter().map(|key| 1 + varint_length(key.len() as u64) + key.len()).sum();
        let values = self.table.encoded();
        let extent = 1 + varint_length(EXTENT as u64);
        let length = 2 + field_length(self.name.len()) + self.features.len() + keys + values.len() + extent;
        tile.reserve(length + LONGEST_FRAME);
        tile.push(3 << 3 | 2);
        varint(tile, length as u64);
        tile.extend([15 << 3, 2]);
        bytes_field(tile, 1, self.name.as_bytes());
        tile.extend_from_slice(&self.features);
        for key in &self.keys {
            // An empty string is a valid key, but bytes_field would leave it out.
            tile.push(3 << 3 | 2);
            varint(tile, key.len() as u64);
            tile.extend_from_slice(key.as_bytes());
        }
        tile.extend_from_slice(values);
        tile.push(5 << 3);
        varint(tile, EXTENT as u64);
    }
}

fn bytes_field(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    out.push(field << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn field_length(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { 1 + varint_length(bytes as u64) + bytes }
}
