//! Sheets: where each icon is, and that it is there.

use serde_json::Value;
use spreet::resvg::tiny_skia::Pixmap;

use super::*;

fn set(id: &str, icons: &[(&str, &str, u32)]) -> IconSet {
    let icon = |(name, colour, size): &(&str, &str, u32)| {
        let svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='{size}' height='{size}'>\
             <rect width='{size}' height='{size}' fill='{colour}'/></svg>"
        );
        ((*name).to_owned(), Icon::read(&svg, &Limits::default()).unwrap())
    };
    IconSet { id: id.into(), icons: icons.iter().map(icon).collect() }
}

fn drawn(sets: &[&IconSet], scale: u8) -> (Value, Pixmap) {
    let sheet = sheet(&joined(sets), scale, &Limits::default()).unwrap();
    (serde_json::from_slice(&sheet.index).unwrap(), Pixmap::decode_png(&sheet.picture).unwrap())
}

/// The colour in the middle of an icon.
fn colour(index: &Value, picture: &Pixmap, name: &str) -> [u8; 4] {
    let at = |key: &str| u32::try_from(index[name][key].as_u64().unwrap()).unwrap();
    let pixel = picture.pixel(at("x") + at("width") / 2, at("y") + at("height") / 2).unwrap();
    [pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()]
}

#[test]
fn each_icon_is_where_the_index_says() {
    let set = set("a", &[("rot", "#f00", 10), ("grün", "#0f0", 20), ("blau", "#00f", 15)]);
    for scale in SCALES {
        let (index, picture) = drawn(&[&set], scale);
        for (name, expected) in
            [("rot", [255, 0, 0, 255]), ("grün", [0, 255, 0, 255]), ("blau", [0, 0, 255, 255])]
        {
            assert_eq!(colour(&index, &picture, name), expected, "{name}");
            assert_eq!(index[name]["pixelRatio"], scale);
        }
        assert_eq!(index["grün"]["width"], 20 * u32::from(scale));
    }
}

#[test]
fn of_equal_names_the_first_set_counts() {
    let (a, b) =
        (set("a", &[("x", "#f00", 9), ("y", "#f00", 9)]), set("b", &[("x", "#00f", 9), ("z", "#00f", 9)]));
    for (sets, red, blue) in [([&a, &b], 255, 0), ([&b, &a], 0, 255)] {
        let (index, picture) = drawn(&sets, 1);
        assert_eq!(index.as_object().unwrap().len(), 3);
        assert_eq!(colour(&index, &picture, "x"), [red, 0, blue, 255]);
    }
}

#[test]
fn a_sheet_is_bounded() {
    let two = set("a", &[("x", "#f00", 100), ("y", "#0f0", 100)]);
    let limited = |limits: Limits| sheet(&joined(&[&two]), 1, &limits);
    assert!(limited(Limits { sprite_icons: 2, sprite_sheet_pixels: 80_000, ..Limits::default() }).is_ok());
    for limits in [
        Limits { sprite_icons: 1, ..Limits::default() },
        Limits { sprite_sheet_pixels: 79_999, ..Limits::default() },
    ] {
        assert!(limited(limits).unwrap_err().limit.is_some());
    }
}
