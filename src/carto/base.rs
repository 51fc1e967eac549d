//! The layers of the base map: areas and borders here, [`roads`] and [`labels`] in files of their
//! own.

use serde_json::{Value, json};

use super::base_layer::{GROUND, member, rank};
use super::expression::{is_of, pixels};
use super::mapped::{Ranked, Theme};
use super::parts::Played;
use super::tables::TABLES;
use super::{labels, roads};
use crate::catalog::map_parts::Part;

/// Returns the background and all layers of the base map, each with its rank.
pub fn layers(played: &[Played<'_>], theme: Theme) -> Vec<Ranked> {
    let ground = TABLES.ground.of(theme);
    let background =
        json!({ "id": "background", "type": "background", "paint": { "background-color": ground } });
    let mut layers = vec![Ranked { rank: 0.0, layer: background }];
    layers.extend(areas(played, theme));
    layers.extend(roads::layers(played, theme));
    layers.extend(borders(played, theme));
    layers.extend(labels::layers(played, theme));
    layers
}

/// Returns whether areas play the part.
fn is_area(part: Part) -> bool {
    use Part::*;
    matches!(part, Area | Farmland | BuiltUp | Commercial | Green | Wood | Square | Water | Building)
}

fn areas(played: &[Played<'_>], theme: Theme) -> Vec<Ranked> {
    let mut layers = vec![];
    for (order, row) in TABLES.areas.iter().enumerate() {
        let rank = rank::AREAS + order as f64;
        for one in played.iter().filter(|one| is_area(one.part)) {
            if !one.classes.names().any(|class| class == row.class) {
                continue;
            }
            let id = format!("{}:{}", row.class, one.id());
            let filter = is_of(&one.classes, &[&row.class]);
            if one.mapped.geometry == Some("line") {
                layers.push(Ranked { rank, layer: waterway(one, id, filter, row.colour(theme)) });
                continue;
            }
            let mut fill = member(id.clone(), "fill", GROUND, (one.part, one.id()));
            fill.insert("minzoom".into(), json!(row.from));
            fill.insert("paint".into(), json!({ "fill-color": row.colour(theme), "fill-antialias": true }));
            if let Some(filter) = &filter {
                fill.insert("filter".into(), filter.clone());
            }
            layers.push(Ranked { rank, layer: fill.into() });
            let Some(from) = row.outline_from else { continue };
            let mut outline = member(format!("{id}:outline"), "line", GROUND, (one.part, one.id()));
            outline.insert("minzoom".into(), json!(from));
            let paint = json!({ "line-color": row.outline(theme), "line-width": 0.7 });
            outline.insert("paint".into(), paint);
            if let Some(filter) = filter {
                outline.insert("filter".into(), filter);
            }
            layers.push(Ranked { rank: rank + 0.5, layer: outline.into() });
        }
    }
    layers
}

/// Returns the layer of a river or brook that is a line.
fn waterway(one: &Played<'_>, id: String, filter: Option<Value>, colour: &str) -> Value {
    let mut line = member(id, "line", GROUND, (one.part, one.id()));
    line.insert("layout".into(), json!({ "line-join": "round", "line-cap": "round" }));
    let width = pixels(&vec![(9.0, 0.6), (13.0, 1.6), (17.0, 5.0)], 1.0, 0.0);
    line.insert("paint".into(), json!({ "line-color": colour, "line-width": width }));
    if let Some(filter) = filter {
        line.insert("filter".into(), filter);
    }
    line.into()
}

/// Returns the borders, those of the few large areas above the others.
fn borders(played: &[Played<'_>], theme: Theme) -> Vec<Ranked> {
    let mut layers = vec![];
    for one in played.iter().filter(|one| one.part == Part::Border) {
        let Some(row) = TABLES.borders.iter().find(|row| row.level == one.level) else { continue };
        let mut line = member(
            format!("border:{}", one.id()),
            "line",
            GROUND,
            (one.part, &format!("{}:borders", one.id())),
        );
        line.insert("minzoom".into(), json!(row.from));
        line.insert("layout".into(), json!({ "line-join": "round" }));
        line.insert(
            "paint".into(),
            json!({
                "line-color": row.colour(theme),
                "line-width": pixels(&row.widths, 1.0, 0.0),
                "line-dasharray": row.dash,
            }),
        );
        layers.push(Ranked { rank: rank::BORDERS + f64::from(3 - row.level.min(3)), layer: line.into() });
    }
    layers
}
