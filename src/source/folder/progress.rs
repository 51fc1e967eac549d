//! The function that is told about progress.

/// A function that is called with the number of rows read so far while a file loads.
pub(crate) type ProgressOf<'a> = &'a dyn Fn(u64);
