//! Numbers on the earth: boxes, coordinate systems, geometries. No I/O.

pub mod bbox;
pub mod crs;
pub mod curve;
pub mod ewkb;
pub mod geometry;
pub mod hilbert;
pub mod mercator;
pub mod projection;
pub mod transverse_mercator;

pub use bbox::Bbox;
pub use crs::Crs;
pub use geometry::{GeometryType, Shape};
