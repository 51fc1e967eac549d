//! Finds what names and values mean, by the words of `styles/`.

use super::tables::TABLES;
use crate::catalog::Collection;
use crate::catalog::map_parts::Part;

/// The length from which on a word is also found at the end of a compound, such as "wald" in
/// "Stadtwald".
const COMPOUND: usize = 4;

/// Returns a text in lower case, with umlauts as two letters and without accents.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    text.chars().for_each(|letter| fold(letter, &mut plain));
    plain
}

/// Appends a letter as [`plain`] writes it.
pub fn fold(letter: char, word: &mut String) {
    for letter in letter.to_lowercase() {
        match letter {
            'ä' => word.push_str("ae"),
            'ö' => word.push_str("oe"),
            'ü' => word.push_str("ue"),
            'ß' => word.push_str("ss"),
            'é' | 'è' | 'ê' => word.push('e'),
            'á' | 'à' | 'â' => word.push('a'),
            other => word.push(other),
        }
    }
}

/// Returns the words of a text, after [`plain`].
fn words_of(plain: &str) -> impl Iterator<Item = &str> {
    plain.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Returns the part that the id or the title of a collection means.
pub fn part_of(collection: &Collection) -> Option<Part> {
    [&collection.short, &collection.title].into_iter().find_map(|name| part_named(name))
}

/// Returns the part that a name means.
fn part_named(name: &str) -> Option<Part> {
    let name = plain(name);
    let words: Vec<&str> = words_of(&name).collect();
    let fits = |pattern: &str| {
        let pattern = plain(pattern);
        let bare = pattern.trim_matches('*');
        let (open_start, open_end) = (pattern.starts_with('*'), pattern.ends_with('*'));
        let fits_word = |word: &&str| match (open_start, open_end) {
            (false, false) => *word == bare,
            (false, true) => word.starts_with(bare),
            (true, false) => word.ends_with(bare),
            (true, true) => word.contains(bare),
        };
        words.iter().any(fits_word) || name == bare
    };
    let row = TABLES.parts.iter().find(|row| row.words.iter().any(|word| fits(word)))?;
    Part::of(&row.part)
}

/// Returns the class whose words a value means, out of classes with their words: the whole value
/// before one of its words, and that before the end of a compound; of these the longest.
pub fn class_of<'a>(value: &str, classes: impl Iterator<Item = (&'a str, &'a [String])>) -> Option<&'a str> {
    let value = plain(value);
    let mut best: Option<((u8, usize), &str)> = None;
    for (class, words) in classes {
        for word in words {
            let word = plain(word);
            let kind = if value == word {
                3
            } else if words_of(&value).any(|own| own == word) {
                2
            } else if word.len() >= COMPOUND && words_of(&value).any(|own| own.ends_with(&word)) {
                1
            } else {
                continue;
            };
            let score = (kind, word.len());
            if best.is_none_or(|(before, _)| score > before) {
                best = Some((score, class));
            }
        }
    }
    best.map(|(_, class)| class)
}

/// The names of columns that hold a feature's class, in the order of preference.
const CLASS_COLUMNS: [&str; 18] = [
    "art",
    "highway",
    "railway",
    "landuse",
    "fclass",
    "klasse",
    "class",
    "typ",
    "type",
    "nutzung",
    "langname",
    "strassenart",
    "strassenklasse",
    "widmung",
    "kategorie",
    "category",
    "place",
    "objektart",
];

/// The names of columns that name a feature, in the order of preference.
const NAME_COLUMNS: [&str; 10] = [
    "name",
    "bezeichnung",
    "titel",
    "title",
    "label",
    "stra_name",
    "strassenname",
    "strasse",
    "street_name",
    "objektname",
];

/// The names of columns with a house number, in the order of preference.
const NUMBER_COLUMNS: [&str; 6] =
    ["hausnummer", "hausnr", "hnr", "housenumber", "addr_housenumber", "nummer"];

/// Returns the first of `names` that is a column of text of the collection at a visible position.
pub fn text_column(collection: &Collection, visible: &[usize], names: &[&str]) -> Option<String> {
    use crate::catalog::ColumnType::Text;
    let columns = || visible.iter().filter_map(|index| collection.columns.get(*index));
    let is_text =
        |name: &str| columns().find(|column| column.kind == Text && column.name.eq_ignore_ascii_case(name));
    names.iter().find_map(|name| is_text(name)).map(|column| column.name.clone())
}

/// Returns the column with the class of features, by its name.
pub fn class_column(collection: &Collection, visible: &[usize]) -> Option<String> {
    text_column(collection, visible, &CLASS_COLUMNS)
}

/// Returns the column with the name of features, by its name; the only one that ends with `_name`
/// if there is no better.
pub fn name_column(collection: &Collection, visible: &[usize]) -> Option<String> {
    text_column(collection, visible, &NAME_COLUMNS).or_else(|| {
        let mut ending = visible.iter().filter_map(|index| collection.columns.get(*index)).filter(|column| {
            column.name.to_lowercase().ends_with("_name") && column.kind == crate::catalog::ColumnType::Text
        });
        ending.next().filter(|_| ending.next().is_none()).map(|column| column.name.clone())
    })
}

/// Returns the column with house numbers, by its name.
pub fn number_column(collection: &Collection, visible: &[usize]) -> Option<String> {
    text_column(collection, visible, &NUMBER_COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_collections_mean_parts() {
        for (name, part) in [
            ("strassen", Some(Part::Road)),
            ("strassenabschnitt", Some(Part::Road)),
            ("wege", Some(Part::Road)),
            ("Gewässer", Some(Part::Water)),
            ("gebaeude", Some(Part::Building)),
            ("stadtviertel", Some(Part::Border)),
            ("stadtbezirk", Some(Part::Border)),
            ("adressen", Some(Part::HouseNumber)),
            ("gruenflaechen", Some(Part::Green)),
            ("bahn", Some(Part::Rail)),
            ("flaechen", Some(Part::Area)),
            ("schulen", None),
            ("kitas", None),
            ("spielplaetze", None),
            ("wasserwerke", None),
            ("parkplaetze", None),
            ("waldkindergarten", None),
        ] {
            assert_eq!(part_named(name), part, "{name}");
        }
    }

    #[test]
    fn values_mean_classes() {
        let areas = || TABLES.areas.iter().map(|row| (row.class.as_str(), row.words.as_slice()));
        for (value, class) in [
            ("Wasserfläche", Some("water")),
            ("Wohnbaufläche(zurückgestellt)", Some("built_up")),
            ("Fläche für die Forstwirtschaft (Erholungswald)", Some("wood")),
            ("Grünfläche mit tw. landwirtschaftl. Nutzung", Some("green")),
            ("Fläche für die Landwirtschaft", Some("farmland")),
            ("Gewerbefläche", Some("commercial")),
            ("Stadtwald", Some("wood")),
            ("forest", Some("wood")),
            ("Hochspannung", None),
        ] {
            assert_eq!(class_of(value, areas()), class, "{value}");
        }
        let roads = || TABLES.roads.iter().map(|row| (row.class.as_str(), row.words.as_slice()));
        for (value, class) in [
            ("motorway", Some("motorway")),
            ("Hauptstraße", Some("main")),
            ("Wohnstraße", Some("minor")),
            ("living_street", Some("minor")),
            ("Fußweg", Some("path")),
            ("Feldweg", Some("service")),
            ("Brücke", Some("main")),
        ] {
            assert_eq!(class_of(value, roads()), class, "{value}");
        }
    }
}
