//! The questions that can be asked.

use serde_json::Value;

use super::answer::Answer;
use super::basis::Basis;
use super::{area_profile, coverage, nearest, reach, siting, supply};
use crate::catalog::Language;
use crate::error::{self, Error, Result, said};

/// A question that can be asked.
pub struct Process {
    /// Its name in addresses.
    pub id: &'static str,
    /// Answers it.
    pub answer: fn(&Basis, Value, Language) -> Result<Answer>,
}

/// All of them, the most asked first.
pub const PROCESSES: [Process; 6] = [
    Process { id: "coverage", answer: coverage::answer::answer },
    Process { id: "nearest", answer: nearest::answer::answer },
    Process { id: "reach", answer: reach::answer::answer },
    Process { id: "supply", answer: supply::answer::answer },
    Process { id: "profile", answer: area_profile::answer::answer },
    Process { id: "siting", answer: siting::answer::answer },
];

/// The process of an id.
pub fn find(id: &str) -> Result<&'static Process> {
    PROCESSES.iter().find(|process| process.id == id).ok_or_else(|| {
        let known: Vec<&str> = PROCESSES.iter().map(|process| process.id).collect();
        Error::not_found(said!("there is no process {:?}", id)).hint(error::known(id, &known))
    })
}
