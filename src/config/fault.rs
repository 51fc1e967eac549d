//! What is wrong with a configuration: where, what, and what to do about it.
//!
//! Whatever a fault repeats from the file goes through [`shown`], so that no password gets into a
//! message.

use std::fmt;
use std::ops::Range;

/// One fault of the configuration, or a warning about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file as it was named, or the argument of the command line.
    pub file: String,
    /// The line, from 1; 0 where the fault has no place in a file.
    pub line: usize,
    /// The column in characters, from 1; 0 where the fault has no place in a file.
    pub column: usize,
    /// One sentence without credentials.
    pub what: String,
    /// What to do about it; empty where there is nothing to say.
    pub hint: String,
}

impl Fault {
    /// A fault of a whole file or of an argument.
    pub fn of(file: impl Into<String>, what: impl Into<String>, hint: impl Into<String>) -> Fault {
        Fault { file: file.into(), line: 0, column: 0, what: what.into(), hint: hint.into() }
    }

    /// The fault at another place.
    pub fn at(self, place: &Place) -> Fault {
        Fault { file: place.file.clone(), line: place.line, column: place.column, ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what)?,
            line => write!(f, "{}:{line}:{}: {}", self.file, self.column, self.what)?,
        }
        match self.hint.as_str() {
            "" => Ok(()),
            hint => write!(f, " ({hint})"),
        }
    }
}

/// What is wrong with a value, before it is known where the value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The fault's sentence.
    pub what: String,
    /// The fault's hint.
    pub hint: String,
}

impl Wrong {
    /// What is wrong, and what to do about it.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Wrong {
        Wrong { what: what.into(), hint: hint.into() }
    }

    /// The fault at a place of a file.
    pub fn at(self, place: &Place) -> Fault {
        Fault::of("", self.what, self.hint).at(place)
    }

    /// The fault of an argument.
    pub fn of(self, argument: impl Into<String>) -> Fault {
        Fault::of(argument, self.what, self.hint)
    }
}

/// A place in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named, or the argument of the command line.
    pub file: String,
    /// The line, from 1; 0 for the whole file.
    pub line: usize,
    /// The column in characters, from 1; 0 for the whole file.
    pub column: usize,
}

/// The line and column of a byte of `text`, both from 1; past the end is the end.
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let end = (0..=byte.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    let before = text.get(..end).unwrap_or_default();
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// The place where a span of `text` begins.
pub fn place(file: &str, text: &str, span: &Range<usize>) -> Place {
    let (line, column) = line_and_column(text, span.start);
    Place { file: file.into(), line, column }
}

/// Words of the configuration as a message may repeat them: short, on one line, and without what
/// may be a credential: of what may be a connection only the scheme is left.
pub fn shown(text: &str) -> String {
    // What stands before a :// further on is no scheme, and may be the credential.
    let is_scheme = |text: &&str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let scheme = text.split_once("://").map(|(scheme, _)| scheme).filter(is_scheme);
    let concealed = match (may_hold_a_credential(text), scheme) {
        (false, _) => text.into(),
        (true, Some(scheme)) => format!("{scheme}://…"),
        (true, None) => "…".into(),
    };
    let short: String = concealed.chars().take(60).collect();
    let ellipsis = if short.len() < concealed.len() { "…" } else { "" };
    format!("\"{}{ellipsis}\"", short.escape_debug())
}

/// Whether the text could be (part of) a connection with a password: a URL that is none of the web,
/// `user:password@host`, or libpq's `password=…`.
fn may_hold_a_credential(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let is_of_the_web = text.starts_with("http://") || text.starts_with("https://");
    let is_keyword = text.split("password").skip(1).any(|rest| rest.trim_start().starts_with(['=', ':']));
    text.contains('@') || is_keyword || (text.contains("://") && !is_of_the_web)
}

/// The known name that `unknown` most resembles, if any does.
pub fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let unknown = unknown.to_lowercase();
    let allowed = ((unknown.chars().count() + 1) / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|name| (distance(&unknown, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein's distance in characters, of the first 64: insertions, deletions and replacements.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().take(64).enumerate() {
        let mut next = vec![i + 1];
        for ((to, above), diagonal) in b.iter().zip(row.iter().skip(1)).zip(&row) {
            let replaced = diagonal + usize::from(from != *to);
            let left = next.last().copied().unwrap_or_default();
            next.push(replaced.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_fault_reads_as_file_line_column_what_and_hint() {
        let fault = Fault::of("veedel.toml", "unknown key \"lisen\"", "did you mean \"listen\"?");
        assert_eq!(fault.to_string(), "veedel.toml: unknown key \"lisen\" (did you mean \"listen\"?)");
        let placed = fault.at(&Place { file: "a.toml".into(), line: 3, column: 1 });
        assert_eq!(placed.to_string(), "a.toml:3:1: unknown key \"lisen\" (did you mean \"listen\"?)");
        assert_eq!(Fault::of("a.toml", "is gone", "").to_string(), "a.toml: is gone");
    }

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let text = "äöü = 1\r\nb\n";
        assert_eq!(line_and_column(text, 0), (1, 1));
        assert_eq!(line_and_column(text, 7), (1, 5));
        assert_eq!(line_and_column(text, 12), (2, 1));
        assert_eq!(line_and_column(text, 999), (3, 1));
        assert_eq!(line_and_column("", 0), (1, 1));
    }

    #[test]
    fn distances_are_levenshteins() {
        for (a, b, expected) in [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("key", "key", 0)] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
        assert_eq!(nearest("lisen", ["listen", "limits"]), Some("listen"));
        assert_eq!(nearest("Title", ["title"]), Some("title"));
        assert_eq!(nearest("colour", ["listen", "limits"]), None);
    }

    #[test]
    fn what_may_be_a_credential_is_not_shown() {
        for text in
            ["postgresql://u:canary@h/d", "u:canary@h", "host=h PASSWORD = canary", "http://u:canary@h"]
        {
            assert!(!shown(text).contains("canary"), "{}", shown(text));
        }
        assert_eq!(shown("/srv/passau"), "\"/srv/passau\"");
        assert_eq!(shown("http://h/?a"), "\"http://h/?a\"");
        assert_eq!(shown("12\n"), "\"12\\n\"");
        assert_eq!(shown("postgresql://u:canary@h/d"), "\"postgresql://…\"");
    }

    proptest! {
        #[test]
        fn no_text_and_no_place_breaks_a_message(text: String, byte in 0_usize..200) {
            let (line, column) = line_and_column(&text, byte);
            prop_assert!(line >= 1 && column >= 1);
            prop_assert!(!shown(&text).contains('\n'));
            prop_assert_eq!(distance(&text, &text), 0);
        }
    }
}
