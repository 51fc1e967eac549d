//! The rows that match a query, in pieces: one piece if they are in memory, or as many as a
//! database sends.

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
    /// The collection. If the rows come from a database, its own layer has no rows.
    pub opened: Opened,
    /// The number of rows that match the query on all pages; None if it was not counted.
    pub matched: Option<u64>,
    /// The number of rows that will be returned; None if it is known only at the end.
    pub returned: Option<usize>,
    /// The next piece, if the rows are in memory.
    at_hand: Option<Piece>,
    /// The channel that pieces from a database arrive on.
    to_come: Option<mpsc::Receiver<Result<Layer>>>,
}

/// Some of the rows.
#[derive(Debug)]
pub struct Piece {
    /// The layer that contains them.
    pub layer: Arc<Layer>,
    /// Their row numbers in the layer.
    pub rows: Vec<u32>,
}

impl Rows {
    /// Rows that are in memory.
    pub fn resident(opened: Opened, answer: Answer) -> Rows {
        Rows {
            matched: Some(answer.matched),
            returned: Some(answer.rows.len()),
            at_hand: Some(Piece { layer: opened.layer.clone(), rows: answer.rows }),
            to_come: None,
            opened,
        }
    }

    /// Rows that are being read from their database. Dropping this value ends the reading.
    pub fn direct(opened: OpenedDirect, page: Page) -> Rows {
        let Page { matched, returned, pieces, .. } = page;
        Rows { opened: opened.schema, matched, returned, at_hand: None, to_come: Some(pieces) }
    }

    /// Returns the next piece, and waits for it if it comes from a database. Nothing follows an
    /// error.
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

    /// Whether another piece may come. If not, the caller need not wait for the end.
    pub fn may_go_on(&self) -> bool {
        self.at_hand.is_some() || self.to_come.is_some()
    }

    /// Returns the collection with the first piece as its rows, and their row numbers. The first
    /// piece contains all rows if the page was read completely before the answer began.
    pub async fn first(mut self) -> Result<(Opened, Vec<u32>)> {
        let Some(piece) = self.next().await.transpose()? else { return Ok((self.opened, vec![])) };
        self.opened.layer = piece.layer;
        Ok((self.opened, piece.rows))
    }
}
