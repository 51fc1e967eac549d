//! The database that a URL names.

use crate::error::Result;
use crate::source::postgis::Dsn;

/// Returns the database with this URL. It warns if a password is exposed on its way.
///
/// # Errors
///
/// Fails if the URL cannot be understood.
pub fn named(url: &str) -> Result<Dsn> {
    let dsn = Dsn::parse(url)?;
    if let Some(exposure) = dsn.exposure() {
        tracing::warn!("{exposure}");
    }
    Ok(dsn)
}
