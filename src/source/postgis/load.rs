//! Reads one collection into a layer by a binary `COPY`, which is parsed while it arrives.
//!
//! The async runtime drives the connection and gathers the bytes into pieces. A thread of its own
//! parses them, builds the columns and finishes the layer. The channel between them is bounded, so
//! that a database that is faster than the thread waits and does not fill the memory.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_postgres::CopyOutStream;

use super::connect::{Client, connect};
use super::copy::{self, Decoder};
use super::direct::select::Select;
use super::dsn::Dsn;
use super::feed::position::Position;
use super::{statement, wording};
use crate::catalog::names::Name;
use crate::catalog::{Collection, ColumnType};
use crate::error::{Error, Kind, Result};
use crate::geo::{Shape, ewkb};
use crate::layer::{Layer, LayerBuilder, Note};
use crate::source::found::Found;

/// The time limit for reading one collection, and also for its first row.
pub const LOAD_TIMEOUT: Duration = Duration::from_secs(900);
/// The time limit for the transaction and for each piece of data. A suspended server keeps its
/// socket open for ever.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// The number of bytes of a piece for the parsing thread.
const PIECE: usize = 256 * 1024;
/// The number of pieces that may wait for the parsing thread.
const PIECES_WAITING: usize = 8;

/// How the rows of a collection are read.
#[derive(Clone, Debug)]
pub struct Locator {
    /// The `COPY` of all columns in the collection's order, followed by the geometry if there is
    /// one.
    pub(super) statement: String,
    /// The SRID that geometries must have.
    pub(super) srid: u32,
    /// Whether geometries without an SRID are accepted, because the configuration sets the SRID.
    pub(super) srid_configured: bool,
    /// Notes about what was left out, for the layer's report.
    pub(super) notes: Vec<Note>,
    /// The object identifier (OID) of the relation.
    pub oid: u32,
    /// How single rows are read; None if no key tells them apart.
    pub(super) by_key: Option<ByKey>,
    /// How the rows of a query are selected if they are not resident.
    pub(super) select: Arc<Select>,
    /// Whether the configuration keeps the rows in the database.
    pub(super) direct: bool,
    /// The tables that the relation inherits from.
    pub(super) parents: Vec<Name>,
}

impl Locator {
    /// Returns whether the configuration keeps the rows in the database.
    pub fn is_direct(&self) -> bool {
        self.direct
    }

    /// Returns the names of the tables that the relation inherits from. Their rows include its own.
    pub fn parents(&self) -> &[Name] {
        &self.parents
    }

    /// Returns the names of the columns whose values tell rows apart; None if there are none.
    pub fn by_key(&self) -> Option<&[String]> {
        self.by_key.as_ref().map(|by_key| by_key.columns.as_slice())
    }

    /// Returns whether both read the same columns of the same relation in the same way.
    pub fn reads_like(&self, other: &Locator) -> bool {
        (self.oid, &self.statement, self.srid, self.srid_configured)
            == (other.oid, &other.statement, other.srid, other.srid_configured)
    }
}

/// How the rows with certain keys are read.
#[derive(Clone, Debug)]
pub struct ByKey {
    /// The statement, made by [`feed::statement::rows`](super::feed).
    pub(super) statement: String,
    /// The names of the key's columns.
    pub(super) columns: Vec<String>,
    /// Whether there are dates or times among them.
    pub(super) has_dates: bool,
}

/// Reads all rows of `found` as [`load_followed`] does, without the position.
///
/// # Errors
///
/// Fails as [`load_followed`] does.
pub async fn load(dsn: &Dsn, found: &Found<Locator>, progress: &(dyn Fn(u64) + Sync)) -> Result<Layer> {
    Ok(load_followed(dsn, found, false, progress).await?.0)
}

