//! What maps are drawn with: `/styles` and their legends.

pub mod documents;
pub mod legends;
pub mod mapped;
