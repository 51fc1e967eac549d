//! Who is told how far reading is.

/// Told the rows read so far while a file loads.
pub(crate) type ProgressOf<'a> = &'a dyn Fn(u64);
