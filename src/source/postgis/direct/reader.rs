//! For whom rows are read from the database.

use crate::access::Permit;

/// For whom rows are read.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// What may be seen.
    pub permit: &'a Permit,
    /// The client among whose connections the request counts; None where it is no one in
    /// particular.
    pub client: Option<u64>,
}
