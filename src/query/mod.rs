//! The question as a value. No I/O.
