//! The nouns for facilities, with plural and gender, from `kinds.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::catalog::Language;

/// The grammatical gender of a German noun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Gender {
    /// Der.
    #[serde(rename = "m")]
    Masculine,
    /// Die.
    #[serde(rename = "f")]
    Feminine,
    /// Das.
    #[serde(rename = "n")]
    Neuter,
}

/// A noun for facilities.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noun {
    /// The German singular.
    one: String,
    /// The German plural.
    many: String,
    gender: Gender,
    /// The English singular and plural.
    english: [String; 2],
    /// Other German spellings.
    #[serde(default)]
    also: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    kinds: Vec<Noun>,
}

static NOUNS: LazyLock<Vec<Noun>> = LazyLock::new(|| {
    toml::from_str::<File>(include_str!("kinds.toml")).map(|file| file.kinds).unwrap_or_default()
});

/// Returns the noun for a type, for a value of a column of types, or for a title.
pub fn find(text: &str) -> Option<&'static Noun> {
    let plain = |text: &str| text.to_lowercase().replace([' ', '-', '_'], "");
    // The brackets after a title contain the source.
    let wanted = plain(text.split(" (").next().unwrap_or(text));
    NOUNS.iter().find(|noun| {
        let spellings = [&noun.one, &noun.many].into_iter().chain(&noun.also);
        spellings.map(|spelling| plain(spelling)).any(|spelling| spelling == wanted)
    })
}

impl Noun {
    /// Returns the singular without an article.
    pub fn one(&self, language: Language) -> &str {
        let [one, _] = &self.english;
        if language == Language::German { &self.one } else { one }
    }

    /// Returns the plural without an article.
    pub fn many(&self, language: Language) -> &str {
        let [_, many] = &self.english;
        if language == Language::German { &self.many } else { many }
    }

    /// Returns the key of the gender in the texts.
    pub fn gender(&self) -> &'static str {
        match self.gender {
            Gender::Masculine => "m",
            Gender::Feminine => "f",
            Gender::Neuter => "n",
        }
    }

    /// Returns the singular in the dative. An adjective before the noun, as in "weiterführende
    /// Schule", is inflected.
    pub fn dative(&self, language: Language) -> String {
        let one = self.one(language);
        match (language, one.split_once(' ')) {
            (Language::German, Some((first, rest)))
                if first.ends_with('e') && first.chars().next().is_some_and(char::is_lowercase) =>
            {
                format!("{first}n {rest}")
            }
            _ => one.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::facility_types;

    #[test]
    fn every_shipped_type_has_a_noun_and_no_spelling_is_two() {
        for (id, kind) in facility_types::shipped() {
            assert!(find(&kind.title.de).is_some(), "{id}: {}", kind.title.de);
        }
        let mut spellings: Vec<String> = NOUNS
            .iter()
            .flat_map(|noun| [&noun.one, &noun.many].into_iter().chain(&noun.also))
            .map(|spelling| spelling.to_lowercase())
            .collect();
        spellings.sort();
        spellings.dedup_by(|left, right| left == right && left != "theater");
        let all: usize = NOUNS.iter().map(|noun| 2 + noun.also.len()).sum();
        assert_eq!(find("Kitas (OpenStreetMap)"), find("Kita"));
        assert_eq!(find("Trafohaus"), None);
        assert!(NOUNS.len() > 40 && spellings.len() + 2 >= all, "{} of {all}", spellings.len());
    }
}
