//! The operations of what maps are drawn with.

use serde_json::json;

use crate::web::openapi::operation::{Operation, Tag};
use crate::web::openapi::parameters::step;

/// The operation at `/sprites`.
pub const SPRITES: Operation =
    Operation::get("getSpriteSets", Tag::Tiles, ["Die Symbole für Karten", "The icons for maps"]);

/// The operation at `/sprites/{file}`.
pub const SPRITE: Operation = Operation::get(
    "getSprites",
    Tag::Tiles,
    [
        "Symbole für Karten: das Bild (.png) oder sein Verzeichnis (.json), mit @2x in doppelter Auflösung",
        "Icons for maps: the picture (.png) or its index (.json), with @2x in double resolution",
    ],
)
.with(|context| {
    let words = [
        "Kennungen, durch Kommas getrennt, mit @2x oder ohne, und .json oder .png",
        "Ids, separated by commas, with @2x or without, and .json or .png",
    ];
    vec![step(context, "file", words, json!({ "type": "string" }), json!("veedel@2x.json"))]
})
.gives(&[("application/json", "object"), ("image/png", "binary")])
.or(&[304, 404]);

/// The operation at `/fonts`.
pub const FONTS: Operation =
    Operation::get("getFonts", Tag::Tiles, ["Die Schriften für Karten", "The fonts for maps"]);

/// The operation at `/fonts/{fontstack}/{range}`.
pub const GLYPHS: Operation = Operation::get(
    "getGlyphs",
    Tag::Tiles,
    ["256 Zeichen einer Schrift für Karten (PBF)", "256 glyphs of a font for maps (PBF)"],
)
.with(|context| {
    let string = json!({ "type": "string" });
    let stack = [
        "Namen von Schriften, durch Kommas getrennt; für jedes Zeichen gilt die erste, die es hat",
        "Names of fonts, separated by commas; for each character counts the first that has it",
    ];
    let range = ["Die Zeichen, wie 0-255.pbf", "The characters, such as 0-255.pbf"];
    vec![
        step(context, "fontstack", stack, string.clone(), json!("Noto Sans Regular")),
        step(context, "range", range, string, json!("0-255.pbf")),
    ]
})
.gives(&[("application/x-protobuf", "binary")])
.or(&[304, 404]);
