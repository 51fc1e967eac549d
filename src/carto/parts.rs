//! Finds which collections play the parts of the base map.

use super::classes::Classes;
use super::mapped::Mapped;
use super::words;
use crate::catalog::map_parts::{BaseMap, Part, PartSource};

/// The largest number of areas whose borders are of level 1, and of level 2.
const LEVELS: [usize; 2] = [15, 150];

/// The level of the borders of the most areas.
const DEEPEST_LEVEL: u8 = 3;

/// A collection that plays a part, with the classes of its features.
#[derive(Clone, Debug)]
pub struct Played<'a> {
    /// The part that it plays.
    pub part: Part,
    /// The collection that plays it.
    pub mapped: Mapped<'a>,
    /// The classes of its features.
    pub classes: Classes,
    /// The visible column with the name of a feature, or its number.
    pub name: Option<String>,
    /// The level of a border.
    pub level: u8,
}

impl Played<'_> {
    /// The id of the collection.
    pub fn id(&self) -> &str {
        self.mapped.id()
    }
}

/// Returns the parts as configured, or as the names of the collections mean them. A collection that
/// is not there, or whose geometries do not fit the part, plays none.
pub fn played<'a>(mapped: &[Mapped<'a>], settings: &BaseMap) -> Vec<Played<'a>> {
    let mut played: Vec<Played<'a>> = match settings.parts.is_empty() {
        false => settings.parts.iter().filter_map(|source| configured(source, mapped)).collect(),
        true => in_levels(mapped.iter().filter_map(guessed).collect()),
    };
    played.sort_by(|left, right| (left.part, left.id()).cmp(&(right.part, right.id())));
    played
}

/// Gives borders of more areas a deeper level than those of fewer, as far as there are levels.
fn in_levels(mut played: Vec<Played<'_>>) -> Vec<Played<'_>> {
    let mut borders: Vec<&mut Played<'_>> =
        played.iter_mut().filter(|one| one.part == Part::Border).collect();
    borders.sort_by_key(|one| one.mapped.view.len());
    let mut before = 0;
    for one in borders {
        one.level = one.level.max(before + 1).min(DEEPEST_LEVEL);
        before = one.level;
    }
    played
}

fn configured<'a>(source: &PartSource, mapped: &[Mapped<'a>]) -> Option<Played<'a>> {
    let of_name = |one: &&Mapped<'a>| {
        let collection = one.view.collection;
        [&collection.id, &collection.short, &collection.qualified].contains(&&source.collection)
    };
    let one = mapped.iter().find(of_name)?;
    fits(source.part, one).then(|| play(source, *one))
}

fn guessed<'a>(one: &Mapped<'a>) -> Option<Played<'a>> {
    let collection = one.view.collection;
    let part = words::part_of(collection).filter(|part| fits(*part, one))?;
    let source = PartSource {
        part,
        collection: collection.id.clone(),
        class: words::class_column(collection, one.view.visible_columns()),
        name: None,
        classes: vec![],
        other: None,
        values: vec![],
        level: None,
    };
    Some(play(&source, *one))
}

fn play<'a>(source: &PartSource, one: Mapped<'a>) -> Played<'a> {
    let view = one.view;
    let (collection, visible) = (view.collection, view.visible_columns());
    let given = source.name.clone().filter(|name| view.column(name).is_some());
    let name = given.or_else(|| match source.part {
        Part::HouseNumber => words::number_column(collection, visible),
        _ => words::name_column(collection, visible),
    });
    let level = source.level.unwrap_or_else(|| match view.len() {
        few if few <= LEVELS[0] => 1,
        some if some <= LEVELS[1] => 2,
        _ => 3,
    });
    // Buildings and borders have no classes on the map, whatever their columns say.
    let classes = match source.part {
        Part::Building | Part::Border | Part::HouseNumber => Classes::only(source.part.name()),
        _ => Classes::of(source, &view),
    };
    Played { part: source.part, mapped: one, classes, name, level }
}

/// Returns whether the geometries of a collection can play a part.
fn fits(part: Part, one: &Mapped<'_>) -> bool {
    let dimensions: &[&str] = match part {
        Part::Road | Part::Path | Part::Rail => &["line"],
        Part::Place | Part::HouseNumber => &["point"],
        Part::Water => &["polygon", "line"],
        _ => &["polygon"],
    };
    one.geometry.is_some_and(|word| dimensions.contains(&word))
}
