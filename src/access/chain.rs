//! The chain that the lines of a record make, wherever they are kept: which lines follow the last
//! one, and whether all lines are there as they were written.

use super::Policy;
use super::audit::{BEGINNING, Break, Entry, Segment, What, hash, is_entry, verify};
use crate::error::{Error, Kind, Result, said};

/// The last line of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// The name of its segment, such as `2026-12`.
    pub segment: String,
    /// The line, without its end.
    pub line: Vec<u8>,
    /// Whether its end was written.
    pub is_ended: bool,
}

/// Lines that are to be appended together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The name of the segment to which they belong.
    pub segment: String,
    /// The lines in their order, without their ends.
    pub lines: Vec<String>,
    /// Whether the line before them has no end and is in the same segment.
    pub is_behind_torn: bool,
}

impl Addition {
    /// The last line of the record after it was appended.
    pub fn last(&self) -> Option<Last> {
        let line = self.lines.last()?.clone().into_bytes();
        Some(Last { segment: self.segment.clone(), line, is_ended: true })
    }
}

/// Returns the lines of `entries`, which follow the line `last`; None is the beginning of the
/// record. A new month begins a new segment, and a torn line is recorded first.
///
/// # Errors
///
/// Fails with an internal error if an entry cannot be serialized.
pub fn continued(last: Option<&Last>, entries: &[Entry]) -> Result<Addition> {
    let months = entries.iter().map(|entry| entry.at.strftime("%Y-%m").to_string());
    // A clock that was set back must not begin a segment between others.
    let name = months.chain(last.map(|last| last.segment.clone())).max().unwrap_or_default();
    let begins = last.is_none_or(|last| last.segment != name);
    let mut before = last.map_or(BEGINNING.to_owned(), |last| hash(&last.line));
    // What was cut off at its end stays a line of its own, and is recorded as such.
    let torn = last.filter(|last| !last.is_ended || !is_entry(&last.line));
    let is_behind_torn = torn.is_some_and(|last| !last.is_ended) && !begins;
    let torn = torn.and(entries.first()).map(|first| Entry { at: first.at, ..Entry::now(What::Torn, "") });
    let (mut lines, mut segment) = (vec![], begins.then(|| name.clone()));
    for entry in torn.iter().chain(entries) {
        let line = Entry { segment: segment.take(), ..entry.clone() }.line(&before)?;
        before = hash(line.as_bytes());
        lines.push(line);
    }
    Ok(Addition { segment: name, lines, is_behind_torn })
}

/// Returns the hash by which the rules of a policy are recorded.
pub fn rules(policy: &Policy) -> String {
    hash(format!("{:?}", Policy { edition: 0, ..policy.clone() }).as_bytes())
}

/// Returns the hash of rules that a line records; None if it records something else.
pub fn recorded_rules(line: &[u8]) -> Option<String> {
    let entry = serde_json::from_slice::<Entry>(line).ok()?;
    (entry.what == What::Rules).then_some(entry.on)
}

/// Checks all segments in their order, each from the end of the one before it. `place` says where a
/// segment is.
///
/// # Errors
///
/// Fails at the first line that was changed, is missing, or is no entry.
pub fn verified(
    segments: impl IntoIterator<Item = Result<(String, Vec<u8>)>>,
    place: impl Fn(&str) -> String,
) -> Result<Vec<(String, Segment)>> {
    let mut all: Vec<(String, Segment)> = vec![];
    let broken = |name: &str, fault: &Break| {
        Error::new(Kind::Conflict, said!("{}, line {}: {}", place(name), fault.line, fault.what))
    };
    for segment in segments {
        let (name, text) = segment?;
        let before = all.last().map(|(_, segment)| segment.last.clone());
        let segment = verify(&name, &text, before.as_deref());
        let segment = segment.map_err(|fault| broken(&name, &fault))?;
        if let Some((name, Segment { end: Some(torn), .. })) = all.last()
            && !segment.records_torn()
        {
            return Err(broken(name, torn));
        }
        all.push((name, segment));
    }
    match all.last() {
        Some((name, Segment { end: Some(torn), .. })) => Err(broken(name, torn)),
        _ => Ok(all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at: &str) -> Entry {
        Entry { at: at.parse().unwrap(), ..Entry::now(What::Denied, "tile") }
    }

    #[test]
    fn entries_that_are_appended_together_or_one_by_one_make_the_same_lines() {
        let entries = ["2026-11-30T23:59:59Z", "2026-12-01T00:00:00Z", "2026-12-01T00:00:01Z"].map(entry);
        let together = continued(None, &entries[1..]).unwrap();
        let first = continued(None, &entries[1..2]).unwrap();
        let second = continued(first.last().as_ref(), &entries[2..]).unwrap();
        assert_eq!(together.lines, [first.lines, second.lines].concat());
        let text = together.lines.join("\n") + "\n";
        let segments = verified([Ok(("2026-12".into(), text.into_bytes()))], str::to_owned).unwrap();
        assert_eq!(segments[0].1.lines.len(), 2);
        // Entries of two months that are appended together are in the later one.
        assert_eq!(continued(None, &entries).unwrap().segment, "2026-12");
        // A clock that was set back stays in the segment.
        let late = continued(together.last().as_ref(), &entries[..1]).unwrap();
        assert_eq!((late.segment.as_str(), late.lines.len()), ("2026-12", 1));
    }

    #[test]
    fn only_rules_are_recorded_as_rules() {
        let line = |what| Entry::now(what, "abc").line(BEGINNING).unwrap();
        assert_eq!(recorded_rules(line(What::Rules).as_bytes()), Some("abc".into()));
        assert_eq!(recorded_rules(line(What::Denied).as_bytes()), None);
        assert_eq!(recorded_rules(b"{"), None);
    }
}
