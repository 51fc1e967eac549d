//! A feature as the zooms are decided by it, and what they are decided by.

/// Up to so many features in its fullest tile, a zoom is drawn whole.
pub const FULL: usize = 5000;

/// Cells along a side of a tile, as a power of two, for points and areas: 8 pixels of a tile drawn
/// 512 wide.
pub(super) const CELLS: u32 = 6;

/// The same for lines: 2 pixels, since a network with gaps is worse than a dense one.
pub(super) const LINE_CELLS: u32 = 8;

/// What is known of a feature that may have to wait.
pub(super) struct Feature {
    /// The place of its centre on the Hilbert curve, along which rows lie.
    pub(super) curve: u64,
    /// The longer side of its box, in steps of the world grid.
    pub(super) size: u64,
    /// As in [`CELLS`].
    pub(super) cells: u32,
    /// The zoom before which it is not drawn, by the rules.
    pub(super) from: u8,
}
