//! The one error type of veedel: what went wrong, and what to do about it.
//!
//! It knows neither HTTP nor SQL. `web::problem` chooses the status from [`Kind`], and `source`
//! rewrites database messages before they become an error, so that no credential and no SQL text
//! can leak. The sentence is a [`Said`]: in English here, in German for a caller who prefers
//! German.

use std::fmt;

mod cause;
mod german;
mod printable;
pub mod reading;
mod said;

pub use cause::Cause;
pub use printable::printable;
pub use said::{Argument, Said, Word, gaps, known, nearest, one_of, said, template};

/// The kind of an error. `web::problem` maps each kind to exactly one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request, a file or a setting is malformed.
    Invalid,
    /// The credentials of the request identify no caller.
    Unauthenticated,
    /// The caller is identified but lacks the right.
    Forbidden,
    /// The resource does not exist, or the caller may not know that it exists.
    NotFound,
    /// The resource exists, but not in any format that the request accepts.
    NotAcceptable,
    /// A change made meanwhile conflicts with the request.
    Conflict,
    /// The resource does not meet a condition of the request, such as `If-Match`.
    PreconditionFailed,
    /// The body has a media type that this server does not read.
    UnsupportedMediaType,
    /// The request or its answer exceeds a limit.
    TooLarge,
    /// The resource exists but is unavailable now: it is still loading, or the database cannot be
    /// reached.
    Unavailable,
    /// One client uses more than its share of a resource that all clients share.
    TooMany,
    /// The answer took longer than the time limit.
    Timeout,
    /// The disk has no room for an answer that must be complete before it is sent.
    NoRoom,
    /// A fault of veedel itself.
    Internal,
}

/// An error: its kind, one sentence that says what went wrong, and where useful a hint and the name
/// of the parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind, which decides the HTTP status.
    pub kind: Kind,
    /// One sentence for the reader, without credentials and SQL.
    pub what: Said,
    /// What the reader can do about it; None if there is nothing to advise.
    pub hint: Option<Said>,
    /// The request parameter, setting or column at fault; None if it is none of these.
    pub parameter: Option<String>,
    /// The limit that was reached; None if the error is not about a limit.
    pub limit: Option<Reached>,
    /// The underlying error. It is written to the log and never sent to a caller.
    pub cause: Cause,
}

/// A limit that was reached, as `limits::Key` makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The key of the limit in the configuration.
    pub name: &'static str,
    /// The value of the limit, in `unit`.
    pub value: u64,
    /// The unit of the value, such as `ms`.
    pub unit: &'static str,
}

/// The result of every operation that can fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Sets `cause` as the underlying error.
    pub fn because(self, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error { cause: Cause::of(cause), ..self }
    }

    /// Creates an error of `kind` that says `what`.
    pub fn new(kind: Kind, what: impl Into<Said>) -> Error {
        Error { kind, what: what.into(), hint: None, parameter: None, limit: None, cause: Cause::default() }
    }

    /// Creates an error of [`Kind::Invalid`] that names the parameter at fault.
    pub fn invalid(parameter: impl Into<String>, what: impl Into<Said>) -> Error {
        Error { parameter: Some(parameter.into()), ..Error::new(Kind::Invalid, what) }
    }

    /// Creates an error of [`Kind::Invalid`] for a parameter that does not exist.
    pub fn unknown_parameter(name: &str) -> Error {
        Error::invalid(name, said!("there is no parameter {:?} here", name))
    }

    /// Creates an error of [`Kind::NotFound`].
    pub fn not_found(what: impl Into<Said>) -> Error {
        Error::new(Kind::NotFound, what)
    }

    /// Creates an error of [`Kind::Unavailable`].
    pub fn unavailable(what: impl Into<Said>) -> Error {
        Error::new(Kind::Unavailable, what)
    }

    /// Creates an error of [`Kind::Internal`].
    pub fn internal(what: impl Into<Said>) -> Error {
        Error::new(Kind::Internal, what)
    }

    /// Adds the limit that was reached.
    pub fn reached(mut self, limit: Reached) -> Error {
        self.limit = Some(limit);
        self
    }

    /// Adds a hint, or replaces it.
    pub fn hint(mut self, hint: impl Into<Said>) -> Error {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.what, f)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
