//! The command line, which takes precedence over the configuration file.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use super::access_arguments::AccessAction;
pub use super::audit_arguments::AuditAction;
use super::environment::{self, Environment};
use super::fault::{Fault, FilePosition, Wrong, shown};
pub use super::feed_arguments::{Feed, FeedTables};
pub use super::import_arguments::Import;
pub use super::key_arguments::{AddKey, KeyAction, RevokeKey};
use super::public_url::PublicUrl;
use super::settings::Settings;
use super::source::Source;
pub use super::state_arguments::{InstallState, StateAction};
pub use super::tiles_arguments::{Tiles, TilesOf};
use super::{file, quantity, read_with};

/// Serve a city's geodata from memory: vector tiles, GeoJSON and a map.
#[derive(Debug, Parser)]
#[command(name = "veedel", version, max_term_width = 100, after_help = EXAMPLES)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve tiles, features and the map
    Serve(Serve),
    /// Check configuration and sources, and say all that is wrong at once
    Check(Check),
    /// Bring Shapefiles, GeoPackages, GeoJSON, KML, spreadsheets and more into a folder or a
    /// PostGIS
    Import(Import),
    /// Let a database note its changes, so that each commit shows at once
    #[command(subcommand)]
    Feed(Feed),
    /// Say who may see what by the configuration
    #[command(subcommand)]
    Access(AccessAction),
    /// Make, list and revoke the keys by which callers are known
    #[command(subcommand)]
    Key(KeyAction),
    /// Check or print the record of what callers and operators did
    #[command(subcommand)]
    Audit(AuditAction),
    /// Make what a database needs to keep keys and the record for several servers
    #[command(subcommand)]
    State(StateAction),
    /// Tell a running server that collections or tiles have changed where it cannot see it
    #[command(subcommand)]
    Tiles(Tiles),
}

/// The arguments of `veedel serve`. Their `Debug` leaves the sources out, which may hold a
/// password.
#[derive(Default, Args)]
#[command(after_help = EXAMPLES)]
pub struct Serve {
    /// Folders of FlatGeobuf and CSV files, and postgresql:// URLs; without any, an invented city
    ///
    /// A password on a command line is visible to everyone on the machine: leave it out and set
    /// PGPASSWORD, or write ${NAME} in single quotes, which veedel itself replaces by the
    /// environment variable.
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<OsString>,
    /// The address to listen on [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// A second address, for /health, /ready and /metrics alone, which answers however busy the
    /// first is
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub operator_listen: Option<String>,
    /// What links begin with, where clients reach veedel by another name (behind a proxy)
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// The configuration file [default: veedel.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How often databases are read again [default: 5m]
    #[arg(long, value_name = "DURATION")]
    pub reload: Option<String>,
    /// How often databases are asked whether anything has changed; "0s" never [default: 2s]
    #[arg(long, value_name = "DURATION")]
    pub watch: Option<String>,
    /// What layers may take of the memory: a size or a part, such as "2 GiB" or "60 %" [default: 60
    /// %]
    #[arg(long, value_name = "SIZE")]
    pub memory_budget: Option<String>,
    /// What tiles kept ready to be sent may take of the memory; "0 B" keeps none [default: 128 MiB]
    #[arg(long, value_name = "SIZE")]
    pub tile_cache: Option<String>,
    /// Lift the feature and byte limits of tiles and the dropping of what is too small
    ///
    /// For benches and comparisons: tiles of low zooms become very large.
    #[arg(long)]
    pub no_thinning: bool,
    /// Where to make a socket at which `veedel tiles` is heard; whoever may write to it may ask
    #[arg(long, value_name = "PATH")]
    pub operator_socket: Option<PathBuf>,
    /// How the log is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub log_format: LogFormat,
}

/// The arguments of `veedel check`. Their `Debug` leaves the sources out, which may hold a
/// password.
#[derive(Default, Args)]
pub struct Check {
    /// Folders and postgresql:// URLs, as for serve; without any, those of the configuration
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<OsString>,
    /// The configuration file [default: veedel.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// The reason why there is no command to execute: help or the version was requested, or the
/// arguments are wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The text to print: to standard output if `code` is 0, else to standard error.
    pub text: String,
    /// The exit code: 0, or 2 for wrong arguments.
    pub code: u8,
}

