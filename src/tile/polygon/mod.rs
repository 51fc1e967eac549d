//! Polygons on the grid of a tile: without superfluous points, valid, and with the orientation that
//! Mapbox Vector Tile 2.1, 4.3.4.4 requires.
//!
//! Rounding to the grid and clipping can make a valid polygon touch or cross itself. Most polygons
//! do not: an exact check (`contact`) finds out quickly, and only the others go through an overlay
//! in integers (`repair`).

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

mod contact;
mod repair;
mod rings;
#[cfg(test)]
mod tests;

pub use rings::Rings;

impl Rings {
    /// Makes the rings valid if they are not.
    pub fn make_valid(&mut self) {
        if contact::has_contact(self) || !contact::is_well_nested(self) {
            repair::thin_out(self);
            repair::repair(self);
        }
    }
}
