//! What is made from layers once, and kept as long as these stay.

use std::sync::{Arc, OnceLock};

use crate::error::Result;
use crate::work;

/// A thing made from layers, once, by whoever asks first.
#[derive(Debug)]
pub struct Made<T> {
    /// The versions of what it is made from.
    of: Vec<u64>,
    cell: OnceLock<Result<Arc<T>>>,
}

impl<T> Made<T> {
    /// The thing, made now if it is not there yet.
    pub fn get(&self, make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        match self.cell.get() {
            Some(made) => made.clone(),
            None => work::to_the_end(|| self.cell.get_or_init(|| make().map(Arc::new)).clone()),
        }
    }
}

/// The same as before if it is of the same layers.
pub fn kept<T>(before: Option<&Arc<Made<T>>>, of: Vec<u64>) -> Arc<Made<T>> {
    match before {
        Some(made) if made.of == of => made.clone(),
        _ => Arc::new(Made { of, cell: OnceLock::new() }),
    }
}
