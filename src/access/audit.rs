//! The record of what must be known later: exact statistics, keys, rules, refused credentials and
//! the operator's requests. Each line names the line before it by its SHA-256, so that no line can
//! be changed or taken out unseen, but from the end.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// What the first line of all names.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Requests were refused because their credentials are no key in force.
    Denied,
    /// An answer with exact numbers of persons was given.
    ExactStatistics,
    /// A key was made.
    KeyAdded,
    /// A key was revoked.
    KeyRevoked,
    /// Other rules are in force than before.
    Rules,
    /// The operator asked something of the running server.
    Operator,
}

/// An entry of the record. It has no name of a person, no text of a request and no place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it happened (UTC).
    pub at: Timestamp,
    /// What kind of event it was.
    pub what: What,
    /// What it was about: a question, a route, a key's prefix, or the SHA-256 of rules.
    pub on: String,
    /// The roles of the caller, or of the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The prefix of the caller's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// How many equal ones it stands for; None for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

impl Entry {
    /// Creates an entry of this moment.
    pub fn now(what: What, on: impl Into<String>) -> Entry {
        let (on, roles) = (on.into(), vec![]);
        Entry { at: Timestamp::now(), what, on, roles, key: None, request: None, count: None }
    }

    /// Returns the line of the entry, without its end. `before` is the hash of the line before.
    ///
    /// # Errors
    ///
    /// Fails with an internal error if the entry cannot be serialized.
    pub fn line(&self, before: &str) -> Result<String> {
        let line = Line { entry: self.clone(), before: before.to_owned() };
        serde_json::to_string(&line)
            .map_err(|fault| Error::internal("an entry cannot be written").because(fault))
    }
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    entry: Entry,
    before: String,
}

/// Returns the SHA-256 of a line or of rules, in hexadecimal digits.
pub fn hash(text: &[u8]) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a verified segment holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its entries in their order.
    pub entries: Vec<Entry>,
    /// The hash that its first line names.
    pub before: String,
    /// The hash of its last line.
    pub last: String,
}

impl Segment {
    /// Returns the entries with their lines.
    pub fn lines(&self) -> impl Iterator<Item = (&Entry, String)> {
        let mut before = self.before.clone();
        self.entries.iter().map(move |entry| {
            let line = entry.line(&before).unwrap_or_default();
            before = hash(line.as_bytes());
            (entry, line)
        })
    }

    /// Whether a line has this hash.
    pub fn has(&self, head: &str) -> bool {
        self.lines().any(|(_, line)| hash(line.as_bytes()) == head)
    }
}

/// Where a record breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The number of the line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: &'static str,
}

/// Checks the lines of a segment. `before` is the hash of the line before its first; None if the
/// segment before was deleted.
///
/// # Errors
///
/// Returns the first line that is no entry, or that names another line than the one before it.
pub fn verify(text: &[u8], before: Option<&str>) -> std::result::Result<Segment, Break> {
    let mut segment = Segment { entries: vec![], before: String::new(), last: String::new() };
    let mut expected = before.map(str::to_owned);
    let is_whole = text.ends_with(b"\n");
    let lines: Vec<&[u8]> = text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n').collect();
    for (index, line) in lines.iter().enumerate() {
        let line_number = index + 1;
        let fault = |what| Err(Break { line: line_number, what });
        let Ok(Line { entry, before }) = serde_json::from_slice(line) else {
            return fault("is no entry: it was cut off or changed");
        };
        // An entry is written in one way, so a line that reads the same is the same.
        if entry.line(&before).ok().as_deref().map(str::as_bytes) != Some(line) {
            return fault("is not as it was written");
        }
        if expected.as_ref().is_some_and(|expected| *expected != before) {
            return fault("names another line before it: that one was changed, or lines are missing");
        }
        if index == 0 {
            segment.before = before;
        }
        segment.last = hash(line);
        expected = Some(segment.last.clone());
        segment.entries.push(entry);
    }
    if !is_whole {
        return Err(Break { line: lines.len(), what: "has no end: it was cut off" });
    }
    Ok(segment)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(number: usize) -> Vec<String> {
        let mut before = BEGINNING.to_owned();
        let mut lines = vec![];
        for at in 0..number {
            let entry = Entry { count: Some(at as u64), ..Entry::now(What::Denied, "items") };
            let line = entry.line(&before).unwrap();
            before = hash(line.as_bytes());
            lines.push(line);
        }
        lines
    }

    fn text(lines: &[String]) -> Vec<u8> {
        lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
    }

    #[test]
    fn a_record_is_whole_and_goes_on_in_the_next_segment() {
        let lines = record(10);
        let first = verify(&text(&lines[..4]), Some(BEGINNING)).unwrap();
        let second = verify(&text(&lines[4..]), Some(&first.last)).unwrap();
        assert_eq!((first.entries.len(), second.entries.len()), (4, 6));
        assert_eq!(second.before, first.last);
        assert_eq!(verify(&text(&lines[4..]), None).unwrap(), second);
        assert_eq!(verify(&text(&lines[5..]), Some(&first.last)).unwrap_err().line, 1);
        let mut torn = text(&lines);
        torn.truncate(torn.len() - 1);
        assert_eq!(verify(&torn, None).unwrap_err().line, 10);
        torn.truncate(torn.len() - 9);
        assert_eq!(verify(&torn, None).unwrap_err().line, 10);
    }

    proptest! {
        #[test]
        fn no_line_but_the_last_is_changed_taken_out_or_moved_unseen(
            at in 0usize..9, byte in any::<prop::sample::Index>(), bit in 0u8..8, other in 0usize..10,
        ) {
            let lines = record(10);
            let mut changed: Vec<Vec<u8>> = lines.iter().map(|line| line.clone().into_bytes()).collect();
            let place = byte.index(changed[at].len());
            changed[at][place] ^= 1 << bit;
            let changed: Vec<u8> = changed.join(&b'\n').into_iter().chain([b'\n']).collect();
            prop_assert!(verify(&changed, Some(BEGINNING)).is_err());
            let mut fewer = lines.clone();
            fewer.remove(at);
            prop_assert!(verify(&text(&fewer), Some(BEGINNING)).is_err());
            let mut moved = lines.clone();
            moved.swap(at, other);
            prop_assert!(at == other || verify(&text(&moved), Some(BEGINNING)).is_err());
        }
    }
}
