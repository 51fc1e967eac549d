//! The caller: who a request is made for.

use std::collections::BTreeSet;
use std::sync::Arc;

/// The name by which rules mean each role that has no rule of its own, and callers without a role.
pub const EVERYONE: &str = "everyone";

/// The caller of a request, as far as the policy tells callers apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// A caller without credentials, or without a role.
    #[default]
    Anonymous,
    /// A caller in the roles of these names, at least one.
    InRoles(Arc<BTreeSet<Arc<str>>>),
}

impl Caller {
    /// Creates a caller in these roles; without any, he is anonymous.
    pub fn in_roles<T: Into<Arc<str>>>(roles: impl IntoIterator<Item = T>) -> Caller {
        let roles: BTreeSet<Arc<str>> = roles.into_iter().map(Into::into).collect();
        if roles.is_empty() { Caller::Anonymous } else { Caller::InRoles(Arc::new(roles)) }
    }

    /// The roles whose rules apply to the caller; for an anonymous one [`EVERYONE`].
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        let (anonymous, roles) = match self {
            Caller::Anonymous => (Some(EVERYONE), None),
            Caller::InRoles(roles) => (None, Some(roles)),
        };
        anonymous.into_iter().chain(roles.into_iter().flat_map(|roles| roles.iter().map(AsRef::as_ref)))
    }
}

/// The key that a caller came with, as it may be named in logs and counted: nothing of it is
/// secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The name that the maker of the key gave it.
    pub name: String,
    /// The digits by which the key is recognised.
    pub prefix: String,
}

/// Whom a request is made for, and the key that says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identified {
    /// Who he is, as far as the policy tells callers apart.
    pub caller: Caller,
    /// The key that the request came with; None without one.
    pub subject: Option<Arc<Subject>>,
}

impl From<Caller> for Identified {
    fn from(caller: Caller) -> Identified {
        Identified { caller, subject: None }
    }
}
