//! Whether keys are ids of features in tiles, looked up in the index of the key.

use super::ids::is_beyond_ids;
use std::time::Duration;

use super::collection::{Direct, finish};
use super::reader::Reader;
use super::reading::{Answered, Reading};
use crate::error::Result;

/// What an index must tell within: it has both ends at hand.
const BY_INDEX: Duration = Duration::from_millis(200);

impl Direct {
    /// Finds out whether some key is no id of a tile, so that TileJSON says of the key what the
    /// next tile has. What cannot be found out stays as it was known last.
    pub async fn look_at_keys(&self, reader: Reader<'_>) {
        if self.locator.select.key_range_by_index().is_some() && self.sees_key(reader.permit) {
            let _ = self.look(reader.client).await;
        }
    }

    async fn look(&self, client: Option<u64>) -> Result<()> {
        let mut lent = self.pool.lend(client).await?;
        let looked = async {
            let reading = self.reading(&mut lent, self.times.tile).await?;
            self.note_keys(&reading).await?;
            reading.end().await
        };
        let looked = looked.await;
        finish(lent, looked)
    }

    /// The same in the transaction that reads a tile. Without an index only the rows that a tile
    /// has tell, and what was found out when the collection was opened.
    pub(super) async fn note_keys(&self, reading: &Reading<'_>) -> Answered<()> {
        let Some(statement) = self.locator.select.key_range_by_index() else { return Ok(()) };
        if let Some(ends) = reading.row_within(BY_INDEX, &statement).await? {
            self.schema.know_keys_beyond_ids(is_beyond_ids(&ends));
        }
        Ok(())
    }
}
