//! Errors of a database in words for people.
//!
//! No message of tokio-postgres or of the server is passed on, since it may quote SQL, data or
//! credentials. The words depend only on the SQLSTATE (PostgreSQL's manual, appendix A) or on the
//! kind of the I/O error.

use std::error::Error as _;
use std::io;

use rustls::CertificateError;
use tokio_postgres::error::SqlState;

use super::dsn::Dsn;
use super::framing::Beyond;
use crate::error::{Error, Kind, said};

/// Returns the reason why connecting to `dsn` failed.
pub fn connecting(error: &tokio_postgres::Error, dsn: &Dsn) -> Error {
    if let Some(code) = error.code() {
        return refused(code.code(), dsn);
    }
    if let Some(io) = error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        return reaching(io, dsn);
    }
    // The messages of tokio-postgres are compared and never shown.
    match error.source().map(ToString::to_string).as_deref() {
        Some("password missing") => Error::unavailable(format!("{dsn} asks for a password"))
            .hint("put it in the URL (percent-encoded) or in PGPASSWORD"),
        Some("server does not support TLS") => Error::unavailable(format!("{dsn} does not offer TLS"))
            .hint("turn on ssl at the server, or use sslmode=prefer on a network you trust"),
        _ => Error::unavailable(format!("{dsn} did not complete the connection"))
            .hint("does a PostgreSQL server listen there?"),
    }
}

fn refused(code: &str, dsn: &Dsn) -> Error {
    let (what, hint) = match code {
        "28P01" => ("does not accept this user and password", "check both; percent-encode @ : / ? # %"),
        "28000" => (
            "does not let this user in",
            "check the user, the database and pg_hba.conf (is sslmode=require needed?)",
        ),
        "3D000" => ("has no database of this name", "check the name after the last / of the URL"),
        "42501" => ("does not let this user connect", "GRANT CONNECT ON DATABASE … TO the user"),
        "53300" => ("has no connection free", "raise max_connections or close other clients"),
        "57P03" => ("is starting, stopping or recovering", "it is tried again"),
        "57P01" | "57P02" => ("was shut down", "it is tried again"),
        _ => return Error::unavailable(format!("{dsn} refused the connection (SQLSTATE {code})")),
    };
    Error::unavailable(format!("{dsn} {what}")).hint(hint)
}

/// Returns the reason why `dsn` cannot be reached.
pub fn reaching(error: &io::Error, dsn: &Dsn) -> Error {
    if let Some(beyond) = error.get_ref().and_then(|inner| inner.downcast_ref::<Beyond>()) {
        return Error::unavailable(format!("{dsn} sends more than is read: {beyond}"))
            .hint("does a PostgreSQL server listen there, and one to be trusted?");
    }
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return encryption(tls, dsn);
    }
    let (what, hint) = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            ("cannot be reached: nothing listens there", "is PostgreSQL running?")
        }
        io::ErrorKind::NotFound => ("cannot be reached: there is no such socket", "is PostgreSQL running?"),
        io::ErrorKind::PermissionDenied => {
            ("cannot be reached: the socket may not be used", "check its rights")
        }
        io::ErrorKind::TimedOut => ("cannot be reached: no answer", "is there a firewall in between?"),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            ("closed the connection", "does a PostgreSQL server listen there, and is it up?")
        }
        _ => ("cannot be reached", "check the host name and the network"),
    };
    Error::unavailable(format!("{dsn} {what}")).hint(hint)
}

fn encryption(error: &rustls::Error, dsn: &Dsn) -> Error {
    use CertificateError::*;
    let rustls::Error::InvalidCertificate(why) = error else {
        return Error::unavailable(format!("{dsn} and this client found no common way to encrypt"))
            .hint("the server must speak TLS 1.2 or newer");
    };
    let (what, hint) = match why {
        NotValidForName | NotValidForNameContext { .. } => {
            ("is for another name", "use the name in the certificate as host, or sslmode=verify-ca")
        }
        Expired | ExpiredContext { .. } => ("has expired", "renew it"),
        NotValidYet | NotValidYetContext { .. } => ("is not valid yet", "check the clocks"),
        UnknownIssuer | BadSignature => {
            ("is not signed by a trusted authority", "give its root by sslrootcert=/path/to/ca.pem")
        }
        Revoked => ("has been revoked", "renew it"),
        _ => ("cannot be trusted", "check it, and sslrootcert"),
    };
    Error::unavailable(format!("the certificate of {dsn} {what}")).hint(hint)
}

/// Returns how the server exceeded the limits, if this ended the connection.
pub fn beyond(error: &tokio_postgres::Error) -> Option<&Beyond> {
    error.source()?.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref()
}

/// Returns whether another session holds a lock that the statement needed.
pub fn is_locked(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
}

/// Returns the reason why a statement about `subject` failed, which is a relation or "the
/// catalogue".
pub fn statement(error: &tokio_postgres::Error, subject: &str) -> Error {
    let Some(code) = error.code() else {
        return Error::unavailable(said!("the connection was lost while reading {}", subject))
            .hint(said!("it is tried again when the database is back"));
    };
    let code = code.code();
    let (kind, what) = match (code, code.get(..2).unwrap_or("")) {
        ("42P01" | "3F000" | "42704", _) => (Kind::NotFound, said!("{} is not there any more", subject)),
        ("42703", _) => (Kind::NotFound, said!("{} has lost a column since it was looked at", subject)),
        ("42846" | "42804" | "42883", _) => {
            (Kind::NotFound, said!("{} has changed since it was looked at", subject))
        }
        ("42501", _) => (Kind::Unavailable, said!("the role may not read {}", subject)),
        ("57014", _) => (Kind::Timeout, said!("reading {} took longer than allowed", subject)),
        ("55P03", _) => (Kind::Unavailable, said!("{} is locked by another session", subject)),
        ("55000", _) => (Kind::Unavailable, said!("{} is not ready to be read", subject)),
        (_, "57") => (Kind::Unavailable, said!("the database was shut down while reading {}", subject)),
        (_, "HV" | "08") => (Kind::Unavailable, said!("the server behind {} cannot be read", subject)),
        (_, "53" | "58") => (Kind::Unavailable, said!("the database lacks resources to read {}", subject)),
        (_, "22" | "38" | "39" | "P0") => {
            (Kind::Invalid, said!("{} fails on its own data (SQLSTATE {})", subject, code))
        }
        _ => (Kind::Unavailable, said!("{} cannot be read (SQLSTATE {})", subject, code)),
    };
    Error::new(kind, what)
}
