//! Finds out, from the index of the key, whether all keys can be ids of features in tiles.

use super::ids::is_beyond_ids;
use std::time::Duration;

use super::collection::{Direct, finish};
use super::reader::Reader;
use super::reading::{Answered, Reading};
use crate::error::Result;

/// The time limit for a statement that an index answers at once.
const BY_INDEX: Duration = Duration::from_millis(200);

impl Direct {
    /// Finds out whether all keys can be ids in tiles, so that TileJSON describes the key as the
    /// next tile has it. If this fails, the previous result is kept.
    pub async fn look_at_keys(&self, reader: Reader<'_>) {
        if self.locator.select.key_range_by_index().is_some() && self.sees_key(reader.permit) {
            let _ = self.look(reader.client).await;
        }
    }

    async fn look(&self, client: Option<u64>) -> Result<()> {
        let mut connection = self.pool.acquire(client).await?;
        let looked = async {
            let reading = self.reading(&mut connection, self.times.tile).await?;
            self.note_keys(&reading).await?;
            reading.end().await
        };
        let looked = looked.await;
        finish(connection, looked)
    }

    /// Finds out the same in the transaction that reads a tile. Without an index, only the tile's
    /// rows and the result at the opening of the collection are used.
    pub(super) async fn note_keys(&self, reading: &Reading<'_>) -> Answered<()> {
        let Some(statement) = self.locator.select.key_range_by_index() else { return Ok(()) };
        if let Some(ends) = reading.row_within(BY_INDEX, &statement).await? {
            self.schema.know_keys_beyond_ids(is_beyond_ids(&ends));
        }
        Ok(())
    }
}
