//! Rows that answer a query, in pieces: one piece where they are in memory, as many as come where a
//! database reads them.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::error::Result;
use crate::layer::Layer;
use crate::layer::evaluate::Answer;
use crate::snapshot::{Opened, OpenedDirect};
use crate::source::postgis::direct::Page;

/// The rows of a page or of a whole collection, in the order of the query.
#[derive(Debug)]
pub struct Rows {
    /// The collection; where rows come from a database, a layer of none.
    pub opened: Opened,
    /// How many answer the query on all pages; None where nobody counted.
    pub matched: Option<u64>,
    /// How many come; None where that shows only at the end.
    pub returned: Option<usize>,
    /// The next piece, where it is in memory.
    at_hand: Option<Piece>,
    /// Where pieces come from that are not.
    to_come: Option<mpsc::Receiver<Result<Layer>>>,
}

/// Some of the rows.
#[derive(Debug)]
pub struct Piece {
    /// Where they are.
    pub layer: Arc<Layer>,
    /// Their numbers in it.
    pub rows: Vec<u32>,
}

impl Rows {
    /// Rows in memory.
    pub fn resident(opened: Opened, answer: Answer) -> Rows {
        Rows {
            matched: Some(answer.matched),
            returned: Some(answer.rows.len()),
            at_hand: Some(Piece { layer: opened.layer.clone(), rows: answer.rows }),
            to_come: None,
            opened,
        }
    }

    /// Rows that are being read from their database. Dropping them ends the reading.
    pub fn direct(opened: OpenedDirect, page: Page) -> Rows {
        let Page { matched, returned, pieces, .. } = page;
        Rows { opened: opened.schema, matched, returned, at_hand: None, to_come: Some(pieces) }
    }

    /// The next piece, waited for where it is not in memory. An error is the last.
    pub async fn next(&mut self) -> Option<Result<Piece>> {
        if let Some(piece) = self.at_hand.take() {
            return Some(Ok(piece));
        }
        let read = self.to_come.as_mut()?.recv().await?;
        Some(read.map(|layer| {
            let layer = self.opened.adopt(layer);
            Piece { rows: (0..layer.len() as u32).collect(), layer }
        }))
    }

    /// Whether another piece may come. Without one, nobody need wait for the end.
    pub fn may_go_on(&self) -> bool {
        self.at_hand.is_some() || self.to_come.is_some()
    }

    /// The collection with the first piece as its rows, which is all of them where the page was
    /// read before it was answered; and their numbers.
    pub async fn first(mut self) -> Result<(Opened, Vec<u32>)> {
        let Some(piece) = self.next().await.transpose()? else { return Ok((self.opened, vec![])) };
        self.opened.layer = piece.layer;
        Ok((self.opened, piece.rows))
    }
}
