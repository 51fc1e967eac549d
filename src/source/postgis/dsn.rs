//! The address of a database and the user's credentials: a `postgresql://` URL (PostgreSQL's
//! manual, Connection URIs), parsed once into a type that does not show its password.
//!
//! The parser of tokio-postgres is not used for two reasons: it knows neither `verify-full` nor
//! `sslrootcert`, and its messages quote what it could not read, which may be a password. Here no
//! message quotes any part of the URL. A password with an unescaped `@` or `/` is rejected, since a
//! part of it might otherwise be taken for the name of a host and shown.
//!
//! What the URL leaves out is taken from libpq's environment variables: `PGHOST`, `PGPORT`,
//! `PGUSER`, `PGPASSWORD`, `PGDATABASE`, `PGSSLMODE`, `PGSSLROOTCERT`.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::tls::{Roots, Trust};
use crate::error::{Error, Result};

/// The time limit for connecting to all hosts together, including authentication.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The time limit for one statement of a look.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);
/// The idle time after which the kernel checks whether the other side is still there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
/// How long sent data may stay unacknowledged.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_PORT: u16 = 5432;
/// The folder of the server's socket in Debian's PostgreSQL.
const DEFAULT_SOCKET: &str = "/var/run/postgresql";

/// Characters that have a meaning in a URL, besides all that is not printable ASCII.
const RESERVED: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'%').add(b'/').add(b':').add(b'?').add(b'#').add(b'@').add(b',');

/// A database and how to reach it. `Display` and `Debug` show neither password nor parameters.
#[derive(Clone)]
pub struct Dsn {
    config: Config,
    trust: Trust,
    deadline: Duration,
    shown: String,
}

impl Dsn {
    /// Reads a `postgresql://` or `postgres://` URL. What it leaves out comes from the environment.
    ///
    /// # Errors
    ///
    /// Fails if the URL cannot be read. The message contains no part of it.
    pub fn parse(url: &str) -> Result<Dsn> {
        Dsn::parse_with(url, &|name| std::env::var(name).ok())
    }

    /// Reads a URL as [`parse`](Self::parse) does. `environment` returns the value of a variable.
    ///
    /// # Errors
    ///
    /// Fails as [`parse`](Self::parse) does.
    pub fn parse_with(url: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Dsn> {
        let mut components = split(url)?;
        components.complete(environment)?;
        components.build()
    }

    /// Returns the configuration for tokio-postgres.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Returns which database servers are trusted.
    pub(super) fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Returns the time limit for connecting.
    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Returns a sentence about the risk of a password on its way to another machine. Returns None
    /// if there is no password or no other machine, or if the server must prove its identity.
    pub fn exposure(&self) -> Option<String> {
        let is_here = |host: &Host| match host {
            Host::Unix(_) => true,
            Host::Tcp(name) => {
                name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
            }
        };
        self.config.get_password().filter(|_| !self.config.get_hosts().iter().all(is_here))?;
        let what = match &self.trust {
            Trust::Plain => "unencrypted, for everyone on the way to read",
            Trust::AnyoneOrPlain => {
                "unencrypted if the server or someone on the way says so, and the server is not checked"
            }
            Trust::Anyone => "encrypted, but the server is not checked: it may be someone on the way",
            Trust::Chain(Roots::Native) => {
                "encrypted, but to any server with a certificate of a public authority, of whatever name"
            }
            Trust::Chain(Roots::File(_)) | Trust::ChainAndName(_) => return None,
        };
        Some(format!(
            "the password for {self} travels {what} (sslmode=verify-full checks certificate and name)"
        ))
    }

    /// Returns the name of the database.
    pub fn database(&self) -> &str {
        self.config.get_dbname().or(self.config.get_user()).unwrap_or("postgres")
    }
}

impl fmt::Display for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dsn({})", self.shown)
    }
}

/// The decoded components of a URL.
#[derive(Default)]
struct UrlComponents {
    user: Option<String>,
    password: Option<Vec<u8>>,
    hosts: Vec<(String, u16)>,
    port: Option<u16>,
    database: Option<String>,
    ssl_mode: Option<String>,
    ssl_root: Option<String>,
    config: Config,
    application_name: Option<String>,
    connect_timeout: Option<Duration>,
}

fn wrong(what: &str) -> Error {
    Error::invalid("source", format!("the database URL is malformed: {what}"))
        .hint("write postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full, with @ : / ? # % in names and passwords percent-encoded")
}

