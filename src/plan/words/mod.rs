//! Texts for people in German and English, and numbers in the notation of each language.
//!
//! Each question has its own texts in its folder (`de.toml`, `en.toml`); those in this folder are
//! shared. A text has gaps in braces, which [`Lexicon::say`] fills.

pub mod kind;
pub mod kinds;
pub mod phrases;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Date;
use toml::{Table, Value};

use super::disclosure::Published;
use crate::catalog::{Language, Words};

/// Texts in both languages, by name.
#[derive(Debug, Default)]
pub struct Lexicon {
    german: BTreeMap<String, String>,
    english: BTreeMap<String, String>,
}

/// The texts that several questions use.
pub static SHARED: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::read(include_str!("de.toml"), include_str!("en.toml")));

impl Lexicon {
    /// Reads the texts of two TOML files. The name of a text consists of the names of its tables
    /// and its key, joined by points.
    pub fn read(german: &str, english: &str) -> Lexicon {
        Lexicon { german: texts(german), english: texts(english) }
    }

    /// Returns a text with its gaps filled; the name if there is no such text.
    pub fn say<T: AsRef<str>>(&self, language: Language, name: &str, gaps: &[(&str, T)]) -> String {
        let texts = if language == Language::German { &self.german } else { &self.english };
        let Some(text) = texts.get(name) else { return name.to_owned() };
        let mut said = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            let Some((gap, after)) = after.split_once('}') else { break };
            said.push_str(gaps.iter().find(|(name, _)| *name == gap).map_or("", |(_, text)| text.as_ref()));
            rest = after;
        }
        said + rest
    }

    /// Returns whether there is a text with this name.
    pub fn has(&self, language: Language, name: &str) -> bool {
        let texts = if language == Language::German { &self.german } else { &self.english };
        texts.contains_key(name)
    }

    /// Returns a text without gaps.
    pub fn text(&self, language: Language, name: &str) -> String {
        self.say::<&str>(language, name, &[])
    }

    /// Returns all texts whose name begins with `name`, by the rest of their names.
    pub fn below(&self, language: Language, name: &str) -> BTreeMap<String, String> {
        let texts = if language == Language::German { &self.german } else { &self.english };
        let own = |(key, text): (&String, &String)| {
            Some((key.strip_prefix(name)?.strip_prefix('.')?.to_owned(), text.clone()))
        };
        texts.iter().filter_map(own).collect()
    }

    /// Returns a text in both languages.
    pub fn both(&self, name: &str, gaps: impl Fn(Language) -> Vec<(&'static str, String)>) -> Words {
        Words::both(|language| self.say(language, name, &gaps(language)))
    }
}

fn texts(file: &str) -> BTreeMap<String, String> {
    fn walk(table: &Table, before: &str, texts: &mut BTreeMap<String, String>) {
        for (key, value) in table {
            let name = if before.is_empty() { key.clone() } else { format!("{before}.{key}") };
            match value {
                Value::String(text) => drop(texts.insert(name, text.clone())),
                Value::Table(inner) => walk(inner, &name, texts),
                _ => {}
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(&file.parse::<Table>().unwrap_or_default(), "", &mut all);
    all
}

/// Returns a number with separated thousands and at most `digits` digits after the decimal point.
/// Trailing zeros are left out.
///
/// ```
/// use veedel::catalog::Language;
/// use veedel::plan::words::number;
///
/// assert_eq!(number(1_044_555.3, 1, Language::German), "1.044.555,3");
/// assert_eq!(number(-1500.0, 1, Language::English), "−1,500");
/// ```
pub fn number(value: f64, digits: usize, language: Language) -> String {
    let (thousands, point) = if language == Language::German { ('.', ',') } else { (',', '.') };
    let text = format!("{:.digits$}", value.abs());
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let mut said = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            said.push(thousands);
        }
        said.push(digit);
    }
    let part = part.trim_end_matches('0');
    if !part.is_empty() {
        said.push(point);
        said.push_str(part);
    }
    let is_nothing = said.chars().all(|letter| !('1'..='9').contains(&letter));
    if value < 0.0 && !is_nothing { format!("−{said}") } else { said }
}

/// Returns a number of persons; `*` if it is suppressed.
pub fn persons(value: Published, language: Language) -> String {
    value.value().map_or_else(|| "*".into(), |value| number(value, 0, language))
}

/// Returns a share from 0 to 1 in tenths of a percent: "21,3 %" with a narrow no-break space in
/// German, and "21.3%" in English.
pub fn percent(share: Published, language: Language) -> String {
    let Some(share) = share.value() else { return "*".into() };
    let tenths = format!("{:.1}", share.abs() * 100.0);
    let sign = if share < 0.0 && tenths != "0.0" { "−" } else { "" };
    match language {
        Language::German => format!("{sign}{}\u{202f}%", tenths.replace('.', ",")),
        Language::English => format!("{sign}{tenths}%"),
    }
}

/// Returns a day such as "31.12.2012" or "31 December 2012".
pub fn day(date: Date, language: Language) -> String {
    match language {
        Language::German => date.strftime("%d.%m.%Y").to_string(),
        Language::English => date.strftime("%-d %B %Y").to_string(),
    }
}

/// Joins several texts, such as "a, b und c".
pub fn list(texts: &[String], language: Language) -> String {
    match texts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => SHARED.say(language, "and", &[("first", &first.join(", ")), ("last", last)]),
    }
}