const EXAMPLES: &str = "\
Examples:
  veedel serve                                    an invented city, at http://127.0.0.1:3000
  veedel serve ~/geodata                          a folder
  PGPASSWORD=… veedel serve postgresql://reader@localhost/city
  veedel serve 'postgresql://reader:${PW}@db/city' /srv/geodata --listen 0.0.0.0:80
  veedel check --config /etc/veedel.toml";

/// Reads the command line, which begins with the program's name.
///
/// # Errors
///
/// Fails with a [`Stop`] if there is no command to execute.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Stop> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    CommandLine::try_parse_from(&arguments).map(|line| line.command).map_err(|error| {
        let text = error.render().to_string();
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Stop { text, code: 0 },
            _ => Stop { text: conceal(text, &arguments), code: 2 },
        }
    })
}

/// Removes the arguments that may contain a password from a message about them.
fn conceal(mut text: String, arguments: &[OsString]) -> String {
    for argument in arguments {
        let argument = argument.to_string_lossy();
        let value = argument.split_once('=').map_or("", |(_, value)| value);
        for part in [argument.as_ref(), value] {
            if !part.is_empty() && shown(part).contains('…') {
                text = text.replace(part, shown(part).trim_matches('"'));
            }
        }
    }
    text
}

impl Serve {
    /// Returns the settings of the configuration file, overridden by the command line.
    ///
    /// # Errors
    ///
    /// Fails with all faults of both.
    pub fn settings(&self) -> Result<Settings, Vec<Fault>> {
        self.settings_with(&environment::of_the_process)
    }

    pub(super) fn settings_with(&self, environment: Environment<'_>) -> Result<Settings, Vec<Fault>> {
        let (mut settings, mut faults) = base(self.config.as_deref(), environment);
        sources(&self.sources, environment, &mut settings, &mut faults);
        lay("--listen", &self.listen, file::listen, &mut settings.listen, &mut faults);
        let operator = |text: &str| file::listen(text).map(Some);
        lay("--operator-listen", &self.operator_listen, operator, &mut settings.operator_listen, &mut faults);
        let public_url = |text: &str| PublicUrl::parse(text).map(Some);
        lay("--public-url", &self.public_url, public_url, &mut settings.public_url, &mut faults);
        lay("--reload", &self.reload, file::reload, &mut settings.reload, &mut faults);
        lay("--watch", &self.watch, file::watch, &mut settings.watch, &mut faults);
        let budget = &mut settings.memory_budget;
        lay("--memory-budget", &self.memory_budget, quantity::memory_budget, budget, &mut faults);
        lay("--tile-cache", &self.tile_cache, quantity::size, &mut settings.tile_cache, &mut faults);
        if self.operator_socket.is_some() {
            settings.operator_socket.clone_from(&self.operator_socket);
        }
        if self.no_thinning {
            settings.thinning = false;
            settings.limits = settings.limits.without_thinning();
        }
        if faults.is_empty() { Ok(settings) } else { Err(faults) }
    }
}

