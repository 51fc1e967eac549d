//! The file of the keys in the state folder.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::access::stored_key::StoredKey;
use crate::error::{Error, Kind, Result};

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    keys: Vec<StoredKey>,
}

/// The file of the keys. Only its owner may read it.
#[derive(Clone, Debug)]
pub struct KeyFile(PathBuf);

impl KeyFile {
    /// The file of a state folder.
    pub fn of(folder: &Path) -> KeyFile {
        KeyFile(folder.join("keys.json"))
    }

    /// Reads all keys, also those that were revoked; none if there is no file yet.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, or others than its owner may read or write it.
    pub fn read(&self) -> Result<Vec<StoredKey>> {
        let file = match File::open(&self.0) {
            Ok(file) => file,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
            Err(fault) => return Err(self.cannot("read", fault)),
        };
        let mode = file.metadata().map_err(|fault| self.cannot("read", fault))?.mode();
        if mode & 0o077 != 0 {
            let what = format!("others may read or write {} (mode {:o})", self.0.display(), mode & 0o777);
            return Err(Error::new(Kind::Invalid, what).hint(format!("chmod 600 {}", self.0.display())));
        }
        let content: Content = serde_json::from_reader(std::io::BufReader::new(file))
            .map_err(|fault| self.cannot("read", std::io::Error::other(fault)))?;
        Ok(content.keys)
    }

    /// Changes the keys. The file is the old or the new one at every moment, and two changes wait
    /// for each other.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or written, or if `change` does. It is as before then.
    pub fn change<T>(&self, change: impl FnOnce(&mut Vec<StoredKey>) -> Result<T>) -> Result<T> {
        let cannot = |fault: std::io::Error| self.cannot("write", fault);
        let open =
            |path: &Path| OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path);
        if let Some(folder) = self.0.parent() {
            std::fs::create_dir_all(folder).map_err(cannot)?;
        }
        let lock = open(&self.0.with_extension("lock")).map_err(cannot)?;
        flock(&lock, FlockOperation::LockExclusive).map_err(|fault| cannot(fault.into()))?;
        let mut keys = self.read()?;
        let changed = change(&mut keys)?;
        let next = self.0.with_extension("next");
        let written = open(&next).and_then(|mut file| {
            let text = serde_json::to_string_pretty(&Content { keys })?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&next, &self.0)
        });
        if let Err(fault) = written {
            let _ = std::fs::remove_file(&next);
            return Err(cannot(fault));
        }
        Ok(changed)
    }

    fn cannot(&self, what: &str, fault: std::io::Error) -> Error {
        Error::unavailable(format!("cannot {what} {}: {fault}", self.0.display()))
            .hint("state must name a folder that veedel may read and write")
    }

    /// What tells a file from the one before it, by content or mode.
    pub fn stamp(&self) -> Option<(u64, i64, i64, u64)> {
        let found = std::fs::metadata(&self.0).ok()?;
        Some((found.ino(), found.ctime(), found.ctime_nsec(), found.len()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::access::key::{RANDOM, Token};

    #[test]
    fn a_change_that_fails_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (file, token) = (KeyFile::of(folder.path()), Token::of([5; RANDOM]));
        file.change(|keys| {
            let _: () = keys.push(StoredKey::new(&token, "a".into(), vec![], None));
            Ok(())
        })
        .unwrap();
        let refused = file.change(|keys| {
            keys.clear();
            Err::<(), _>(Error::invalid("NAME", "no"))
        });
        assert!(refused.is_err());
        assert_eq!(file.read().unwrap().len(), 1);
        // Nothing can be written where a folder stands in the way.
        std::fs::create_dir(folder.path().join("keys.next")).unwrap();
        assert!(
            file.change(|keys| {
                let _: () = keys.clear();
                Ok(())
            })
            .is_err()
        );
        assert_eq!(file.read().unwrap().len(), 1);
    }
}
