//! Output formats of features, and of tables. Tiles are in the room `tile`.

pub mod coordinates;
pub mod csv;
pub mod flatgeobuf;
pub mod format;
pub mod formula;
pub mod geojson;
#[cfg(feature = "gdal")]
pub mod geopackage;
pub mod groups;
pub mod json_fg;
pub mod json_text;
pub mod projected;
pub mod spool;
pub mod table;
pub mod wkb;
pub mod wkt;
pub mod writer;

pub use format::ItemFormat;
pub use writer::{Head, Options, Writer};
