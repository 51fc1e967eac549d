//! transverse_mercator
