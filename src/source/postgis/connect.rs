//! A connection to the database, opened within a deadline and closed by dropping it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::config::Host;
use tokio_postgres::{AsyncMessage, Connection, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::dsn::Dsn;
use super::{tls, wording};
use crate::error::{Error, Result};

/// How long a connection that is closed properly may take over it.
const FAREWELL: Duration = Duration::from_secs(1);

/// An open connection; use it as the `tokio_postgres::Client` it derefs to.
///
/// Dropping it closes the socket at once, whatever is going on: a large answer is not read to its end first.
pub struct Client {
    inner: tokio_postgres::Client,
    task: Task,
    given_up: AtomicBool,
    notified: Arc<Notify>,
    connector: MakeRustlsConnect,
    is_local: bool,
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
    /// Whether another statement makes sense.
    pub fn is_usable(&self) -> bool {
        !self.inner.is_closed() && !self.is_given_up()
    }

    /// Whether it was ended as it no longer answered.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Waits for the next notification on a channel listened to, or for the end of the connection; what came since the
    /// last wait counts.
    pub async fn notified(&self) {
        self.notified.notified().await;
    }

    /// The client as transactions need it.
    pub(super) fn exclusive(&mut self) -> &mut tokio_postgres::Client {
        &mut self.inner
    }

    /// Asks the server to end what runs on this connection, over another one (PostgreSQL's manual, 55.2.9). Once it
    /// returns, the server is being told; whether there was anything to end nobody says.
    pub(super) async fn cancel(&self) {
        let token = self.inner.cancel_token();
        // Over a local socket there is no encryption, and no host name, without which the connector makes none.
        let told = match self.is_local {
            true => token.cancel_query(NoTls).await,
            false => token.cancel_query(self.connector.clone()).await,
        };
        if let Err(fault) = told {
            tracing::debug!("a statement could not be cancelled: {fault}");
        }
    }

    /// Ends a connection that no longer answers: what is asked after this would wait behind what hangs.
    pub(super) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
        self.task.0.abort();
    }

    /// Says goodbye to the server, so that its log has no line about a lost connection.
    pub async fn close(self) {
        let Client { inner, mut task, .. } = self;
        drop(inner);
        let _ = tokio::time::timeout(FAREWELL, &mut task.0).await;
    }
}

/// Connects to `dsn`. Fails within its deadline (5 s unless the URL says otherwise), in words for people.
pub async fn connect(dsn: &Dsn) -> Result<Client> {
    let trust = dsn.trust().clone();
    let connector = tokio::task::spawn_blocking(move || tls::connector(&trust))
        .await
        .map_err(|_| Error::internal("TLS could not be set up"))??;
    let opening = tokio::time::timeout(dsn.deadline(), dsn.config().connect(connector.clone()));
    let (inner, connection) = match opening.await {
        Ok(Ok(pair)) => pair,
        Ok(Err(error)) => return Err(wording::connecting(&error, dsn)),
        Err(_) => {
            let seconds = dsn.deadline().as_secs();
            return Err(Error::unavailable(format!("{dsn} did not answer within {seconds} s"))
                .hint("is the database running, and may this machine reach it (firewall)?"));
        }
    };
    let is_local = dsn.config().get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
    // What goes wrong on the connection, each request is told by its own result.
    let notified = Arc::new(Notify::new());
    let task = tokio::spawn(drive(connection, notified.clone()));
    Ok(Client { inner, task: Task(task), given_up: AtomicBool::new(false), notified, connector, is_local })
}

/// Moves bytes until the connection ends, and tells of notifications.
async fn drive<S, T>(mut connection: Connection<S, T>, notified: Arc<Notify>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notification(_) = message {
            notified.notify_one();
        }
    }
    notified.notify_one();
}
