//! The keys of the state folder: their file, and the keys in force while the server runs.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::access::key::{Key, Keys, Token};
use crate::access::{Caller, Identified};
use crate::error::{Error, Kind, Result, said};
use crate::web::http::credentials::{self, Identify};
use crate::web::state::changes::Changes;

/// How often the file is looked at for changes.
const LOOK: Duration = Duration::from_secs(1);
/// After so many looks the days of last use are written.
const LOOKS_TO_NOTE: usize = 60;

/// A key as the file has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stored {
    /// The name that its maker gave it.
    pub name: String,
    /// The digits by which it is recognised.
    pub prefix: String,
    /// The SHA-256 of its text, in base64url (RFC 4648, section 5).
    pub sha256: String,
    /// The roles of callers who use it.
    pub roles: Vec<String>,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is not valid any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Timestamp>,
    /// The last day on which it was used (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Date>,
}

impl Stored {
    /// Whether callers may use it now.
    pub fn is_in_force(&self) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| Timestamp::now() < expires)
    }

    /// The key, if it was not revoked.
    fn key(&self) -> Result<Option<Key>> {
        let hash = URL_SAFE_NO_PAD.decode(&self.sha256).ok().and_then(|hash| hash.try_into().ok());
        let hash = hash.ok_or_else(|| Error::invalid("sha256", "the hash of a key cannot be read"))?;
        let (identity, caller) = ((self.prefix.clone(), hash), Caller::in_roles(self.roles.iter().cloned()));
        let key = || Key::new(self.name.clone(), identity, caller, self.expires, self.last_used);
        Ok(self.revoked.is_none().then(key))
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    keys: Vec<Stored>,
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
    pub fn read(&self) -> Result<Vec<Stored>> {
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
    pub fn change<T>(&self, change: impl FnOnce(&mut Vec<Stored>) -> Result<T>) -> Result<T> {
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
    fn stamp(&self) -> Option<(u64, i64, i64, u64)> {
        let found = std::fs::metadata(&self.0).ok()?;
        Some((found.ino(), found.ctime(), found.ctime_nsec(), found.len()))
    }
}

/// The keys in force, which follow their file.
#[derive(Debug)]
pub struct KeyRing {
    file: KeyFile,
    /// None while the file cannot be read: then no key is in force, as any may have been revoked.
    keys: ArcSwap<Option<Keys>>,
    stamp: Mutex<Option<(u64, i64, i64, u64)>>,
}

impl KeyRing {
    /// Reads the keys of a state folder.
    ///
    /// # Errors
    ///
    /// Fails if they cannot be read, or others than the owner may.
    pub fn open(folder: &Path) -> Result<KeyRing> {
        let file = KeyFile::of(folder);
        let stamp = file.stamp();
        let keys = in_force(&file)?;
        Ok(KeyRing { file, keys: ArcSwap::from_pointee(Some(keys)), stamp: Mutex::new(stamp) })
    }

    /// Returns whom a key identifies now.
    ///
    /// # Errors
    ///
    /// [`Kind::Unauthenticated`] if there is no such key, or it was revoked or has expired.
    pub fn identified(&self, token: &Token) -> Result<Identified> {
        let keys = self.keys.load();
        let Some(keys) = keys.as_ref() else {
            return Err(Error::unavailable(said!("keys cannot be read at present")));
        };
        let key = keys.find(token, Timestamp::now());
        key.map(|key| key.identified())
            .ok_or_else(|| credentials::refused(said!("this key is unknown, was revoked or has expired")))
    }

    /// Follows the file, and ends streams whose callers may have lost their key.
    pub async fn follow(&self, changes: &Changes) {
        let (mut looks, mut before) = (tokio::time::interval(LOOK), Timestamp::now());
        for look in 1.. {
            looks.tick().await;
            let now = Timestamp::now();
            if self.look(before, now) {
                changes.begin_anew();
            }
            before = now;
            if look % LOOKS_TO_NOTE == 0 {
                self.note_days();
            }
        }
    }

    /// Reads the file again if it has changed. Returns whether a key has ended since `before`.
    fn look(&self, before: Timestamp, now: Timestamp) -> bool {
        let stamp = self.file.stamp();
        let mut last = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        let had = self.keys.load_full();
        let has_changed = *last != stamp || had.is_none();
        if has_changed {
            let next = in_force(&self.file);
            if let (Err(why), true) = (&next, had.is_some()) {
                tracing::error!("no key is in force: {why}");
            }
            *last = stamp;
            self.keys.store(Arc::new(next.ok()));
        }
        let next = self.keys.load();
        match (had.as_ref(), next.as_ref()) {
            (Some(had), Some(next)) => had.ends(before, next, now),
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// Writes on which day each key was last used, if that is new.
    fn note_days(&self) {
        let keys = self.keys.load();
        let Some(keys) = keys.as_ref() else { return };
        let days: Vec<_> = keys.iter().filter_map(|key| Some((key.hash, key.last_used()?))).collect();
        let day_of = |stored: &Stored| {
            let hash = URL_SAFE_NO_PAD.decode(&stored.sha256).ok()?;
            let found = days.iter().find(|(own, _)| own[..] == hash[..])?;
            stored.last_used.is_none_or(|noted| noted < found.1).then_some(found.1)
        };
        let is_new = |stored: &Vec<Stored>| stored.iter().any(|one| day_of(one).is_some());
        if self.file.read().is_ok_and(|stored| is_new(&stored)) {
            let noted = self.file.change(|stored| {
                for one in stored {
                    one.last_used = day_of(one).or(one.last_used);
                }
                Ok(())
            });
            if let Err(why) = noted {
                tracing::warn!("the days on which keys were used are not noted: {why}");
            }
        }
    }
}

/// Returns what identifies callers by their keys.
pub fn identifying(ring: Option<Arc<KeyRing>>) -> Identify {
    Arc::new(move |headers| match (credentials::of(headers), &ring) {
        (found, Some(ring)) => found?.map_or(Ok(Identified::default()), |token| ring.identified(&token)),
        // Credentials of others may be for a proxy before a server that has no keys.
        (Ok(Some(_)), None) => Err(credentials::refused(said!("this server has no keys"))),
        (_, None) => Ok(Identified::default()),
    })
}

fn in_force(file: &KeyFile) -> Result<Keys> {
    let stored = file.read()?;
    let keys = stored.iter().filter_map(|stored| stored.key().transpose());
    Ok(Keys::new(keys.collect::<Result<Vec<Key>>>()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::access::key::RANDOM;

    fn stored(token: &Token) -> Stored {
        Stored {
            name: "a".into(),
            prefix: token.prefix().into(),
            sha256: URL_SAFE_NO_PAD.encode(token.hash()),
            roles: vec!["office".into()],
            created: Timestamp::now(),
            expires: None,
            revoked: None,
            last_used: None,
        }
    }

    #[test]
    fn the_ring_follows_its_file_and_closes_where_it_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let (file, token) = (KeyFile::of(folder.path()), Token::of([5; RANDOM]));
        let ring = KeyRing::open(folder.path()).unwrap();
        let now = Timestamp::now();
        assert_eq!(ring.identified(&token).unwrap_err().kind, Kind::Unauthenticated);
        file.change(|keys| {
            let _: () = keys.push(stored(&token));
            Ok(())
        })
        .unwrap();
        assert!(!ring.look(now, now), "a new key ends nothing");
        let found = ring.identified(&token).unwrap();
        let subject = found.subject.unwrap();
        assert_eq!(found.caller, Caller::in_roles(["office"]));
        assert_eq!((subject.name.as_str(), subject.prefix.as_str()), ("a", token.prefix()));
        ring.note_days();
        assert_eq!(
            file.read().unwrap()[0].last_used,
            Some(Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date())
        );
        assert!(!ring.look(now, now));
        let path = folder.path().join("keys.json");
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(ring.look(now, now));
        assert_eq!(ring.identified(&token).unwrap_err().kind, Kind::Unavailable);
        assert!(KeyRing::open(folder.path()).unwrap_err().to_string().contains("mode 640"));
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert!(!ring.look(now, now) && ring.identified(&token).is_ok());
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(ring.look(now, now));
        assert_eq!(ring.identified(&token).unwrap_err().kind, Kind::Unavailable);
        std::fs::write(&path, &whole).unwrap();
        assert!(!ring.look(now, now));
        assert!(ring.identified(&token).is_ok());
        file.change(|keys| {
            let _: () = keys[0].revoked = Some(now);
            Ok(())
        })
        .unwrap();
        assert!(ring.look(now, now));
        assert_eq!(ring.identified(&token).unwrap_err().kind, Kind::Unauthenticated);
    }

    #[test]
    fn a_change_that_fails_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (file, token) = (KeyFile::of(folder.path()), Token::of([5; RANDOM]));
        file.change(|keys| {
            let _: () = keys.push(stored(&token));
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
