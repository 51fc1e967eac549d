//! A page of features: its description and its rows, which a task of its own reads.
//!
//! A small page is read completely before the answer begins, so its connection is free before the
//! answer is sent. For a larger page, the keys are read first, because they say where the next page
//! begins, and the rows are sent while they are read.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::collection::{Direct, finish};
use super::pool::PooledConnection;
use super::reader::Reader;
use super::reading::{Answered, Reading, Sink};
use super::wanted::Wanted;
use crate::access::Permit;
use crate::error::{Result, said};
use crate::layer::order::Order;
use crate::layer::{Layer, View};
use crate::query::{Cursor, CursorPlace, Direction, Query};

/// The maximum number of rows of a page that is read completely before the answer begins.
const GATHERED: usize = 1_024;
/// The number of rows of a larger page that are fetched together.
const ROWS_AT_ONCE: usize = 512;
/// The number of pieces of an answer that may wait for the client.
const PIECES_WAITING: usize = 4;

/// A page of features: its description, and the features in pieces.
#[derive(Debug)]
pub struct Page {
    /// The number of features that match the query, on all pages; None if counting took too long.
    pub matched: Option<u64>,
    /// The number of features on this page; None if it is known only at its end.
    pub returned: Option<usize>,
    /// Where the next page begins; None on the last page.
    pub next: Option<Cursor>,
    /// Where the previous page ends; None on the first page.
    pub previous: Option<Cursor>,
    /// The features, in the order of the query: all rows of each layer in the order of its rows.
    /// After an error nothing follows.
    pub pieces: mpsc::Receiver<Result<Layer>>,
}

/// The description of a page, which is known before its features.
struct Head {
    matched: Option<u64>,
    returned: Option<usize>,
    next: Option<Cursor>,
    previous: Option<Cursor>,
}

/// What a task that reads a page owns.
struct Task {
    direct: Arc<Direct>,
    permit: Permit,
    client: Option<u64>,
    query: Query,
    extent: Extent,
}

/// Which features are read, and how much of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// The features of a page.
    Page,
    /// The features of a page, without geometries.
    Table,
    /// All features. Only their number is known before they are read, if it can be counted in time.
    All,
}

impl Direct {
    /// Returns the features that match `query`, beginning with their description. A task continues
    /// to read until all is taken. Dropping the page or the future ends it.
    ///
    /// # Errors
    ///
    /// Fails as unavailable if the database cannot be reached or all connections are in use, as too
    /// many requests if the client's share of them is in use, as timed out if reading takes longer
    /// than allowed, and as invalid if the cursor belongs to another collection.
    pub async fn page(self: &Arc<Self>, query: Query, reader: Reader<'_>) -> Result<Page> {
        self.pages(query, reader, Extent::Page).await
    }

    /// Returns all features that match the query, regardless of its `limit`.
    ///
    /// # Errors
    ///
    /// Fails as [`page`](Direct::page) does.
    pub async fn all(self: &Arc<Self>, query: Query, reader: Reader<'_>) -> Result<Page> {
        // The largest LIMIT that PostgreSQL accepts.
        let limit = i64::MAX as usize;
        self.pages(Query { limit, offset: 0, from: None, ..query }, reader, Extent::All).await
    }

    /// Returns the features of a page without geometries, completely read: at most a thousand, for
    /// the pages of tables.
    ///
    /// # Errors
    ///
    /// Fails as [`page`](Direct::page) does.
    pub async fn table(self: &Arc<Self>, query: Query, reader: Reader<'_>) -> Result<Page> {
        let limit = query.limit.min(GATHERED - 1);
        self.pages(Query { limit, ..query }, reader, Extent::Table).await
    }

