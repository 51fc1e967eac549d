//! The record wherever it is kept, and `veedel audit`.

use jiff::civil::Date;

use super::print::say;
use super::state::State;
use super::state::audit_database::AuditDatabase;
use super::state::audit_folder::AuditFolder;
use crate::access::Policy;
use crate::access::audit::{BEGINNING, Entry, Segment, What};
use crate::access::chain;
use crate::config::command_line::AuditAction;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::source::postgis::state::Link;

/// The record of a running server.
#[derive(Debug)]
pub enum AuditLog {
    /// In the files of a folder.
    Folder(AuditFolder),
    /// In a table of a database.
    Database(AuditDatabase),
}

impl AuditLog {
    /// Opens the record, or begins it.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be written, or others than its owner may read or write it.
    pub fn open(state: &State, limits: &Limits) -> Result<AuditLog> {
        Ok(match state {
            State::Folder(folder) => AuditLog::Folder(AuditFolder::open(folder)?),
            State::Database(dsn) => {
                AuditLog::Database(AuditDatabase::open(dsn.clone(), limits.direct_statement_time)?)
            }
        })
    }

    /// Appends entries. They are on the disk when this returns.
    ///
    /// # Errors
    ///
    /// Fails if the entries cannot be written.
    pub fn record(&self, entries: &[Entry]) -> Result<()> {
        match self {
            AuditLog::Folder(folder) => folder.record(entries),
            AuditLog::Database(database) => database.record(entries),
        }
    }

    /// Appends the hash of the rules, if they differ from those recorded last.
    ///
    /// # Errors
    ///
    /// Fails if the record cannot be read or written.
    pub fn record_rules(&self, policy: &Policy) -> Result<()> {
        let rules = chain::rules(policy);
        let last = match self {
            AuditLog::Folder(folder) => folder.last_rules()?,
            AuditLog::Database(database) => database.last_rules()?,
        };
        if last.as_ref() == Some(&rules) { Ok(()) } else { self.record(&[Entry::now(What::Rules, rules)]) }
    }
}

/// Executes `veedel audit`. Returns the number of faults, which is 0.
///
/// # Errors
///
/// Fails if the record cannot be read, is not whole, or does not end as expected.
pub async fn audit(action: &AuditAction, state: &crate::config::State) -> Result<usize> {
    let segments = match State::of(state)? {
        State::Folder(folder) => AuditFolder::of(&folder).verified()?,
        State::Database(dsn) => {
            let record = Link::open(&dsn).await?.record().await?;
            chain::verified(record.into_iter().map(Ok), |name| format!("veedel.audit of {dsn}, {name}"))?
        }
    };
    match action {
        AuditAction::Verify(verify) => {
            segments.iter().for_each(|(name, segment)| say(&line(name, segment)));
            let head = segments.last().map_or(BEGINNING, |(_, segment)| &segment.last);
            if let Some(expected) = verify.head.as_deref().filter(|expected| *expected != head) {
                let known = segments.iter().any(|(_, segment)| segment.has(expected));
                let what = match known {
                    true => "the record is whole and has gone on since this head",
                    false => {
                        "the record does not have this head: its end was cut off, or it is another record"
                    }
                };
                return match known {
                    true => {
                        say(what);
                        Ok(0)
                    }
                    false => Err(Error::new(Kind::Conflict, what)),
                };
            }
            say(&format!("head {head}"));
        }
        AuditAction::Export(export) => {
            for (_, segment) in &segments {
                segment
                    .lines
                    .iter()
                    .filter(|(entry, _)| is_since(entry, export.since))
                    .for_each(|(_, line)| say(line));
            }
        }
    }
    Ok(0)
}

fn is_since(entry: &Entry, day: Option<Date>) -> bool {
    day.is_none_or(|day| entry.at.to_zoned(jiff::tz::TimeZone::UTC).date() >= day)
}

/// What `veedel audit verify` says of a segment.
fn line(name: &str, segment: &Segment) -> String {
    let ends = [segment.lines.first(), segment.lines.last()];
    let [first, last] = ends.map(|entry| entry.map(|(entry, _)| entry.at.to_string()).unwrap_or_default());
    let begin = if segment.before == BEGINNING { "" } else { "; goes on from a segment before it" };
    let torn = match segment.torn {
        0 => String::new(),
        torn => format!("; {torn} torn lines, recorded as such"),
    };
    format!("{name}: {} entries, {first} to {last}{begin}{torn}", segment.lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_recorded_where_they_differ() {
        let state = tempfile::tempdir().unwrap();
        let place = State::Folder(state.path().to_owned());
        let log = AuditLog::open(&place, &Limits::default()).unwrap();
        let mut policy = Policy::default();
        for edition in 0..3 {
            policy.edition = edition;
            log.record_rules(&policy).unwrap();
        }
        policy.hidden_collections.insert("kitas".into());
        log.record_rules(&policy).unwrap();
        log.record_rules(&policy).unwrap();
        assert_eq!(AuditFolder::of(state.path()).verified().unwrap()[0].1.lines.len(), 2);
    }
}