/// Reads all rows of `found` as of one moment of the database, on a connection of its own. With
/// `is_followed` it also returns the position of the rows in the change feed. Dropping the future
/// ends the reading.
///
/// # Errors
///
/// Fails with [`Kind::NotFound`] if the relation or a column no longer exists, with
/// [`Kind::Unavailable`] if the database cannot be reached, with [`Kind::Timeout`] after
/// [`LOAD_TIMEOUT`], and with [`Kind::Invalid`] if geometries have several SRIDs.
pub async fn load_followed(
    dsn: &Dsn,
    found: &Found<Locator>,
    is_followed: bool,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Layer, Option<Position>)> {
    let subject = &found.collection.qualified;
    let worded = |error| wording::statement(&error, subject);
    let client = connect(dsn).await?;
    let begun = Instant::now();
    let (loaded_at, position, stream) = loop {
        let loaded_at = Timestamp::now();
        match open(&client, &found.locator.statement, is_followed).await {
            Ok((position, stream)) => break (loaded_at, position, stream),
            Err(Fault::Told(error))
                if wording::is_locked(&error) && begun.elapsed() < statement::LOCKED_TIMEOUT =>
            {
                // If the transaction failed, this rolls it back.
                client.batch_execute(statement::COMMIT).await.map_err(worded)?;
            }
            Err(Fault::Told(error)) => return Err(worded(error)),
            Err(Fault::Silent) => return Err(stalled(subject)),
        }
    };
    let (sender, receiver) = mpsc::channel(PIECES_WAITING);
    let rows = Arc::new(AtomicU64::new(0));
    let building = tokio::task::spawn_blocking({
        let (collection, locator, rows) = (found.collection.clone(), found.locator.clone(), rows.clone());
        move || build(&collection, locator, receiver, &rows, loaded_at)
    });
    let told = || progress(rows.load(Ordering::Relaxed));
    let sent = forward(stream, sender, subject, &told).await;
    let layer = building.await.map_err(|_| Error::internal(format!("building {subject} was broken off")))?;
    told();
    // If the bytes ended early, this is the reason, whatever error the parser reports.
    sent?;
    let layer = layer?;
    let _ = client.batch_execute(statement::COMMIT).await;
    client.close().await;
    Ok((layer, position))
}

/// The reason why reading could not begin.
enum Fault {
    /// The database reported an error.
    Told(tokio_postgres::Error),
    /// The database did not answer.
    Silent,
}

/// Begins a transaction and the reading in it. The position is asked for by the transaction's first
/// statement, so that it is that of the rows.
async fn open(
    client: &Client,
    copy: &str,
    is_followed: bool,
) -> std::result::Result<(Option<Position>, CopyOutStream), Fault> {
    let beginning = async {
        client.batch_execute(&statement::begin(LOAD_TIMEOUT)).await?;
        match is_followed {
            true => Position::read(client).await.map(Some),
            false => Ok(None),
        }
    };
    let position = within(STALL_TIMEOUT, beginning).await?;
    // A view may take long to return its first row.
    Ok((position, within(LOAD_TIMEOUT, client.copy_out(copy)).await?))
}

async fn within<T>(
    time: Duration,
    asking: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
) -> std::result::Result<T, Fault> {
    tokio::time::timeout(time, asking).await.map_err(|_| Fault::Silent)?.map_err(Fault::Told)
}

fn stalled(subject: &str) -> Error {
    Error::unavailable(format!("the database stopped answering while reading {subject}"))
}

/// Passes the bytes of `stream` to the parsing thread in larger pieces. It ends early and without
/// an error if that thread has ended.
async fn forward(
    stream: impl Stream<Item = std::result::Result<Bytes, tokio_postgres::Error>>,
    sender: mpsc::Sender<Vec<u8>>,
    subject: &str,
    told: &impl Fn(),
) -> Result<()> {
    let mut stream = pin!(stream);
    let mut piece = Vec::with_capacity(PIECE);
    let mut patience = LOAD_TIMEOUT;
    loop {
        let next = tokio::time::timeout(patience, stream.next()).await.map_err(|_| stalled(subject))?;
        patience = STALL_TIMEOUT;
        let ended = next.is_none();
        if let Some(bytes) = next {
            piece.extend_from_slice(&bytes.map_err(|error| wording::statement(&error, subject))?);
        }
        if piece.len() >= PIECE || ended {
            let full = std::mem::replace(&mut piece, Vec::with_capacity(PIECE));
            if sender.send(full).await.is_err() || ended {
                return Ok(());
            }
            told();
        }
    }
}

/// Builds a layer from pieces of bytes; runs on the parsing thread.
fn build(
    collection: &Collection,
    locator: Locator,
    mut pieces: mpsc::Receiver<Vec<u8>>,
    rows: &AtomicU64,
    loaded_at: Timestamp,
) -> Result<Layer> {
    let mut decoder = Decoder::new(collection.columns.len() + usize::from(collection.geometry.is_some()));
    let mut building = Building::new(collection, &locator)?;
    while let Some(piece) = pieces.blocking_recv() {
        decoder.feed(&piece, |row| building.row(|index| row.field(index)))?;
        rows.store(building.builder.rows().into(), Ordering::Relaxed);
    }
    decoder.finish()?;
    Ok(building.finish(loaded_at))
}

