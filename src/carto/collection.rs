//! How a collection is drawn on top of the base map.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::classes;
use super::compared::text_of;
use super::mapped::{Mapped, Ranked, Theme};
use super::palette::{self, darkened};
use super::symbols::{By, Meaning, Symbol, Symbols};
use super::tables::TABLES;
use super::words;
use crate::layer::View;

/// The zoom level from which on points bear icons.
pub const ICONS_FROM: f64 = 13.0;

/// More points than this are drawn small.
const MANY: usize = 3_000;

/// The names of so few features are shown earlier.
const FEW: usize = 150;

/// Ranks of the layers of collections, below the labels of the base map and above its ground.
mod rank {
    pub const POLYGONS: f64 = 40.0;
    pub const LINES: f64 = 50.0;
    pub const POINTS: f64 = 60.0;
    pub const LABELS: f64 = 90.0;
}

/// Returns the name of the source with the tiles of a collection.
pub fn source(id: &str) -> String {
    format!("collection:{id}")
}

/// Returns the name of the source with the labels of the areas of a collection.
pub fn label_source(id: &str) -> String {
    format!("labels:{id}")
}

/// Returns the colour of each collection by its id. Collections whose neighbours in the legend have
/// the same geometry are told apart by colour.
pub fn colours(all: &[Mapped<'_>]) -> BTreeMap<String, String> {
    let mut mapped: Vec<&Mapped<'_>> = all.iter().collect();
    // Those that are drawn on top of a base map come first, so that they get the best colours.
    mapped.sort_by_key(|one| (words::part_of(one.view.collection).is_some(), one.id()));
    let names: Vec<&str> = mapped.iter().map(|one| one.view.collection.short.as_str()).collect();
    let ids = mapped.iter().map(|one| one.id().to_owned());
    ids.zip(palette::assign(&names)).collect()
}

/// Returns the layers of a collection.
pub fn layers(one: &Mapped<'_>, colours: &BTreeMap<String, String>, theme: Theme) -> Vec<Ranked> {
    let colour = colours.get(one.id()).map_or(palette::OTHER, String::as_str);
    let symbols = Symbols::of(one, colour);
    let drawing = Drawing { one, symbols: &symbols, theme, fine: fine(one.view.len()) };
    let mut layers = match one.geometry {
        Some("point") => drawing.points(),
        Some("line") => drawing.lines(),
        Some("polygon") => drawing.polygons(),
        // Of several kinds, or not known yet.
        Some(_) => [drawing.polygons(), drawing.lines(), drawing.points()].concat(),
        None => vec![],
    };
    layers.extend(drawing.names());
    layers
}

/// The width of an area in pixels from which on it has room for its name.
const LEGIBLE: f64 = 60.0;

/// The most areas that are measured.
const MEASURED: usize = 500;

/// Returns the zoom level from which on areas of the usual size have room for their names.
fn legible_from(view: &View<'_>) -> f64 {
    let step = view.len().div_ceil(MEASURED).max(1);
    let mut sizes: Vec<u64> = (0..view.len()).step_by(step).map(|row| view.box_size(row as u32)).collect();
    sizes.sort_unstable();
    let Some(middle) = sizes.get(sizes.len() / 2).filter(|size| **size > 0) else { return 15.0 };
    let share = *middle as f64 / f64::from(u32::MAX);
    let zoom = (LEGIBLE / (512.0 * share)).log2();
    (zoom.clamp(8.0, 16.0) * 2.0).round() / 2.0
}

/// Returns where a collection stands among its likes, from 0 to 1: few features above many.
fn fine(count: usize) -> f64 {
    1.0 - ((count as f64 + 1.0).log10() / 9.0).min(0.999)
}

struct Drawing<'a> {
    one: &'a Mapped<'a>,
    symbols: &'a Symbols,
    theme: Theme,
    fine: f64,
}

