//! Makes names that need no quotation marks in SQL, in addresses and in files.

use std::collections::BTreeSet;

/// The maximum length of a name. PostgreSQL allows 63 bytes, and the names of indexes and sequences
/// contain that of their table.
const LONGEST: usize = 48;
/// The names of PostgreSQL's system columns.
const OF_POSTGRESQL: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
/// Parts of a file's name that only say its format, before the extension: `schulen.arcgis.json`.
const FORMAT_WORDS: [&str; 6] = ["arcgis", "osm", "geo", "esri", "csv", "topo"];

/// Returns `text` in lower case, reduced to letters, digits and underscores: `Straßen-Abschnitt 2`
/// becomes `strassen_abschnitt_2`. The result may be empty.
pub fn usable(text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => name.push(letter),
            _ => match transliterated(letter) {
                Some(letters) => name.push_str(letters),
                // A combining accent belongs to the letter before it.
                None if ('\u{300}'..='\u{36f}').contains(&letter) => {}
                None if !name.is_empty() && !name.ends_with('_') => name.push('_'),
                None => {}
            },
        }
    }
    name.truncate(LONGEST);
    name.trim_end_matches('_').to_owned()
}

fn transliterated(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ä' | 'æ' => "ae",
        'ö' | 'œ' | 'ø' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' | 'ă' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ő' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' => "s",
        'ù' | 'ú' | 'û' | 'ű' | 'ů' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ğ' => "g",
        _ => return None,
    })
}

/// Returns the name of a layer: that of the file without its extension, followed by the layer's own
/// name if there are several.
pub fn of_layer(file: &str, layer: Option<&str>) -> String {
    let mut stem = file;
    for ending in [".gz", ".zip"] {
        stem = cut(stem, ending);
    }
    stem = stem.rsplit_once('.').map_or(stem, |(before, _)| before);
    for word in FORMAT_WORDS {
        stem = cut(stem, &format!(".{word}"));
    }
    let file = usable(stem);
    let name = match layer.map(usable) {
        Some(layer) if !layer.is_empty() && !layer.starts_with(&file) => usable(&format!("{file}_{layer}")),
        Some(layer) if !layer.is_empty() => layer,
        _ => file,
    };
    if name.is_empty() { "layer".into() } else { name }
}

fn cut<'a>(text: &'a str, ending: &str) -> &'a str {
    let at = text.len().saturating_sub(ending.len());
    match text.get(at..) {
        Some(last) if at > 0 && last.eq_ignore_ascii_case(ending) => text.get(..at).unwrap_or(text),
        _ => text,
    }
}

/// Returns usable names for columns, all different from each other, from `taken` and from
/// PostgreSQL's system columns.
pub fn of_columns<'a>(names: impl Iterator<Item = &'a str>, taken: &[&str]) -> Vec<String> {
    let mut used: BTreeSet<String> =
        taken.iter().chain(&OF_POSTGRESQL).map(|&name| name.to_owned()).collect();
    let mut all = Vec::new();
    for (name, number) in names.zip(1..) {
        let base = match usable(name) {
            empty if empty.is_empty() => format!("column_{number}"),
            // Such a name would need quotation marks in SQL.
            digit if digit.starts_with(|first: char| first.is_ascii_digit()) => format!("_{digit}"),
            name => name,
        };
        let mut name = base.clone();
        let mut next = 2;
        while used.contains(&name) {
            name = format!("{base}_{next}");
            next += 1;
        }
        used.insert(name.clone());
        all.push(name);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_need_no_quotation_marks() {
        for (text, expected) in [
            ("schulen-in-koeln", "schulen_in_koeln"),
            ("Straßen Abschnitt (2)", "strassen_abschnitt_2"),
            ("ÄÖÜ", "aeoeue"),
            ("Cafe\u{301}", "cafe"),
            ("HSNR_V_L", "hsnr_v_l"),
            ("  ", ""),
            ("日本", ""),
        ] {
            assert_eq!(usable(text), expected, "{text}");
        }
    }

    #[test]
    fn layers_are_named_after_their_file() {
        for (file, layer, expected) in [
            ("schulen-in-koeln.arcgis.json", None, "schulen_in_koeln"),
            ("verkehrsbelastung-2013-02.csv.gz", None, "verkehrsbelastung_2013_02"),
            ("bayreuth-nord.osm.gz", Some("points"), "bayreuth_nord_points"),
            ("heidelberg.osm.pbf", Some("lines"), "heidelberg_lines"),
            ("a.gpkg", Some("a_points"), "a_points"),
            (".shp", None, "layer"),
            ("Ä.zip", None, "ae"),
        ] {
            assert_eq!(of_layer(file, layer), expected, "{file}");
        }
    }

    #[test]
    fn columns_are_named_apart() {
        let names = of_columns(["Name", "NAME", "name_2", "", "2012", "geom"].into_iter(), &["geom"]);
        assert_eq!(names, ["name", "name_2", "name_2_2", "column_4", "_2012", "geom_2"]);
        assert_eq!(of_columns(["xmin", "CTID", "oid"].into_iter(), &[]), ["xmin_2", "ctid_2", "oid"]);
    }

    proptest! {
        #[test]
        fn every_name_is_usable_and_stays(text in ".{0,80}") {
            let name = usable(&text);
            prop_assert!(name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')));
            prop_assert!(name.len() <= LONGEST);
            prop_assert_eq!(usable(&name), name.clone());
        }

        #[test]
        fn every_column_has_a_name_of_its_own(names in prop::collection::vec("[aA_ ]{0,3}", 0..20)) {
            let mut all = of_columns(names.iter().map(String::as_str), &["geom"]);
            prop_assert_eq!(all.len(), names.len());
            all.sort();
            all.dedup();
            prop_assert_eq!(all.len(), names.len());
        }
    }
}
