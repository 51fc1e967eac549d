//! Ranges of glyphs as signed distance fields, as MapLibre reads them.
//!
//! The geometry is that of font-maker and node-fontnik: 24 pixels to the em, a border of 3 pixels,
//! distances up to 8 pixels of which a quarter is inside, whole advances, and a baseline that lies
//! 25 pixels below the top in every font.

use prost::Message;
use sdf_glyph_renderer::{BitmapGlyph, clamp_to_u8};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlineGlyph, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use spreet::resvg::tiny_skia::{FillRule, Mask, Path, PathBuilder, Transform};

use super::font::Font;
use crate::work;

/// The number of characters of a range.
pub const RANGE: u32 = 256;
/// The last character of the last range. MapLibre draws those beyond from the fonts of the system.
pub const LAST: u32 = 65_535;

/// The number of characters that a thread draws at once.
const FEW: u32 = 16;
/// The size of the em in pixels.
const EM: f32 = 24.0;
/// The width of the border in pixels.
const BORDER: usize = 3;
/// The greatest distance in pixels.
const RADIUS: usize = 8;
/// The part of the values that is for distances inside a glyph.
const INSIDE: f64 = 0.25;
/// The distance in pixels from the top of a line to its baseline, which MapLibre takes to be so in
/// every font.
const BASELINE: i32 = 25;
/// The maximum width and height of a glyph in pixels. MapLibre could not place a larger one.
const LARGEST: i32 = 512;

#[derive(Clone, PartialEq, Message)]
struct Glyphs {
    #[prost(message, repeated, tag = "1")]
    stacks: Vec<Stack>,
}

#[derive(Clone, PartialEq, Message)]
struct Stack {
    #[prost(string, required, tag = "1")]
    name: String,
    #[prost(string, required, tag = "2")]
    range: String,
    #[prost(message, repeated, tag = "3")]
    glyphs: Vec<Glyph>,
}

#[derive(Clone, PartialEq, Message)]
struct Glyph {
    #[prost(uint32, required, tag = "1")]
    id: u32,
    #[prost(bytes = "vec", optional, tag = "2")]
    bitmap: Option<Vec<u8>>,
    #[prost(uint32, required, tag = "3")]
    width: u32,
    #[prost(uint32, required, tag = "4")]
    height: u32,
    #[prost(sint32, required, tag = "5")]
    left: i32,
    #[prost(sint32, required, tag = "6")]
    top: i32,
    #[prost(uint32, required, tag = "7")]
    advance: u32,
}

/// Encodes the range of glyphs that begins at the character `first`. Each glyph is that of the
/// first font that has the character.
pub fn range(fonts: &[&Font], first: u32) -> Vec<u8> {
    let faces: Vec<Face<'_>> = fonts.iter().filter_map(|font| font.face()).map(Face::new).collect();
    let last = first.saturating_add(RANGE - 1).min(LAST);
    let few = |at: usize| {
        let begin = first.saturating_add(at as u32 * FEW);
        let characters = begin..=last.min(begin.saturating_add(FEW - 1));
        characters.filter_map(|id| faces.iter().find_map(|face| face.glyph(id))).collect::<Vec<_>>()
    };
    let glyphs = work::briefly_together(RANGE.div_ceil(FEW) as usize, few).into_iter().flatten();
    let names: Vec<&str> = fonts.iter().map(|font| font.name.as_str()).collect();
    let stack = Stack { name: names.join(","), range: format!("{first}-{last}"), glyphs: glyphs.collect() };
    Glyphs { stacks: vec![stack] }.encode_to_vec()
}

/// A font with the tables that are needed for each of its glyphs.
struct Face<'a> {
    charmap: skrifa::charmap::Charmap<'a>,
    metrics: skrifa::metrics::GlyphMetrics<'a>,
    outlines: skrifa::outline::OutlineGlyphCollection<'a>,
}

impl<'a> Face<'a> {
    fn new(font: FontRef<'a>) -> Face<'a> {
        Face {
            charmap: font.charmap(),
            metrics: font.glyph_metrics(Size::new(EM), LocationRef::default()),
            outlines: font.outline_glyphs(),
        }
    }

    /// Returns the glyph of a character; None if the font has none.
    fn glyph(&self, character: u32) -> Option<Glyph> {
        let id = self.charmap.map(character).filter(|id| *id != GlyphId::NOTDEF)?;
        let advance = self.metrics.advance_width(id).unwrap_or_default().clamp(0.0, LARGEST as f32);
        let mut glyph = Glyph { id: character, top: -BASELINE, advance: advance as u32, ..Glyph::default() };
        if let Some(field) = self.outlines.get(id).and_then(|outline| Field::draw(&outline)) {
            (glyph.width, glyph.height) = (field.width, field.height);
            (glyph.left, glyph.top) = (field.left, field.top - BASELINE);
            glyph.bitmap = Some(field.distances);
        }
        Some(glyph)
    }
}

/// The signed distance field of a glyph.
struct Field {
    /// The size without the border.
    width: u32,
    height: u32,
    /// The distance from the origin to the left edge.
    left: i32,
    /// The distance from the baseline up to the upper edge.
    top: i32,
    distances: Vec<u8>,
}

impl Field {
    /// Draws an outline; None if it has no area, as that of a space.
    fn draw(outline: &OutlineGlyph<'_>) -> Option<Field> {
        let mut pen = Pen(PathBuilder::new());
        outline.draw(DrawSettings::unhinted(Size::new(EM), LocationRef::default()), &mut pen).ok()?;
        let path = pen.0.finish()?;
        let bounds = path.compute_tight_bounds()?;
        let is_small = |length: f32| length > 0.0 && length < LARGEST as f32;
        let is_near = |place: f32| place.abs() < 4.0 * LARGEST as f32;
        if !is_small(bounds.width())
            || !is_small(bounds.height())
            || !is_near(bounds.left())
            || !is_near(bounds.top())
        {
            return None;
        }
        let [left, right, low, high] =
            [bounds.left(), bounds.right(), bounds.top(), bounds.bottom()].map(|edge| edge.round() as i32);
        // A line thinner than half a pixel may round to nothing.
        let (width, height) = ((right - left).max(1) as u32, (high - low).max(1) as u32);
        let top = low + height as i32;
        Some(Field { width, height, left, top, distances: distances(path, [left, top], [width, height])? })
    }
}

/// Returns the distances of all pixels of a glyph and of its border to its outline.
fn distances(path: Path, [left, top]: [i32; 2], [width, height]: [u32; 2]) -> Option<Vec<u8>> {
    let border = BORDER as u32;
    let mut mask = Mask::new(width + 2 * border, height + 2 * border)?;
    work::spend(mask.data().len());
    // Fonts count upwards, pictures downwards.
    let (x, y) = (BORDER as f32 - left as f32, BORDER as f32 + top as f32);
    let upside_down = Transform::from_row(1.0, 0.0, 0.0, -1.0, x, y);
    mask.fill_path(&path, FillRule::Winding, true, upside_down);
    let bitmap = BitmapGlyph::new(mask.take(), width as usize, height as usize, BORDER).ok()?;
    clamp_to_u8(&bitmap.render_sdf(RADIUS), INSIDE).ok()
}

/// Takes an outline as a path.
struct Pen(PathBuilder);

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        work::spend(1);
        self.0.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        work::spend(1);
        self.0.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        work::spend(1);
        self.0.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        work::spend(1);
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests;