    async fn pages(self: &Arc<Self>, query: Query, reader: Reader<'_>, extent: Extent) -> Result<Page> {
        let (head_sender, head) = oneshot::channel();
        let (sender, pieces) = mpsc::channel(PIECES_WAITING);
        let Reader { permit, client } = reader;
        let query = self.by_place(query, permit)?;
        let task = Task { direct: self.clone(), permit: permit.clone(), client, query, extent };
        let gone = sender.clone();
        tokio::spawn(async move {
            let time = task.direct.times.answer;
            tokio::select! {
                // Dropping the reading cancels its statement.
                () = gone.closed() => {}
                ended = tokio::time::timeout(time.most, task.read(head_sender, &sender)) => {
                    if ended.is_err() {
                        let _ = sender.try_send(Err(time.over(said!("the answer was taken too slowly"))));
                    }
                }
            }
        });
        // The task ends without a result only if its time is over.
        let lost = |_| self.times.answer.over(said!("the answer took longer than allowed"));
        let Head { matched, returned, next, previous } = head.await.map_err(lost)??;
        Ok(Page { matched, returned, next, previous, pieces })
    }

    /// Replaces a cursor that is a number of features by an offset, which is used if the key is
    /// hidden.
    fn by_place(&self, mut query: Query, permit: &Permit) -> Result<Query> {
        let Some(cursor) = &query.from else { return Ok(query) };
        cursor.place.check(self.sees_key(permit), self.schema.loaded_at().as_microsecond())?;
        let Cursor { direction, place: CursorPlace::Position { position, .. }, .. } = *cursor else {
            return Ok(query);
        };
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        match direction {
            Direction::Forward => query.offset = query.offset.saturating_add(position),
            Direction::Backward => {
                let end = position.saturating_sub(query.offset);
                query.offset = end.saturating_sub(query.limit);
                query.limit = query.limit.min(end);
            }
        }
        query.from = None;
        Ok(query)
    }
}

impl Task {
    /// Reads the page and passes it on. An error before the page begins goes to `head`, a later one
    /// to `sender`.
    async fn read(&self, head: oneshot::Sender<Result<Head>>, sender: &mpsc::Sender<Result<Layer>>) {
        let mut connection = match self.direct.pool.acquire(self.client).await {
            Ok(connection) => connection,
            Err(why) => return drop(head.send(Err(why))),
        };
        let mut head = Some(head);
        let read = self.read_by(&mut connection, &mut head, sender).await;
        if let Err(why) = finish(connection, read) {
            match head {
                Some(head) => drop(head.send(Err(why))),
                None => drop(sender.send(Err(why)).await),
            }
        }
    }

    async fn read_by(
        &self,
        connection: &mut PooledConnection,
        head: &mut Option<oneshot::Sender<Result<Head>>>,
        sender: &mpsc::Sender<Result<Layer>>,
    ) -> Answered<()> {
        let Direct { collection, locator, times, .. } = &*self.direct;
        let reading =
            Reading::begin(connection, collection, locator, times.statement, times.answer.most).await?;
        let mut say = |what| head.take().is_some_and(|head| head.send(Ok(what)).is_ok());
        if self.query.limit < GATHERED && !self.is_backward() {
            let (what, pieces) = self.gathered(&reading).await?;
            // Everything is read, so the connection is free while the client receives it.
            reading.end().await?;
            say(what);
            for piece in pieces {
                if sender.send(Ok(piece)).await.is_err() {
                    break;
                }
            }
            return Ok(());
        }
        let what = match self.extent {
            Extent::All => {
                let matched = self.count(&reading).await?;
                let returned = matched.and_then(|count| usize::try_from(count).ok());
                Head { matched, returned, next: None, previous: None }
            }
            Extent::Page | Extent::Table => self.head(&reading).await?,
        };
        let returned = what.returned.unwrap_or(self.query.limit);
        say(what);
        let wanted = self.wanted();
        let portal = reading.open(&locator.select.page(&self.query, returned, wanted)?).await?;
        let mut left = returned;
        while left > 0 {
            let mut sink = Sink::Sent(sender);
            let count = reading.fetch(&portal, ROWS_AT_ONCE.min(left), usize::MAX, &mut sink).await?;
            left = if count == 0 { 0 } else { left.saturating_sub(count) };
        }
        drop(portal);
        reading.end().await
    }

