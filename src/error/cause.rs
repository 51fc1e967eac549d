//! The underlying error of an [`Error`](crate::error::Error).

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use super::printable::printable;

/// The underlying error of an [`Error`](crate::error::Error), such as that of a library; empty if
/// the error is the first of its chain. It is written to the log only, because it may name hosts,
/// paths and statements.
#[derive(Clone, Default)]
pub struct Cause(Option<Arc<dyn StdError + Send + Sync>>);

/// Always equal, so that errors are compared by what they say and not by where they come from.
impl PartialEq for Cause {
    fn eq(&self, _: &Cause) -> bool {
        true
    }
}

impl Eq for Cause {}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Writes the whole chain on one line, its errors separated by colons.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut next = self.0.as_deref().map(|first| first as &dyn StdError);
        let mut between = "";
        while let Some(error) = next {
            write!(f, "{between}{}", printable(&error.to_string()))?;
            (next, between) = (error.source(), ": ");
        }
        Ok(())
    }
}

impl Cause {
    /// The cause of an error that comes from another.
    pub fn of(cause: impl StdError + Send + Sync + 'static) -> Cause {
        Cause(Some(Arc::new(cause)))
    }

    /// Whether there is no underlying error.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("postgres://user:secret@host\nrefused")
        }
    }

    impl StdError for Outer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn the_log_has_the_whole_chain_and_the_error_says_none_of_it() {
        let Err(inner) = "x".parse::<u8>() else { return };
        let error = Error::unavailable("the database is away").because(Outer(inner));
        let chain = error.cause.to_string();
        assert!(chain.contains("refused") && chain.ends_with(": invalid digit found in string"), "{chain}");
        assert!(!chain.contains('\n'), "{chain}");
        assert_eq!(error.to_string(), "the database is away");
        assert_eq!(error, Error::unavailable("the database is away"));
    }
}
