//! Texts for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text for people, in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// German.
    pub de: String,
    /// English.
    pub en: String,
}

impl Words {
    /// What `say` says in each language.
    pub fn both(say: impl Fn(Language) -> String) -> Words {
        Words { de: say(Language::German), en: say(Language::English) }
    }

    /// The text in a language.
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
    /// German, the first.
    #[default]
    German,
    /// English.
    English,
}

impl Language {
    /// The language of a code of ISO 639.
    pub fn from_code(code: &str) -> Option<Language> {
        match code {
            "de" => Some(Language::German),
            "en" => Some(Language::English),
            _ => None,
        }
    }

    /// Its code in ISO 639, which is its BCP 47 tag too.
    pub fn tag(self) -> &'static str {
        match self {
            Language::German => "de",
            Language::English => "en",
        }
    }
}
