//! A connection for keys and the record.

use std::fmt;
use std::time::Duration;

use tokio_postgres::types::Type;
use tokio_postgres::{Error as Fault, Row};

use super::statement;
use crate::error::{Error, Result};
use crate::source::postgis::connect::{Client, connect};
use crate::source::postgis::dsn::Dsn;
use crate::source::postgis::statement::COMMIT;
use crate::source::postgis::wording;

/// How long a command waits for an answer of the database.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A connection for keys and the record.
pub struct Link {
    client: Client,
    dsn: Dsn,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Link").field(&self.dsn).finish()
    }
}

impl Link {
    /// Connects to the database.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be reached.
    pub async fn open(dsn: &Dsn) -> Result<Link> {
        Ok(Link { client: connect(dsn).await?, dsn: dsn.clone() })
    }

    /// Returns whether another statement can be sent.
    pub fn is_usable(&self) -> bool {
        self.client.is_usable()
    }

    /// Closes the connection in an orderly way.
    pub async fn close(self) {
        self.client.close().await;
    }

    /// The database that it is connected to.
    pub(super) fn dsn(&self) -> &Dsn {
        &self.dsn
    }

    /// The name of the role that is connected.
    pub(super) fn role(&self) -> &str {
        self.dsn.config().get_user().unwrap_or_default()
    }

    /// Runs `work` for at most `patience`. If it takes longer, the connection is closed.
    pub(super) async fn within<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        match tokio::time::timeout(patience, work).await {
            Ok(done) => done,
            Err(_) => {
                self.client.give_up();
                Err(Error::unavailable(format!("{} does not answer", self.dsn)))
            }
        }
    }

    /// Runs `work` in a transaction that may write. If it fails, the transaction is rolled back.
    pub(super) async fn writing<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let transaction = async {
            let worked = match self.execute(&statement::begin(patience)).await {
                Ok(()) => work.await,
                Err(why) => Err(why),
            };
            let ending = self.execute(if worked.is_ok() { COMMIT } else { statement::ROLLBACK }).await;
            let done = worked?;
            ending.map(|()| done)
        };
        self.within(patience, transaction).await
    }

    /// Executes statements without parameters.
    pub(super) async fn execute(&self, text: &str) -> Result<()> {
        self.client.batch_execute(text).await.map_err(|fault| self.failed(&fault))
    }

    /// Executes a statement with parameters of the type text.
    pub(super) async fn ask(&self, text: &str, values: &[Option<&str>]) -> Result<Vec<Row>> {
        let values: Vec<_> = values
            .iter()
            .map(|value| (value as &(dyn tokio_postgres::types::ToSql + Sync), Type::TEXT))
            .collect();
        self.client.query_typed(text, &values).await.map_err(|fault| self.failed(&fault))
    }

    /// Returns the reason why a statement failed.
    fn failed(&self, fault: &Fault) -> Error {
        let (dsn, role) = (&self.dsn, self.role());
        match fault.code().map(|code| code.code()) {
            Some("42501") => {
                Error::unavailable(format!("the role {role} lacks rights to schema veedel in {dsn}"))
                    .hint("veedel check says which")
            }
            Some("42P01" | "3F000" | "42883") => absent(dsn),
            Some("25006") => standby(dsn),
            Some("22008") => Error::unavailable(format!("the month here has not begun in {dsn}"))
                .hint("set the clock of this machine"),
            _ => wording::statement(fault, &format!("schema veedel in {dsn}")),
        }
    }
}

/// The tables for keys and the record are not there.
pub(super) fn absent(dsn: &Dsn) -> Error {
    Error::unavailable(format!("{dsn} has no tables for keys and the record")).hint(format!(
        "veedel state install --role {} makes them, as a role with CREATE on the database",
        dsn.config().get_user().unwrap_or_default()
    ))
}

/// The database cannot be written.
pub(super) fn standby(dsn: &Dsn) -> Error {
    Error::unavailable(format!("{dsn} is a standby, where nothing can be recorded"))
        .hint("name the primary, or all hosts with target_session_attrs=read-write")
}

/// Returns a value of a row; None if it is NULL.
pub(super) fn text(row: &Row, column: usize) -> Option<&str> {
    row.try_get(column).ok().flatten()
}
