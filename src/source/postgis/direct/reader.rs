//! The caller for whom rows are read from the database.

use crate::access::Permit;

/// The caller for whom rows are read.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// What the caller may see.
    pub permit: &'a Permit,
    /// The client whose share of connections the request uses; None for nobody in particular.
    pub client: Option<u64>,
}
