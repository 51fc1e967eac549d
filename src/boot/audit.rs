//! The record in the state folder: a file of lines for each month, to which is only appended.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rustix::fs::{FlockOperation, flock};

use super::print::say;
use crate::access::Policy;
use crate::access::audit::{BEGINNING, Entry, Segment, What, hash, verify};
use crate::config::command_line::AuditAction;
use crate::error::{Error, Kind, Result};

/// The greatest length of the end of a segment in which its last line is looked for, in bytes.
const LONGEST_LINE: u64 = 1 << 16;

/// The folder of the record. Only its owner may read it.
#[derive(Clone, Debug)]
pub struct AuditLog(PathBuf);

impl AuditLog {
    /// Opens the record of a state folder, or begins it.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written, or others than its owner may read or write it.
    pub fn open(state: &Path) -> Result<AuditLog> {
        let log = AuditLog(state.join("audit"));
        let cannot = |fault: std::io::Error| log.cannot("write", &log.0, &fault);
        DirBuilder::new().recursive(true).mode(0o700).create(&log.0).map_err(cannot)?;
        let mode = std::fs::metadata(&log.0).map_err(cannot)?.mode();
        if mode & 0o077 != 0 {
            let what = format!("others may read or write {} (mode {:o})", log.0.display(), mode & 0o777);
            return Err(Error::new(Kind::Invalid, what).hint(format!("chmod 700 {}", log.0.display())));
        }
        log.lock()?;
        Ok(log)
    }

    /// Appends an entry. It is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// Fails if the entry cannot be written. The record is as before then.
    pub fn record(&self, entry: &Entry) -> Result<()> {
        let _lock = self.lock()?;
        let month = entry.at.strftime("%Y-%m").to_string();
        // A clock that was set back must not begin a segment between others.
        let latest = self.segments()?.pop();
        let name = latest.iter().fold(month, |month, latest| month.max(latest.clone()));
        let before = match &latest {
            Some(latest) => self.last_line(latest)?.map(|line| hash(&line)),
            None => None,
        };
        let line = entry.line(before.as_deref().unwrap_or(BEGINNING))?;
        let path = self.path(&name);
        let append = || {
            let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(&path)?;
            let length = file.metadata()?.len();
            // What was cut off at its end stays a line of its own, which `verify` names.
            let begin = if length > 0 && !ends_a_line(&mut file)? { "\n" } else { "" };
            let written =
                file.write_all(format!("{begin}{line}\n").as_bytes()).and_then(|()| file.sync_data());
            written.inspect_err(|_| drop(file.set_len(length)))
        };
        append().map_err(|fault| self.cannot("write", &path, &fault))
    }

    /// Appends the hash of the rules, if they differ from those recorded last.
    ///
    /// # Errors
    ///
    /// Fails if the record cannot be read or written.
    pub fn record_rules(&self, policy: &Policy) -> Result<()> {
        let rules = hash(format!("{:?}", Policy { edition: 0, ..policy.clone() }).as_bytes());
        for name in self.segments()?.iter().rev() {
            let text = self.read(name)?;
            let entries = text.split(|byte| *byte == b'\n').rev();
            let last = entries
                .filter_map(|line| serde_json::from_slice::<Entry>(line).ok())
                .find(|entry| entry.what == What::Rules);
            if let Some(last) = last {
                return if last.on == rules { Ok(()) } else { self.record(&Entry::now(What::Rules, rules)) };
            }
        }
        self.record(&Entry::now(What::Rules, rules))
    }

