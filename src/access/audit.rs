//! The record of what must be known later: exact statistics, keys, rules, refused credentials and
//! the operator's requests. Each line names the line before it by its SHA-256, so that no line can
//! be changed or taken out unseen, but from the end. The first line of a segment names its segment.
//!
//! A line is torn if it was not written to its end, as after a loss of power. It stays, and the
//! next append writes an entry [`What::Torn`] behind it, which names it by its bytes like any
//! other.

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
    /// The record of a key that was no longer in force was removed.
    KeyForgotten,
    /// The line before this one was not written to its end.
    Torn,
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
    /// The name of the segment that begins with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
}

impl Entry {
    /// Creates an entry of this moment.
    pub fn now(what: What, on: impl Into<String>) -> Entry {
        let (on, roles) = (on.into(), vec![]);
        Entry { at: Timestamp::now(), what, on, roles, key: None, request: None, count: None, segment: None }
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
    /// Its entries in their order, each with its line.
    pub lines: Vec<(Entry, String)>,
    /// The hash that its first line names.
    pub before: String,
    /// The hash of its last line.
    pub last: String,
    /// How many of its lines are torn, and recorded as such.
    pub torn: usize,
    /// What is wrong with its last line, if that is torn. The next segment must record it.
    pub end: Option<Break>,
}

impl Segment {
    /// Whether a line has this hash.
    pub fn has(&self, head: &str) -> bool {
        self.lines.iter().any(|(_, line)| hash(line.as_bytes()) == head)
    }

    /// Whether it begins with the record that the line before it is torn.
    pub fn records_torn(&self) -> bool {
        self.lines.first().is_some_and(|(entry, _)| entry.segment.is_some() && entry.what == What::Torn)
    }
}

/// Whether a line is an entry.
pub fn is_entry(line: &[u8]) -> bool {
    serde_json::from_slice::<Line>(line).is_ok()
}

/// Where a record breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The number of the line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: &'static str,
}

/// Checks the lines of the segment `name`. `before` is the hash of the line before its first; None
/// if the segment before was deleted.
///
/// # Errors
///
/// Returns the first line that is no entry and is not recorded as torn, that names another line
/// than the one before it, or that stands in the place of the first one.
pub fn verify(name: &str, text: &[u8], before: Option<&str>) -> std::result::Result<Segment, Break> {
    let (before, last) = (before.unwrap_or_default().to_owned(), String::new());
    let mut segment = Segment { lines: vec![], before, last, torn: 0, end: None };
    let mut expected = Some(segment.before.clone()).filter(|before| !before.is_empty());
    let is_whole = text.ends_with(b"\n");
    let lines: Vec<&[u8]> = text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n').collect();
    for (number, bytes) in (1..).zip(&lines) {
        let fault = |what| Break { line: number, what };
        let torn = segment.end.take();
        if let Ok(line) = serde_json::from_slice::<Line>(bytes) {
            let text = checked(&line, bytes, expected.as_deref()).map_err(fault)?;
            segment.torn += usize::from(torn.is_some());
            match torn {
                Some(torn) if line.entry.what != What::Torn => return Err(torn),
                _ => {}
            }
            match (number, line.entry.segment.as_deref()) {
                (1, own) if own != Some(name) => {
                    return Err(fault("is not the first one: lines are missing"));
                }
                (2.., Some(_)) => return Err(fault("is the first one of a segment, in another place")),
                _ => {}
            }
            if number == 1 {
                segment.before = line.before;
            }
            segment.lines.push((line.entry, text));
        } else {
            if let Some(torn) = torn {
                return Err(torn);
            }
            segment.end = Some(fault("is no entry: it was cut off or changed"));
        }
        segment.last = hash(bytes);
        expected = Some(segment.last.clone());
    }
    if !is_whole {
        segment.end = segment.end.or(Some(Break { line: lines.len(), what: "has no end: it was cut off" }));
    }
    Ok(segment)
}

/// Returns the line as it was written, or what is wrong with it.
fn checked(line: &Line, bytes: &[u8], expected: Option<&str>) -> std::result::Result<String, &'static str> {
    // An entry is written in one way, so a line that reads the same is the same.
    let text = line.entry.line(&line.before).unwrap_or_default();
    if text.as_bytes() != bytes {
        return Err("is not as it was written");
    }
    match expected {
        Some(expected) if expected != line.before => {
            Err("names another line before it: that one was changed, or lines are missing")
        }
        _ => Ok(text),
    }
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
