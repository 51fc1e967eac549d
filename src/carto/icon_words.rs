//! Words that an icon stands for, to choose one for a collection or a value by its name.
//!
//! The words are data, in `styles/icons.toml`. In German the last part of a compound says what the
//! thing is: a "Stadtbibliothek" is a library, and a "Badstraße" no pool. So a word counts if it is
//! a whole word of the text or the last part of one. A part such as "Standort" says nothing by
//! itself, and the part before it counts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::words::fold;

/// The least length of a word that may be the last part of a compound, or have an ending. Shorter
/// ones end many others by chance.
const SHORTEST: usize = 5;

/// The maximum number of characters of a text that are looked at. Names are shorter.
const LONGEST: usize = 200;

/// The endings of plurals and cases.
const ENDINGS: [&str; 7] = ["", "e", "n", "en", "er", "s", "es"];

/// The file, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The words of each icon.
    icons: BTreeMap<String, Vec<String>>,
    /// Words that would be taken for others.
    none: Vec<String>,
    /// Last parts of compounds that say nothing by themselves.
    neutral: Vec<String>,
}

/// The words, folded.
struct Words {
    /// Each with its icon; None if it has none.
    known: Vec<(Vec<String>, Option<&'static str>)>,
    neutral: Vec<String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let Ok(table) = toml::from_str::<Table>(include_str!("../../styles/icons.toml")) else {
        return Words { known: vec![], neutral: vec![] };
    };
    let mut known: Vec<(Vec<String>, Option<&'static str>)> = vec![];
    for (icon, words) in table.icons {
        let icon: &'static str = icon.leak();
        known.extend(words.iter().map(|word| (split(word), Some(icon))));
    }
    known.extend(table.none.iter().map(|word| (split(word), None)));
    // The longest word that matches counts.
    known.sort_by_key(|(words, _)| std::cmp::Reverse(words.iter().map(String::len).sum::<usize>()));
    Words { known, neutral: table.neutral.iter().flat_map(|word| split(word)).collect() }
});

/// Returns the name of the icon for a text: the id or title of a collection, or a value of a
/// category. None if no word of it is known.
pub fn icon_for(text: &str) -> Option<&'static str> {
    let words = split(text);
    for at in 0..words.len() {
        let here = words.get(at..).unwrap_or_default();
        let stems = here.first().map(|word| stems(word)).unwrap_or_default();
        let found = WORDS.known.iter().find(|(known, _)| begins_with(here, &stems, known));
        if let Some((_, icon)) = found {
            return *icon;
        }
    }
    None
}

/// Whether the text begins with these words, the last of which may have an ending, and if there is
/// one only, be the last part of a compound.
fn begins_with(text: &[String], stems: &[&str], known: &[String]) -> bool {
    let Some((last, before)) = known.split_last() else { return false };
    let Some(word) = text.get(before.len()) else { return false };
    text.starts_with(before) && (is_form(word, last) || before.is_empty() && is_compound(stems, last))
}

/// Whether `word` is `known` with or without an ending.
fn is_form(word: &str, known: &str) -> bool {
    match word.strip_prefix(known) {
        Some("") => true,
        Some(ending) => known.len() >= SHORTEST && ENDINGS.contains(&ending),
        None => false,
    }
}

/// Returns a word, and what is left of it when its last parts that say nothing are taken away one
/// after the other: "schulstandort" and "schul".
fn stems(word: &str) -> Vec<&str> {
    let mut stems = vec![word];
    while let Some(last) = stems.last()
        && let Some(specific) = WORDS.neutral.iter().find_map(|neutral| without(last, neutral))
    {
        stems.push(specific);
    }
    stems
}

/// Whether `known` is the last part of a compound, or the part before neutral ones. The compound is
/// given as its [`stems`].
fn is_compound(stems: &[&str], known: &str) -> bool {
    // "Schulstandort", where the whole word is "Schule".
    let is_stem = |specific: &&str| {
        known.len() > SHORTEST && known.strip_suffix('e') == Some(*specific) || is_form(specific, known)
    };
    let ends_so = |word: &&str| known.len() >= SHORTEST && without(word, known).is_some();
    stems.iter().skip(1).any(is_stem) || stems.last().is_some_and(ends_so)
}

/// Returns the part of a compound before its last part, which may have an ending.
fn without<'a>(word: &'a str, last: &str) -> Option<&'a str> {
    let parts = ENDINGS.into_iter().filter_map(|ending| word.strip_suffix(ending)?.strip_suffix(last));
    parts.into_iter().find(|before| !before.is_empty())
}

