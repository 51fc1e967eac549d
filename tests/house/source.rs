//! Source files as the rules see them, and what the rules find in them.

use std::fmt;
use std::path::{Path, PathBuf};

use super::code::{is_of_a_word, without_comments_and_literals, without_tests};

/// A rule broken at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offence {
    pub file: String,
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}", self.file, self.line, self.what)
    }
}

/// A source file: its path below `src`, its text, and its code.
pub struct Source {
    pub path: String,
    pub text: String,
    /// The text without comments, the content of literals and test code: spaces stand in their
    /// place.
    pub code: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Source {
        let code = without_tests(&without_comments_and_literals(text));
        let code = if path.ends_with("tests.rs") { " ".repeat(text.len()) } else { code };
        assert_eq!(code.len(), text.len(), "{path}");
        Source { path: path.into(), text: text.into(), code }
    }

    pub fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    pub fn offence(&self, byte: usize, what: impl Into<String>) -> Offence {
        let line = self.text[..byte].matches('\n').count() + 1;
        Offence { file: self.path.clone(), line, what: what.into() }
    }

    /// Where `word` stands in the code as a whole word.
    pub fn words<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
            let before = self.code[..at].chars().next_back();
            let after = self.code[at + word.len()..].chars().next();
            ![before, after].into_iter().flatten().any(is_of_a_word)
        })
    }
}

/// Adds the Rust files in a folder and below to `found`.
pub fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}
