//! Vector tiles: from resident layers to bytes of Mapbox Vector Tile 2.1.
//!
//! The way of a tile: [`grid`] (which square of the world), [`select`] (which features, the least
//! dropped first), [`clip`] and [`polygon`] (what is left of each, on the tile's grid, valid),
//! [`geometry`] (its drawing commands), [`values`] and [`encode`] (the layer's bytes), all joined
//! in [`mod@render`]. [`content`] says what of a collection a layer shows: its features, or a point
//! inside each of its areas for the label.

pub mod clip;
pub mod content;
pub mod encode;
pub mod geometry;
pub mod grid;
pub mod polygon;
pub mod render;
pub mod select;
pub mod tilejson;
pub mod values;

pub use content::{Content, TileLayer};
pub use grid::TileCoordinate;
pub use render::{Tile, render, render_filtered};
