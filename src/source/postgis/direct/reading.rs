//! A transaction on a pooled connection that answers one request.
//!
//! Rows are fetched in portions through a portal, so the server works only for rows that were
//! passed on, and no statement runs while a slow client receives them. Each wait for the server has
//! a time limit, because a suspended server keeps its socket open for ever.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{IsolationLevel, Portal, Row, Transaction};

use super::operand::Statement;
use super::pool::PooledConnection;
use super::time::Time;
use crate::catalog::Collection;
use crate::error::{Error, Kind, Result, said};
use crate::layer::{Layer, LayerBuilder};
use crate::source::postgis::load::{Building, Locator};
use crate::source::postgis::{statement, wording};

/// The number of bytes of rows in a piece.
const PIECE: usize = 256 * 1024;
/// How long an answer is awaited beyond the server's own timeout.
const GRACE: Duration = Duration::from_millis(500);

/// An error, and whether the database went silent.
#[derive(Debug)]
pub struct Failure {
    /// The error, in words for people.
    pub why: Error,
    /// Whether the connection was lost, or no answer came in time.
    pub is_silent: bool,
}

impl From<Error> for Failure {
    fn from(why: Error) -> Failure {
        Failure { why, is_silent: false }
    }
}

/// The result of a statement.
pub type Answered<T> = std::result::Result<T, Failure>;

/// A transaction, and the collection that it reads.
pub struct Reading<'a> {
    transaction: Transaction<'a>,
    collection: &'a Collection,
    locator: &'a Locator,
    time: Time,
}

impl<'a> Reading<'a> {
    /// Begins a read-only transaction that sees one moment. No statement takes longer than `time`,
    /// and the server ends the transaction if no statement comes for `patience`.
    pub async fn begin(
        connection: &'a mut PooledConnection,
        collection: &'a Collection,
        locator: &'a Locator,
        time: Time,
        patience: Duration,
    ) -> Answered<Reading<'a>> {
        let builder = connection.client()?.exclusive().build_transaction();
        let starting = builder.isolation_level(IsolationLevel::RepeatableRead).read_only(true).start();
        let transaction = in_time(time, collection, starting).await?;
        let settings = statement::settings_of_request(time.most, patience);
        in_time(time, collection, transaction.batch_execute(&settings)).await?;
        Ok(Reading { transaction, collection, locator, time })
    }

    /// Ends the transaction, so that the connection is free for other requests.
    pub async fn end(self) -> Answered<()> {
        in_time(self.time, self.collection, self.transaction.commit()).await
    }

    /// Prepares a statement and binds its values without fetching a row.
    pub async fn open(&self, statement: &Statement) -> Answered<Portal> {
        let types: Vec<Type> = statement.values.iter().map(super::bound::Bound::declared).collect();
        let preparing = self.transaction.prepare_typed(&statement.text, &types);
        let prepared = in_time(self.time, self.collection, preparing).await?;
        let values = statement.values.iter().map(|value| value as &(dyn ToSql + Sync));
        in_time(self.time, self.collection, self.transaction.bind_raw(&prepared, values)).await
    }

    /// Fetches at most `most` more rows (0 for all) and passes the pieces that they fill to `sink`,
    /// in order. Returns the number of rows. Rows beyond the first `kept` are only counted.
    pub async fn fetch(
        &self,
        portal: &Portal,
        most: usize,
        kept: usize,
        sink: &mut Sink<'_>,
    ) -> Answered<usize> {
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        let rows =
            in_time(self.time, self.collection, self.transaction.query_portal_raw(portal, most)).await?;
        let mut rows = pin!(rows);
        let mut piece = Piece::new(self)?;
        let mut count = 0;
        loop {
            let next = async { rows.next().await.transpose() };
            let Some(row) = in_time(self.time, self.collection, next).await? else { break };
            count += 1;
            if count <= kept {
                piece.add(&row)?;
            }
            if piece.bytes >= PIECE && matches!(sink, Sink::Sent(_)) {
                let full = std::mem::replace(&mut piece, Piece::new(self)?);
                sink.put(full.finish()).await?;
            }
        }
        if piece.building.builder.rows() > 0 {
            sink.put(piece.finish()).await?;
        }
        Ok(count)
    }

    /// Returns all rows of a statement as pieces.
    pub async fn pieces(&self, statement: &Statement) -> Answered<Vec<Layer>> {
        let portal = self.open(statement).await?;
        let mut pieces = vec![];
        self.fetch(&portal, 0, usize::MAX, &mut Sink::Kept(&mut pieces)).await?;
        Ok(pieces)
    }

    /// Returns all rows of a statement, to make a layer with index and level of detail.
    pub async fn rows(&self, statement: &Statement) -> Answered<LayerBuilder> {
        let portal = self.open(statement).await?;
        let rows = in_time(self.time, self.collection, self.transaction.query_portal_raw(&portal, 0)).await?;
        let mut rows = pin!(rows);
        let mut building = Building::new(self.collection, self.locator)?;
        loop {
            let next = async { rows.next().await.transpose() };
            let Some(row) = in_time(self.time, self.collection, next).await? else { break };
            building.row(|index| field(&row, index))?;
        }
        Ok(building.into_builder())
    }

    /// Returns the first row of a statement; its fields are floats, whole numbers or booleans.
    pub async fn row(&self, statement: &Statement) -> Answered<Option<Row>> {
        let portal = self.open(statement).await?;
        let asking = self.transaction.query_portal(&portal, 1);
        Ok(in_time(self.time, self.collection, asking).await?.into_iter().next())
    }

    /// Returns the first row of a statement as [`row`](Self::row) does, or None if it takes longer
    /// than `time`. The transaction continues in both cases.
    pub async fn row_within(&self, time: Duration, statement: &Statement) -> Answered<Option<Row>> {
        in_time(self.time, self.collection, self.transaction.batch_execute(&statement::attempt(time)))
            .await?;
        let row = match self.row(statement).await {
            Err(Failure { why, is_silent: false }) if why.kind == Kind::Timeout => None,
            answered => answered?,
        };
        let ending = self.transaction.batch_execute(statement::END_OF_ATTEMPT);
        in_time(self.time, self.collection, ending).await?;
        Ok(row)
    }
}

