//! A TrueType or OpenType font, checked before anything is drawn with it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use skrifa::raw::TableProvider;
use skrifa::raw::tables::glyf::{Glyf, Glyph};
use skrifa::raw::tables::loca::Loca;
use skrifa::string::StringId;
use skrifa::{FontRef, GlyphId, MetadataProvider};

use crate::error::{Error, Kind, Result};

/// The maximum number of characters of a font's name.
const LONGEST_NAME: usize = 100;
/// The maximum number of glyphs that one glyph may be composed of, counted as often as they are
/// drawn. Those of languages are composed of less than ten.
const MOST_PARTS: usize = 200;
/// The maximum depth to which glyphs may be composed of composed ones.
const DEEPEST: usize = 16;

/// The fonts that the binary contains, from Debian's package fonts-noto-core.
const EMBEDDED: [&[u8]; 3] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/NotoSans-Regular.ttf")),
    include_bytes!(concat!(env!("OUT_DIR"), "/NotoSans-Bold.ttf")),
    include_bytes!(concat!(env!("OUT_DIR"), "/NotoSans-Italic.ttf")),
];

/// The licence of the fonts that the binary contains, which asks to be passed on with them.
pub const LICENCE: &str = include_str!(concat!(env!("OUT_DIR"), "/fonts-licence.txt"));

/// A font that can be drawn and named.
#[derive(Clone)]
pub struct Font {
    /// The name by which styles ask for it: family and style, such as `Noto Sans Bold`.
    pub name: String,
    /// The family, such as `Noto Sans`.
    pub family: String,
    /// The style, such as `Bold`.
    pub style: String,
    /// The number of characters that it has.
    pub characters: usize,
    bytes: Cow<'static, [u8]>,
}

impl fmt::Debug for Font {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Font").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Font {
    /// Returns the fonts that the binary contains.
    pub fn embedded() -> Vec<Font> {
        EMBEDDED.into_iter().filter_map(|bytes| Font::read(bytes).ok()).collect()
    }

    /// Reads the content of a file. Fails if it is no font that can be drawn and named.
    pub fn read(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Font> {
        let bytes = bytes.into();
        let font = FontRef::new(&bytes)
            .map_err(|fault| unusable(format!("is no TrueType or OpenType font: {fault}")))?;
        let text = |ids: [StringId; 2]| {
            let mut texts = ids.into_iter().map(|id| font.localized_strings(id).english_or_first());
            let text: String = texts.find_map(|text| text)?.chars().take(LONGEST_NAME + 1).collect();
            Some(text.trim().to_owned())
        };
        let family = text([StringId::TYPOGRAPHIC_FAMILY_NAME, StringId::FAMILY_NAME]).unwrap_or_default();
        let style =
            text([StringId::TYPOGRAPHIC_SUBFAMILY_NAME, StringId::SUBFAMILY_NAME]).unwrap_or_default();
        let name = format!("{family} {style}").trim().to_owned();
        let characters = font.charmap().mappings().filter(|(_, id)| *id != GlyphId::NOTDEF).count();
        let is_drawable =
            font.head().is_ok_and(|head| head.units_per_em() > 0) && font.outline_glyphs().format().is_some();
        if family.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(unusable("has no name that styles could ask for"));
        }
        if name.contains(',') {
            return Err(unusable("has a name with a comma, which separates the fonts of a stack"));
        }
        if characters == 0 || !is_drawable {
            return Err(unusable("has no characters with outlines"));
        }
        if let (Ok(loca), Ok(glyf)) = (font.loca(None), font.glyf()) {
            let mut composed = Composed { loca, glyf, known: HashMap::new() };
            let glyphs = font.maxp().map_or(0, |maxp| maxp.num_glyphs());
            if (0..glyphs).any(|glyph| composed.parts(GlyphId::from(glyph), 0).is_none()) {
                return Err(unusable(format!(
                    "has a glyph that is composed of more than {MOST_PARTS} others"
                )));
            }
        }
        Ok(Font { name, family, style, characters, bytes })
    }

    /// The font as it is read for drawing; None never, because it was read before.
    pub fn face(&self) -> Option<FontRef<'_>> {
        FontRef::new(&self.bytes).ok()
    }
}

fn unusable(why: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, why.into())
}

/// What the glyphs of a font are composed of. A small file can compose a glyph of thousands of
/// millions of others.
struct Composed<'a> {
    loca: Loca<'a>,
    glyf: Glyf<'a>,
    known: HashMap<GlyphId, usize>,
}

impl Composed<'_> {
    /// Returns of how many glyphs this one is composed; None if there are too many, or if they are
    /// nested too deeply.
    fn parts(&mut self, glyph: GlyphId, depth: usize) -> Option<usize> {
        if let Some(parts) = self.known.get(&glyph) {
            return Some(*parts);
        }
        let mut parts = 1;
        // A glyph that cannot be read is not drawn.
        if let Ok(Some(Glyph::Composite(composite))) = self.loca.get_glyf(glyph, &self.glyf) {
            for (component, _) in composite.component_glyphs_and_flags() {
                let depth = Some(depth + 1).filter(|depth| *depth <= DEEPEST)?;
                parts += self.parts(component.into(), depth)?;
                Some(()).filter(|()| parts <= MOST_PARTS)?;
            }
        }
        self.known.insert(glyph, parts);
        Some(parts)
    }
}
