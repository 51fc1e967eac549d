//! The labels of the base map.

use serde_json::{Map, Value, json};

use super::base_layer::{GROUND, member, rank};
use super::expression::{is_of, pixels};
use super::mapped::{Ranked, Theme};
use super::parts::Played;
use super::roads;
use super::tables::{Label, TABLES};
use crate::catalog::map_parts::Part;

/// The distance between two labels along a line, in pixels.
const REPEATED_AFTER: u32 = 250;

/// Returns the name of the source with the house numbers of a collection.
pub fn number_source(collection: &str) -> String {
    format!("base:{collection}")
}

/// Returns the labels of all parts. Those of a later row of `styles/labels.toml` are placed first.
pub fn layers(played: &[Played<'_>], theme: Theme) -> Vec<Ranked> {
    let mut layers = vec![];
    for one in played {
        let Some(name) = one.name.as_deref() else { continue };
        match one.part {
            Part::HouseNumber => layers.extend(house_numbers(one, name, theme)),
            Part::Road | Part::Path | Part::Rail => layers.extend(along(one, name, theme)),
            Part::Border => layers.extend(inside(one, &format!("border_{}", one.level), name, None, theme)),
            Part::Place => {
                for class in Part::Place.classes() {
                    if one.classes.names().any(|own| own == *class) {
                        layers.extend(points(one, class, name, theme));
                    }
                }
            }
            Part::Building | Part::Farmland | Part::BuiltUp | Part::Commercial | Part::Square => {}
            Part::Area | Part::Green | Part::Wood | Part::Water => {
                for (label, classes) in [("water", &["water"][..]), ("green", &["green", "wood"])] {
                    if one.classes.names().any(|class| classes.contains(&class)) {
                        layers.extend(inside(one, label, name, Some(classes), theme));
                    }
                }
            }
        }
    }
    layers
}

/// Returns the columns of a layer of labels of a class, and the layer's rank.
fn label(
    class: &str,
    (id, source, source_layer): (String, &str, &str),
    one: &Played<'_>,
    theme: Theme,
) -> Option<(f64, &'static Label, Map<String, Value>)> {
    let order = TABLES.labels.iter().position(|row| row.class == class)?;
    let row = TABLES.labels.get(order)?;
    let mut layer = member(id, "symbol", source, (one.part, source_layer));
    layer.insert("minzoom".into(), json!(row.from));
    if row.to < 24.0 {
        layer.insert("maxzoom".into(), json!(row.to));
    }
    let paint = json!({
        "text-color": row.colour(theme),
        "text-halo-color": TABLES.halo.colour(theme),
        "text-halo-width": TABLES.halo.width,
    });
    layer.insert("paint".into(), paint);
    Some((rank::LABELS + order as f64, row, layer))
}

/// The layout of letters of a class with the text of a column.
fn letters(row: &Label, name: &str) -> Map<String, Value> {
    let mut layout = Map::new();
    layout.insert("text-field".into(), json!(["to-string", ["get", name]]));
    layout.insert("text-font".into(), json!([row.font]));
    layout.insert("text-size".into(), pixels(&row.sizes, 1.0, 0.0));
    layout
}

fn finished(rank: f64, mut layer: Map<String, Value>, layout: Map<String, Value>) -> Ranked {
    layer.insert("layout".into(), Value::Object(layout));
    Ranked { rank, layer: layer.into() }
}

/// Names along lines, from the zoom level of their class.
fn along(one: &Played<'_>, name: &str, theme: Theme) -> Vec<Ranked> {
    let rows = || TABLES.roads.iter().filter(|row| one.classes.names().any(|class| class == row.class));
    let mut zooms: Vec<f64> = rows().map(|row| row.label_from).collect();
    zooms.sort_unstable_by(f64::total_cmp);
    zooms.dedup();
    let mut layers = vec![];
    for from in zooms {
        let classes: Vec<&str> =
            rows().filter(|row| row.label_from == from).map(|row| row.class.as_str()).collect();
        let id = format!("name:{}:{from}", one.id());
        let Some((rank, row, mut layer)) =
            label("road", (id, &roads::source(one.id()), one.id()), one, theme)
        else {
            continue;
        };
        layer.insert("minzoom".into(), json!(from));
        if let Some(filter) = is_of(&one.classes, &classes) {
            layer.insert("filter".into(), filter);
        }
        let mut layout = letters(row, name);
        layout.insert("symbol-placement".into(), json!("line"));
        layout.insert("symbol-spacing".into(), json!(REPEATED_AFTER));
        layout.insert("text-rotation-alignment".into(), json!("map"));
        layout.insert("text-max-angle".into(), json!(30));
        layout.insert("text-padding".into(), json!(4));
        layout.insert("text-letter-spacing".into(), json!(0.02));
        // The names of larger roads are placed first.
        layers.push(finished(rank + (24.0 - from) / 100.0, layer, layout));
    }
    layers
}

/// Names inside areas.
fn inside(
    one: &Played<'_>,
    class: &str,
    name: &str,
    classes: Option<&[&str]>,
    theme: Theme,
) -> Option<Ranked> {
    if one.mapped.geometry == Some("line") {
        return None;
    }
    let id = format!("name:{class}:{}", one.id());
    let source_layer = format!("{}:labels", one.id());
    let (rank, row, mut layer) = label(class, (id, GROUND, &source_layer), one, theme)?;
    if let Some(filter) = classes.and_then(|classes| is_of(&one.classes, classes)) {
        layer.insert("filter".into(), filter);
    }
    let mut layout = letters(row, name);
    layout.insert("text-max-width".into(), json!(7));
    layout.insert("text-padding".into(), json!(6));
    if one.part == Part::Border && one.level == 1 {
        layout.insert("text-letter-spacing".into(), json!(0.06));
    }
    Some(finished(rank, layer, layout))
}

/// Names of places.
fn points(one: &Played<'_>, class: &str, name: &str, theme: Theme) -> Option<Ranked> {
    let id = format!("name:{class}:{}", one.id());
    let (rank, row, mut layer) = label(class, (id, GROUND, one.id()), one, theme)?;
    if let Some(filter) = is_of(&one.classes, &[class]) {
        layer.insert("filter".into(), filter);
    }
    let mut layout = letters(row, name);
    layout.insert("text-max-width".into(), json!(8));
    layout.insert("text-padding".into(), json!(4));
    Some(finished(rank, layer, layout))
}

/// House numbers.
fn house_numbers(one: &Played<'_>, name: &str, theme: Theme) -> Option<Ranked> {
    let id = format!("number:{}", one.id());
    let (rank, row, layer) = label("house_number", (id, &number_source(one.id()), one.id()), one, theme)?;
    let mut layout = letters(row, name);
    layout.insert("text-padding".into(), json!(3));
    Some(finished(rank, layer, layout))
}
