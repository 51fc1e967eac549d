//! Whether keys and the record were installed, and whether the role has the rights that it needs.

use super::link::{Link, PATIENCE, absent, standby, text};
use super::statement::{self, FORM};
use crate::error::{Error, Kind, Result};
use crate::source::postgis::dsn::Dsn;

/// What a role is to do with keys and the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Read keys, note their last use, and append to the record.
    Serve,
    /// Make and end keys, and record it.
    ChangeKeys,
    /// Read the record.
    ReadRecord,
    /// Read keys.
    ReadKeys,
}

impl Link {
    /// Checks that the tables are there and that the role may do what it needs to. Returns a
    /// warning if a role that serves may do more than it should.
    ///
    /// # Errors
    ///
    /// Fails if the tables are not there or rights are missing, and names them.
    pub async fn ready(&self, need: Need) -> Result<Option<String>> {
        let rows = self.within(PATIENCE, self.ask(statement::FOUND, &[])).await?;
        let row = rows.first().ok_or_else(|| Error::internal("the catalogue gave no row"))?;
        let (dsn, role) = (self.dsn(), self.role());
        match (text(row, 1), text(row, 2)) {
            (Some(FORM), Some(FORM)) if text(row, 8) == Some("2") => {}
            (Some(FORM), Some(FORM)) | (None, _) | (_, None) => return Err(absent(dsn)),
            _ => return Err(foreign(dsn)),
        }
        if need != Need::ReadRecord && need != Need::ReadKeys && text(row, 0) == Some("true") {
            return Err(standby(dsn));
        }
        let (column, way_out) = match need {
            Need::Serve => (3, format!("veedel state install --role {role}")),
            Need::ChangeKeys => {
                (4, format!("veedel state install --manager {role}, or --state with another role"))
            }
            Need::ReadRecord => {
                (5, format!("veedel state install --manager {role}, or --state with another role"))
            }
            Need::ReadKeys => (6, format!("veedel state install --role {role}")),
        };
        if let Some(lacking) = text(row, column) {
            let what = format!("the role {role} lacks rights in {dsn}: {lacking}");
            return Err(Error::new(Kind::Unavailable, what).hint(way_out));
        }
        let beyond = text(row, 7).filter(|_| need == Need::Serve);
        Ok(beyond.map(|beyond| {
            format!("the role {role} may {beyond} in {dsn}; a server needs no such right (veedel state install --role names another role)")
        }))
    }
}

/// A table has the name of one of ours and is none.
pub(super) fn foreign(dsn: &Dsn) -> Error {
    Error::new(
        Kind::Invalid,
        format!("veedel.key or veedel.audit in {dsn} is a table that veedel did not make"),
    )
    .hint("rename it, or use another database")
}

/// Connects to a database and checks that it is ready for a server. Returns what is worth a
/// warning.
///
/// # Errors
///
/// Fails if the database cannot be reached or is not ready.
pub async fn check(dsn: &Dsn) -> Result<Option<String>> {
    let link = Link::open(dsn).await?;
    let found = link.ready(Need::Serve).await;
    link.close().await;
    found
}
