//! The connections by which requests ask one database, apart from those that load layers.
//!
//! A pool of our own, since what matters is the one thing that pools for all purposes leave to
//! their users: when a connection may come back. One whose transaction did not end never does: its
//! statement is cancelled, and when the server has said that it ended, or after [`CLEAN_UP`], the
//! socket is closed. (To go on with it would be a mistake: a cancellation reaches the server on
//! another way, and may hit whatever runs when it arrives.)

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::circuit::Circuit;
use crate::error::{Error, Kind, Reached, Result};
use crate::limits::Key;
use crate::source::postgis::connect::{Client, connect};
use crate::source::postgis::dsn::Dsn;
use crate::work::places::{Places, Refusal, Taken};

/// How long a statement that was cancelled may take to end before its connection is closed.
const CLEAN_UP: Duration = Duration::from_secs(2);

/// What bounds a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Connections at most.
    pub connections: usize,
    /// How long a request waits for one.
    pub wait: Duration,
    /// Hundredths of them that one client alone may have.
    pub per_client: u8,
}

/// Requests that wait for a connection at once: the places of requests bound them before.
const WAITING: usize = 10_000;

impl PoolLimits {
    /// The error that there is no connection for a request.
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

/// The connections to one database.
#[derive(Debug)]
pub struct Pool {
    dsn: Dsn,
    limits: PoolLimits,
    places: Places,
    idle: Mutex<Vec<Client>>,
    circuit: Circuit,
}

/// A connection lent to one request. Dropped before [`give_back`](Self::give_back), what runs on it
/// is cancelled.
#[derive(Debug)]
pub struct Lent {
    pool: Arc<Pool>,
    /// None once it went its way.
    client: Option<Client>,
    place: Option<Taken>,
}

impl Pool {
    /// A pool without any connection yet.
    pub fn new(dsn: Dsn, limits: PoolLimits) -> Arc<Pool> {
        let places = Places::new(limits.connections, WAITING, limits.per_client);
        Arc::new(Pool { dsn, limits, places, idle: Mutex::default(), circuit: Circuit::default() })
    }

    /// A connection of its own for a client (no one in particular, without), opened if none is
    /// idle. Fails where all are lent, or its part of them, for longer than the wait, and where the
    /// database is away or does not answer within it.
    pub async fn lend(self: &Arc<Self>, client: Option<u64>) -> Result<Lent> {
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
        Ok(Lent { pool: self.clone(), client: Some(client), place: Some(place) })
    }

    /// An idle connection, asked whether it still answers: the server may have closed it, or stand
    /// still.
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
        // Where the database is and who asks is not for everyone.
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

    /// Ends what runs on `client`, and the connection. Its place is taken until then, so that
    /// statements nobody waits for any more are bounded too.
    async fn clean_up(client: Client, _place: Option<Taken>) {
        let ending = async {
            client.cancel().await;
            // Answered once the statement before it has ended.
            let _ = client.batch_execute("ROLLBACK").await;
        };
        let _ = tokio::time::timeout(CLEAN_UP, ending).await;
    }
}

impl Lent {
    /// The connection, for a transaction.
    pub fn client(&mut self) -> Result<&mut Client> {
        self.client.as_mut().ok_or_else(|| Error::internal("a connection was used after it was given back"))
    }

    /// Back into the pool, after the transaction has ended.
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

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(client) = self.client.take().filter(Client::is_usable) else { return };
        // Outside a runtime, as when the process ends, closing the socket is all there is to do.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(Pool::clean_up(client, self.place.take()));
        }
    }
}
