//! A database that does not answer is not asked by everyone: after some failures in a row requests
//! are refused at once, and one of them now and then finds out whether it is back.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Failures in a row after which nobody else waits for the database.
const FAILURES: u32 = 5;
/// How often somebody finds out whether it is back.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub struct Circuit {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// When the next may find out.
    probe_at: Option<Instant>,
}

impl Circuit {
    /// Whether the database may be asked now. Where it is thought to be away, one asker a second
    /// may.
    pub fn pass(&self) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match state.probe_at {
            Some(at) if at > now => Err(Error::unavailable("the database cannot be reached at present")),
            Some(_) => {
                state.probe_at = Some(now + PROBE_EVERY);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// It answered.
    pub fn succeeded(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// It did not.
    pub fn failed(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.probe_at = Some(Instant::now() + PROBE_EVERY);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_through_after_a_while() {
        let circuit = Circuit::default();
        for _ in 1..FAILURES {
            circuit.failed();
        }
        assert!(circuit.pass().is_ok(), "one less than too many");
        circuit.succeeded();
        for _ in 0..FAILURES {
            circuit.failed();
        }
        assert!(circuit.pass().is_err());
        std::thread::sleep(PROBE_EVERY + Duration::from_millis(10));
        assert!(circuit.pass().is_ok(), "one finds out");
        assert!(circuit.pass().is_err(), "and only one");
        circuit.succeeded();
        assert!(circuit.pass().is_ok());
    }
}
