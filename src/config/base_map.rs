//! Reads `parts` and `basemap` of `[map]`: the collections of the base map, or a base map of
//! another server.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{FilePosition, Wrong, nearest, shown};
use super::public_url::PublicUrl;
use super::reader::{Faults, Section, Value, named, table, text, texts, whole_number};
use super::settings::Settings;
use crate::catalog::map_parts::{BaseMap, ForeignBase, Part, PartSource};

/// Reads both keys into `settings`.
pub fn read(section: &mut Section<'_>, settings: &mut Settings, faults: &mut Faults<'_>) {
    let mut map = BaseMap::default();
    if let Some(parts) = section.section("parts", faults) {
        for (name, value) in parts {
            for (source, position) in part(name, value, faults) {
                settings.part_positions.push((source.collection.clone(), position));
                map.parts.push(source);
            }
        }
    }
    map.basemap = section.value("basemap").and_then(|value| basemap(value, faults));
    settings.base_map = map;
}

/// Reads one part: a table for one collection, or a list of tables; with the position of each.
fn part(
    name: &Spanned<Cow<'_, str>>,
    value: &Value<'_>,
    faults: &mut Faults<'_>,
) -> Vec<(PartSource, FilePosition)> {
    let Some(part) = Part::of(name.get_ref()) else {
        let names = Part::ALL.map(Part::name);
        let hint = match nearest(name.get_ref(), names.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("the parts are {}", names.join(", ")),
        };
        faults.add(&name.span(), Wrong::new(format!("{} is no part of a map", shown(name.get_ref())), hint));
        return vec![];
    };
    let sources: Vec<&Value<'_>> = match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => vec![value],
    };
    let read = |value: &Value<'_>| {
        let source = part_source(part, value, faults)?;
        Some((source, faults.position(&value.span())))
    };
    sources.into_iter().filter_map(read).collect()
}

fn part_source(part: Part, value: &Value<'_>, faults: &mut Faults<'_>) -> Option<PartSource> {
    let mut section = match table(value.get_ref()) {
        Ok(table) => Section::new(table),
        Err(wrong) => {
            let hint = "write { collection = \"…\" }, or a list of such";
            faults.add(&value.span(), named(part.name(), Wrong { hint: hint.into(), ..wrong }));
            return None;
        }
    };
    let collection = section.read("collection", faults, owned);
    if collection.is_none() && section.value("collection").is_none() {
        faults
            .add(&value.span(), named(part.name(), Wrong::new("collection is missing", "name a collection")));
    }
    let class = section.read("class", faults, owned);
    let classes = section.section("classes", faults).map(|table| classes(part, table, faults));
    let values = section.value("values").map(|value| texts("values", value, faults));
    let source = PartSource {
        part,
        collection: collection.unwrap_or_default(),
        name: section.read("name", faults, owned),
        classes: classes.unwrap_or_default(),
        other: section.read("other", faults, |value| class_of(part, text(value)?).map(str::to_owned)),
        values: values.unwrap_or_default().into_iter().map(|(value, _)| value.to_owned()).collect(),
        level: section.read("level", faults, |value| {
            whole_number(value, 1..=3).map(|level| u8::try_from(level).unwrap_or(3))
        }),
        class,
    };
    for (key, is_set) in [("classes", !source.classes.is_empty()), ("values", !source.values.is_empty())] {
        if is_set && source.class.is_none() {
            let what = format!("{key} of which column?");
            faults.add(&value.span(), named(part.name(), Wrong::new(what, "write class = \"column\"")));
        }
    }
    section.finish(faults);
    (!source.collection.is_empty()).then_some(source)
}

/// Reads the values of each class.
fn classes(part: Part, table: &DeTable<'_>, faults: &mut Faults<'_>) -> Vec<(String, Vec<String>)> {
    let mut classes = vec![];
    for (name, value) in table {
        match class_of(part, name.get_ref()) {
            Ok(class) => {
                let values = texts("classes", value, faults);
                classes.push((
                    class.to_owned(),
                    values.into_iter().map(|(value, _)| value.to_owned()).collect(),
                ));
            }
            Err(wrong) => faults.add(&name.span(), wrong),
        }
    }
    classes
}

fn class_of(part: Part, name: &str) -> Result<&'static str, Wrong> {
    let known = part.classes();
    known.iter().find(|known| **known == name).copied().ok_or_else(|| {
        let what = format!("{} is no class of {part}", shown(name));
        let hint = match known {
            [] => "this part has no classes".into(),
            _ => format!("write one of {}", known.join(", ")),
        };
        Wrong::new(what, hint)
    })
}

