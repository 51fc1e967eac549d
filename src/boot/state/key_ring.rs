//! The keys in force while the server runs, which follow what is kept of them.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::time::Instant;

use super::State;
use super::key_file::KeyFile;
use crate::access::Identified;
use crate::access::key::{Keys, Token};
use crate::access::stored_key::{StoredKey, keys, new_days};
use crate::error::{Error, Result, said};
use crate::source::postgis::Dsn;
use crate::source::postgis::state::{Link, Need};
use crate::web::http::credentials::{self, Identify};
use crate::web::state::changes::Changes;

/// How often what is kept is looked at for changes.
const LOOK: Duration = Duration::from_secs(1);
/// After so many looks the days of last use are written.
const LOOKS_TO_NOTE: usize = 60;
/// How long keys from a database are in force after the beginning of the last look that succeeded.
const TRUST: Duration = Duration::from_secs(5);
/// How long a look at a database may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where keys are kept.
#[derive(Debug)]
enum Place {
    Folder { file: KeyFile, stamp: Mutex<Option<(u64, i64, i64, u64)>> },
    Database { dsn: Box<Dsn>, link: tokio::sync::Mutex<Option<Link>> },
}

/// The keys of one look.
#[derive(Debug)]
struct Held {
    /// None if they cannot be read: then no key is in force, as any may have been revoked.
    keys: Option<Keys>,
    /// From when on no key is in force, because a database was not looked at again.
    until: Option<Instant>,
}

/// The keys in force, which follow what is kept of them.
#[derive(Debug)]
pub struct KeyRing {
    place: Place,
    held: ArcSwap<Held>,
    /// What a database has kept, as it was read last.
    stored: Mutex<Vec<StoredKey>>,
}

impl KeyRing {
    /// Reads the keys, if there is a place where they are kept.
    ///
    /// # Errors
    ///
    /// Fails if they cannot be read, if others than the owner may read the file, or if the role
    /// lacks rights in the database.
    pub async fn of(state: Option<&State>) -> Result<Option<Arc<KeyRing>>> {
        let ring = match state {
            Some(State::Folder(folder)) => KeyRing::of_folder(folder)?,
            Some(State::Database(dsn)) => KeyRing::of_database(dsn).await?,
            None => return Ok(None),
        };
        Ok(Some(Arc::new(ring)))
    }

    async fn of_database(dsn: &Dsn) -> Result<KeyRing> {
        let link = Link::open(dsn).await?;
        if let Some(warning) = link.ready(Need::Serve).await? {
            tracing::warn!("{warning}");
        }
        let begun = Instant::now();
        let stored = link.keys(PATIENCE).await?;
        let held = Held { keys: Some(keys(&stored)?), until: Some(begun + TRUST) };
        let place = Place::Database { dsn: Box::new(dsn.clone()), link: tokio::sync::Mutex::new(Some(link)) };
        Ok(KeyRing { place, held: ArcSwap::from_pointee(held), stored: Mutex::new(stored) })
    }

    fn of_folder(folder: &Path) -> Result<KeyRing> {
        let file = KeyFile::of(folder);
        let stamp = Mutex::new(file.stamp());
        let held = Held { keys: Some(keys(&file.read()?)?), until: None };
        let place = Place::Folder { file, stamp };
        Ok(KeyRing { place, held: ArcSwap::from_pointee(held), stored: Mutex::default() })
    }

    /// Returns whom a key identifies now.
    ///
    /// # Errors
    ///
    /// [`Kind::Unauthenticated`](crate::error::Kind::Unauthenticated) if there is no such key, or
    /// it was revoked or has expired.
    pub fn identified(&self, token: &Token) -> Result<Identified> {
        let held = self.held.load();
        let is_late = held.until.is_some_and(|until| until <= Instant::now());
        let Some(keys) = held.keys.as_ref().filter(|_| !is_late) else {
            return Err(Error::unavailable(said!("keys cannot be read at present")));
        };
        let key = keys.find(token, Timestamp::now());
        key.map(|key| key.identified())
            .ok_or_else(|| credentials::refused(said!("this key is unknown, was revoked or has expired")))
    }

    /// Follows what is kept, and ends streams whose callers may have lost their key.
    pub async fn follow(&self, changes: &Changes) {
        let (mut looks, mut before) = (tokio::time::interval(LOOK), Timestamp::now());
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for look in 1.. {
            looks.tick().await;
            let now = Timestamp::now();
            let has_ended = match &self.place {
                Place::Folder { file, stamp } => self.look(file, stamp, (before, now)),
                Place::Database { dsn, link } => self.ask(dsn, &mut *link.lock().await, (before, now)).await,
            };
            if has_ended {
                changes.begin_anew();
            }
            before = now;
            if look % LOOKS_TO_NOTE == 0 {
                self.note_days().await;
            }
        }
    }

    /// Reads the file again if it has changed. Returns whether a key has ended since the first of
    /// two times.
    fn look(
        &self,
        file: &KeyFile,
        last: &Mutex<Option<(u64, i64, i64, u64)>>,
        times: (Timestamp, Timestamp),
    ) -> bool {
        let stamp = file.stamp();
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let had = self.held.load_full();
        let next = if *last != stamp || had.keys.is_none() {
            let next = file.read().and_then(|stored| keys(&stored));
            if let (Err(why), true) = (&next, had.keys.is_some()) {
                tracing::error!("no key is in force: {why}");
            }
            *last = stamp;
            self.hold(next.ok(), None)
        } else {
            had.clone()
        };
        ended(&had, &next, times)
    }

