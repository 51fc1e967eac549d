//! The operations of what maps are drawn with.

use serde_json::{Value, json};

use crate::web::openapi::operation::{Context, Operation, Tag};
use crate::web::openapi::parameters::{query, step};

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
