//! What a layer of a tile shows of a collection.

use std::borrow::Cow;

use crate::layer::View;

/// What follows a collection's id in the name of its labels, in addresses and in tiles.
pub const LABELS: &str = ":labels";

/// What of a collection is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// Its features.
    Features,
    /// One point inside each of its areas, with the feature's attributes: in one tile of each zoom,
    /// so that a name does not stand once in every tile that its area reaches into, and at the same
    /// place at every zoom.
    Labels,
}

/// One layer of a tile.
#[derive(Clone, Copy, Debug)]
pub struct TileLayer<'a> {
    /// The collection as it may be seen.
    pub view: View<'a>,
    /// What of it.
    pub content: Content,
}

impl<'a> From<View<'a>> for TileLayer<'a> {
    /// Its features.
    fn from(view: View<'a>) -> TileLayer<'a> {
        TileLayer { view, content: Content::Features }
    }
}

impl<'a> TileLayer<'a> {
    /// The name of the layer in the tile: the collection's id, with [`LABELS`] for its labels.
    pub fn name(&self) -> Cow<'a, str> {
        let id = self.view.collection.id.as_str();
        match self.content {
            Content::Features => id.into(),
            Content::Labels => format!("{id}{LABELS}").into(),
        }
    }
}
