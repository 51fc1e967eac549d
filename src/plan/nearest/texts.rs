//! The texts of the question in German and English.

use std::sync::LazyLock;

use crate::plan::words::Lexicon;

/// The texts of `de.toml` and `en.toml` in this folder.
pub(in crate::plan) static WORDS: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::read(include_str!("de.toml"), include_str!("en.toml")));
