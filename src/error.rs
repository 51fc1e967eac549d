//! One error for the whole of veedel: what went wrong, and what to do about it.
//!
//! It knows no HTTP and no SQL: `web::problem` chooses the status from [`Kind`], and `source` words
//! what a database said before it gets here, so that no credential and no SQL text can leak. What
//! it says is [`Said`]: English here, and German to whom an answer goes that wants it.

use std::fmt;

mod cause;
mod german;
mod printable;
pub mod reading;
mod said;

pub use cause::Cause;
pub use printable::printable;
pub use said::{Argument, Said, Word, gaps, known, nearest, one_of, said, template};

/// What sort of trouble it is. `web::problem` maps each kind to exactly one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request, or a file or setting given to us, is malformed.
    Invalid,
    /// Nobody is known by what the request says of its caller.
    Unauthenticated,
    /// The caller is known and may not do it.
    Forbidden,
    /// There is no such thing, or the asker may not know of it.
    NotFound,
    /// The thing exists but none of the formats asked for can be given.
    NotAcceptable,
    /// Something else has been changed or made meanwhile, so that this cannot be any more.
    Conflict,
    /// The thing is not as the request says that it must be.
    PreconditionFailed,
    /// The body is in a format that is not read here.
    UnsupportedMediaType,
    /// A stated limit is exceeded.
    TooLarge,
    /// It exists but cannot be had now: still loading, or the database is away.
    Unavailable,
    /// One asker has more than its share of what all share.
    TooMany,
    /// It took longer than allowed.
    Timeout,
    /// There is no room on the disk for what must be whole before it is sent.
    NoRoom,
    /// Our own fault.
    Internal,
}

/// An error with its kind, one sentence that says what, and where useful a hint and the parameter's
/// name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What sort of trouble it is.
    pub kind: Kind,
    /// One sentence for the person who reads it; no credentials, no SQL.
    pub what: Said,
    /// What to do about it.
    pub hint: Option<Said>,
    /// The request parameter (or setting, or column) that is at fault.
    pub parameter: Option<String>,
    /// The limit that was reached.
    pub limit: Option<Reached>,
    /// What it comes from: for the log, never for a caller.
    pub cause: Cause,
}

/// A limit that was reached, as `limits::Key` makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Its key in the configuration.
    pub name: &'static str,
    /// Its value, in `unit`.
    pub value: u64,
    /// What the value counts.
    pub unit: &'static str,
}

/// The result of everything that can fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of `kind` that says `what`.
    pub fn new(kind: Kind, what: impl Into<Said>) -> Error {
        Error { kind, what: what.into(), hint: None, parameter: None, limit: None, cause: Cause::default() }
    }

    /// [`Kind::Invalid`], naming the parameter at fault.
    pub fn invalid(parameter: impl Into<String>, what: impl Into<Said>) -> Error {
        Error { parameter: Some(parameter.into()), ..Error::new(Kind::Invalid, what) }
    }

    /// [`Kind::Invalid`]: nothing has a parameter of this name.
    pub fn unknown_parameter(name: &str) -> Error {
        Error::invalid(name, said!("there is no parameter {:?} here", name))
    }

    /// [`Kind::NotFound`].
    pub fn not_found(what: impl Into<Said>) -> Error {
        Error::new(Kind::NotFound, what)
    }

    /// [`Kind::Unavailable`].
    pub fn unavailable(what: impl Into<Said>) -> Error {
        Error::new(Kind::Unavailable, what)
    }

    /// [`Kind::Internal`].
    pub fn internal(what: impl Into<Said>) -> Error {
        Error::new(Kind::Internal, what)
    }

    /// The same error, of a limit that was reached.
    pub fn reached(mut self, limit: Reached) -> Error {
        self.limit = Some(limit);
        self
    }

    /// The same error with a hint.
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
