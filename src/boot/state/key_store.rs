//! The keys wherever they are kept, as commands read and change them.

use super::State;
use super::audit_folder::AuditFolder;
use super::key_file::KeyFile;
use crate::access::audit::Entry;
use crate::access::stored_key::StoredKey;
use crate::error::Result;
use crate::source::postgis::state::{Link, Need, PATIENCE};

/// Reads all keys, also those that were revoked.
///
/// # Errors
///
/// Fails if they cannot be read.
pub async fn read(state: &State) -> Result<Vec<StoredKey>> {
    match state {
        State::Folder(folder) => KeyFile::of(folder).read(),
        State::Database(dsn) => {
            let link = Link::open(dsn).await?;
            link.ready(Need::ReadKeys).await?;
            let keys = link.keys(PATIENCE).await;
            link.close().await;
            keys
        }
    }
}

/// Changes the keys, after the entries that `change` returns were recorded.
///
/// # Errors
///
/// Fails if the keys cannot be read or written, the entries cannot be recorded, or `change` fails.
/// The keys are as before then.
pub async fn change<T>(
    state: &State,
    change: impl FnOnce(&mut Vec<StoredKey>) -> Result<(T, Vec<Entry>)>,
) -> Result<T> {
    match state {
        State::Folder(folder) => {
            let log = AuditFolder::open(folder)?;
            KeyFile::of(folder).change(|keys| {
                let (changed, entries) = change(keys)?;
                log.record(&entries)?;
                Ok(changed)
            })
        }
        State::Database(dsn) => {
            let link = Link::open(dsn).await?;
            let changed = link.change_keys(change).await;
            link.close().await;
            changed
        }
    }
}
