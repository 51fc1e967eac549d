//! Features out: formats for items. Tiles have their own room.

pub mod coordinates;
pub mod geojson;
pub mod table;
