//! What maps are drawn with: `/sprites` and `/fonts`.

mod file;
pub mod fonts;
pub mod sprites;
