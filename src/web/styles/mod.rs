//! What maps are drawn with: `/styles` with their legends, `/sprites` and `/fonts`.

pub mod documents;
mod file;
pub mod fonts;
pub mod legends;
pub mod mapped;
pub mod sprites;
