//! The texts of this question.

use std::sync::LazyLock;

use crate::plan::words::Lexicon;

/// The texts of this question.
pub(in crate::plan) static WORDS: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::read(include_str!("de.toml"), include_str!("en.toml")));
