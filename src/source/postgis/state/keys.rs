//! The table of the keys.

use std::time::Duration;

use jiff::civil::Date;

use super::link::{Link, PATIENCE, text};
use super::rights::Need;
use super::statement;
use crate::access::audit::Entry;
use crate::access::stored_key::StoredKey;
use crate::error::{Error, Result};

impl Link {
    /// Returns all keys, also those that were revoked.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer within `patience`, or a key cannot be read.
    pub async fn keys(&self, patience: Duration) -> Result<Vec<StoredKey>> {
        let rows = self.within(patience, self.ask(statement::KEYS, &[])).await?;
        let unread = |_| Error::unavailable(format!("a key in {} cannot be read", self.dsn()));
        rows.iter()
            .map(|row| serde_json::from_str(text(row, 0).unwrap_or_default()).map_err(unread))
            .collect()
    }

    /// Notes on which day each of these keys, by its hash, was last used.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer within `patience`, or refuses.
    pub async fn note_days(&self, days: &[(String, Date)], patience: Duration) -> Result<()> {
        let days = serde_json::json!(days).to_string();
        let noting = async { self.ask(statement::NOTE_DAYS, &[Some(&days)]).await.map(|_| ()) };
        self.writing(patience, noting).await
    }

    /// Changes the keys, and records the entries that `change` returns. Either all of it happens or
    /// nothing, and two changes wait for each other.
    ///
    /// # Errors
    ///
    /// Fails if the role lacks rights, the database does not answer, or `change` fails.
    pub async fn change_keys<T>(
        &self,
        change: impl FnOnce(&mut Vec<StoredKey>) -> Result<(T, Vec<Entry>)>,
    ) -> Result<T> {
        self.ready(Need::ChangeKeys).await?;
        let changing = async {
            self.execute(statement::LOCK_KEYS).await?;
            let before = self.keys(PATIENCE).await?;
            let mut keys = before.clone();
            let (changed, entries) = change(&mut keys)?;
            self.add_behind(None, &entries).await?;
            let gone: Vec<&str> =
                before.iter().filter(|key| !keys.contains(key)).map(|key| key.sha256.as_str()).collect();
            self.ask(statement::REMOVE_KEYS, &[Some(&serde_json::json!(gone).to_string())]).await?;
            let new: Vec<&StoredKey> = keys.iter().filter(|key| !before.contains(key)).collect();
            self.ask(statement::ADD_KEYS, &[Some(&serde_json::json!(new).to_string())]).await?;
            Ok(changed)
        };
        self.writing(PATIENCE, changing).await
    }
}