    /// Reads a small page completely, and one more row, which shows that there is a next page.
    async fn gathered(&self, reading: &Reading<'_>) -> Answered<(Head, Vec<Layer>)> {
        let limit = self.query.limit;
        let wanted = self.wanted();
        let portal = reading.open(&self.direct.locator.select.page(&self.query, limit + 1, wanted)?).await?;
        let mut pieces = vec![];
        let count = reading.fetch(&portal, 0, limit, &mut Sink::Kept(&mut pieces)).await?;
        let more = count > limit;
        let returned = count.min(limit);
        let is_all = self.query.from.is_none() && self.query.offset == 0 && !more;
        let matched = if is_all { Some(returned as u64) } else { self.count(reading).await? };
        let first = pieces.first().map(|piece| (piece, 0));
        let last = pieces.last().map(|piece| (piece, piece.len()));
        let head = self.describe(matched, returned, [first, last], [self.is_beyond_the_first(), more]);
        Ok((head, pieces))
    }

    /// Describes a large page, or one before a position, by reading only its keys.
    async fn head(&self, reading: &Reading<'_>) -> Answered<Head> {
        let limit = self.query.limit;
        let mut columns = match self.direct.sees_key(&self.permit) {
            true => self.direct.locator.select.key.clone(),
            false => vec![],
        };
        columns.extend(self.query.sort.iter().map(|sort| sort.column));
        let wanted = self.direct.wanted(&self.permit, &columns, false);
        let keys = reading.pieces(&self.direct.locator.select.page(&self.query, limit + 1, wanted)?).await?;
        let count: usize = keys.iter().map(Layer::len).sum();
        let more = count > limit;
        let matched = self.count(reading).await?;
        let (skipped, exists) = match self.is_backward() {
            // The additional row is the first, and shows that there is a previous page.
            true => (usize::from(more), [more, true]),
            false => (0, [self.is_beyond_the_first(), more]),
        };
        let returned = count.min(limit);
        let edges = [row_at(&keys, skipped), row_at(&keys, skipped + returned.saturating_sub(1))];
        let [first, last] = edges.map(|edge| edge.filter(|_| returned > 0));
        let last = last.map(|(piece, row)| (piece, row + 1));
        Ok(self.describe(matched, returned, [first, last], exists))
    }

    /// Counts the features that match the query on all pages; None if it takes too long.
    async fn count(&self, reading: &Reading<'_>) -> Answered<Option<u64>> {
        let statement = self.direct.locator.select.count(&self.query)?;
        let row = reading.row_within(self.direct.times.count, &statement).await?;
        Ok(row.and_then(|row| row.try_get::<_, i64>(0).ok()).and_then(|count| u64::try_from(count).ok()))
    }

    /// Returns what is read: all visible columns, and among them the key by which pages continue,
    /// if it is visible.
    fn wanted(&self) -> Wanted<'_> {
        self.direct.wanted(&self.permit, self.permit.columns(), self.extent != Extent::Table)
    }

    fn is_backward(&self) -> bool {
        self.query.from.as_ref().is_some_and(|cursor| cursor.direction == Direction::Backward)
    }

    fn is_beyond_the_first(&self) -> bool {
        self.query.from.is_some() || self.query.offset > 0
    }

    /// Returns the first feature of a page and the one after its last as positions of other pages.
    fn describe(
        &self,
        matched: Option<u64>,
        returned: usize,
        [first, behind]: [Option<(&Layer, usize)>; 2],
        [has_previous, has_next]: [bool; 2],
    ) -> Head {
        let cursor = |direction, (piece, row): (&Layer, usize), position| {
            let view = View::new(piece, &self.direct.collection, &self.permit);
            let mut cursor = Order::new(&view, &self.query.sort).cursor(direction, row as u32, position);
            if let CursorPlace::Position { loaded_at, .. } = &mut cursor.place {
                *loaded_at = self.direct.schema.loaded_at().as_microsecond();
            }
            cursor
        };
        let start = self.query.offset;
        Head {
            matched,
            returned: Some(returned),
            previous: first.filter(|_| has_previous).map(|edge| cursor(Direction::Backward, edge, start)),
            next: behind
                .filter(|_| has_next)
                .and_then(|(piece, row)| Some((piece, row.checked_sub(1)?)))
                .map(|edge| cursor(Direction::Forward, edge, start + returned)),
        }
    }
}

/// Returns the layer and the row in it at a position in all pieces together.
fn row_at(pieces: &[Layer], mut position: usize) -> Option<(&Layer, usize)> {
    for piece in pieces {
        if position < piece.len() {
            return Some((piece, position));
        }
        position -= piece.len();
    }
    None
}