fn split(url: &str) -> Result<UrlComponents> {
    let rest = url
        .strip_prefix("postgresql://")
        .or_else(|| url.strip_prefix("postgres://"))
        .ok_or_else(|| wrong("it must begin with postgresql://"))?;
    let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    // A second @, or one behind the host, is most likely part of a password, so nothing behind it
    // may be shown.
    if rest.contains('@') || authority.matches('@').count() > 1 {
        return Err(wrong("an @ or / that is not the URL's own must be percent-encoded (%40, %2F)"));
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut components = UrlComponents::default();
    let hosts = match authority.split_once('@') {
        Some((credentials, hosts)) => {
            components.credentials(credentials)?;
            hosts
        }
        None => authority,
    };
    components.hosts(hosts)?;
    components.database = non_empty(decode(path.strip_prefix('/').unwrap_or(path))?);
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').ok_or_else(|| wrong("a parameter after ? has no ="))?;
        components.parameter(&decode(name)?, value)?;
    }
    Ok(components)
}

fn decode(text: &str) -> Result<String> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| wrong("a part of it is not UTF-8"))?;
    if decoded.contains('\0') { Err(wrong("a part of it holds a NUL")) } else { Ok(decoded.into_owned()) }
}

fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn port(text: &str) -> Result<u16> {
    match text.parse() {
        Ok(0) | Err(_) => Err(wrong("a port must be a number from 1 to 65535")),
        Ok(port) => Ok(port),
    }
}

fn seconds(name: &str, value: &str) -> Result<u32> {
    value.parse().map_err(|_| wrong(&format!("{name} must be a whole number")))
}

