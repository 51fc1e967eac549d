//! The caller: who a request is made for.

use std::sync::Arc;

/// The caller of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// A caller without credentials.
    #[default]
    Anonymous,
    /// A caller in the role of this name, which the policy may restrict.
    InRole(Arc<str>),
}
