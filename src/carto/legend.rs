//! Legends: the symbols of a style with their meanings, as JSON and as a drawing.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::collection::colours;
use super::mapped::{Mapped, Theme};
use super::palette::{self, darkened};
use super::symbols::{Meaning, Symbol, Symbols};
use super::tables::TABLES;

/// The most entries that a drawing shows. It says how many more there are.
pub const MOST_DRAWN: usize = 100;

/// The longest title of an entry in a drawing, in letters.
const LONGEST_TITLE: usize = 60;

/// An entry of a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The id of the collection.
    pub collection: String,
    /// The title for people.
    pub title: String,
    /// Whether the entry is the heading of a collection with several symbols.
    pub is_heading: bool,
    /// The symbol; None for a heading.
    pub symbol: Option<Symbol>,
    /// `point`, `line`, `polygon` or `mixed`.
    pub geometry: &'static str,
    /// The features that the entry means, as CQL2; None for all others.
    pub filter: Option<String>,
}

/// Returns the entries of collections: one for each symbol, below the title of the collection if
/// there are several.
pub fn entries(all: &[Mapped<'_>], of: &[Mapped<'_>], in_english: bool) -> Vec<Entry> {
    let colours: BTreeMap<String, String> = colours(all);
    let mut entries = vec![];
    for one in of {
        let Some(geometry) = one.geometry else { continue };
        let colour = colours.get(one.id()).map_or(palette::OTHER, String::as_str);
        let symbols = Symbols::of(one, colour);
        let title = one.view.collection.words(in_english).0.to_owned();
        let entry = |title: String, symbol: Option<&Symbol>, filter: Option<String>| Entry {
            collection: one.id().to_owned(),
            title,
            is_heading: symbol.is_none(),
            symbol: symbol.cloned(),
            geometry,
            filter,
        };
        if symbols.list.is_empty() {
            entries.push(entry(title, Some(&symbols.other), None));
            continue;
        }
        entries.push(entry(title, None, None));
        for symbol in &symbols.list {
            let title = symbol.title.clone().unwrap_or_default();
            entries.push(entry(
                title,
                Some(symbol),
                symbols.column().and_then(|column| symbol.meaning.cql2(column)),
            ));
        }
        let rest = if in_english { "Other, or no value" } else { "Andere oder ohne Angabe" };
        if symbols.has_others {
            entries.push(entry(rest.to_owned(), Some(&symbols.other), None));
        }
    }
    entries
}

