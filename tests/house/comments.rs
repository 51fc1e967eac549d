//! Comments are narrow, a file says what it is about, and public items have a sentence.

use super::found;
use super::source::{Offence, Source};

/// The most columns of a line of a comment.
const MOST_COLUMNS: usize = 100;

/// The fewest words of the documentation of a public item.
const FEWEST_WORDS: usize = 3;

/// Comments are narrow enough to be read beside each other.
pub fn wide(source: &Source) -> Vec<Offence> {
    if source.path.ends_with("tests.rs") {
        return Vec::new();
    }
    let mut offences = Vec::new();
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let columns = line.trim_end().chars().count();
        if line.trim_start().starts_with("//") && columns > MOST_COLUMNS {
            offences.push(
                source.offence(at, format!("a comment of {columns} columns, more than {MOST_COLUMNS}")),
            );
        }
        at += line.len();
    }
    offences
}

/// A file says first what it is about.
pub fn heading(source: &Source) -> Vec<Offence> {
    if source.text.starts_with("//! ") {
        return Vec::new();
    }
    vec![source.offence(0, "a file begins with //! and what it is about")]
}

/// The documentation of a public item is a sentence: one or two words only repeat its name.
///
/// That it has any documentation is checked by the lint `missing_docs`.
pub fn short(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    let (mut words, mut start, mut at) = (None, 0, 0);
    for (line, code) in source.text.split_inclusive('\n').zip(source.code.split_inclusive('\n')) {
        if let Some(comment) = line.trim().strip_prefix("///") {
            start = if words.is_none() { at } else { start };
            words = Some(words.unwrap_or(0) + comment.split_whitespace().count());
        } else if !code.trim_start().starts_with("#[") {
            let is_public =
                code.trim_start().strip_prefix("pub").is_some_and(|rest| rest.starts_with([' ', '(']));
            if let Some(count) = words.take().filter(|count| is_public && *count < FEWEST_WORDS) {
                let what = format!("documentation of {count} words, fewer than {FEWEST_WORDS}");
                offences.push(source.offence(start, what));
            }
        }
        at += line.len();
    }
    offences
}

#[test]
fn wide_comments_are_found() {
    for mark in ["//", "///", "    //!"] {
        let comment = |columns: usize| format!("{mark} {}", "ß".repeat(columns - mark.len() - 1));
        assert_eq!(found("geo/a.rs", &format!("{}\nfn f() {{}}", comment(MOST_COLUMNS))), [""; 0]);
        let wide = comment(MOST_COLUMNS + 1);
        assert_eq!(found("geo/a.rs", &wide), ["2: a comment of 101 columns, more than 100"], "{wide}");
        assert_eq!(found("geo/tests.rs", &wide), [""; 0]);
    }
    assert_eq!(found("geo/a.rs", &format!("let a = \"{}\";", "a".repeat(MOST_COLUMNS))), [""; 0]);
}

#[test]
fn files_without_a_heading_are_found() {
    assert_eq!(heading(&Source::new("geo/a.rs", "use std::fmt;\n")).len(), 1);
    assert_eq!(heading(&Source::new("geo/a.rs", "//! A file.\n")), []);
}

#[test]
fn documentation_of_one_or_two_words_is_found() {
    for item in
        ["pub fn f() {}", "pub(super) const A: u8 = 1;", "#[derive(Debug)]\n#[allow(b)]\npub struct A;"]
    {
        for words in ["It.", "The item."] {
            let count = words.split(' ').count();
            assert_eq!(
                found("geo/a.rs", &format!("const B: u8 = 1;\n/// {words}\n{item}")),
                [format!("3: documentation of {count} words, fewer than 3")],
                "{item}"
            );
        }
        for text in
            ["/// What it is.", "/// It\n/// is so.", "/// It.\n///\n/// # Errors\n///\n/// Never.", ""]
        {
            assert_eq!(found("geo/a.rs", &format!("{text}\n{item}")), [""; 0], "{text} {item}");
        }
    }
    let field = "pub struct A {\n    /// Its name.\n    pub b: u8,\n}";
    assert_eq!(found("geo/a.rs", field), ["3: documentation of 2 words, fewer than 3"]);
    for text in
        ["/// The item.\nfn f() {}", "#[cfg(test)]\nmod tests {\n    /// The item.\n    pub fn f() {}\n}"]
    {
        assert_eq!(found("geo/a.rs", text), [""; 0], "{text}");
    }
}

#[test]
fn public_items_must_be_documented() {
    let lib = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
    assert!(std::fs::read_to_string(lib).unwrap().lines().any(|line| line == "#![deny(missing_docs)]"));
}
