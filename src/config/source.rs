//! Sources as the command line or the configuration names them: a folder, a database, or the
//! embedded city.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use super::environment::{Environment, percent_encoded, substitute};
use super::fault::{Wrong, shown};

/// A configured source. Its `Display` is for people and logs, and contains no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder of FlatGeobuf files and CSV tables.
    Folder(PathBuf),
    /// A PostgreSQL database with PostGIS.
    Postgis(SecretUrl),
    /// The invented city that is compiled into the binary.
    Embedded,
}

/// A `postgresql://` URL whose `Debug` and `Display` show no credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl {
    url: String,
    display: String,
}

const URL_HINT: &str = "write postgresql://USER@HOST:5432/DATABASE; the password may come from PGPASSWORD";

impl Source {
    /// Reads a source of the configuration file. Relative paths start from the folder `base`.
    pub fn parse(text: &str, base: &Path, environment: Environment<'_>) -> Result<Source, Wrong> {
        let text = substitute(text, environment)?;
        if text.trim().is_empty() {
            return Err(Wrong::new("a source is empty", "name a folder or a postgresql:// URL"));
        }
        if text.contains('\0') {
            return Err(Wrong::new("a source holds a NUL character", "remove it"));
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("postgresql" | "postgres") => SecretUrl::parse(&text, environment).map(Source::Postgis),
            _ if is_broken_url(&text) => {
                Err(Wrong::new("the database's URL does not begin with postgresql://", URL_HINT))
            }
            Some(_) => {
                let what = format!("{} is neither a folder nor a PostGIS", shown(&text));
                Err(Wrong::new(what, URL_HINT))
            }
            None if is_keyword_connection(&text) => {
                Err(Wrong::new("a connection of the form host=… dbname=… is not read", URL_HINT))
            }
            None => Ok(Source::Folder(base.join(text))),
        }
    }

    /// Reads a source of the command line. A folder may have any name that the system allows.
    pub fn from_argument(argument: &OsStr, environment: Environment<'_>) -> Result<Source, Wrong> {
        match argument.to_str() {
            Some(text) => Source::parse(text, Path::new(""), environment),
            None => Ok(Source::Folder(argument.into())),
        }
    }
}

/// Returns whether the text begins like the URL of a database but lacks the `//`. If it were taken
/// for a folder, it would be shown with its password.
fn is_broken_url(text: &str) -> bool {
    let text = text.trim_start().to_ascii_lowercase();
    ["postgresql:", "postgres:"].iter().any(|scheme| text.starts_with(scheme))
}

/// Returns whether the text is libpq's other form of a connection: `host=localhost dbname=city`.
fn is_keyword_connection(text: &str) -> bool {
    let keys = ["host", "hostaddr", "port", "dbname", "user", "password", "service", "sslmode"];
    let is_keyword = |word: &str| word.split_once('=').is_some_and(|(key, _)| keys.contains(&key));
    !text.contains('/') && text.split_whitespace().any(is_keyword)
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Folder(path) => write!(f, "{}", path.display()),
            Source::Postgis(url) => write!(f, "{url}"),
            Source::Embedded => f.write_str("the embedded city"),
        }
    }
}

impl SecretUrl {
    /// Reads a `postgresql://` (or `postgres://`) URL. If it has no password, that of `PGPASSWORD`
    /// is used.
    ///
    /// A fault quotes no part of the URL, because it is unknown where the password is if the URL
    /// cannot be read.
    fn parse(text: &str, environment: Environment<'_>) -> Result<SecretUrl, Wrong> {
        let wrong = |what: &str| Wrong::new(format!("the database's URL {what}"), URL_HINT);
        let text = text.trim();
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(wrong("holds a space or control character; percent-encode it"));
        }
        if !has_whole_escapes(text) {
            return Err(wrong("holds a \"%\" that begins no percent-encoding; write %25"));
        }
        if text.contains('#') {
            return Err(wrong("holds a \"#\"; write %23"));
        }
        let (_, behind) = text.split_once("://").ok_or_else(|| wrong("has no scheme"))?;
        let (base, query) = behind.split_once('?').unwrap_or((behind, ""));
        let (authority, database) = base.split_once('/').unwrap_or((base, ""));
        let (credentials, hosts) = authority.split_once('@').unwrap_or(("", authority));
        if hosts.contains('@') || database.contains('@') || query.contains('@') {
            return Err(wrong("holds an \"@\", \"/\" or \"?\" in user or password; write %40, %2F or %3F"));
        }
        if !hosts.split(',').all(has_valid_port) {
            return Err(wrong("names a port that is no number from 1 to 65535"));
        }
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        let is_parameter = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
        let url = match environment("PGPASSWORD").filter(|password| !password.is_empty()) {
            Some(secret) if password.is_empty() && !is_parameter("password") && !user.is_empty() => {
                let separator = if behind.contains('?') { "?" } else { "" };
                let path = if base.contains('/') { "/" } else { "" };
                let secret = percent_encoded(&secret);
                format!("postgresql://{user}:{secret}@{hosts}{path}{database}{separator}{query}")
            }
            _ => format!("postgresql://{behind}"),
        };
        let at = if user.is_empty() { "" } else { "@" };
        let slash = if database.is_empty() { "" } else { "/" };
        Ok(SecretUrl { url, display: format!("postgresql://{user}{at}{hosts}{slash}{database}") })
    }

    /// Returns the whole URL, only for the connection and never for a message or a log.
    pub fn expose(&self) -> &str {
        &self.url
    }
}

