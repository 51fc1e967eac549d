//! How far a layer has followed the feed.
//!
//! The change table numbers its entries when they are written, while transactions commit in another
//! order. So remembering the highest number would miss an entry with a lower number that is
//! committed later. A position is therefore a transaction id before which all transactions have
//! ended (as in `pg_snapshot_xmin`), and the entries of later transactions that have been read. The
//! list of running transactions is not used, because a hot standby does not have it.

use std::sync::Arc;

use jiff::Timestamp;
use tokio_postgres::types::Type;

use super::statement;
use crate::source::postgis::connect::Client;

/// A position: the layer contains everything before the transaction `oldest`, and the entries in
/// `seen`. It is valid only during the run of the server that is called `epoch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Identifies the server and its run. In another run, transaction ids may refer to other
    /// transactions.
    pub(super) epoch: Arc<str>,
    /// The oldest transaction that may not have been read.
    pub(super) oldest: u64,
    /// The entries of this and later transactions that were read: their number and their
    /// transaction, ascending.
    pub(super) seen: Vec<(i64, u64)>,
}

/// The state of the current transaction.
#[derive(Debug)]
pub(super) struct Stand {
    pub(super) epoch: Arc<str>,
    pub(super) oldest: u64,
    /// The newest transaction of which entries were deleted.
    pub(super) pruned: u64,
    /// On a standby, the time of the last commit that it has replayed. Nothing later is known of
    /// its primary.
    pub(super) replayed: Option<Timestamp>,
}

impl Stand {
    /// Reads the state of the open transaction.
    pub(super) async fn read(client: &Client) -> Result<Stand, tokio_postgres::Error> {
        let rows = client.query_typed(statement::STAND, &[]).await?;
        let text = |column: usize| rows.first().and_then(|row| row.try_get::<_, &str>(column).ok());
        let number = |column| text(column).and_then(|text| text.parse().ok()).unwrap_or(0);
        let replayed = text(3).and_then(|text| Timestamp::from_microsecond(text.parse().ok()?).ok());
        let epoch = text(1).unwrap_or_default().into();
        Ok(Stand { oldest: number(0), epoch, pruned: number(2), replayed })
    }
}

impl Position {
    /// Makes a position of which only its order among others is known.
    #[cfg(test)]
    pub fn at(oldest: u64) -> Position {
        Position { epoch: "".into(), oldest, seen: vec![] }
    }

    /// Returns the position of the open transaction, of which this must be the first statement.
    pub(in crate::source::postgis) async fn read(client: &Client) -> Result<Position, tokio_postgres::Error> {
        let stand = Stand::read(client).await?;
        let oldest = stand.oldest.to_string();
        let rows = client.query_typed(statement::SEEN, &[(&oldest, Type::TEXT)]).await?;
        let number = |row: &tokio_postgres::Row, column| -> Option<u64> {
            row.try_get::<_, &str>(column).ok()?.parse().ok()
        };
        let seen = rows.iter().filter_map(|row| Some((number(row, 0)? as i64, number(row, 1)?)));
        Ok(Position { epoch: stand.epoch, oldest: stand.oldest, seen: seen.collect() })
    }

    /// Returns whether the layer already contains an entry.
    pub(super) fn has_seen(&self, position: i64, transaction: u64) -> bool {
        transaction < self.oldest || self.seen.binary_search_by_key(&position, |entry| entry.0).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commits_late_with_a_low_position_is_not_taken_for_seen() {
        let position = Position { epoch: "a".into(), oldest: 100, seen: vec![(7, 103), (9, 100)] };
        assert!(position.has_seen(3, 99), "older than all under way");
        assert!(position.has_seen(7, 103) && position.has_seen(9, 100));
        assert!(!position.has_seen(5, 101), "a lower position of a transaction that was under way");
        assert!(!position.has_seen(8, 100) && !position.has_seen(12, 110));
    }
}
