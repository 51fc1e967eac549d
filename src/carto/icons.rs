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
