//! The largest features that are drawn from each zoom level on.

use std::sync::OnceLock;

use super::simplify::EVERYTHING_FROM;

/// For each zoom level the longer side of the largest feature that is drawn from there on, in steps
/// of the world grid, plus one; 0 if there is none. First for all features, then for areas.
#[derive(Debug, Default)]
pub(crate) struct Largest(pub(super) OnceLock<[[u64; ZOOMS]; 2]>);

pub(super) const ZOOMS: usize = EVERYTHING_FROM as usize + 1;
