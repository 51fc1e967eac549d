//! Polygons on the tile's grid: cleaned, made valid, wound as MVT 2.1 section 4.3.4.4 wants.
//!
//! Rounding to the grid and clipping can make a valid polygon touch or cross itself. Most do not: a
//! quick exact check tells (`contact`), and only the others go through an integer overlay
//! (`repair`).

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

mod contact;
mod repair;
mod rings;
#[cfg(test)]
mod tests;

pub use rings::Rings;

impl Rings {
    /// Makes the rings valid together, where they are not.
    pub fn make_valid(&mut self) {
        if contact::has_contact(self) || !contact::is_well_nested(self) {
            repair::thin_out(self);
            repair::repair(self);
        }
    }
}