impl Check {
    /// Returns the settings of the configuration file, with the sources of the command line.
    ///
    /// # Errors
    ///
    /// Fails with all faults of both.
    pub fn settings(&self) -> Result<Settings, Vec<Fault>> {
        let Check { sources, config } = self;
        Serve { sources: sources.clone(), config: config.clone(), ..Serve::default() }.settings()
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("config", &self.config).finish_non_exhaustive()
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Reads the settings of the file. If they have faults, the defaults are returned with these, so
/// that the command line is checked as well.
fn base(path: Option<&Path>, environment: Environment<'_>) -> (Settings, Vec<Fault>) {
    match read_with(path, environment) {
        Ok(settings) => (settings, Vec::new()),
        Err(faults) => (Settings::default(), faults),
    }
}

/// Overrides a setting by an option, if it is given.
fn lay<T>(
    name: &str,
    option: &Option<String>,
    read: impl FnOnce(&str) -> Result<T, Wrong>,
    setting: &mut T,
    faults: &mut Vec<Fault>,
) {
    match option.as_deref().map(read) {
        Some(Ok(value)) => *setting = value,
        Some(Err(wrong)) => faults.push(wrong.of(name)),
        None => (),
    }
}

/// Overrides the sources of the file by those of the command line, if there are any.
fn sources(
    arguments: &[OsString],
    environment: Environment<'_>,
    settings: &mut Settings,
    faults: &mut Vec<Fault>,
) {
    let mut all = Vec::new();
    for argument in arguments {
        match Source::from_argument(argument, environment) {
            Ok(source) if all.contains(&source) => {
                let what = format!("{} is named twice", shown(&source.to_string()));
                faults.push(Fault::of("SOURCE", what, "remove one of the two"));
            }
            Ok(source) => all.push(source),
            Err(wrong) => faults.push(wrong.of("SOURCE")),
        }
    }
    if !arguments.is_empty() {
        settings.source_positions =
            vec![FilePosition { file: "SOURCE".into(), ..FilePosition::default() }; all.len()];
        settings.sources = all;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::limits::Limits;

    fn environment(name: &str) -> Option<String> {
        (name == "CITY_PASSWORD").then(|| "canary@1".into())
    }

    fn serve(arguments: &[&str]) -> Serve {
        let all = ["veedel", "serve"].iter().chain(arguments).map(Into::into);
        match parse(all) {
            Ok(Command::Serve(serve)) => serve,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_line_goes_before_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        std::fs::write(&file, "listen = \"0.0.0.0:80\"\nreload = \"1h\"\nsources = \"a\"").unwrap();
        let config = file.to_str().unwrap();
        let arguments =
            ["--config", config, "--listen", "0.0.0.0:81", "b", "postgresql://u:${CITY_PASSWORD}@h/d"];
        let settings = serve(&arguments).settings_with(&environment).unwrap();
        assert_eq!(settings.listen.to_string(), "0.0.0.0:81");
        assert_eq!(settings.reload, Duration::from_secs(3600));
        let sources: Vec<String> = settings.sources.iter().map(Source::to_string).collect();
        assert_eq!(sources, ["b", "postgresql://u@h/d"]);
        assert_eq!(settings.limits, Limits::default());
        assert!(settings.thinning);

        let settings = serve(&["--config", config, "--no-thinning"]).settings_with(&environment).unwrap();
        assert_eq!(settings.limits, Limits::default().without_thinning());
        assert!(!settings.thinning);
        assert_eq!(settings.sources, [Source::Folder(folder.path().join("a"))]);
    }

    #[test]
    fn faults_of_file_and_command_line_come_together() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        std::fs::write(&file, "lissen = 1").unwrap();
        let arguments = [
            "--listen",
            "x",
            "--reload",
            "0s",
            "--memory-budget",
            "all",
            "--public-url",
            "x",
            "a",
            "a",
            "${NO}",
        ];
        let mut all = serve(&arguments);
        all.config = Some(file);
        let faults = all.settings_with(&environment).unwrap_err();
        let files: Vec<&str> = faults.iter().skip(1).map(|fault| fault.file.as_str()).collect();
        assert_eq!(faults[0].line, 1);
        assert_eq!(files, ["SOURCE", "SOURCE", "--listen", "--public-url", "--reload", "--memory-budget"]);
    }

    #[test]
    fn help_and_version_stop_well_and_wrong_arguments_do_not_show_a_password() {
        let stop = |arguments: &[&str]| parse(arguments.iter().map(Into::into)).unwrap_err();
        assert_eq!(stop(&["veedel", "--version"]).code, 0);
        assert!(stop(&["veedel", "serve", "--help"]).text.contains("PGPASSWORD"));
        let url = "postgresql://u:canary@h/d";
        assert!(!format!("{:?}", serve(&[url])).contains("canary"));
        assert!(!format!("{:?}", serve(&[url]).settings_with(&environment)).contains("canary"));
        for arguments in [
            vec!["veedel", url],
            vec!["veedel", "check", "--listen", url],
            vec!["veedel", "serve", "--log-format", url],
            vec!["veedel", "serve", "--nothing=postgresql://u:canary@h/d"],
            vec!["veedel", "serve", "--log-format=postgresql://u:canary@h/d"],
            vec!["veedel", "serve", "--no-thinning=postgresql://u:can ary@h/d"],
            vec!["veedel"],
        ] {
            let stop = stop(&arguments);
            assert_eq!(stop.code, 2, "{arguments:?}");
            assert!(!stop.text.contains("canary") && !stop.text.contains("can "), "{}", stop.text);
        }
    }
}
