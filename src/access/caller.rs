//! The caller: who a request is made for.

/// The caller of a request. veedel does not identify users: every caller sees what is public.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A caller without credentials.
    #[default]
    Anonymous,
}
