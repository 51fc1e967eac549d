//! The record in the state folder: a file of lines for each month, to which is only appended.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::access::audit::{Entry, Segment};
use crate::access::chain::{self, Last};
use crate::error::{Error, Kind, Result};

/// The greatest length of the end of a segment in which its last line is looked for, in bytes.
const LONGEST_LINE: u64 = 1 << 16;

/// The folder of the record. Only its owner may read it.
#[derive(Clone, Debug)]
pub struct AuditFolder(PathBuf);

impl AuditFolder {
    /// Opens the record of a state folder, or begins it.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written, or others than its owner may read or write it.
    pub fn open(state: &Path) -> Result<AuditFolder> {
        let log = AuditFolder(state.join("audit"));
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

    /// The record of a state folder, to be read; there need not be one.
    pub fn of(state: &Path) -> AuditFolder {
        AuditFolder(state.join("audit"))
    }

    /// Appends entries. They are on the disk when this returns.
    ///
    /// # Errors
    ///
    /// Fails if the entries cannot be written. The record is as before then.
    pub fn record(&self, entries: &[Entry]) -> Result<()> {
        let _lock = self.lock()?;
        let last = self.segments()?.pop().map(|latest| self.last_line(latest)).transpose()?;
        let addition = chain::continued(last.as_ref(), entries)?;
        let begin = if addition.is_behind_torn { "\n" } else { "" };
        let text = addition.lines.iter().fold(begin.to_owned(), |text, line| text + line + "\n");
        let path = self.path(&addition.segment);
        let append = || {
            let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
            let length = file.metadata()?.len();
            let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
            written.inspect_err(|_| drop(file.set_len(length)))
        };
        append().map_err(|fault| self.cannot("write", &path, &fault))
    }

    /// Returns the hash of the rules that were recorded last.
    ///
    /// # Errors
    ///
    /// Fails if the record cannot be read.
    pub fn last_rules(&self) -> Result<Option<String>> {
        for name in self.segments()?.iter().rev() {
            let text = self.read(name)?;
            if let Some(rules) = text.split(|byte| *byte == b'\n').rev().find_map(chain::recorded_rules) {
                return Ok(Some(rules));
            }
        }
        Ok(None)
    }

    /// Returns the names of the segments in their order, such as `2026-12`. A file without a line,
    /// which a full disk may leave, is none.
    fn segments(&self) -> Result<Vec<String>> {
        let cannot = |fault: std::io::Error| self.cannot("read", &self.0, &fault);
        let mut names = vec![];
        for file in std::fs::read_dir(&self.0).map_err(cannot)? {
            let file = file.map_err(cannot)?;
            if file.metadata().map_err(cannot)?.len() == 0 {
                continue;
            }
            let name = file.file_name();
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
    pub fn verified(&self) -> Result<Vec<(String, Segment)>> {
        if !self.0.exists() {
            return Ok(vec![]);
        }
        // Nobody is in the middle of a line meanwhile.
        let lock = File::open(self.0.join("lock")).ok();
        if let Some(lock) = &lock {
            let path = self.0.join("lock");
            flock(lock, FlockOperation::LockShared)
                .map_err(|fault| self.cannot("read", &path, &fault.into()))?;
        }
        let read = |name: String| self.read(&name).map(|text| (name, text));
        chain::verified(self.segments()?.into_iter().map(read), |name| self.path(name).display().to_string())
    }

    /// Returns the last line of a segment.
    fn last_line(&self, segment: String) -> Result<Last> {
        let path = self.path(&segment);
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
        let line = whole.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        Ok(Last { segment, line: line.to_vec(), is_ended: end.ends_with(b"\n") })
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

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::access::audit::What;

    fn denied(on: &str) -> Entry {
        Entry::now(What::Denied, on)
    }

    #[test]
    fn entries_are_appended_in_one_chain_and_segments_follow_each_other() {
        let state = tempfile::tempdir().unwrap();
        let log = AuditFolder::open(state.path()).unwrap();
        for day in
            ["2026-10-31T23:59:59Z", "2026-11-01T00:00:00Z", "2026-10-01T00:00:00Z", "2026-12-01T00:00:00Z"]
        {
            log.record(&[Entry { at: day.parse().unwrap(), ..denied("tile") }]).unwrap();
        }
        let lengths: Vec<(String, usize)> =
            log.verified().unwrap().into_iter().map(|(name, segment)| (name, segment.lines.len())).collect();
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
        let log = AuditFolder::open(state.path()).unwrap();
        (0..3).for_each(|_| log.record(&[denied("items")]).unwrap());
        let path = log.path(&log.segments().unwrap()[0]);
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(file.metadata().unwrap().len() - 5).unwrap();
        let said = log.verified().unwrap_err().to_string();
        assert!(said.contains("line 3: is no entry"), "{said}");
        log.record(&[denied("items")]).unwrap();
        let verified = log.verified().unwrap();
        assert_eq!((verified[0].1.lines.len(), verified[0].1.torn), (4, 1));
        for rest in [&b"{\"at\":"[..], b"\0\0\0\0", b"\n", b"x\n", b"\xff"] {
            OpenOptions::new().append(true).open(&path).unwrap().write_all(rest).unwrap();
            assert!(log.verified().is_err(), "{rest:?}");
            log.record(&[denied("items")]).unwrap();
            assert!(log.verified().is_ok(), "{rest:?}");
        }
        // The last line of a month may be torn too.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{").unwrap();
        log.record(&[Entry { at: "2999-01-01T00:00:00Z".parse().unwrap(), ..denied("tile") }]).unwrap();
        assert_eq!(log.verified().unwrap().len(), 2);
    }

    #[test]
    fn an_empty_file_that_a_full_disk_left_breaks_nothing() {
        let state = tempfile::tempdir().unwrap();
        let log = AuditFolder::open(state.path()).unwrap();
        let at = |day: &str| Entry { at: day.parse().unwrap(), ..denied("tile") };
        log.record(&[at("2026-10-01T00:00:00Z")]).unwrap();
        std::fs::write(log.path("2026-11"), "").unwrap();
        assert!(log.verified().is_ok());
        log.record(&[at("2026-11-01T00:00:00Z")]).unwrap();
        assert_eq!(log.verified().unwrap().len(), 2);
    }

    #[test]
    fn a_folder_that_others_may_read_is_refused() {
        let state = tempfile::tempdir().unwrap();
        AuditFolder::open(state.path()).unwrap();
        std::fs::set_permissions(state.path().join("audit"), Permissions::from_mode(0o750)).unwrap();
        assert!(AuditFolder::open(state.path()).unwrap_err().to_string().contains("mode 750"));
    }
}
