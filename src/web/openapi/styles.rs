//! The operations of what maps are drawn with.

use serde_json::{Value, json};

use crate::web::openapi::operation::{Context, Operation, Tag};
use crate::web::openapi::parameters::{query, step};

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

/// The operation at `/styles`.
pub const STYLES: Operation =
    Operation::get("getStyles", Tag::Tiles, ["Die Stile für Karten", "The styles of maps"]);

/// The operation at `/styles/{styleId}`.
pub const STYLE: Operation =
    Operation::get("getStyle", Tag::Tiles, ["Ein Stil für Karten (MapLibre)", "A style of maps (MapLibre)"])
        .with(style)
        .gives(&[("application/vnd.mapbox.style+json", "object")])
        .or(&[304, 404]);

/// The operation at `/styles/{styleId}/legend`.
pub const LEGEND: Operation =
    Operation::get("getLegend", Tag::Tiles, ["Die Legende eines Stils", "The legend of a style"])
        .with(|context| {
            let words = ["Form der Legende", "Form of the legend"];
            let forms = json!({ "type": "string", "enum": ["json", "svg"], "default": "json" });
            [style(context), vec![query(context, "f", words, forms, Value::Null)]].concat()
        })
        .gives(&[("application/json", "object"), ("image/svg+xml", "text")])
        .or(&[304, 404]);

fn style(context: &Context<'_>) -> Vec<Value> {
    let text = || json!({ "type": "string" });
    let id = ["light, dark oder die Kennung eines Datensatzes", "light, dark or the id of a collection"];
    let on_top = [
        "Datensätze über der Grundkarte, durch Kommas getrennt",
        "Collections above the base map, separated by commas",
    ];
    let themes = json!({ "type": "string", "enum": ["light", "dark"] });
    let theme = ["Heller oder dunkler Grund", "Light or dark ground"];
    vec![
        step(context, "styleId", id, text(), json!("light")),
        query(context, "collections", on_top, text(), Value::Null),
        query(context, "theme", theme, themes, Value::Null),
    ]
}
