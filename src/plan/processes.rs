//! The list of questions that can be asked.

use super::process::Process;
use super::{area_profile, coverage, nearest, reach, siting, supply};
use crate::error::{self, Error, Result, said};

/// All questions, the most frequent first.
pub static PROCESSES: [Process; 6] = [
    coverage::PROCESS,
    nearest::PROCESS,
    reach::PROCESS,
    supply::PROCESS,
    area_profile::PROCESS,
    siting::PROCESS,
];

/// Returns the process with this id.
///
/// # Errors
///
/// Returns "not found" with the known ids.
pub fn find(id: &str) -> Result<&'static Process> {
    PROCESSES.iter().find(|process| process.id == id).ok_or_else(|| {
        let known: Vec<&str> = PROCESSES.iter().map(|process| process.id).collect();
        Error::not_found(said!("there is no process {:?}", id)).hint(error::known(id, &known))
    })
}
