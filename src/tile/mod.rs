//! Vector tiles: from resident layers to the bytes of Mapbox Vector Tile 2.1.
//!
//! A tile is made in these steps: [`grid`] determines its square of the world, and [`select`] its
//! features, without the least important ones if there are too many. [`clip`] cuts each geometry at
//! the edges of the tile, and [`polygon`] makes polygons valid on its grid. [`geometry`] writes the
//! drawing commands, [`values`] and [`encode`] the bytes of a layer. [`mod@render`] joins these
//! steps. [`content`] distinguishes layers of features from layers of points for labels.
//! [`tilejson`] and [`tileset`] describe tiles to clients.

pub mod clip;
pub mod content;
pub mod encode;
pub mod geometry;
pub mod grid;
pub mod polygon;
pub mod render;
pub mod select;
pub mod tile_matrix_set;
pub mod tile_matrix_set_limits;
pub mod tilejson;
pub mod tileset;
pub mod values;

pub use content::{Content, TileLayer};
pub use grid::TileCoordinate;
pub use render::{Tile, render, render_filtered};
