//! Sets of icons, and the sheets that are drawn of them: a picture, and an index that says where in
//! it each icon is.

use std::collections::BTreeMap;
use std::sync::Arc;

use spreet::{Sprite, Spritesheet};

use super::svg;
use crate::error::{Error, Result};
use crate::limits::{Key, Limits};
use crate::work;

/// The scales in which sheets are drawn: pixels of the picture for each pixel of a screen of usual
/// resolution.
pub const SCALES: [u8; 2] = [1, 2];

/// Icons under one id, each with the content of its SVG file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IconSet {
    /// The id by which styles ask for it.
    pub id: String,
    /// The icons by their names.
    pub icons: BTreeMap<String, Icon>,
}

/// An icon that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Icon {
    svg: Arc<str>,
    /// The width and height in pixels of a screen of usual resolution.
    size: [u32; 2],
}

/// A picture of icons, and the index of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The index as JSON.
    pub index: Vec<u8>,
    /// The picture as PNG.
    pub picture: Vec<u8>,
}

impl Icon {
    /// Checks the content of an SVG file.
    pub fn read(svg: &str, limits: &Limits) -> Result<Icon> {
        let size = svg::read(svg, limits)?.size().to_int_size();
        Ok(Icon { svg: svg.into(), size: [size.width(), size.height()] })
    }

    /// The number of pixels at the greatest scale.
    pub fn pixels(&self) -> usize {
        let scale = SCALES.into_iter().max().map_or(1, usize::from);
        let [width, height] = self.size.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        width.saturating_mul(height).saturating_mul(scale * scale)
    }
}

/// Joins sets. Of icons with the same name, the one in the first set counts.
pub fn joined<'a>(sets: &[&'a IconSet]) -> BTreeMap<&'a str, &'a Icon> {
    let all = sets.iter().rev().flat_map(|set| set.icons.iter());
    all.map(|(name, icon)| (name.as_str(), icon)).collect()
}

/// Refuses icons that are too many for one sheet, or too large together.
pub fn fit<'a>(icons: impl IntoIterator<Item = &'a Icon>, limits: &Limits) -> Result<()> {
    let (mut count, mut pixels) = (0, 0_usize);
    for icon in icons {
        count += 1;
        pixels = pixels.saturating_add(icon.pixels());
    }
    limits.at_most(Key::sprite_icons, "icons", count)?;
    limits.at_most(Key::sprite_sheet_pixels, "pixels", pixels)
}

/// Draws a sheet at a scale.
pub fn sheet(icons: &BTreeMap<&str, &Icon>, scale: u8, limits: &Limits) -> Result<Sheet> {
    fit(icons.values().copied(), limits)?;
    let mut sprites = BTreeMap::new();
    for (name, icon) in icons {
        work::look();
        let sprite = Sprite::new(svg::read(&icon.svg, limits)?, scale).ok_or_else(undrawn)?;
        sprites.insert((*name).to_owned(), sprite);
    }
    // A pixel between them, so that no icon shows at the edge of another when it is scaled.
    let sheet = Spritesheet::build().sprites(sprites).spacing(1).make_unique();
    work::look();
    let sheet = sheet.generate().ok_or_else(undrawn)?;
    work::look();
    let picture = sheet.encode_png().map_err(|fault| undrawn().because(fault))?;
    let index = serde_json::to_vec(sheet.get_index()).map_err(|fault| undrawn().because(fault))?;
    Ok(Sheet { index, picture })
}

fn undrawn() -> Error {
    Error::internal("icons that were checked could not be drawn")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests;