    /// Reads the keys of the database again. Returns whether a key has ended since the first of two
    /// times.
    async fn ask(&self, dsn: &Dsn, link: &mut Option<Link>, times: (Timestamp, Timestamp)) -> bool {
        let (begun, had) = (Instant::now(), self.held.load_full());
        let end = had.until.filter(|_| had.keys.is_some());
        let look = async {
            let open = match link.take().filter(Link::is_usable) {
                Some(open) => open,
                None => Link::open(dsn).await?,
            };
            let stored = open.keys(PATIENCE).await;
            if stored.is_ok() {
                *link = Some(open);
            }
            let stored = stored?;
            Ok((keys(&stored)?, stored))
        };
        // Streams end when the keys do, even if the database does not answer.
        let limit = end.map_or(begun + PATIENCE, |end| end.min(begun + PATIENCE));
        let looked = tokio::time::timeout_at(limit, look).await;
        let looked = looked.unwrap_or_else(|_| Err(Error::unavailable(format!("{dsn} does not answer"))));
        match looked {
            Ok((keys, stored)) => {
                if had.keys.is_none() {
                    tracing::info!("keys are in force again");
                }
                *self.stored.lock().unwrap_or_else(PoisonError::into_inner) = stored;
                let next = self.hold(Some(keys), Some(begun + TRUST));
                ended(&had, &next, times)
            }
            Err(why) => match end {
                Some(end) if end > Instant::now() => {
                    tracing::warn!("keys cannot be read: {why}");
                    ended(&had, &had, times)
                }
                Some(_) => {
                    tracing::error!("no key is in force: {why}");
                    self.hold(None, None);
                    true
                }
                None => false,
            },
        }
    }

    /// Puts keys into force.
    fn hold(&self, keys: Option<Keys>, until: Option<Instant>) -> Arc<Held> {
        let next = Arc::new(Held { keys, until });
        let had = self.held.swap(next.clone());
        if let (Some(had), Some(next)) = (&had.keys, &next.keys) {
            next.take_days(had);
        }
        next
    }

    /// Writes on which day each key was last used, if that is new.
    async fn note_days(&self) {
        let held = self.held.load_full();
        let Some(keys) = held.keys.as_ref() else { return };
        let noted = match &self.place {
            Place::Folder { file, .. } => note_in_file(file, keys),
            Place::Database { link, .. } => {
                let days = new_days(&self.stored.lock().unwrap_or_else(PoisonError::into_inner), keys);
                match link.lock().await.as_ref().filter(|_| !days.is_empty()) {
                    Some(link) => link.note_days(&days, PATIENCE).await,
                    None => Ok(()),
                }
            }
        };
        if let Err(why) = noted {
            tracing::warn!("the days on which keys were used are not noted: {why}");
        }
    }
}

/// Whether a key that was in force at the first of two times is not at the second.
fn ended(had: &Held, next: &Held, (before, now): (Timestamp, Timestamp)) -> bool {
    match (&had.keys, &next.keys) {
        (Some(had), Some(next)) => had.ends(before, next, now),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Writes into the file on which day each key was last used, if that is new.
fn note_in_file(file: &KeyFile, keys: &Keys) -> Result<()> {
    // What cannot be read is said by the look.
    let Ok(stored) = file.read() else { return Ok(()) };
    if new_days(&stored, keys).is_empty() {
        return Ok(());
    }
    file.change(|stored| {
        let days = new_days(stored, keys);
        for one in stored {
            let day = days.iter().find(|(hash, _)| *hash == one.sha256);
            one.last_used = day.map(|(_, day)| *day).or(one.last_used);
        }
        Ok(())
    })
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::access::Caller;
    use crate::access::key::RANDOM;
    use crate::error::Kind;

    /// Looks at the file once.
    fn look(ring: &KeyRing, now: Timestamp) -> bool {
        match &ring.place {
            Place::Folder { file, stamp } => ring.look(file, stamp, (now, now)),
            Place::Database { .. } => false,
        }
    }

    #[test]
    fn the_ring_follows_its_file_and_closes_where_it_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let (file, token) = (KeyFile::of(folder.path()), Token::of([5; RANDOM]));
        let ring = KeyRing::of_folder(folder.path()).unwrap();
        let now = Timestamp::now();
        assert_eq!(ring.identified(&token).unwrap_err().kind, Kind::Unauthenticated);
        file.change(|keys| {
            let _: () = keys.push(StoredKey::new(&token, "a".into(), vec!["office".into()], None));
            Ok(())
        })
        .unwrap();
        assert!(!look(&ring, now), "a new key ends nothing");
        let found = ring.identified(&token).unwrap();
        let subject = found.subject.unwrap();
        assert_eq!(found.caller, Caller::in_roles(["office"]));
        assert_eq!((subject.name.as_str(), subject.prefix.as_str()), ("a", token.prefix()));
        note_in_file(&file, ring.held.load().keys.as_ref().unwrap()).unwrap();
        assert_eq!(
            file.read().unwrap()[0].last_used,
            Some(Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date())
        );
        assert!(!look(&ring, now));
        let path = folder.path().join("keys.json");
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(look(&ring, now));
        assert_eq!(ring.identified(&token).unwrap_err().kind, Kind::Unavailable);
        assert!(KeyRing::of_folder(folder.path()).unwrap_err().to_string().contains("mode 640"));
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert!(!look(&ring, now) && ring.identified(&token).is_ok());
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(look(&ring, now));
        assert_eq!(ring.identified(&token).unwrap_err().kind, Kind::Unavailable);
        std::fs::write(&path, &whole).unwrap();
        assert!(!look(&ring, now));
        assert!(ring.identified(&token).is_ok());
        file.change(|keys| {
            let _: () = keys[0].revoked = Some(now);
            Ok(())
        })
        .unwrap();
        assert!(look(&ring, now));
        assert_eq!(ring.identified(&token).unwrap_err().kind, Kind::Unauthenticated);
    }
}
