//! Texts for people, in both languages.

use crate::catalog::Language;

/// A text in German and in English.
pub type Words = [&'static str; 2];

/// Returns the text in one language.
pub fn said(words: Words, language: Language) -> &'static str {
    let [german, english] = words;
    if language == Language::German { german } else { english }
}