/// Where pieces of rows go.
pub enum Sink<'a> {
    /// Into a list.
    Kept(&'a mut Vec<Layer>),
    /// To a channel, as soon as there is room in it.
    Sent(&'a mpsc::Sender<Result<Layer>>),
}

impl Sink<'_> {
    async fn put(&mut self, piece: Layer) -> Result<()> {
        match self {
            Sink::Kept(pieces) => pieces.push(piece),
            Sink::Sent(sender) => {
                let gone = |_| Error::unavailable("the client has left");
                sender.send(Ok(piece)).await.map_err(gone)?;
            }
        }
        Ok(())
    }
}

/// The rows that are gathered for the next piece.
struct Piece<'a> {
    building: Building<'a>,
    bytes: usize,
}

impl<'a> Piece<'a> {
    fn new(reading: &Reading<'a>) -> Result<Piece<'a>> {
        Ok(Piece { building: Building::new(reading.collection, reading.locator)?, bytes: 0 })
    }

    fn add(&mut self, row: &Row) -> Result<()> {
        self.bytes += row.raw_size_bytes();
        self.building.row(|index| field(row, index))
    }

    fn finish(self) -> Layer {
        self.building.builder.finish_as_read(Timestamp::now())
    }
}

/// The bytes of a field; None for NULL.
struct Raw<'a>(Option<&'a [u8]>);

type Fault = Box<dyn std::error::Error + Sync + Send>;

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> std::result::Result<Self, Fault> {
        Ok(Raw(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> std::result::Result<Self, Fault> {
        Ok(Raw(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn field(row: &Row, index: usize) -> Option<&[u8]> {
    row.try_get::<_, Raw<'_>>(index).ok().and_then(|raw| raw.0)
}

/// Awaits the server's answer. The server ends the statement after `time`, and its answer is
/// awaited a little longer.
async fn in_time<T>(
    time: Time,
    collection: &Collection,
    asking: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
) -> Answered<T> {
    let subject = &collection.id;
    match tokio::time::timeout(time.most + GRACE, asking).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            let mut why = wording::statement(&error, subject);
            if why.kind == Kind::Timeout {
                why.limit = time.limit;
            }
            let is_silent = error.code().is_none();
            // Errors of class 22 (data exceptions) may quote a value, which must not appear in the
            // log.
            let names_a_value = error.code().is_some_and(|code| code.code().starts_with("22"));
            let why = if names_a_value { why } else { why.because(error) };
            Err(Failure { why, is_silent })
        }
        Err(_) => {
            let why = time.over(said!("the database did not answer about {} in time", subject));
            Err(Failure { why, is_silent: true })
        }
    }
}