/// Splits a text into words without capitals and umlauts. A hyphen joins the parts of a compound.
fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in text.chars().take(LONGEST) {
        let begins = letter.is_uppercase() && before.is_lowercase();
        match (letter.is_alphanumeric(), words.last_mut()) {
            (true, Some(word)) if !begins => fold(letter, word),
            (true, _) => {
                let mut word = String::new();
                fold(letter, &mut word);
                words.push(word);
            }
            (false, _) if letter == '-' && before.is_alphanumeric() => {}
            (false, _) => words.push(String::new()),
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::icons;
    use super::*;

    #[test]
    fn values_of_a_city_have_their_icons() {
        for (text, icon) in [
            ("Kindereinrichtung", "kita"),
            ("Schule", "schule"),
            ("Spielplatz", "spielplatz"),
            ("Sportplatz", "sportplatz"),
            ("Jugendeinrichtung", "jugendeinrichtung"),
            ("Sporthalle", "sporthalle"),
            ("Alteneinrichtung", "pflegeheim"),
            ("Bad", "schwimmbad"),
            ("Krankenhaus", "krankenhaus"),
            ("Kirche", "kirche"),
            ("museum_theater", "museum"),
            ("Verwaltung", "rathaus"),
            ("Post", "post"),
            ("Feuerwehr", "feuerwehr"),
            ("Feuerwache 5", "feuerwehr"),
            ("Stadtbücherei", "bibliothek"),
            ("stadtbuechereien", "bibliothek"),
            ("Büchereien", "bibliothek"),
            ("Zentralbibliothek", "bibliothek"),
            ("library", "bibliothek"),
            ("public libraries", "bibliothek"),
            ("Kitas in Köln", "kita"),
            ("kita_standorte", "kita"),
            ("Schulstandorte", "schule"),
            ("schulen", "schule"),
            ("Schulen der Stadt", "schule"),
            ("Heinrich-Heine-Gesamtschule", "sekundarstufe-2"),
            ("Gemeinschaftsgrundschule", "grundschule"),
            ("Grundschulen", "grundschule"),
            ("Berufskolleg", "berufsschule"),
            ("Förderschulen", "foerderschule"),
            ("Musikschule", "musikschule"),
            ("Hochschule", "hochschule"),
            ("Universität zu Köln", "hochschule"),
            ("Freibäder", "schwimmbad"),
            ("Hallenbad", "schwimmbad"),
            ("swimming pool", "schwimmbad"),
            ("Spielplätze", "spielplatz"),
            ("playgrounds", "spielplatz"),
            ("Spielplatzflächen", "spielplatz"),
            ("Seniorenheim", "pflegeheim"),
            ("Apotheken", "apotheke"),
            ("Hausärzte", "arzt"),
            ("doctors", "arzt"),
            ("fire stations", "feuerwehr"),
            ("FireStations", "feuerwehr"),
            ("Polizeiwache", "polizei"),
            ("Wahllokale", "wahllokal"),
            ("öffentliche Toiletten", "toilette"),
            ("Wochenmärkte", "markt"),
            ("Supermarkt", "supermarkt"),
            ("Bushaltestellen", "bushaltestelle"),
            ("Stadtbahn-Haltestellen", "strassenbahn"),
            ("Hauptbahnhof", "bahnhof"),
            ("U-Bahnhof", "bahnhof"),
            ("Trinkwasserbrunnen", "trinkwasser"),
            ("Parkhäuser", "parkplatz"),
            ("Friedhöfe", "friedhof"),
            ("Denkmäler", "denkmal"),
            ("Defibrillatoren", "defibrillator"),
            ("AED", "defibrillator"),
            ("Jugendzentrum", "jugendeinrichtung"),
            ("youth centre", "jugendeinrichtung"),
        ] {
            assert_eq!(icon_for(text), Some(icon), "{text}");
        }
    }

    #[test]
    fn false_friends_have_none() {
        for text in [
            "",
            " - ",
            "Badstraße",
            "Baden-Baden",
            "Bad Godesberg",
            "Postleitzahl",
            "Postleitzahlgebiete",
            "postal code",
            "Posten",
            "Schulträger",
            "Schulbezirke",
            "Kita-Träger",
            "Kirchweg",
            "Kirchheim",
            "Marktstraße",
            "Arbeitsmarkt",
            "Baumschule",
            "Baumarkt",
            "Rathausplatz",
            "Museumsufer",
            "Theaterstraße",
            "Bankverbindung",
            "Stadtbezirke",
            "Gebäude",
            "Straßen",
            "Einwohner",
            "school district",
            "Parkbank",
            "Parkett",
            "Schulden",
            "Krankenhausbettenplan",
            "Standorte",
        ] {
            let expected = if text == "Parkbank" { Some("sitzbank") } else { None };
            assert_eq!(icon_for(text), expected, "{text}");
        }
    }

    #[test]
    fn every_icon_has_words_and_every_word_an_icon() {
        let table: Table = toml::from_str(include_str!("../../styles/icons.toml")).unwrap();
        let named: BTreeSet<&str> = table.icons.keys().map(String::as_str).collect();
        let drawn: BTreeSet<&str> = icons::names().collect();
        assert_eq!(named, drawn);
        for (icon, words) in &table.icons {
            assert!(!words.is_empty(), "{icon}");
            for word in words {
                assert_eq!(icon_for(word), Some(icon.as_str()), "{word}");
            }
        }
        for word in &table.none {
            assert_eq!(icon_for(word), None, "{word}");
        }
    }

    #[test]
    fn any_text_is_read() {
        for text in [
            "\u{0}",
            "ßẞ",
            "İstanbul",
            "Ωmega",
            "a-b--c-",
            "🏫",
            "----",
            &"schule".repeat(10_000),
            &"punkt".repeat(100_000),
        ] {
            let _ = icon_for(text);
        }
        assert_eq!(
            split("Groß-Gerau ÖPNV/U-Bahn kitaPlaetze"),
            ["grossgerau", "oepnv", "ubahn", "kita", "plaetze"]
        );
    }
}
