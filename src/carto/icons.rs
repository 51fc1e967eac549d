//! The icons that veedel brings: white pictograms that stand on a disc of colour.
//!
//! Each is a file of `styles/icons`, on a grid of 15 by 15 pixels with a border of one. The icon of
//! a type of facilities has the type's id.

use std::sync::LazyLock;

use rust_embed::RustEmbed;

use super::sprites::{Icon, IconSet};
use crate::limits::Limits;

/// The id of the set.
pub const ID: &str = "veedel";

#[derive(RustEmbed)]
#[folder = "styles/icons"]
struct Files;

static SET: LazyLock<IconSet> = LazyLock::new(|| {
    let icon = |file: &str| {
        let content = Files::get(file)?.data;
        let icon = Icon::read(std::str::from_utf8(&content).ok()?, &Limits::default()).ok()?;
        Some((file.strip_suffix(".svg")?.to_owned(), icon))
    };
    IconSet { id: ID.into(), icons: Files::iter().filter_map(|file| icon(&file)).collect() }
});

/// Returns the set.
pub fn set() -> &'static IconSet {
    &SET
}

/// Returns the names of all icons.
pub fn names() -> impl Iterator<Item = &'static str> {
    SET.icons.keys().map(String::as_str)
}

/// Returns the drawing of an icon: the content of its SVG file, without the element around it.
pub fn drawing(name: &str) -> Option<String> {
    let content = Files::get(&format!("{name}.svg"))?.data;
    let text = std::str::from_utf8(&content).ok()?;
    let begin = text.find("<svg").and_then(|at| text.get(at..)?.find('>').map(|end| at + end + 1))?;
    Some(text.get(begin..text.rfind("</svg>")?)?.trim().to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use spreet::Sprite;

    use super::*;
    use crate::carto::svg;
    use crate::catalog::facility_types;

    const SCALE: u8 = 4;

    #[test]
    fn every_type_of_facilities_has_an_icon() {
        for id in facility_types::shipped().keys() {
            assert!(set().icons.contains_key(id), "styles/icons has no {id}.svg");
        }
        assert_eq!(set().icons.len(), Files::iter().count(), "some file is no icon");
    }

    #[test]
    fn icons_are_white_on_one_grid_and_stay_on_their_disc() {
        for file in Files::iter() {
            let content = Files::get(&file).unwrap().data;
            let text = std::str::from_utf8(&content).unwrap();
            let tree = svg::read(text, &Limits::default()).unwrap();
            assert_eq!((tree.size().width(), tree.size().height()), (15.0, 15.0), "{file}");
            let sprite = Sprite::new(tree, SCALE).unwrap();
            let picture = sprite.pixmap();
            let middle = f64::from(picture.width()) / 2.0;
            let (mut covered, mut farthest, mut outermost) = (0, 0.0_f64, 0.0_f64);
            for y in 0..picture.height() {
                for x in 0..picture.width() {
                    let pixel = picture.pixel(x, y).unwrap();
                    if pixel.alpha() < 64 {
                        continue;
                    }
                    let colour = pixel.demultiply();
                    assert_eq!((colour.red(), colour.green(), colour.blue()), (255, 255, 255), "{file}");
                    covered += 1;
                    let [from_x, from_y] = [x, y].map(|at| (f64::from(at) + 0.5 - middle) / f64::from(SCALE));
                    farthest = farthest.max(from_x.hypot(from_y));
                    outermost = outermost.max(from_x.abs()).max(from_y.abs());
                }
            }
            // A fifth to three fifths of the grid, so that all are equally heavy.
            let share = f64::from(covered) / (middle * middle * 4.0);
            assert!((0.15..0.65).contains(&share), "{file} covers {share:.2} of its grid");
            assert!(outermost <= 6.7, "{file} has no border: {outermost:.2}");
            // The disc of 18 pixels shows around the icon.
            assert!(farthest <= 8.3, "{file} reaches {farthest:.2} pixels");
        }
    }
}
