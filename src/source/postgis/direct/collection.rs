//! A collection whose rows stay in the database.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use super::cover;
use super::ids;
use super::operand::Statement;
use super::pool::{Pool, PooledConnection};
use super::reader::Reader;
use super::reading::{Answered, Failure, Reading};
use super::time::{Time, Times};
use super::wanted::{RowOrder, Wanted};
use crate::access::Permit;
use crate::catalog::{Collection, Freshness};
use crate::error::{Error, Result, template};
use crate::geo::{Bbox, Crs, mercator};
use crate::layer::geometries::WorldBox;
use crate::layer::{Layer, LayerBuilder, View};
use crate::query::{Filter, Query};
use crate::source::found::Found;
use crate::source::postgis::load::Locator;

/// The time limit for a statement that reads a whole relation.
pub(super) const PROBE: Time = Time { most: Duration::from_secs(5), limit: None };

/// A collection whose rows stay in the database.
#[derive(Debug)]
pub struct Direct {
    /// The collection as it is published.
    pub collection: Arc<Collection>,
    /// An empty layer with the collection's columns, key and extent.
    pub schema: Arc<Layer>,
    pub(super) locator: Locator,
    pub(super) pool: Arc<Pool>,
    pub(super) times: Times,
    /// Where statements run for threads that wait for them.
    pub(super) runtime: Handle,
    /// What restricted permits show of it, by their digest, each opened once.
    pub(super) restricted: Mutex<Restricted>,
}

/// Collections as restricted permits show them, by the digest of the permit.
pub(super) type Restricted = BTreeMap<u64, Arc<OnceCell<Arc<Direct>>>>;

impl Direct {
    /// Opens a collection that a look found. It takes some seconds to find the extent of the
    /// features and to check that the key is unique, unless an index guarantees it.
    ///
    /// # Errors
    ///
    /// Fails without a key, since pages need one; if the key is not unique; or if the database
    /// cannot be reached.
    pub async fn open(pool: Arc<Pool>, found: &Found<Locator>, times: Times) -> Result<Direct> {
        let mut collection = found.collection.clone();
        collection.freshness = Freshness::Direct;
        let locator = found.locator.clone();
        if let Some(fault) = locator.select.key_fault() {
            return Err(fault);
        }
        let mut connection = pool.acquire(None).await?;
        let probing = probe(&mut connection, &collection, &locator).await;
        let Probed { extent, has_keys_beyond_ids } = finish(connection, probing)?;
        let schema = Layer::without_rows(&collection, extent, locator.notes.clone())?;
        schema.know_keys_beyond_ids(has_keys_beyond_ids);
        let (collection, schema) = (Arc::new(collection), Arc::new(schema));
        let (runtime, restricted) = (Handle::current(), Mutex::default());
        Ok(Direct { collection, schema, locator, pool, times, runtime, restricted })
    }

    /// Returns whether this was opened for the same collection, read in the same way.
    pub fn is_of(&self, collection: &Collection, locator: &Locator) -> bool {
        let published = Collection { freshness: Freshness::Direct, ..collection.clone() };
        *self.collection == published && self.locator.reads_like(locator)
    }

    /// Returns the same rows, published as `collection`.
    pub fn published_as(self, collection: Arc<Collection>) -> Direct {
        Direct { collection, ..self }
    }

    pub(super) fn wanted<'a>(&self, permit: &'a Permit, columns: &'a [usize], geometry: bool) -> Wanted<'a> {
        let order = if self.sees_key(permit) { RowOrder::Key } else { RowOrder::Seen(permit.columns()) };
        Wanted { columns, geometry, order }
    }

    pub(super) fn sees_key(&self, permit: &Permit) -> bool {
        View::new(&self.schema, &self.collection, permit).sees_key()
    }

    /// Returns the feature with this id as a layer of one row; None if there is none.
    ///
    /// # Errors
    ///
    /// Fails as [`page`](Direct::page) does.
    pub async fn one(self: &Arc<Self>, id: &str, reader: Reader<'_>) -> Result<Option<Layer>> {
        let Reader { permit, client } = reader;
        let key = self.locator.select.parse_key(id).filter(|_| self.sees_key(permit));
        let Some(key) = key else { return Ok(None) };
        // An id that is no value of the key's type belongs to no feature.
        let Ok(statement) = self.locator.select.one(&key, self.wanted(permit, permit.columns(), true)) else {
            return Ok(None);
        };
        Ok(self.ask(&statement, client).await?.into_iter().next())
    }

