//! What is kept of a key, in a file or a database.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::key::{Key, Keys, Token};
use crate::error::{Error, Result};

/// What is kept of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredKey {
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

impl StoredKey {
    /// Returns what is kept of a key that is made now.
    pub fn new(token: &Token, name: String, roles: Vec<String>, expires: Option<Timestamp>) -> StoredKey {
        StoredKey {
            name,
            prefix: token.prefix().to_owned(),
            sha256: URL_SAFE_NO_PAD.encode(token.hash()),
            roles,
            created: Timestamp::now(),
            expires,
            revoked: None,
            last_used: None,
        }
    }

    /// Whether callers may use it now.
    pub fn is_in_force(&self) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| Timestamp::now() < expires)
    }

    /// Returns the SHA-256 of its text; None if it cannot be read.
    pub fn hash(&self) -> Option<[u8; 32]> {
        URL_SAFE_NO_PAD.decode(&self.sha256).ok()?.try_into().ok()
    }

    /// Returns the key, if it was not revoked.
    fn key(&self) -> Result<Option<Key>> {
        let hash = self.hash();
        let hash = hash.ok_or_else(|| Error::invalid("sha256", "the hash of a key cannot be read"))?;
        let (identity, caller) = ((self.prefix.clone(), hash), Caller::in_roles(self.roles.iter().cloned()));
        let key = || Key::new(self.name.clone(), identity, caller, self.expires, self.last_used);
        Ok(self.revoked.is_none().then(key))
    }
}

/// Returns the keys that were not revoked.
///
/// # Errors
///
/// Fails if the hash of a key cannot be read.
pub fn keys(stored: &[StoredKey]) -> Result<Keys> {
    let keys = stored.iter().filter_map(|stored| stored.key().transpose());
    Ok(Keys::new(keys.collect::<Result<Vec<Key>>>()?))
}

/// Returns the keys that were used on a later day than is kept of them, each with its hash as it is
/// kept and the day.
pub fn new_days(stored: &[StoredKey], keys: &Keys) -> Vec<(String, Date)> {
    let used: Vec<([u8; 32], Date)> =
        keys.iter().filter_map(|key| Some((key.hash, key.last_used()?))).collect();
    let day = |stored: &StoredKey| {
        let hash = stored.hash()?;
        let (_, day) = used.iter().find(|(own, _)| *own == hash)?;
        stored.last_used.is_none_or(|kept| kept < *day).then(|| (stored.sha256.clone(), *day))
    };
    stored.iter().filter_map(day).collect()
}
