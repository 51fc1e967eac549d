//! A value that is computed from layers once, and reused as long as these layers do not change.

use std::sync::{Arc, OnceLock};

use crate::error::Result;
use crate::work;

/// A value that is computed from layers by its first reader. An error is remembered like a value.
#[derive(Debug)]
pub struct Memo<T> {
    /// The versions of the layers that the value is computed from.
    versions: Vec<u64>,
    cell: OnceLock<Result<Arc<T>>>,
}

impl<T> Memo<T> {
    /// Returns the value, and computes it by `make` if it is not there yet. The computation is
    /// finished even if the request that began it ends, because other requests wait for it.
    ///
    /// # Errors
    ///
    /// Returns the error of the first call of `make`.
    pub fn get(&self, make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        match self.cell.get() {
            Some(value) => value.clone(),
            None => work::to_the_end(|| self.cell.get_or_init(|| make().map(Arc::new)).clone()),
        }
    }
}

/// Returns `before` if it has these versions, and an empty memo otherwise.
pub fn reused<T>(before: Option<&Arc<Memo<T>>>, versions: Vec<u64>) -> Arc<Memo<T>> {
    match before {
        Some(memo) if memo.versions == versions => memo.clone(),
        _ => Arc::new(Memo { versions, cell: OnceLock::new() }),
    }
}
