//! Collects GDAL's messages for the report. They would otherwise go to standard error.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use gdal::errors::{CplErrType, GdalError};

use super::fence;
use crate::error::{Error, Kind};

static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// The maximum number of messages that are kept.
const KEPT: usize = 1000;

/// The number of messages about failures, without mere warnings.
static FAILURES: AtomicU64 = AtomicU64::new(0);

/// Returns how often GDAL reported a failure.
pub fn failures() -> u64 {
    FAILURES.load(Ordering::Relaxed)
}

/// Begins to listen.
pub fn listen() {
    gdal::config::set_error_handler(|class, _, message| {
        if matches!(class, CplErrType::Failure | CplErrType::Fatal) {
            FAILURES.fetch_add(1, Ordering::Relaxed);
        }
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        // A message may repeat a connection with its password.
        let is_secret =
            ["postgresql://", "postgres://", "password"].iter().any(|word| message.contains(word));
        if said.len() < KEPT && !is_secret {
            said.push(fence::explained(message.trim()).to_owned());
        }
    });
}

/// Returns the messages since the last call, without repetitions.
pub fn take() -> Vec<String> {
    let mut said = std::mem::take(&mut *SAID.lock().unwrap_or_else(PoisonError::into_inner));
    let mut seen = std::collections::BTreeSet::new();
    said.retain(|message| seen.insert(message.clone()));
    said
}

/// Returns the error that `what` failed, with GDAL's message.
pub fn failed(what: impl std::fmt::Display, why: &GdalError) -> Error {
    let said = take();
    let why = match (said.is_empty(), why) {
        (false, _) => said.join("; "),
        // These messages repeat the name of the function, or the path, which may be a connection.
        (true, GdalError::CplError { msg, .. }) if !msg.is_empty() && !msg.contains("://") => msg.clone(),
        (true, _) => "GDAL does not say why".into(),
    };
    Error::new(Kind::Invalid, format!("{what}: {why}"))
}