/// Returns whether every `%` begins a percent-encoding.
fn has_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let mut digits = after.bytes();
        let mut is_digit = || digits.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        is_digit() && is_digit()
    })
}

/// Returns whether a host has no port, or one from 1 to 65535. An IPv6 address is in brackets.
fn has_valid_port(host: &str) -> bool {
    let behind = host.rsplit_once(']').map_or(host, |(_, behind)| behind);
    behind.split_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0))
}

impl fmt::Display for SecretUrl {
    /// Writes `postgresql://user@host/database`, without password and parameters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display)
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretUrl({})", self.display)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    fn read(text: &str) -> Result<Source, Wrong> {
        Source::parse(text, Path::new("/base"), &none)
    }

    #[test]
    fn folders_start_from_the_base() {
        assert_eq!(read("data"), Ok(Source::Folder("/base/data".into())));
        assert_eq!(read("/srv/a=b"), Ok(Source::Folder("/srv/a=b".into())));
        assert_eq!(Source::from_argument("data".as_ref(), &none), Ok(Source::Folder("data".into())));
    }

    #[test]
    fn urls_show_without_password_and_parameters() {
        for (text, shown) in [
            ("postgresql://u:canary@h:5433/d?options=canary", "postgresql://u@h:5433/d"),
            ("postgres://h/d?password=canary", "postgresql://h/d"),
            ("POSTGRESQL://u:canary%40@h1,h2:1/d", "postgresql://u@h1,h2:1/d"),
            ("postgresql://u:canary@[::1]:5432", "postgresql://u@[::1]:5432"),
            ("postgresql:///d?host=/run/canary", "postgresql:///d"),
        ] {
            let source = read(text).unwrap();
            assert_eq!(source.to_string(), shown, "{text}");
            let debug = format!("{source:?}");
            assert!(!debug.contains("canary"), "{debug}");
            let Source::Postgis(url) = source else { panic!("{text}") };
            assert!(url.expose().contains("canary"), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_url_does_not_repeat_it() {
        for (text, part) in [
            ("postgresql://u:can@ary@h/d", "\"@\""),
            ("postgresql://u:can/ary@h/d", "\"@\""),
            ("postgresql://u:can?ary@h/d", "\"@\""),
            ("postgresql://u:canary#@h/d", "\"#\""),
            ("postgresql://u:canary%@h/d", "\"%\""),
            ("postgresql://u:canary%ä1@h/d", "\"%\""),
            ("postgresql://u:can ary@h/d", "space"),
            ("postgresql://u:canary@h:x/d", "port"),
            ("postgresql://u:canary", "port"),
            ("postgresql://u:canary@h:0/d", "port"),
            ("mysql://u:canary@h/d", "neither"),
            ("host=h password=canary", "host=…"),
            ("", "empty"),
            ("a\0canary", "NUL"),
        ] {
            let wrong = read(text).unwrap_err();
            assert!(wrong.what.contains(part), "{text}: {}", wrong.what);
            let message = format!("{wrong:?}");
            assert!(!message.contains("canary") && !message.contains("can"), "{message}");
        }
    }

    #[test]
    fn the_password_may_come_from_the_environment() {
        let environment = |name: &str| (name == "PGPASSWORD").then(|| "ge@heim".into());
        for (text, url) in [
            ("postgresql://u@h/d?a=b", "postgresql://u:ge%40heim@h/d?a=b"),
            ("postgresql://u@h", "postgresql://u:ge%40heim@h"),
            ("postgresql://u:own@h/d", "postgresql://u:own@h/d"),
            ("postgresql://u@h/d?password=own", "postgresql://u@h/d?password=own"),
            ("postgresql://h/d", "postgresql://h/d"),
        ] {
            let Ok(Source::Postgis(read)) = Source::parse(text, Path::new(""), &environment) else {
                panic!("{text}")
            };
            assert_eq!(read.expose(), url);
            assert!(!format!("{read:?} {read}").contains("heim"));
        }
    }

    proptest! {
        #[test]
        fn no_password_shows_whatever_stands_around_it(
            user in "[a-z:@/?#%,]{0,6}",
            host in "[a-z:@/?#%,\\[\\]]{0,8}",
            rest in "[a-z:@/?#%=&]{0,8}",
        ) {
            let text = format!("postgresql://{user}:CANARY@{host}/{rest}");
            let message = match read(&text) {
                Ok(source) => format!("{source} {source:?}"),
                Err(wrong) => format!("{wrong:?}"),
            };
            prop_assert!(!message.contains("CANARY"), "{} {}", text, message);
        }

        #[test]
        fn no_text_breaks_it(text: String) {
            let _ = (read(&text), read(&format!("postgresql://{text}")));
        }
    }
}
