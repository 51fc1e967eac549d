//! A fault of the configuration: its position, what is wrong, and what to do about it.
//!
//! Everything that a fault quotes from the file goes through [`shown`], so that no message contains
//! a password.

use std::fmt;
use std::ops::Range;

/// A fault of the configuration, or a warning about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file as it was named, or the argument of the command line.
    pub file: String,
    /// The number of the line, from 1; 0 if the fault has no position in a file.
    pub line: usize,
    /// The column in characters, from 1; 0 if the fault has no position in a file.
    pub column: usize,
    /// What is wrong, in one sentence without credentials.
    pub what: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl Fault {
    /// Makes a fault of a whole file or of an argument.
    pub fn of(file: impl Into<String>, what: impl Into<String>, hint: impl Into<String>) -> Fault {
        Fault { file: file.into(), line: 0, column: 0, what: what.into(), hint: hint.into() }
    }

    /// Returns the fault at another position.
    pub fn at(self, position: &FilePosition) -> Fault {
        Fault { file: position.file.clone(), line: position.line, column: position.column, ..self }
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

/// What is wrong with a value, before the position of the value is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong, in one sentence.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

impl Wrong {
    /// Makes a value of what is wrong and what to do about it.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Wrong {
        Wrong { what: what.into(), hint: hint.into() }
    }

    /// Returns the fault at a position in a file.
    pub fn at(self, position: &FilePosition) -> Fault {
        Fault::of("", self.what, self.hint).at(position)
    }

    /// Returns the fault of an argument.
    pub fn of(self, argument: impl Into<String>) -> Fault {
        Fault::of(argument, self.what, self.hint)
    }
}

/// A position in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePosition {
    /// The file as it was named, or the argument of the command line.
    pub file: String,
    /// The number of the line, from 1; 0 for the whole file.
    pub line: usize,
    /// The column in characters, from 1; 0 for the whole file.
    pub column: usize,
}

/// Returns the line and the column of a byte of `text`, both from 1. A byte beyond the end has the
/// position of the end.
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let end = (0..=byte.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    let before = text.get(..end).unwrap_or_default();
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// Returns the position where a span of `text` begins.
pub fn position(file: &str, text: &str, span: &Range<usize>) -> FilePosition {
    let (line, column) = line_and_column(text, span.start);
    FilePosition { file: file.into(), line, column }
}

/// Returns a text of the configuration as a message may quote it: shortened, on one line, and
/// without possible credentials. Of what may be a connection, only the scheme remains.
pub fn shown(text: &str) -> String {
    // The text before a :// further on is no scheme, and may be the credential.
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

/// Returns whether the text may be (a part of) a connection with a password: a URL that is not http
/// or https, `user:password@host`, or libpq's `password=…`.
fn may_hold_a_credential(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let is_of_the_web = text.starts_with("http://") || text.starts_with("https://");
    let is_keyword = text.split("password").skip(1).any(|rest| rest.trim_start().starts_with(['=', ':']));
    text.contains('@') || is_keyword || (text.contains("://") && !is_of_the_web)
}

/// Returns the known name that is most similar to `unknown`, if any is similar.
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

/// Returns the Levenshtein distance (Levenshtein 1966) of the first 64 characters: the least number
/// of insertions, deletions and replacements.
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
        let positioned = fault.at(&FilePosition { file: "a.toml".into(), line: 3, column: 1 });
        assert_eq!(positioned.to_string(), "a.toml:3:1: unknown key \"lisen\" (did you mean \"listen\"?)");
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
