//! The pool of connections with which requests read one database. Loads have their own connections.
//!
//! General pools leave one question to their users that is essential here: when a connection may be
//! used again. A connection whose transaction did not end is never used again. Its statement is
//! cancelled, and the socket is closed as soon as the server confirms the end, or after
//! [`CLEAN_UP`]. To use it again would be wrong, because a cancellation reaches the server over
//! another connection, and may hit whatever statement runs when it arrives.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::circuit::Circuit;
use crate::error::{Error, Kind, Reached, Result};
use crate::limits::Key;
use crate::source::postgis::connect::{Client, connect};
use crate::source::postgis::dsn::Dsn;
use crate::work::places::{Places, Refusal, Taken};

/// How long a cancelled statement may take to end before its connection is closed.
const CLEAN_UP: Duration = Duration::from_secs(2);

/// The limits of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// The maximum number of connections.
    pub connections: usize,
    /// How long a request waits for a connection.
    pub wait: Duration,
    /// The percentage of the connections that one client may use.
    pub per_client: u8,
}

/// The number of requests that may wait for a connection; the limit on requests is lower.
const WAITING: usize = 10_000;

impl PoolLimits {
    /// Returns the error that there is no connection for a request.
    fn refused(&self, why: Refusal) -> Error {
        match why {
            Refusal::Full => Error::unavailable("all connections to the database are in use")
                .reached(Key::direct_connections_at_once.reached(self.connections as u64)),
            Refusal::TooMany => {
                Error::new(Kind::TooMany, "too many requests of yours ask the database already")
                    .reached(Key::places_per_client.reached(self.per_client.into()))
            }
        }
    }

    fn wait_reached(&self) -> Reached {
        Key::direct_wait.reached(self.wait.as_millis() as u64)
    }
}

/// The pooled connections to one database.
#[derive(Debug)]
pub struct Pool {
    dsn: Dsn,
    limits: PoolLimits,
    places: Places,
    idle: Mutex<Vec<Client>>,
    circuit: Circuit,
}

/// A connection that one request uses. Dropping it before [`give_back`](Self::give_back) cancels
/// what runs on it.
#[derive(Debug)]
pub struct PooledConnection {
    pool: Arc<Pool>,
    /// None after the connection was given back or closed.
    client: Option<Client>,
    place: Option<Taken>,
}

impl Pool {
    /// Makes a pool without any connection.
    pub fn new(dsn: Dsn, limits: PoolLimits) -> Arc<Pool> {
        let places = Places::new(limits.connections, WAITING, limits.per_client);
        Arc::new(Pool { dsn, limits, places, idle: Mutex::default(), circuit: Circuit::default() })
    }

    /// Takes a connection from the pool, or opens one if none is idle. It counts for `client`, or
    /// for nobody in particular if that is None.
    ///
    /// # Errors
    ///
    /// Fails if all connections, or the client's share of them, are in use for longer than the
    /// request may wait, and if the database cannot be reached or does not answer in this time.
    pub async fn acquire(self: &Arc<Self>, client: Option<u64>) -> Result<PooledConnection> {
        self.circuit.pass()?;
        let place = match self.places.take_now(client) {
            Ok(place) => place,
            Err(why) => {
                let waited = tokio::time::timeout(self.limits.wait, self.places.take(client)).await;
                waited.unwrap_or(Err(why)).map_err(|why| self.limits.refused(why))?
            }
        };
        let client = match self.idle_that_answers().await? {
            Some(client) => client,
            None => self.open().await?,
        };
        Ok(PooledConnection { pool: self.clone(), client: Some(client), place: Some(place) })
    }

    /// Returns an idle connection after checking that it still answers: the server may have closed
    /// it, or be suspended.
    async fn idle_that_answers(&self) -> Result<Option<Client>> {
        while let Some(client) = self.take_idle() {
            match tokio::time::timeout(self.limits.wait, client.check_connection()).await {
                Ok(Ok(())) => return Ok(Some(client)),
                Ok(Err(_)) => {}
                Err(_) => {
                    self.circuit.failed();
                    let error = Error::unavailable("the database does not answer at present");
                    return Err(error.reached(self.limits.wait_reached()));
                }
            }
        }
        Ok(None)
    }

    async fn open(&self) -> Result<Client> {
        let opened = connect(&self.dsn).await;
        match &opened {
            Ok(_) => self.circuit.succeeded(),
            Err(_) => self.circuit.failed(),
        }
        // The database's address and user are not for everyone.
        opened.map_err(|why| {
            tracing::warn!("a request found no database: {why}");
            Error::unavailable("the database cannot be reached at present")
        })
    }

    fn take_idle(&self) -> Option<Client> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(Client::is_usable);
        idle.pop()
    }

    fn put_idle(&self, client: Client) {
        if client.is_usable() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(client);
        }
    }

    /// Cancels what runs on `client` and closes the connection. It keeps its place until then, so
    /// that cancelled statements are limited as well.
    async fn clean_up(client: Client, _place: Option<Taken>) {
        let ending = async {
            client.cancel().await;
            // This is answered when the previous statement has ended.
            let _ = client.batch_execute("ROLLBACK").await;
        };
        let _ = tokio::time::timeout(CLEAN_UP, ending).await;
    }
}

impl PooledConnection {
    /// Returns the connection, for a transaction.
    pub fn client(&mut self) -> Result<&mut Client> {
        self.client.as_mut().ok_or_else(|| Error::internal("a connection was used after it was given back"))
    }

    /// Returns the connection to the pool, after its transaction has ended.
    pub fn give_back(mut self) {
        self.pool.circuit.succeeded();
        if let Some(client) = self.client.take() {
            self.pool.put_idle(client);
        }
    }

    /// Notes that the database did not answer, or not in time.
    pub fn went_silent(&self) {
        self.pool.circuit.failed();
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        let Some(client) = self.client.take().filter(Client::is_usable) else { return };
        // Without a runtime, as at the end of the process, the socket can only be closed.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(Pool::clean_up(client, self.place.take()));
        }
    }
}
