//! Where keys and the record are kept, as the configuration or the command line names it.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::fault::Wrong;
use super::source::{SecretUrl, Source};

/// Where keys and the record are kept. Its `Display` contains no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A folder.
    Folder(PathBuf),
    /// A PostgreSQL database, whose schema `veedel` several servers share.
    Database(SecretUrl),
}

impl State {
    /// Reads a folder, which starts from the folder `base`, or a `postgresql://` URL as of a
    /// source.
    pub fn parse(text: &str, base: &Path, environment: Environment<'_>) -> Result<State, Wrong> {
        if text.trim().is_empty() {
            return Err(Wrong::new("is empty", "name a folder or a postgresql:// URL"));
        }
        State::of(Source::parse(text, base, environment)?)
    }

    /// Reads an option of the command line.
    pub fn from_argument(argument: &OsStr, environment: Environment<'_>) -> Result<State, Wrong> {
        match argument.to_str() {
            Some(text) => State::parse(text, Path::new(""), environment),
            None => State::of(Source::from_argument(argument, environment)?),
        }
    }

    fn of(source: Source) -> Result<State, Wrong> {
        match source {
            Source::Folder(path) => Ok(State::Folder(path)),
            Source::Postgis(url) => Ok(State::Database(url)),
            Source::Embedded => Err(Wrong::new("is no place", "name a folder or a postgresql:// URL")),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Folder(path) => write!(f, "{}", path.display()),
            State::Database(url) => write!(f, "{url}"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<State, Wrong> {
        State::parse(text, Path::new("/base"), &|name| (name == "PGPASSWORD").then(|| "canary".into()))
    }

    #[test]
    fn a_folder_or_a_database_is_named_and_no_password_shows() {
        assert_eq!(read("state"), Ok(State::Folder("/base/state".into())));
        assert_eq!(read("/var/lib/veedel"), Ok(State::Folder("/var/lib/veedel".into())));
        for text in ["postgresql://u@h/d", "postgres://u:canary@h/d"] {
            let state = read(text).unwrap();
            assert_eq!(state.to_string(), "postgresql://u@h/d");
            assert!(!format!("{state:?}").contains("canary"));
            let State::Database(url) = state else { panic!("{text}") };
            assert!(url.expose().contains("canary"));
        }
        for text in ["", " ", "mysql://u:canary@h/d", "host=h password=canary"] {
            let wrong = format!("{:?}", read(text).unwrap_err());
            assert!(!wrong.contains("canary"), "{wrong}");
        }
    }
}
