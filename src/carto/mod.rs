//! What maps are drawn with: sprites and glyphs. No I/O.
//!
//! | module | content |
//! | --- | --- |
//! | [`font`] | a font file, checked |
//! | [`glyphs`] | ranges of glyphs as signed distance fields |
//! | [`svg`] | an SVG file, checked before it is drawn |
//! | [`sprites`] | sets of icons, and the sheets that are drawn of them |
//! | [`icons`] | the icons that veedel brings |
//! | [`icon_words`] | words that an icon stands for |

pub mod font;
pub mod glyphs;
pub mod icon_words;
pub mod icons;
pub mod sprites;
pub mod svg;

pub use self::icon_words::icon_for;