/// Reads `basemap`: the address of a style, or a table with further origins.
fn basemap(value: &Value<'_>, faults: &mut Faults<'_>) -> Option<ForeignBase> {
    let (style, further) = match value.get_ref() {
        DeValue::Table(table) => {
            let mut section = Section::new(table);
            let style = section.read("style", faults, owned);
            let further = section.value("origins").map(|value| texts("origins", value, faults));
            if style.is_none() {
                let hint = "write style = \"https://…/style.json\"";
                faults.add(&value.span(), named("basemap", Wrong::new("style is missing", hint)));
            }
            section.finish(faults);
            (style?, further.unwrap_or_default())
        }
        other => match text(other) {
            Ok(style) => (style.to_owned(), vec![]),
            Err(wrong) => {
                faults.add(&value.span(), named("basemap", wrong));
                return None;
            }
        },
    };
    let mut origins = vec![];
    let addresses = std::iter::once((style.as_str(), value.span())).chain(further);
    for (address, span) in addresses {
        match origin(address) {
            Some(origin) if origins.contains(&origin) => {}
            Some(origin) => origins.push(origin),
            None => {
                let what = format!("{} is no address of the web", shown(address));
                faults.add(&span, named("basemap", Wrong::new(what, "write it with https://")));
                return None;
            }
        }
    }
    Some(ForeignBase { style, origins })
}

/// Returns scheme, host and port of an address of the web.
fn origin(address: &str) -> Option<String> {
    let (scheme, behind) = address.split_once("://")?;
    let authority = behind.split(['/', '?', '#']).next()?;
    PublicUrl::parse(&format!("{scheme}://{authority}")).ok().map(|url| url.to_string())
}

fn owned(value: &DeValue<'_>) -> Result<String, Wrong> {
    text(value).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use crate::catalog::map_parts::Part;
    use crate::config::tests::{faults, parse};

    #[test]
    fn parts_are_read_one_or_several() {
        let map = parse(
            "[map.parts]\nroad = { collection = \"s\", class = \"art\", name = \"name\", classes = { main = [\"H\", \"B *\"] } }\n\
             water = [{ collection = \"w\" }, { collection = \"f\", class = \"k\", values = [\"See\"] }]\n\
             border = { collection = \"b\", level = 2 }\n",
        )
        .unwrap()
        .base_map;
        let parts: Vec<(Part, &str)> =
            map.parts.iter().map(|one| (one.part, one.collection.as_str())).collect();
        assert!(parts.contains(&(Part::Road, "s")) && parts.contains(&(Part::Water, "f")), "{parts:?}");
        assert_eq!(parts.len(), 4);
        let road = map.parts.iter().find(|one| one.part == Part::Road).unwrap();
        assert_eq!(road.classes, [("main".to_owned(), vec!["H".to_owned(), "B *".to_owned()])]);
        assert_eq!(map.parts.iter().find(|one| one.part == Part::Border).unwrap().level, Some(2));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said) in [
            ("map.parts.watr = { collection = \"a\" }", "did you mean \"water\""),
            ("map.parts.water = 3", "list of such"),
            ("map.parts.water = {}", "collection is missing"),
            (
                "map.parts.road = { collection = \"a\", class = \"c\", classes = { huge = [] } }",
                "no class of road",
            ),
            ("map.parts.road = { collection = \"a\", classes = { main = [\"x\"] } }", "of which column"),
            ("map.parts.border = { collection = \"a\", level = 4 }", "from 1 to 3"),
            ("map.basemap = \"style.json\"", "no address of the web"),
            ("map.basemap = { origins = [\"https://a\"] }", "style is missing"),
            ("map.colour = 1", "unknown key"),
        ] {
            let found = faults(text);
            assert!(found.contains(said), "{text}: {found}");
        }
    }

    #[test]
    fn a_foreign_base_names_its_origins() {
        let one = parse("map.basemap = \"https://sgx.example.de/gdz/style.json?x=1\"")
            .unwrap()
            .base_map
            .basemap
            .unwrap();
        assert_eq!(one.origins, ["https://sgx.example.de"]);
        let more = "map.basemap = { style = \"https://a.de/s.json\", origins = [\"https://b.de:8443/tiles\", \"https://a.de\"] }";
        assert_eq!(
            parse(more).unwrap().base_map.basemap.unwrap().origins,
            ["https://a.de", "https://b.de:8443"]
        );
    }
}
