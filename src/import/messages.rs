//! What GDAL says on the way, which otherwise goes to standard error: kept for the report.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use gdal::errors::{CplErrType, GdalError};

use super::fence;
use crate::error::{Error, Kind};

static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// Of thousands of equal complaints some are enough.
const KEPT: usize = 1000;

/// How often something failed, beyond what is only odd.
static FAILURES: AtomicU64 = AtomicU64::new(0);

/// How often GDAL said that something failed.
pub fn failures() -> u64 {
    FAILURES.load(Ordering::Relaxed)
}

/// Listens from now on.
pub fn listen() {
    gdal::config::set_error_handler(|class, _, message| {
        if matches!(class, CplErrType::Failure | CplErrType::Fatal) {
            FAILURES.fetch_add(1, Ordering::Relaxed);
        }
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        // A connection may be repeated in a message, password and all.
        let is_secret =
            ["postgresql://", "postgres://", "password"].iter().any(|word| message.contains(word));
        if said.len() < KEPT && !is_secret {
            said.push(fence::explained(message.trim()).to_owned());
        }
    });
}

/// What was said since the last time, each sentence once.
pub fn take() -> Vec<String> {
    let mut said = std::mem::take(&mut *SAID.lock().unwrap_or_else(PoisonError::into_inner));
    let mut seen = std::collections::BTreeSet::new();
    said.retain(|message| seen.insert(message.clone()));
    said
}

/// An error of GDAL's: `what` failed, and what GDAL said about it.
pub fn failed(what: impl std::fmt::Display, why: &GdalError) -> Error {
    let said = take();
    let why = match (said.is_empty(), why) {
        (false, _) => said.join("; "),
        // These repeat the name of the function, or the path, which may be a connection.
        (true, GdalError::CplError { msg, .. }) if !msg.is_empty() && !msg.contains("://") => msg.clone(),
        (true, _) => "GDAL does not say why".into(),
    };
    Error::new(Kind::Invalid, format!("{what}: {why}"))
}