/// Returns the entries of the base map: the classes that its parts have.
pub fn base_entries(
    all: &[Mapped<'_>],
    settings: &crate::catalog::map_parts::BaseMap,
    theme: Theme,
    in_english: bool,
) -> Vec<Entry> {
    let parts = super::parts::played(all, settings);
    let word = |title: &super::tables::Title| if in_english { title.en.clone() } else { title.de.clone() };
    let played = |class: &str| parts.iter().find(|one| one.classes.names().any(|own| own == class));
    let areas = TABLES.areas.iter().map(|row| (&row.class, word(&row.title), row.colour(theme), "polygon"));
    let roads =
        TABLES.roads.iter().rev().map(|row| (&row.class, word(&row.title), row.colour(theme), "line"));
    let all_rows = areas.chain(roads);
    let entry = |(class, title, colour, geometry): (&String, String, &str, &'static str)| {
        let one = played(class)?;
        let symbol = Symbol {
            title: None,
            meaning: Meaning::Rest,
            colour: colour.to_owned(),
            icon: None,
            letters: None,
        };
        Some(Entry {
            collection: one.id().to_owned(),
            title,
            is_heading: false,
            symbol: Some(symbol),
            geometry,
            filter: None,
        })
    };
    all_rows.filter_map(entry).collect()
}

/// Returns a legend as JSON.
pub fn json(title: &str, entries: &[Entry]) -> Value {
    let entry = |entry: &Entry| {
        let symbol = entry.symbol.as_ref().map(|symbol| {
            let kind = match (entry.geometry, symbol.icon) {
                ("point", Some(_)) => "icon",
                ("point", None) => "circle",
                ("line", _) => "line",
                _ => "fill",
            };
            json!({
                "kind": kind,
                "colour": symbol.colour,
                "outline": (kind == "fill").then(|| darkened(&symbol.colour, 0.18)),
                "icon": symbol.icon,
                "letters": symbol.letters,
            })
        });
        let values = entry.symbol.as_ref().and_then(|symbol| match &symbol.meaning {
            Meaning::Values(values) => Some(values.clone()),
            _ => None,
        });
        json!({
            "collection": entry.collection,
            "title": entry.title,
            "heading": entry.is_heading,
            "symbol": symbol,
            "values": values,
            "filter": entry.filter,
        })
    };
    json!({ "title": title, "entries": entries.iter().map(entry).collect::<Vec<_>>() })
}

/// Returns a legend as an SVG document, drawn with the icons that `icon` gives: the content of a
/// drawing of 15 by 15 units.
pub fn svg(
    title: &str,
    entries: &[Entry],
    theme: Theme,
    icon: impl Fn(&str) -> Option<String>,
    in_english: bool,
) -> String {
    let (row, left) = (24, 44);
    let shown = entries.get(..MOST_DRAWN).unwrap_or(entries);
    let more = entries.len() - shown.len();
    let height = 40 + row * (shown.len() + usize::from(more > 0)) + 8;
    let longest = shown.iter().map(|entry| entry.title.chars().count()).max().unwrap_or(0);
    let width = left + 24 + 8 * longest.max(title.chars().count()).clamp(12, LONGEST_TITLE);
    let (ground, ink) = match theme {
        Theme::Light => (TABLES.ground.of(theme), "#22252a"),
        Theme::Dark => (TABLES.ground.of(theme), "#eceff2"),
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"Noto Sans, sans-serif\" font-size=\"13\" fill=\"{ink}\" role=\"img\">\
         <title>{title}</title><rect width=\"{width}\" height=\"{height}\" fill=\"{ground}\"/>\
         <text x=\"14\" y=\"26\" font-weight=\"bold\" font-size=\"14\">{title}</text>",
        title = text(title)
    );
    for (at, entry) in shown.iter().enumerate() {
        let middle = 40 + row * at + row / 2;
        draw(&mut svg, entry, middle, &icon);
        let (x, weight) = if entry.is_heading { (14, " font-weight=\"bold\"") } else { (left, "") };
        // Writing to a String cannot fail.
        let _ = write!(svg, "<text x=\"{x}\" y=\"{}\"{weight}>{}</text>", middle + 5, text(&entry.title));
    }
    if more > 0 {
        let word = if in_english { "more" } else { "weitere" };
        let _ =
            write!(svg, "<text x=\"{left}\" y=\"{}\">… {more} {word}</text>", 40 + row * shown.len() + 17);
    }
    svg.push_str("</svg>");
    svg
}

/// Draws the symbol of an entry around a height.
fn draw(svg: &mut String, entry: &Entry, middle: usize, icon: &impl Fn(&str) -> Option<String>) {
    let Some(symbol) = &entry.symbol else { return };
    let colour = text(&symbol.colour);
    let _ = match entry.geometry {
        "point" => {
            let radius = if symbol.icon.is_some() || symbol.letters.is_some() { 9 } else { 5 };
            let _ = write!(svg, "<circle cx=\"26\" cy=\"{middle}\" r=\"{radius}\" fill=\"{colour}\"/>");
            if let Some(drawing) = symbol.icon.and_then(icon) {
                let _ = write!(svg, "<g transform=\"translate(18.5 {})\">{drawing}</g>", middle as f64 - 7.5);
            } else if let Some(letters) = &symbol.letters {
                let _ = write!(
                    svg,
                    "<text x=\"26\" y=\"{}\" font-size=\"9\" font-weight=\"bold\" fill=\"#fff\" text-anchor=\"middle\">{}</text>",
                    middle + 3,
                    text(letters)
                );
            }
            Ok(())
        }
        "line" => write!(
            svg,
            "<path d=\"M14 {middle}H38\" stroke=\"{colour}\" stroke-width=\"3\" stroke-linecap=\"round\"/>"
        ),
        _ => write!(
            svg,
            "<rect x=\"16\" y=\"{}\" width=\"20\" height=\"14\" rx=\"2\" fill=\"{colour}\" fill-opacity=\"0.6\" stroke=\"{}\"/>",
            middle as f64 - 7.0,
            text(&darkened(&symbol.colour, 0.18))
        ),
    };
}

/// Returns a text as the content of an element, shortened to what a legend can show.
fn text(text: &str) -> String {
    let mut short: String = text.chars().filter(|letter| !letter.is_control()).take(LONGEST_TITLE).collect();
    if text.chars().count() > LONGEST_TITLE {
        short.push('…');
    }
    short.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
