//! A circuit breaker (Nygard, Release It!, 2007) for a database that does not answer: after several
//! failures in a row requests fail at once, and only occasional ones try the database again.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// The number of failures in a row after which requests fail at once.
const FAILURES: u32 = 5;
/// The interval between requests that try the database again.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub struct Circuit {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// When the next request may try the database.
    probe_at: Option<Instant>,
}

impl Circuit {
    /// Lets a request pass if the database may be tried now. After too many failures, one request
    /// per second may.
    ///
    /// # Errors
    ///
    /// Fails as unavailable if the request must not try the database.
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

    /// Notes that the database answered.
    pub fn succeeded(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// Notes that the database did not answer.
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
