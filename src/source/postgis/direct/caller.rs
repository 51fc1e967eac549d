//! Who asks.

use crate::access::Permit;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// What may be seen.
    pub permit: &'a Permit,
    /// The client among whose connections the request counts; None where it is no one in
    /// particular.
    pub client: Option<u64>,
}
