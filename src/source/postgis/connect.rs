//! A connection to the database, which is opened within a time limit and closed when it is dropped.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::{AsyncMessage, Config, Connection, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::dsn::Dsn;
use super::way::Way;
use super::{statement, tls, wording};
use crate::error::{Error, Result};

/// How long closing a connection in an orderly way may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// An open connection. It dereferences to a `tokio_postgres::Client`.
///
/// Dropping it closes the socket at once, whatever is going on, so that the rest of a large answer
/// is not read.
pub struct Client {
    inner: tokio_postgres::Client,
    task: Task,
    given_up: AtomicBool,
    notified: Arc<Notify>,
    way: Way,
    config: Config,
    connector: MakeRustlsConnect,
}

struct Task(JoinHandle<()>);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Deref for Client {
    type Target = tokio_postgres::Client;

    fn deref(&self) -> &tokio_postgres::Client {
        &self.inner
    }
}

impl Client {
    /// Returns whether another statement can be sent.
    pub fn is_usable(&self) -> bool {
        !self.inner.is_closed() && !self.is_given_up()
    }

    /// Returns whether the connection was ended because the server no longer answered.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Waits for a notification on a channel, or for the end of the connection. Notifications that
    /// came since the last call count.
    pub async fn notified(&self) {
        self.notified.notified().await;
    }

    /// Returns the client with the exclusive access that transactions need.
    pub(super) fn exclusive(&mut self) -> &mut tokio_postgres::Client {
        &mut self.inner
    }

    /// Asks the server, over another connection, to cancel what runs on this one (PostgreSQL's
    /// manual, 55.2.9). When the function returns, the request was sent; the server does not say
    /// whether there was anything to cancel.
    pub(super) async fn cancel(&self) {
        let token = self.inner.cancel_token();
        let told = async {
            let stream = self.way.stream(&self.config).await.map_err(|fault| fault.to_string())?;
            let tls = self.way.tls(&self.connector).map_err(|fault| fault.to_string())?;
            token.cancel_query_raw(stream, tls).await.map_err(|fault| fault.to_string())
        };
        let told = told.await;
        if let Err(fault) = told {
            tracing::debug!("a statement could not be cancelled: {fault}");
        }
    }

    /// Ends a connection that no longer answers, because later statements would wait for the one
    /// that hangs.
    pub(super) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
        self.task.0.abort();
    }

    /// Returns whether the server is of the kind that the URL asks for, determined as in libpq.
    async fn has_attributes(&self, wanted: TargetSessionAttrs, dsn: &Dsn) -> Result<()> {
        if wanted == TargetSessionAttrs::Any {
            return Ok(());
        }
        let answer = self.inner.simple_query(statement::IS_READ_ONLY).await;
        let answer = answer.map_err(|error| wording::connecting(&error, dsn))?;
        let is_read_only = answer
            .iter()
            .any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("on")));
        match is_read_only == (wanted == TargetSessionAttrs::ReadOnly) {
            true => Ok(()),
            false => Err(Error::unavailable(format!("{dsn} is not as target_session_attrs asks for"))),
        }
    }

    /// Closes the connection in an orderly way, so that the server does not log a lost connection.
    pub async fn close(self) {
        let Client { inner, mut task, .. } = self;
        drop(inner);
        let _ = tokio::time::timeout(FAREWELL, &mut task.0).await;
    }
}

/// Connects to a database.
///
/// # Errors
///
/// Fails if no host accepts the connection within the time limit, which is 5 s unless the URL sets
/// another.
pub async fn connect(dsn: &Dsn) -> Result<Client> {
    let trust = dsn.trust().clone();
    let connector = tokio::task::spawn_blocking(move || tls::connector(&trust))
        .await
        .map_err(|_| Error::internal("TLS could not be set up"))??;
    match tokio::time::timeout(dsn.deadline(), first(dsn, &connector)).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let seconds = dsn.deadline().as_secs();
            Err(Error::unavailable(format!("{dsn} did not answer within {seconds} s"))
                .hint("is the database running, and may this machine reach it (firewall)?"))
        }
    }
}

/// Connects to the first host that accepts the connection.
async fn first(dsn: &Dsn, connector: &MakeRustlsConnect) -> Result<Client> {
    let config = dsn.config();
    let mut fault = Error::unavailable(format!("{dsn} names no host"));
    for (host, port) in config.get_hosts().iter().zip(config.get_ports()) {
        let ways = match Way::all(host, *port).await {
            Ok(ways) => ways,
            Err(error) => {
                fault = wording::reaching(&error, dsn);
                continue;
            }
        };
        for way in ways {
            match open(dsn, way, connector).await {
                Ok(client) => return Ok(client),
                Err(error) => fault = error,
            }
        }
    }
    Err(fault)
}

async fn open(dsn: &Dsn, way: Way, connector: &MakeRustlsConnect) -> Result<Client> {
    let config = dsn.config();
    let stream = way.stream(config).await.map_err(|error| wording::reaching(&error, dsn))?;
    let tls = way.tls(connector)?;
    let opened = config.connect_raw(stream, tls).await;
    let (inner, connection) = opened.map_err(|error| wording::connecting(&error, dsn))?;
    // Errors of the connection are reported by the result of each statement.
    let notified = Arc::new(Notify::new());
    let task = Task(tokio::spawn(drive(connection, notified.clone(), dsn.to_string())));
    let given_up = AtomicBool::new(false);
    let client =
        Client { inner, task, given_up, notified, way, config: config.clone(), connector: connector.clone() };
    client.has_attributes(config.get_target_session_attrs(), dsn).await?;
    Ok(client)
}

/// Transfers bytes until the connection ends, and signals notifications.
async fn drive<S, T>(mut connection: Connection<S, T>, notified: Arc<Notify>, server: String)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match std::future::poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(AsyncMessage::Notification(_))) => notified.notify_one(),
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                if let Some(beyond) = wording::beyond(&error) {
                    tracing::warn!("the connection to {server} was ended: {beyond}");
                }
                break;
            }
            None => break,
        }
    }
    notified.notify_one();
}
