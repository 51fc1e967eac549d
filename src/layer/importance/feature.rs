//! The properties of a feature that decide the zoom level at which it is drawn.

/// The number of features in the fullest tile up to which all features of a zoom level are drawn.
pub const FULL: usize = 5000;

/// The number of cells along the side of a tile, as a power of two, for points and areas: a cell is
/// 8 pixels wide in a tile drawn 512 pixels wide.
pub(super) const CELLS: u32 = 6;

/// The number of cells for lines, as in [`CELLS`]: a cell is 2 pixels wide, since a network with
/// gaps is worse than a dense one.
pub(super) const LINE_CELLS: u32 = 8;

/// A feature that may not be drawn at all zoom levels.
pub(super) struct Feature {
    /// The position of its centre on the Hilbert curve, in whose order rows are stored.
    pub(super) curve: u64,
    /// The longer side of its box, in steps of the world grid.
    pub(super) size: u64,
    /// The number of cells, as in [`CELLS`].
    pub(super) cells: u32,
    /// The zoom level before which the rules forbid to draw it.
    pub(super) from: u8,
}