/// The state while a layer is built from binary rows.
pub(super) struct Building<'a> {
    collection: &'a Collection,
    kinds: Vec<ColumnType>,
    locator: &'a Locator,
    pub(super) builder: LayerBuilder,
    shape: Shape,
    unreadable: Vec<u64>,
    damaged: u64,
}

/// The result of reading a row's geometry.
enum Geometry {
    Null,
    Unsupported,
    Damaged,
    InShape,
}

impl<'a> Building<'a> {
    pub(super) fn new(collection: &'a Collection, locator: &'a Locator) -> Result<Building<'a>> {
        Ok(Building {
            collection,
            kinds: collection.columns.iter().map(|column| column.kind).collect(),
            locator,
            builder: LayerBuilder::new(collection)?,
            shape: Shape::default(),
            unreadable: vec![0; collection.columns.len()],
            damaged: 0,
        })
    }

    /// Adds a row. `field` returns the bytes of each column in the collection's order, and then of
    /// the geometry if there is one.
    pub(super) fn row<'r>(&mut self, field: impl Fn(usize) -> Option<&'r [u8]>) -> Result<()> {
        for (index, kind) in self.kinds.iter().enumerate() {
            match copy::value(*kind, field(index)) {
                Some(value) => self.builder.cell(index, value),
                None => {
                    // Without a cell the row gets NULL.
                    if let Some(count) = self.unreadable.get_mut(index) {
                        *count += 1;
                    }
                    self.builder.cell(index, crate::layer::Value::Null);
                }
            }
        }
        if self.collection.geometry.is_none() {
            return self.builder.end_row();
        }
        let geometry = self.read_geometry(field(self.kinds.len()))?;
        self.builder.shape(matches!(geometry, Geometry::InShape).then_some(&self.shape));
        match geometry {
            // Counted under their own names, and not as NULL.
            Geometry::Unsupported => {
                self.builder.report.null_geometries -= 1;
                self.builder.report.unsupported += 1;
            }
            Geometry::Damaged => {
                self.builder.report.null_geometries -= 1;
                self.damaged += 1;
            }
            Geometry::Null | Geometry::InShape => {}
        }
        self.builder.end_row()
    }

    /// Reads an EWKB geometry. Fails if its SRID is not that of the collection, because coordinates
    /// of two systems in one layer would be wrong by hundreds of kilometres.
    fn read_geometry(&mut self, field: Option<&[u8]>) -> Result<Geometry> {
        let Some(bytes) = field else { return Ok(Geometry::Null) };
        let Ok(header) = ewkb::read(bytes, &mut self.shape) else { return Ok(Geometry::Damaged) };
        match header.srid.unwrap_or(0) {
            srid if srid == self.locator.srid => {}
            0 if self.locator.srid_configured => {}
            srid => return Err(self.mixed(srid)),
        }
        if header.unsupported {
            return Ok(Geometry::Unsupported);
        }
        self.builder.report.curves += u64::from(header.had_curves);
        self.builder.report.measures += u64::from(header.had_m);
        Ok(Geometry::InShape)
    }

    fn mixed(&self, srid: u32) -> Error {
        let what = format!(
            "{} has geometries of SRID {srid} among those of SRID {}",
            self.collection.qualified, self.locator.srid
        );
        Error::new(Kind::Invalid, what).hint("transform them to one system by ST_Transform, and declare it")
    }

    pub(super) fn finish(self, loaded_at: Timestamp) -> Layer {
        self.into_builder().finish(loaded_at)
    }

    /// Returns the rows with notes about them.
    pub(super) fn into_builder(mut self) -> LayerBuilder {
        let notes = &mut self.builder.report.notes;
        notes.extend_from_slice(&self.locator.notes);
        for (column, count) in self.collection.columns.iter().zip(&self.unreadable) {
            if *count > 0 {
                let words = format!("{count} values of {} could not be read and became NULL", column.name);
                notes.push(Note::of(&column.name, words));
            }
        }
        if self.damaged > 0 {
            notes.push(Note::Whole(format!("{} damaged geometries, served without", self.damaged)));
        }
        self.builder
    }
}
