//! What styles are made of: themes, collections as a caller sees them, and layers with places.

use serde_json::Value;

use crate::layer::View;

/// The ground that a map is drawn on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light ground.
    #[default]
    Light,
    /// Light on dark ground.
    Dark,
}

impl Theme {
    /// Both themes, light first.
    pub const ALL: [Theme; 2] = [Theme::Light, Theme::Dark];

    /// Returns the name, which is also the id of the style of the base map.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// Returns the theme with this name.
    pub fn of(name: &str) -> Option<Theme> {
        Theme::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

/// A collection that can be drawn, as the caller sees it.
#[derive(Clone, Copy, Debug)]
pub struct Mapped<'a> {
    /// Its rows and columns; without rows if they stay in a database.
    pub view: View<'a>,
    /// `point`, `line`, `polygon` or `mixed`; None if it is not known yet.
    pub geometry: Option<&'static str>,
}

impl<'a> Mapped<'a> {
    /// The id of the collection.
    pub fn id(&self) -> &'a str {
        &self.view.collection.id
    }
}

/// A layer of a style, and its place: layers of a lower rank are drawn first.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The rank, which the layer's metadata hold too.
    pub rank: f64,
    /// The layer of MapLibre.
    pub layer: Value,
}