    /// Returns the rows that a tile may draw, before they are made a layer, and whether there are
    /// more than `most`. `area` is the tile with its buffer on the world grid. `smallest` is the
    /// size of the smallest lines and areas that are needed, as a fraction of the shorter side of
    /// `area`; 0 for all.
    ///
    /// # Errors
    ///
    /// Fails as [`page`](Direct::page) does.
    pub async fn rows_of_tile(
        self: &Arc<Self>,
        area: &WorldBox,
        smallest: f64,
        most: usize,
        reader: Reader<'_>,
        filter: Option<Filter>,
    ) -> Result<(LayerBuilder, bool)> {
        let Reader { permit, client } = reader;
        let stored = Crs::from_srid(self.locator.srid);
        let degrees = degrees(area);
        let cover = cover::cover(&degrees, Crs::Crs84, stored)?;
        if cover.is_none() && degrees.max[0] - degrees.min[0] < FAR_FROM_HOME {
            return Ok((LayerBuilder::new(&self.collection)?, false));
        }
        let smallest = cover
            .map_or(0.0, |cover| smallest * (cover.max[0] - cover.min[0]).min(cover.max[1] - cover.min[1]));
        let limit = (most < usize::MAX).then(|| most + 1);
        let query = Query { filter, ..Query::default() };
        let select = &self.locator.select;
        let statement =
            select.tile(&query, cover, smallest, limit, self.wanted(permit, permit.columns(), true))?;
        let mut connection = self.pool.acquire(client).await?;
        let answered = self.rows_by(&mut connection, &statement, self.sees_key(permit)).await;
        let rows = finish(connection, answered)?;
        let more = rows.rows() as usize > most;
        Ok((rows, more))
    }

    async fn rows_by(
        &self,
        connection: &mut PooledConnection,
        statement: &Statement,
        sees_key: bool,
    ) -> Answered<LayerBuilder> {
        let reading = self.reading(connection, self.times.tile).await?;
        let rows = reading.rows(statement).await?;
        if sees_key {
            self.note_keys(&reading).await?;
        }
        reading.end().await?;
        Ok(rows)
    }

    pub(super) async fn reading<'a>(
        &'a self,
        connection: &'a mut PooledConnection,
        time: Time,
    ) -> Answered<Reading<'a>> {
        Reading::begin(connection, &self.collection, &self.locator, time, self.times.answer.most).await
    }

    /// Returns the rows of a statement in pieces that are only meant to be written, from a
    /// transaction of its own. Dropping the future cancels the statement.
    async fn ask(&self, statement: &Statement, client: Option<u64>) -> Result<Vec<Layer>> {
        let mut connection = self.pool.acquire(client).await?;
        let answered = self.ask_by(&mut connection, statement).await;
        finish(connection, answered)
    }

    async fn ask_by(&self, connection: &mut PooledConnection, statement: &Statement) -> Answered<Vec<Layer>> {
        let reading = self.reading(connection, self.times.statement).await?;
        let layers = reading.pieces(statement).await?;
        reading.end().await?;
        Ok(layers)
    }
}

/// A width in degrees. A narrower tile whose outline cannot be projected into the stored system is
/// far from all features.
pub(super) const FAR_FROM_HOME: f64 = 5.0;

/// Gives a connection back whose transaction has ended; drops one whose has not, which cancels what
/// runs on it.
pub(super) fn finish<T>(connection: PooledConnection, answered: Answered<T>) -> Result<T> {
    match answered {
        Ok(answer) => {
            connection.give_back();
            Ok(answer)
        }
        Err(Failure { why, is_silent }) => {
            if is_silent {
                connection.went_silent();
            }
            Err(why)
        }
    }
}

/// What is found out about all rows, where that can be done in time.
pub(super) struct Probed {
    /// Where the features are, in degrees.
    pub(super) extent: Option<Bbox>,
    /// Whether some key is no id of a tile.
    pub(super) has_keys_beyond_ids: bool,
}

pub(super) async fn probe(
    connection: &mut PooledConnection,
    collection: &Collection,
    locator: &Locator,
) -> Answered<Probed> {
    let reading = Reading::begin(connection, collection, locator, PROBE, PROBE.most).await?;
    if let Some(statement) = locator.select.key_is_unique() {
        let unique = reading.row_within(PROBE.most, &statement).await?.map(|row| row.try_get::<_, bool>(0));
        if !matches!(unique, Some(Ok(true))) {
            let what = match unique {
                None => template!("whether its key is unique took too long to find out"),
                Some(_) => template!("its key is NULL in some rows or occurs more than once"),
            };
            let hint = "make a unique index of it, or name another by key in the configuration";
            return Err(Error::invalid("key", what).hint(hint).into());
        }
    }
    let extent = match locator.select.extent() {
        Some(statement) => reading.row_within(PROBE.most, &statement).await?,
        None => None,
    };
    let corner = |index| extent.as_ref().and_then(|row| row.try_get::<_, Option<f64>>(index).ok().flatten());
    let stored = match (corner(0), corner(1), corner(2), corner(3)) {
        (Some(west), Some(south), Some(east), Some(north)) => Some(Bbox::new([west, south], [east, north])),
        _ => None,
    };
    let ends = match locator.select.key_range() {
        Some(statement) => reading.row_within(PROBE.most, &statement).await?,
        None => None,
    };
    let has_keys_beyond_ids = ends.as_ref().is_some_and(ids::is_beyond_ids);
    reading.end().await?;
    let degrees = stored.map(|stored| cover::around(&stored, Crs::from_srid(locator.srid), Crs::Crs84));
    Ok(Probed { extent: degrees.transpose()?.flatten(), has_keys_beyond_ids })
}

/// A box of the world grid in degrees.
pub(super) fn degrees(area: &WorldBox) -> Bbox {
    let corner = |point| mercator::to_lonlat(mercator::from_world(point));
    Bbox::around(&[corner(area.min), corner(area.max)])
}
