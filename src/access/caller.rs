//! Who asks.

/// Who asks for data. Nobody is known by name: all callers see what is public.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Somebody who has not said who he is.
    #[default]
    Anonymous,
}
