//! Maps: the styles of the base map and of collections, their legends, sprites and glyphs. No I/O.
//!
//! The look stands in the tables of `styles/` ([`tables`]). [`parts`] finds which collections play
//! the parts of the base map, and [`base`] draws them. [`collection`] draws a collection on top, in
//! the colours of [`palette`] and by the classes of [`classes`]. [`style`] joins the layers into
//! one MapLibre style, and [`legend`] explains them.
//!
//! [`sprites`] draws sheets of icons, from checked SVG files ([`mod@svg`]); [`icons`] are those
//! that veedel brings, and [`icon_words`] the words that choose one. [`glyphs`] makes ranges of
//! glyphs from a [`font`].

pub mod base;
pub mod base_layer;
pub mod classes;
pub mod collection;
pub mod colour;
pub mod compared;
pub mod expression;
pub mod font;
pub mod glyphs;
pub mod icon_words;
pub mod icons;
pub mod labels;
pub mod legend;
pub mod mapped;
pub mod palette;
pub mod parts;
pub mod roads;
pub mod sprites;
pub mod style;
pub mod svg;
pub mod symbols;
pub mod tables;
pub mod words;

pub use icon_words::icon_for;
pub use mapped::{Mapped, Ranked, Theme};
pub use style::Addresses;
