//! Texts for people, in German and English.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text for people, in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// The German text.
    pub de: String,
    /// The English text.
    pub en: String,
}

impl Words {
    /// Makes a text from what `say` returns for each language.
    pub fn both(say: impl Fn(Language) -> String) -> Words {
        Words { de: say(Language::German), en: say(Language::English) }
    }

    /// Returns the text in a language.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::German => &self.de,
            Language::English => &self.en,
        }
    }
}

/// The languages of texts for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// German, the default.
    #[default]
    German,
    /// English.
    English,
}

impl Language {
    /// Returns the language with this ISO 639 code.
    pub fn from_code(code: &str) -> Option<Language> {
        match code {
            "de" => Some(Language::German),
            "en" => Some(Language::English),
            _ => None,
        }
    }

    /// Returns the ISO 639 code, which is also the BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Language::German => "de",
            Language::English => "en",
        }
    }
}
