//! MapLibre styles: the base map, and collections on top of it.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use super::mapped::{Mapped, Ranked, Theme};
use super::parts::{Played, played};
use super::{base, base_layer, collection, labels, roads};
use crate::catalog::map_parts::{BaseMap, Part};

/// Returns the template of the tiles of collections, with further parameters.
pub type TileTemplate<'a> = dyn Fn(&[&str], &[(&str, &str)]) -> String + 'a;

/// The addresses that a style names.
pub struct Addresses<'a> {
    /// Returns the template of the tiles of collections, with further parameters.
    pub tiles: &'a TileTemplate<'a>,
    /// The beginning of the addresses of icons.
    pub sprite: String,
    /// The template of the addresses of glyphs.
    pub glyphs: String,
    /// The most collections in one tile, and so in one source.
    pub most_in_a_tile: usize,
}

/// What a style shows.
pub struct Shown<'a> {
    /// The name of the style.
    pub name: String,
    /// All collections that the caller sees, from which the base map is made.
    pub all: &'a [Mapped<'a>],
    /// The collections on top, in this order.
    pub on_top: &'a [Mapped<'a>],
    /// Whether there is a base map.
    pub has_base: bool,
    /// The theme of its colours.
    pub theme: Theme,
}

/// Returns the style.
pub fn style(shown: &Shown<'_>, settings: &BaseMap, addresses: &Addresses<'_>) -> Value {
    let has_base = shown.has_base && settings.basemap.is_none();
    // Those of the base map that another takes the place of are named too.
    let named = if shown.has_base { played(shown.all, settings) } else { vec![] };
    let parts: &[Played<'_>] = if has_base { &named } else { &[] };
    let mut layers = if has_base { base::layers(parts, shown.theme) } else { vec![] };
    let colours = collection::colours(shown.all);
    let mut sources = base_sources(parts, addresses);
    let grounds = ground_sources(parts, addresses);
    for layer in &mut layers {
        put_on_ground(&mut layer.layer, &grounds);
    }
    sources.extend(grounds.into_iter().map(|ground| (ground.name, ground.source)));
    for one in shown.on_top {
        layers.extend(collection::layers(one, &colours, shown.theme));
        sources.insert(collection::source(one.id()), source(&[*one], &[one.id()], &[], addresses));
        if one.geometry == Some("polygon") {
            let name = format!("{}:labels", one.id());
            sources.insert(collection::label_source(one.id()), source(&[*one], &[&name], &[], addresses));
        }
    }
    layers.sort_by(|left, right| left.rank.total_cmp(&right.rank));
    let mut layers: Vec<Value> = layers.into_iter().map(with_rank).collect();
    number_namesakes(&mut layers);
    let used = |name: &str| layers.iter().any(|layer| layer["source"] == name);
    sources.retain(|name, _| used(name));
    let mut document = Map::new();
    document.insert("version".into(), json!(8));
    document.insert("name".into(), json!(shown.name));
    document.insert("metadata".into(), metadata(&named, settings, shown.has_base));
    if let Some((centre, zoom)) = centre(shown) {
        document.insert("center".into(), json!(centre));
        document.insert("zoom".into(), json!(zoom));
    }
    document.insert("sources".into(), json!(sources));
    document.insert("sprite".into(), json!(addresses.sprite));
    document.insert("glyphs".into(), json!(addresses.glyphs));
    document.insert("layers".into(), json!(layers));
    Value::Object(document)
}

/// Gives each layer an id of its own: `green:land`, `green:land:2`. A collection that plays a part
/// by several columns has several layers of a class.
fn number_namesakes(layers: &mut [Value]) {
    let mut taken: HashSet<String> = HashSet::new();
    for layer in layers {
        let Some(id) = layer["id"].as_str().map(str::to_owned) else { continue };
        let numbered = (2..).map(|number| format!("{id}:{number}"));
        let free = std::iter::once(id.clone()).chain(numbered).find(|id| !taken.contains(id));
        let id = free.unwrap_or(id);
        layer["id"] = json!(id);
        taken.insert(id);
    }
}

/// Returns what a client may want to know of a style: the collections of each part.
fn metadata(parts: &[Played<'_>], settings: &BaseMap, has_base: bool) -> Value {
    let mut metadata = Map::new();
    if has_base {
        let of_part = |one: &Played<'_>| json!({ "part": one.part.name(), "collection": one.id() });
        metadata.insert("veedel:parts".into(), parts.iter().map(of_part).collect());
    }
    if let Some(foreign) = settings.basemap.as_ref().filter(|_| has_base) {
        metadata.insert("veedel:basemap".into(), json!(foreign.style));
    }
    Value::Object(metadata)
}

fn with_rank(Ranked { rank, mut layer }: Ranked) -> Value {
    let rank = (rank * 1_000.0).round() / 1_000.0;
    if let Some(layer) = layer.as_object_mut() {
        let metadata = layer.entry("metadata").or_insert_with(|| json!({}));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("veedel:rank".into(), json!(rank));
        }
    }
    layer
}

/// Returns the sources of roads and house numbers.
fn base_sources(parts: &[Played<'_>], addresses: &Addresses<'_>) -> BTreeMap<String, Value> {
    let mut sources = BTreeMap::new();
    for one in parts {
        let mapped = &one.mapped;
        if roads::is_network(one.part) {
            let columns = roads::join_columns(one).join(",");
            let join: Vec<(&str, &str)> =
                if columns.is_empty() { vec![] } else { vec![("join", columns.as_str())] };
            let all = source(&[*mapped], &[one.id()], &join, addresses);
            sources.insert(roads::source(one.id()), all);
            if let Some(filter) = roads::large_filter(one) {
                let query = [join, vec![("filter", filter.as_str())]].concat();
                let large = source(&[*mapped], &[one.id()], &query, addresses);
                sources.insert(roads::main_source(one.id()), large);
            }
        } else if one.part == Part::HouseNumber {
            let numbers = source(&[*mapped], &[one.id()], &[], addresses);
            sources.insert(labels::number_source(one.id()), numbers);
        }
    }
    sources
}

/// A source of everything but roads and house numbers.
struct Ground {
    name: String,
    /// The layers of its tiles.
    layers: Vec<String>,
    source: Value,
}

/// Returns the sources of everything but roads and house numbers, each with as many layers as a
/// tile may have.
fn ground_sources(parts: &[Played<'_>], addresses: &Addresses<'_>) -> Vec<Ground> {
    let mut layers: Vec<(String, Mapped<'_>)> = vec![];
    for one in parts.iter().filter(|one| !roads::is_network(one.part) && one.part != Part::HouseNumber) {
        let labelled = one.name.is_some() && one.mapped.geometry == Some("polygon");
        let has_labels = labelled
            && matches!(one.part, Part::Border | Part::Area | Part::Green | Part::Wood | Part::Water);
        let features = (one.part != Part::Border).then(|| one.id().to_owned());
        let borders = (one.part == Part::Border).then(|| format!("{}:borders", one.id()));
        let labels = has_labels.then(|| format!("{}:labels", one.id()));
        layers.extend([features, borders, labels].into_iter().flatten().map(|name| (name, one.mapped)));
    }
    layers.sort_by(|left, right| left.0.cmp(&right.0));
    layers.dedup_by(|left, right| left.0 == right.0);
    let ground = |(at, chunk): (usize, &[(String, Mapped<'_>)])| {
        let names: Vec<&str> = chunk.iter().map(|(name, _)| name.as_str()).collect();
        let of: Vec<Mapped<'_>> = chunk.iter().map(|(_, mapped)| *mapped).collect();
        let name = if at == 0 {
            base_layer::GROUND.to_owned()
        } else {
            format!("{}:{}", base_layer::GROUND, at + 1)
        };
        let source = source(&of, &names, &[], addresses);
        Ground { name, layers: names.into_iter().map(str::to_owned).collect(), source }
    };
    layers.chunks(addresses.most_in_a_tile.max(1)).enumerate().map(ground).collect()
}

/// Sets the source of a layer that is drawn from one of the sources of the ground.
fn put_on_ground(layer: &mut Value, grounds: &[Ground]) {
    if layer["source"] != base_layer::GROUND {
        return;
    }
    let own = layer["source-layer"].as_str().unwrap_or_default().to_owned();
    let Some(ground) = grounds.iter().find(|ground| ground.layers.contains(&own)) else { return };
    layer["source"] = json!(ground.name);
}

/// Returns a source with the tiles of collections.
fn source(of: &[Mapped<'_>], names: &[&str], query: &[(&str, &str)], addresses: &Addresses<'_>) -> Value {
    let zooms = || of.iter().map(|one| one.view.collection.zooms);
    let from = zooms().map(|(from, _)| from).min().unwrap_or(0);
    // Beyond this zoom level a tile holds no more detail, and clients enlarge it.
    let to = zooms().map(|(_, to)| to).max().unwrap_or(DEEPEST).min(DEEPEST);
    let mut source = Map::new();
    source.insert("type".into(), json!("vector"));
    source.insert("tiles".into(), json!([(addresses.tiles)(names, query)]));
    source.insert("minzoom".into(), json!(from));
    source.insert("maxzoom".into(), json!(to.max(from)));
    if let Some(bounds) = bounds(of) {
        source.insert("bounds".into(), json!(bounds));
    }
    let mut attributions: Vec<&str> =
        of.iter().filter_map(|one| one.view.collection.attribution.as_deref()).collect();
    attributions.sort_unstable();
    attributions.dedup();
    if !attributions.is_empty() {
        let safe: Vec<String> = attributions.iter().map(|text| escaped(text)).collect();
        source.insert("attribution".into(), json!(safe.join(" | ")));
    }
    Value::Object(source)
}

/// The deepest zoom level of tiles that a style asks for.
const DEEPEST: u8 = 16;

/// Returns a text as HTML, as which clients show an attribution.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Returns west, south, east and north of collections in degrees, rounded outwards.
fn bounds(of: &[Mapped<'_>]) -> Option<[f64; 4]> {
    let mut around: Option<[f64; 4]> = None;
    for one in of {
        // Rows in a database may lie anywhere.
        let extent = one.view.extent()?;
        let ([west, south], [east, north]) = (extent.min, extent.max);
        around = Some(match around {
            None => [west, south, east, north],
            Some(so) => [so[0].min(west), so[1].min(south), so[2].max(east), so[3].max(north)],
        });
    }
    let [west, south, east, north] = around?;
    let [west, south] = [west, south].map(|number| (number * 1e6).floor() / 1e6);
    let [east, north] = [east, north].map(|number| (number * 1e6).ceil() / 1e6);
    Some([west, south, east, north])
}

/// Returns the middle of what is shown, and a zoom level at which it fills a small window.
fn centre(shown: &Shown<'_>) -> Option<([f64; 2], f64)> {
    let of = if shown.on_top.is_empty() { shown.all } else { shown.on_top };
    let known: Vec<Mapped<'_>> = of.iter().filter(|one| one.view.extent().is_some()).copied().collect();
    let [west, south, east, north] = bounds(&known)?;
    let zoom = (360.0 / (east - west).max(0.001)).log2() + 0.5;
    Some(([(west + east) / 2.0, (south + north) / 2.0], (zoom.clamp(0.0, 18.0) * 10.0).round() / 10.0))
}