impl Drawing<'_> {
    fn layer(&self, part: &str, kind: &str, geometry: &str) -> Map<String, Value> {
        let id = self.one.id();
        let mut layer = Map::new();
        layer.insert("id".into(), json!(format!("{}:{part}", source(id))));
        layer.insert("type".into(), json!(kind));
        layer.insert("metadata".into(), json!({ "veedel:collection": id }));
        layer.insert("source".into(), json!(source(id)));
        layer.insert("source-layer".into(), json!(id));
        if self.one.geometry == Some("mixed") {
            layer.insert("filter".into(), json!(["==", ["geometry-type"], geometry]));
        }
        layer
    }

    /// One of several values by a feature's symbol.
    fn by_symbol(&self, of: impl Fn(&Symbol) -> Value) -> Value {
        let other = of(&self.symbols.other);
        match &self.symbols.by {
            By::Nothing => other,
            By::Text(column) => {
                let case = |symbol: &Symbol| match &symbol.meaning {
                    Meaning::Values(values) => Some((values.clone(), of(symbol))),
                    _ => None,
                };
                column.matched(self.symbols.list.iter().filter_map(case).collect(), other)
            }
            By::Number(column) => {
                let mut steps = vec![json!("step"), json!(["to-number", ["get", column.name]])];
                for symbol in &self.symbols.list {
                    if let Meaning::Range(from, _) = symbol.meaning {
                        steps.extend(from.map(|from| json!(from)));
                        steps.push(of(symbol));
                    }
                }
                let is_number = json!(["==", ["typeof", ["get", column.name]], "number"]);
                match self.symbols.list.len() {
                    0 => other,
                    1 => steps.pop().unwrap_or(other),
                    _ => json!(["case", is_number, steps, other]),
                }
            }
        }
    }

    fn colour(&self, black: f64) -> Value {
        self.by_symbol(|symbol| match black {
            0.0 => json!(symbol.colour),
            black => json!(darkened(&symbol.colour, black)),
        })
    }

    /// The colour around points and letters, that of the ground.
    fn halo(&self) -> &'static str {
        TABLES.halo.colour(self.theme)
    }

    fn polygons(&self) -> Vec<Ranked> {
        let rank = rank::POLYGONS + self.fine;
        let mut fill = self.layer("fill", "fill", "Polygon");
        let opacity = if matches!(self.symbols.by, By::Nothing) { 0.38 } else { 0.6 };
        fill.insert("paint".into(), json!({ "fill-color": self.colour(0.0), "fill-opacity": opacity }));
        let mut outline = self.layer("outline", "line", "Polygon");
        let width = json!(["interpolate", ["linear"], ["zoom"], 10, 0.4, 14, 1.1, 18, 2]);
        let line = match self.theme {
            Theme::Light => self.colour(0.18),
            Theme::Dark => self.colour(0.0),
        };
        outline.insert("layout".into(), json!({ "line-join": "round" }));
        outline.insert("paint".into(), json!({ "line-color": line, "line-width": width }));
        vec![Ranked { rank, layer: fill.into() }, Ranked { rank: rank + 0.001, layer: outline.into() }]
    }

    fn lines(&self) -> Vec<Ranked> {
        let mut line = self.layer("line", "line", "LineString");
        let width = json!(["interpolate", ["exponential", 1.5], ["zoom"], 9, 0.8, 13, 1.8, 18, 6]);
        line.insert("layout".into(), json!({ "line-join": "round", "line-cap": "round" }));
        line.insert("paint".into(), json!({ "line-color": self.colour(0.0), "line-width": width }));
        vec![Ranked { rank: rank::LINES + self.fine, layer: line.into() }]
    }

    fn points(&self) -> Vec<Ranked> {
        let rank = rank::POINTS + self.fine;
        // An icon on discs of many sizes would fit few.
        let is_marked = self.symbols.has_icons() && self.sized().is_none();
        let is_many = self.one.view.len() > MANY;
        let mut dot = self.layer("dot", "circle", "Point");
        let radii = if is_many { [0.8, 1.6, 4.0] } else { [2.4, 4.2, 8.0] };
        // An icon needs a disc of its size; what has none stays a dot.
        let has_mark = |symbol: &Symbol| symbol.icon.is_some() || symbol.letters.is_some();
        let disc = |disc: f64, dot: f64| {
            let all = || self.symbols.list.iter().chain([&self.symbols.other]);
            match all().all(has_mark) {
                true => json!(disc),
                false => self.by_symbol(|symbol| json!(if has_mark(symbol) { disc } else { dot })),
            }
        };
        let [small, middle, large] = radii;
        let stops = match is_marked {
            true => [
                (9.0, json!(small)),
                (ICONS_FROM - 0.01, json!(middle)),
                (ICONS_FROM, disc(7.5, middle)),
                (15.0, disc(9.0, middle * 1.3)),
                (18.0, disc(11.0, large)),
            ]
            .to_vec(),
            false => [(9.0, json!(small)), (13.0, json!(middle)), (17.0, json!(large))].to_vec(),
        };
        let mut radius = vec![json!("interpolate"), json!(["linear"]), json!(["zoom"])];
        radius.extend(stops.into_iter().flat_map(|(zoom, pixels)| [json!(zoom), pixels]));
        let radius = Value::Array(radius);
        let radius = self.sized().unwrap_or(radius);
        let stroke =
            json!(["interpolate", ["linear"], ["zoom"], 10, 0.3, 13, if is_many { 0.6 } else { 1.2 }]);
        dot.insert(
            "paint".into(),
            json!({
                "circle-color": self.colour(0.0),
                "circle-radius": radius,
                "circle-stroke-color": self.halo(),
                "circle-stroke-width": stroke,
            }),
        );
        let mut layers = vec![Ranked { rank, layer: dot.into() }];
        if is_marked {
            layers.extend(self.icons(rank + 0.001));
        }
        layers
    }

    /// The radius of points whose area grows with the number in a column.
    fn sized(&self) -> Option<Value> {
        let column = self.one.view.collection.size_by.as_deref()?;
        let most = classes::most(&self.one.view, column).filter(|most| *most > 0.0)?;
        let part = json!(["sqrt", ["/", ["max", 0, ["to-number", ["get", column], 0]], most]]);
        let at = |factor: f64| json!(["+", 2.0, ["*", factor, part]]);
        Some(json!(["interpolate", ["linear"], ["zoom"], 9, at(8.0), 13, at(16.0), 17, at(30.0)]))
    }

    /// The icons and letters on points.
    fn icons(&self, rank: f64) -> Vec<Ranked> {
        let mut layers = vec![];
        let all = || self.symbols.list.iter().chain([&self.symbols.other]);
        if all().any(|symbol| symbol.icon.is_some()) {
            let mut icon = self.layer("icon", "symbol", "Point");
            icon.insert("minzoom".into(), json!(ICONS_FROM));
            icon.insert(
                "layout".into(),
                json!({
                    "icon-image": self.by_symbol(|symbol| json!(symbol.icon.unwrap_or_default())),
                    "icon-size": ["interpolate", ["linear"], ["zoom"], ICONS_FROM, 0.66, 15, 0.82, 18, 1],
                    "icon-allow-overlap": true,
                    "icon-ignore-placement": true,
                    "icon-padding": 0,
                }),
            );
            layers.push(Ranked { rank, layer: icon.into() });
        }
        let letters = |symbol: &Symbol| symbol.letters.clone().filter(|_| symbol.icon.is_none());
        if all().any(|symbol| letters(symbol).is_some()) {
            let mut text = self.layer("letters", "symbol", "Point");
            text.insert("minzoom".into(), json!(ICONS_FROM));
            text.insert(
                "layout".into(),
                json!({
                    "text-field": self.by_symbol(|symbol| json!(letters(symbol).unwrap_or_default())),
                    "text-font": ["Noto Sans Bold"],
                    "text-size": ["interpolate", ["linear"], ["zoom"], ICONS_FROM, 8, 17, 11],
                    "text-allow-overlap": true,
                    "text-ignore-placement": true,
                    "text-padding": 0,
                }),
            );
            text.insert("paint".into(), json!({ "text-color": "#ffffff" }));
            layers.push(Ranked { rank: rank + 0.001, layer: text.into() });
        }
        layers
    }

    /// The names of features: beside points, along lines, inside areas.
    fn names(&self) -> Vec<Ranked> {
        let collection = self.one.view.collection;
        let name = words::name_column(collection, self.one.view.visible_columns());
        // What the legend says is not written on the map as well.
        let Some(name) = name.filter(|name| self.symbols.column().is_none_or(|column| column.name != *name))
        else {
            return vec![];
        };
        let rank = rank::LABELS + self.fine;
        let mut layout = json!({
            "text-field": text_of(&name),
            "text-font": ["Noto Sans Regular"],
            "text-size": 12,
        });
        let more = match self.one.geometry {
            Some("point") => json!({
                "text-anchor": "top", "text-offset": [0, 0.9], "text-max-width": 9, "text-padding": 6,
                "text-optional": true,
            }),
            Some("line") => {
                json!({ "symbol-placement": "line", "symbol-spacing": 250, "text-max-angle": 30 })
            }
            Some("polygon") => json!({ "text-max-width": 8, "text-padding": 6 }),
            _ => return vec![],
        };
        if let (Some(layout), Value::Object(more)) = (layout.as_object_mut(), more) {
            layout.extend(more);
        }
        let mut label = self.layer("name", "symbol", "Point");
        if self.one.geometry == Some("polygon") {
            label.insert("source".into(), json!(label_source(self.one.id())));
            label.insert("source-layer".into(), json!(format!("{}:labels", self.one.id())));
        }
        let first = match self.one.geometry {
            Some("polygon") => legible_from(&self.one.view),
            _ if self.one.view.len() <= FEW => 14.0,
            _ => 15.0,
        };
        label.insert("minzoom".into(), json!(first));
        label.insert("layout".into(), layout);
        let letter_colour = match self.theme {
            Theme::Light => self.colour(0.35),
            Theme::Dark => json!("#e4e8ec"),
        };
        label.insert(
            "paint".into(),
            json!({ "text-color": letter_colour, "text-halo-color": self.halo(), "text-halo-width": 1.5 }),
        );
        vec![Ranked { rank, layer: label.into() }]
    }
}
