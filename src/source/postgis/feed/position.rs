//! How far a layer has followed the feed.
//!
//! Positions in the change table are given at writing, and transactions commit in another order:
//! whoever remembered the highest position would miss what commits later with a lower one. So a
//! position is a snapshot's oldest transaction that may still be under way (all before it are seen
//! or were rolled back), and of those since, the entries that have been seen. The list of
//! transactions under way is not used: a hot standby does not tell it.

use std::sync::Arc;

use jiff::Timestamp;
use tokio_postgres::types::Type;

use super::statement;
use crate::source::postgis::connect::Client;

/// Everything before `oldest` and the entries in `seen` are in the layer, in the server's life
/// `epoch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The server and its life: in another one transactions may be others.
    pub(super) epoch: Arc<str>,
    /// The oldest transaction that may not have been seen.
    pub(super) oldest: u64,
    /// Entries seen of transactions not older: position and transaction, ascending.
    pub(super) seen: Vec<(i64, u64)>,
}

/// Where a transaction of ours stands.
#[derive(Debug)]
pub(super) struct Stand {
    pub(super) epoch: Arc<str>,
    pub(super) oldest: u64,
    /// The newest transaction of which an entry is gone.
    pub(super) pruned: u64,
    /// On a standby: when what it has replayed last was committed. Nothing later is known of its
    /// primary.
    pub(super) replayed: Option<Timestamp>,
}

impl Stand {
    /// Asks in the transaction that is open.
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
    /// One of which nothing is known but its order among others.
    #[cfg(test)]
    pub fn at(oldest: u64) -> Position {
        Position { epoch: "".into(), oldest, seen: vec![] }
    }

    /// The position of the transaction that is open, of which this is the first statement.
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

    /// Whether an entry is in the layer already.
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