/// Returns a text with a capital first letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// Returns a file name of lower-case letters, digits and hyphens.
pub fn file_name(parts: &[&str]) -> String {
    let mut name = String::new();
    for letter in parts.join("-").to_lowercase().chars() {
        match letter {
            'ä' => name.push_str("ae"),
            'ö' => name.push_str("oe"),
            'ü' => name.push_str("ue"),
            'ß' => name.push_str("ss"),
            letter if letter.is_ascii_alphanumeric() => name.push(letter),
            _ if name.ends_with('-') || name.is_empty() => {}
            _ => name.push('-'),
        }
    }
    let name: String = name.chars().take(100).collect();
    name.trim_end_matches('-').to_owned()
}

/// Returns a difference with its sign: "+13", "−321" or "±0".
pub fn signed(value: f64, digits: usize, language: Language) -> String {
    let text = number(value, digits, language);
    match text.as_str() {
        "0" => "±0".into(),
        _ if value > 0.0 => format!("+{text}"),
        _ => text,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Asserts that both languages have texts of the same names with the same gaps.
    pub fn assert_alike(lexicon: &Lexicon) {
        let names = |texts: &BTreeMap<String, String>| texts.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&lexicon.german), names(&lexicon.english));
        assert!(!lexicon.german.is_empty());
        let gaps = |text: &str| -> BTreeSet<String> {
            text.split('{')
                .skip(1)
                .filter_map(|rest| rest.split_once('}'))
                .map(|(gap, _)| gap.to_owned())
                .collect()
        };
        for (name, german) in &lexicon.german {
            assert_eq!(gaps(german), gaps(&lexicon.english[name]), "{name}");
        }
    }

    #[test]
    fn both_languages_say_the_same_things() {
        assert_alike(&SHARED);
    }

    #[test]
    fn numbers_are_written_as_the_language_has_them() {
        let (german, english) = (Language::German, Language::English);
        assert_eq!(number(1_044_555.0, 0, german), "1.044.555");
        assert_eq!(number(-999.6, 0, english), "−1,000");
        assert_eq!(number(-0.04, 1, german), "0");
        assert_eq!(number(134_097.88, 1, german), "134.097,9");
        assert_eq!(percent(Published::Value(0.213), german), "21,3\u{202f}%");
        assert_eq!(percent(Published::Value(0.955), english), "95.5%");
        assert_eq!(percent(Published::Suppressed, english), "*");
        assert_eq!(day(jiff::civil::date(2012, 12, 1), english), "1 December 2012");
        assert_eq!(list(&["a".into(), "b".into(), "c".into()], german), "a, b und c");
        assert_eq!(
            file_name(&["Grundschulen", "1000m", "Stadtteile", "2012-12-31"]),
            "grundschulen-1000m-stadtteile-2012-12-31"
        );
        assert_eq!(file_name(&["Spielplätze (OSM)", "../x\"", ""]), "spielplaetze-osm-x");
        assert_eq!(signed(0.0, 0, german), "±0");
        assert_eq!((signed(3.0, 0, german), signed(-3.0, 0, german)), ("+3".into(), "−3".into()));
    }
}