    /// Returns the names of the segments in their order, such as `2026-12`.
    fn segments(&self) -> Result<Vec<String>> {
        let cannot = |fault: std::io::Error| self.cannot("read", &self.0, &fault);
        let mut names = vec![];
        for file in std::fs::read_dir(&self.0).map_err(cannot)? {
            let name = file.map_err(cannot)?.file_name();
            names.extend(name.to_str().and_then(|name| name.strip_suffix(".jsonl")).map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    /// Checks every segment, each from the end of the one before it.
    ///
    /// # Errors
    ///
    /// Fails at the first line that was changed, is missing, or is no entry.
    fn verified(&self) -> Result<Vec<(String, Segment)>> {
        let mut all: Vec<(String, Segment)> = vec![];
        for name in self.segments()? {
            let before = all.last().map(|(_, segment)| segment.last.clone());
            let segment = verify(&self.read(&name)?, before.as_deref()).map_err(|fault| {
                let what = format!("{}, line {}: {}", self.path(&name).display(), fault.line, fault.what);
                Error::new(Kind::Conflict, what)
            })?;
            all.push((name, segment));
        }
        Ok(all)
    }

    /// Returns the last line of a segment, without its end.
    fn last_line(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(name);
        let read = || {
            let mut file = File::open(&path)?;
            let from = file.metadata()?.len().saturating_sub(LONGEST_LINE);
            file.seek(SeekFrom::Start(from))?;
            let mut end = vec![];
            file.read_to_end(&mut end)?;
            Ok(end)
        };
        let end: Vec<u8> = read().map_err(|fault| self.cannot("read", &path, &fault))?;
        let whole = end.strip_suffix(b"\n").unwrap_or(&end);
        Ok(whole.rsplit(|byte| *byte == b'\n').next().filter(|line| !line.is_empty()).map(<[u8]>::to_vec))
    }

    /// Waits for the only turn to write. It ends with the returned file.
    fn lock(&self) -> Result<File> {
        let path = self.0.join("lock");
        let lock = || {
            let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path)?;
            flock(&file, FlockOperation::LockExclusive)?;
            Ok(file)
        };
        lock().map_err(|fault: std::io::Error| self.cannot("write", &path, &fault))
    }

    fn read(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.path(name);
        std::fs::read(&path).map_err(|fault| self.cannot("read", &path, &fault))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.jsonl"))
    }

    fn cannot(&self, what: &str, path: &Path, fault: &std::io::Error) -> Error {
        Error::unavailable(format!("cannot {what} {}: {fault}", path.display()))
            .hint("state must name a folder that veedel may read and write")
    }
}

/// Whether a file ends with the end of a line.
fn ends_a_line(file: &mut File) -> std::io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Executes `veedel audit`. Returns the number of faults, which is 0.
///
/// # Errors
///
/// Fails if the record is not whole, or does not end as expected.
pub fn audit(action: &AuditAction, state: &Path) -> Result<usize> {
    let log = AuditLog(state.join("audit"));
    let segments = if log.0.exists() { log.verified()? } else { vec![] };
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
                    .lines()
                    .filter(|(entry, _)| is_since(entry, export.since))
                    .for_each(|(_, line)| say(&line));
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
    let ends = [segment.entries.first(), segment.entries.last()];
    let [first, last] = ends.map(|entry| entry.map(|entry| entry.at.to_string()).unwrap_or_default());
    let begin = if segment.before == BEGINNING { "" } else { "; goes on from a segment before it" };
    format!("{name}: {} entries, {first} to {last}{begin}", segment.entries.len())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn denied(on: &str) -> Entry {
        Entry::now(What::Denied, on)
    }

    #[test]
    fn entries_are_appended_in_one_chain_and_segments_follow_each_other() {
        let state = tempfile::tempdir().unwrap();
        let log = AuditLog::open(state.path()).unwrap();
        for day in
            ["2026-10-31T23:59:59Z", "2026-11-01T00:00:00Z", "2026-10-01T00:00:00Z", "2026-12-01T00:00:00Z"]
        {
            log.record(&Entry { at: day.parse().unwrap(), ..denied("tile") }).unwrap();
        }
        let lengths: Vec<(String, usize)> = log
            .verified()
            .unwrap()
            .into_iter()
            .map(|(name, segment)| (name, segment.entries.len()))
            .collect();
        assert_eq!(lengths, [("2026-10".into(), 1), ("2026-11".into(), 2), ("2026-12".into(), 1)]);
        // Retention takes the oldest, not one between.
        let kept = std::fs::read(log.path("2026-11")).unwrap();
        std::fs::remove_file(log.path("2026-11")).unwrap();
        assert!(log.verified().unwrap_err().to_string().contains("2026-12.jsonl, line 1"));
        std::fs::write(log.path("2026-11"), kept).unwrap();
        std::fs::remove_file(log.path("2026-10")).unwrap();
        assert_eq!(log.verified().unwrap().len(), 2);
    }

    #[test]
    fn what_was_cut_off_is_named_and_the_record_goes_on() {
        let state = tempfile::tempdir().unwrap();
        let log = AuditLog::open(state.path()).unwrap();
        (0..3).for_each(|_| log.record(&denied("items")).unwrap());
        let path = log.path(&log.segments().unwrap()[0]);
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(file.metadata().unwrap().len() - 5).unwrap();
        log.record(&denied("items")).unwrap();
        let said = log.verified().unwrap_err().to_string();
        assert!(said.contains("line 3: is no entry"), "{said}");
    }

    #[test]
    fn rules_are_recorded_where_they_differ() {
        let state = tempfile::tempdir().unwrap();
        let log = AuditLog::open(state.path()).unwrap();
        let mut policy = Policy::default();
        for edition in 0..3 {
            policy.edition = edition;
            log.record_rules(&policy).unwrap();
        }
        policy.hidden_collections.insert("kitas".into());
        log.record_rules(&policy).unwrap();
        log.record_rules(&policy).unwrap();
        assert_eq!(log.verified().unwrap()[0].1.entries.len(), 2);
    }

    #[test]
    fn a_folder_that_others_may_read_is_refused() {
        let state = tempfile::tempdir().unwrap();
        AuditLog::open(state.path()).unwrap();
        std::fs::set_permissions(state.path().join("audit"), Permissions::from_mode(0o750)).unwrap();
        assert!(AuditLog::open(state.path()).unwrap_err().to_string().contains("mode 750"));
    }
}