impl UrlComponents {
    fn credentials(&mut self, text: &str) -> Result<()> {
        let (user, password) = match text.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (text, None),
        };
        self.user = non_empty(decode(user)?);
        self.password = password.map(|password| percent_decode_str(password).collect());
        Ok(())
    }

    fn hosts(&mut self, text: &str) -> Result<()> {
        for host in text.split(',').filter(|host| !host.is_empty()) {
            let (name, port_text) = match host.strip_prefix('[').map(|rest| rest.split_once(']')) {
                Some(Some((address, rest))) => (address, rest.strip_prefix(':').unwrap_or(rest)),
                Some(None) => return Err(wrong("a [ has no ]")),
                None => host.split_once(':').unwrap_or((host, "")),
            };
            let port = if port_text.is_empty() { DEFAULT_PORT } else { port(&decode(port_text)?)? };
            self.host(decode(name)?, port)?;
        }
        Ok(())
    }

    fn host(&mut self, name: String, port: u16) -> Result<()> {
        if name.chars().any(|c| c.is_control() || c.is_whitespace() || c == '@') {
            return Err(wrong("a host name has characters that none may have"));
        }
        self.hosts.push((name, port));
        Ok(())
    }

    fn parameter(&mut self, name: &str, value: &str) -> Result<()> {
        if name == "password" {
            self.password = Some(percent_decode_str(value).collect());
            return Ok(());
        }
        let value = decode(value)?;
        match name {
            "user" => self.user = non_empty(value),
            "dbname" => self.database = non_empty(value),
            "host" => {
                self.hosts.clear();
                value.split(',').try_for_each(|host| self.host(host.into(), DEFAULT_PORT))?;
            }
            "port" => self.port = Some(port(&value)?),
            "sslmode" => self.ssl_mode = Some(value),
            "sslrootcert" => self.ssl_root = Some(value),
            "application_name" => self.application_name = non_empty(value),
            "connect_timeout" => match seconds(name, &value)? {
                0 => {}
                count => self.connect_timeout = Some(Duration::from_secs(count.into())),
            },
            "options" => {
                self.config.options(value);
            }
            "target_session_attrs" => self.session_attributes(&value)?,
            // A parameter of libpq that has no meaning here.
            "gssencmode"
            | "sslcompression"
            | "client_encoding"
            | "fallback_application_name"
            | "keepalives"
            | "keepalives_idle"
            | "keepalives_interval"
            | "keepalives_count" => {}
            "sslcert" | "sslkey" | "sslcrl" | "passfile" | "service" | "hostaddr" | "channel_binding"
            | "krbsrvname" | "requirepeer" | "load_balance_hosts" | "sslnegotiation" => {
                return Err(wrong(&format!("the parameter {name} is not supported")));
            }
            // The name is not quoted, since it may follow a ? within a password.
            _ => return Err(wrong("a parameter after ? is not known")),
        }
        Ok(())
    }

    fn session_attributes(&mut self, value: &str) -> Result<()> {
        use tokio_postgres::config::TargetSessionAttrs;
        self.config.target_session_attrs(match value {
            "any" | "prefer-standby" => TargetSessionAttrs::Any,
            "read-write" | "primary" => TargetSessionAttrs::ReadWrite,
            "read-only" | "standby" => TargetSessionAttrs::ReadOnly,
            _ => return Err(wrong("target_session_attrs must be any, read-write or read-only")),
        });
        Ok(())
    }

    fn complete(&mut self, environment: &dyn Fn(&str) -> Option<String>) -> Result<()> {
        let variable = |name: &str| environment(name).and_then(non_empty);
        self.user = self.user.take().or_else(|| variable("PGUSER")).or_else(|| variable("USER"));
        self.password = self.password.take().or_else(|| variable("PGPASSWORD").map(String::into_bytes));
        self.database = self.database.take().or_else(|| variable("PGDATABASE"));
        self.ssl_mode = self.ssl_mode.take().or_else(|| variable("PGSSLMODE"));
        self.ssl_root = self.ssl_root.take().or_else(|| variable("PGSSLROOTCERT"));
        if self.hosts.is_empty() {
            let port = variable("PGPORT").map(|text| port(&text)).transpose()?.unwrap_or(DEFAULT_PORT);
            let host = variable("PGHOST").unwrap_or_else(|| {
                let has_socket = std::path::Path::new(DEFAULT_SOCKET).exists();
                if has_socket { DEFAULT_SOCKET } else { "localhost" }.into()
            });
            host.split(',').try_for_each(|host| self.host(host.into(), port))?;
        }
        if let Some(port) = self.port {
            self.hosts.iter_mut().for_each(|host| host.1 = port);
        }
        Ok(())
    }

    fn build(mut self) -> Result<Dsn> {
        let trust = self.trust()?;
        let config = &mut self.config;
        for (host, port) in &self.hosts {
            config.host(host).port(*port);
        }
        // libpq ignores sslmode on a Unix socket as well, because the kernel transfers the data.
        let sockets_only = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
        config.ssl_mode(match &trust {
            _ if sockets_only => SslMode::Disable,
            Trust::Plain => SslMode::Disable,
            Trust::AnyoneOrPlain => SslMode::Prefer,
            _ => SslMode::Require,
        });
        if let Some(user) = &self.user {
            config.user(user);
        }
        if let Some(password) = &self.password {
            config.password(password);
        }
        if let Some(database) = self.database.as_ref().or(self.user.as_ref()) {
            config.dbname(database);
        }
        let deadline = self.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        let hosts = u32::try_from(self.hosts.len()).unwrap_or(1).max(1);
        config.connect_timeout((deadline / hosts).max(Duration::from_secs(1)));
        config.application_name(self.application_name.as_deref().unwrap_or("veedel"));
        config.keepalives(true).keepalives_idle(KEEPALIVE_IDLE).tcp_user_timeout(TCP_USER_TIMEOUT);
        Ok(Dsn { shown: self.shown(), config: self.config, trust, deadline })
    }

    fn trust(&self) -> Result<Trust> {
        let roots = match self.ssl_root.as_deref() {
            None | Some("system") => Roots::Native,
            Some(path) => Roots::File(PathBuf::from(path)),
        };
        Ok(match (self.ssl_mode.as_deref().unwrap_or("prefer"), roots) {
            ("disable", _) => Trust::Plain,
            // libpq's `allow` tries a connection without encryption first. Trying encryption first
            // is no worse.
            ("allow" | "prefer", _) => Trust::AnyoneOrPlain,
            ("require", roots @ Roots::File(_)) => Trust::Chain(roots),
            ("require", Roots::Native) => Trust::Anyone,
            ("verify-ca", roots) => Trust::Chain(roots),
            ("verify-full", roots) => Trust::ChainAndName(roots),
            _ => {
                let modes = "disable, allow, prefer, require, verify-ca or verify-full";
                return Err(wrong(&format!("sslmode must be {modes}")));
            }
        })
    }

    fn shown(&self) -> String {
        let escape = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
        let hosts: Vec<String> = self
            .hosts
            .iter()
            .map(|(host, port)| match host.contains(':') {
                true => format!("[{}]:{port}", host.replace(']', "")),
                false => format!("{}:{port}", escape(host)),
            })
            .collect();
        let user = self.user.as_ref().map(|user| escape(user) + "@").unwrap_or_default();
        let database = self.database.as_ref().or(self.user.as_ref());
        let database = database.map(|name| "/".to_owned() + &escape(name)).unwrap_or_default();
        format!("postgresql://{user}{}{database}", hosts.join(","))
    }
}

#[cfg(test)]
#[path = "dsn_tests.rs"]
mod tests;
