//! Maps: the styles of the base map and of collections, and their legends.
//!
//! The look stands in the tables of `styles/` ([`tables`]). [`parts`] finds which collections play
//! the parts of the base map, and [`base`] draws them. [`collection`] draws a collection on top, in
//! the colours of [`palette`] and by the classes of [`classes`]. [`style`] joins the layers into one
//! MapLibre style, and [`legend`] explains them.

pub mod base;
pub mod classes;
pub mod collection;
pub mod colour;
pub mod expression;
pub mod icon_words;
pub mod labels;
pub mod legend;
pub mod palette;
pub mod parts;
pub mod roads;
pub mod style;
pub mod symbols;
pub mod tables;
pub mod words;

pub use style::{Addresses, Mapped, Ranked, Theme};
