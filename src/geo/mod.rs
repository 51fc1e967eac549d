//! Geometry without I/O: boxes, coordinate reference systems, projections, geometries and their
//! binary forms.

pub mod axes;
pub mod bbox;
pub mod crs;
pub mod curve;
#[cfg(feature = "gdal")]
pub mod datum_shift;
pub mod edges;
pub mod ewkb;
pub mod geometry;
pub mod hilbert;
pub mod intersects;
pub mod mercator;
pub mod model;
pub mod proj4;
pub mod projection;
pub mod transverse_mercator;
pub mod validity;
pub mod wkb;

pub use bbox::Bbox;
pub use crs::Crs;
pub use geometry::{GeometryType, Shape};
