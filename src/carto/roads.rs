//! Roads, paths and rails of the base map, from tiles of joined lines.

use serde_json::{Value, json};

use super::base_layer::{member, rank};
use super::expression::{is_of, is_of_in_cql2, pixels};
use super::mapped::{Ranked, Theme};
use super::parts::Played;
use super::tables::{Road, TABLES};
use crate::catalog::map_parts::Part;

/// The zoom level from which on the source of all roads is shown, below it that of the large ones.
pub const ALL_FROM: f64 = 11.5;

/// Returns whether lines of a network play the part.
pub fn is_network(part: Part) -> bool {
    matches!(part, Part::Road | Part::Path | Part::Rail)
}

/// Returns the name of the source with all roads of a collection.
pub fn source(collection: &str) -> String {
    format!("base:{collection}")
}

/// Returns the name of the source with the large roads of a collection.
pub fn main_source(collection: &str) -> String {
    format!("base:{collection}:main")
}

/// Returns the columns by which the lines of a collection are joined.
pub fn join_columns<'a>(one: &'a Played<'_>) -> Vec<&'a str> {
    let mut columns: Vec<&str> = one.classes.column.iter().map(|column| column.name.as_str()).collect();
    columns.extend(one.name.as_deref().filter(|name| !columns.contains(name)));
    columns
}

/// Returns the classes that are drawn below [`ALL_FROM`], if the collection has other classes too.
pub fn large_classes<'a>(one: &'a Played<'_>) -> Option<Vec<&'a str>> {
    let is_large = |class: &&str| TABLES.roads.iter().any(|row| row.class == *class && row.from < ALL_FROM);
    let (large, small): (Vec<&str>, Vec<&str>) = one.classes.names().partition(is_large);
    (!large.is_empty() && !small.is_empty()).then_some(large)
}

/// Returns the condition of the tiles of [`main_source`].
pub fn large_filter(one: &Played<'_>) -> Option<String> {
    is_of_in_cql2(&one.classes, &large_classes(one)?)
}

/// Returns the layers: first the edges of all classes, then the roads.
pub fn layers(played: &[Played<'_>], theme: Theme) -> Vec<Ranked> {
    let mut layers = vec![];
    for (order, row) in TABLES.roads.iter().enumerate() {
        for one in played.iter().filter(|one| is_network(one.part)) {
            if one.classes.names().any(|class| class == row.class) {
                layers.extend(class_layers(one, row, order as f64, theme));
            }
        }
    }
    layers
}

/// Returns the layers of one class: from the source of the large roads, and from that of all.
fn class_layers(one: &Played<'_>, row: &Road, order: f64, theme: Theme) -> Vec<Ranked> {
    let large = large_classes(one);
    let is_large = large.is_some_and(|large| large.contains(&row.class.as_str()));
    let everywhere = Zooms { from: row.from, to: 24.0, source: source(one.id()), suffix: "" };
    let stretches = match is_large {
        false => vec![everywhere],
        true => vec![
            Zooms { to: ALL_FROM, source: main_source(one.id()), suffix: ":main", ..everywhere.clone() },
            Zooms { from: ALL_FROM, ..everywhere },
        ],
    };
    let mut layers = vec![];
    for zooms in stretches {
        let mut add = |rank: f64, name: &str, layout: Value, paint: Value| {
            let id = format!("{}{name}:{}{}", row.class, one.id(), zooms.suffix);
            let mut line = member(id, "line", &zooms.source, (one.part, one.id()));
            line.insert("minzoom".into(), json!(zooms.from));
            if zooms.to < 24.0 {
                line.insert("maxzoom".into(), json!(zooms.to));
            }
            line.insert("layout".into(), layout);
            line.insert("paint".into(), paint);
            if let Some(filter) = is_of(&one.classes, &[&row.class]) {
                line.insert("filter".into(), filter);
            }
            layers.push(Ranked { rank, layer: line.into() });
        };
        let round = || json!({ "line-join": "round", "line-cap": "round" });
        let flat = || json!({ "line-join": "round", "line-cap": "butt" });
        if let Some(casing) = row.casing {
            let width = pixels(&row.widths, 1.0, casing);
            let paint = json!({ "line-color": row.casing_colour(theme), "line-width": width });
            add(rank::CASINGS + order / 10.0, ":casing", round(), paint);
        }
        let mut paint =
            json!({ "line-color": row.colour(theme), "line-width": pixels(&row.widths, 1.0, 0.0) });
        if let (Some(dash), Some(paint)) = (&row.dash, paint.as_object_mut()) {
            paint.insert("line-dasharray".into(), json!(dash));
        }
        let is_round = row.dash.is_none() && row.sleepers.is_none();
        add(rank::ROADS + order, "", if is_round { round() } else { flat() }, paint);
        if let Some(sleepers) = row.sleepers.as_ref().filter(|sleepers| sleepers.from > zooms.from) {
            let width = pixels(&row.widths, sleepers.factor, 0.0);
            let dash: Vec<f64> = sleepers.dash.iter().map(|length| length / sleepers.factor * 2.0).collect();
            let paint =
                json!({ "line-color": row.colour(theme), "line-width": width, "line-dasharray": dash });
            add(rank::ROADS + order + 0.5, ":sleepers", flat(), paint);
        }
    }
    layers
}

/// The zoom levels at which layers take their lines from a source.
#[derive(Clone)]
struct Zooms {
    from: f64,
    to: f64,
    source: String,
    suffix: &'static str,
}
