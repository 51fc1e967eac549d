//! The content of a layer of a tile: features, points for their labels, or joined lines.

use std::borrow::Cow;

use super::join::JoinColumns;
use crate::layer::View;

/// The suffix of a collection's id that names its labels, in addresses and in tiles.
pub const LABELS: &str = ":labels";

/// The suffix of a collection's id that names the borders of its areas.
pub const BORDERS: &str = ":borders";

/// The content of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// The features of the collection.
    Features,
    /// One point inside each area of the collection, with the attributes of the area. At each zoom,
    /// a point is in only one tile, so that an area has one label although it reaches into several
    /// tiles. The point is the same at all zooms.
    Labels,
    /// The borders of the areas as lines without attributes. What two areas share is there once, so
    /// that dashes are not drawn over dashes.
    Borders,
    /// The lines of all features that agree in these columns, joined where they meet, with these
    /// columns as the only attributes and without ids. See [`mod@super::join`].
    Joined(JoinColumns),
}

/// One layer of a tile.
#[derive(Clone, Copy, Debug)]
pub struct TileLayer<'a> {
    /// The rows and columns that the caller may see.
    pub view: View<'a>,
    /// The content of the layer.
    pub content: Content,
}

impl<'a> From<View<'a>> for TileLayer<'a> {
    /// Returns the layer of the features of a view.
    fn from(view: View<'a>) -> TileLayer<'a> {
        TileLayer { view, content: Content::Features }
    }
}

impl<'a> TileLayer<'a> {
    /// Returns the name of the layer in the tile: the id of the collection, followed by [`LABELS`]
    /// for its labels.
    pub fn name(&self) -> Cow<'a, str> {
        let id = self.view.collection.id.as_str();
        match self.content {
            Content::Features | Content::Joined(_) => id.into(),
            Content::Labels => format!("{id}{LABELS}").into(),
            Content::Borders => format!("{id}{BORDERS}").into(),
        }
    }
}
