//! The arguments of `veedel key`.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::access::LONGEST_NAME;
use super::environment;
use super::fault::{Fault, shown};
use super::settings::Settings;
use super::state::State;

/// What to do with API keys.
#[derive(Debug, Subcommand)]
pub enum KeyAction {
    /// Make a key and print it, once
    Add(AddKey),
    /// List all keys, without their secrets
    List(OfConfiguration),
    /// End a key; within 5 seconds no server takes it any more
    Revoke(RevokeKey),
    /// Remove all that is known of a key that was revoked or has expired, its name above all
    Forget(ForgetKey),
}

/// The configuration that names the roles and where keys and the record are kept. Its `Debug`
/// leaves the latter out, which may hold a password.
#[derive(Default, Args)]
pub struct OfConfiguration {
    /// The configuration file [default: veedel.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where keys and the record are kept, in place of `state` of the configuration: the same
    /// database, as a role with more rights
    #[arg(long, value_name = "FOLDER|URL")]
    pub state: Option<OsString>,
}

impl fmt::Debug for OfConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfConfiguration").field("config", &self.config).finish_non_exhaustive()
    }
}

impl OfConfiguration {
    /// Returns the settings, and where keys and the record are kept.
    ///
    /// # Errors
    ///
    /// Fails with all faults of the file, or if neither it nor an option names a place.
    pub fn state(&self) -> Result<(Settings, State), Vec<Fault>> {
        let settings = super::read(self.config.as_deref())?;
        if let Some(argument) = &self.state {
            let state = State::from_argument(argument, &environment::of_the_process);
            return state.map(|state| (settings, state)).map_err(|wrong| vec![wrong.of("--state")]);
        }
        match settings.state.clone() {
            Some(state) => Ok((settings, state)),
            None => {
                let hint = "write state = \"/var/lib/veedel\", or a postgresql:// URL, where keys are kept";
                Err(vec![Fault::of("state", "the configuration names no place", hint)])
            }
        }
    }
}

/// The arguments of `veedel key add`.
#[derive(Debug, Args)]
pub struct AddKey {
    /// Whose key it is, such as the name of an office or a program
    #[arg(value_name = "NAME")]
    pub name: String,
    /// A role of its callers, as [access.roles.ROLE] has it; again for further roles
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub roles: Vec<String>,
    /// The last day on which it is valid (UTC), such as 2027-12-31
    #[arg(long, value_name = "DAY")]
    pub expires: Option<Date>,
    #[command(flatten)]
    #[allow(missing_docs)] // the type says it
    pub of: OfConfiguration,
}

impl AddKey {
    /// From when on the key is not valid any more: the beginning of the day after `expires` (UTC).
    pub fn end(&self) -> Option<Timestamp> {
        self.expires.and_then(|day| Some(day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp()))
    }

    /// Returns a fault for each role that the configuration does not have, and for a name that a
    /// list could not show.
    pub fn faults(&self, settings: &Settings) -> Vec<Fault> {
        let known: Vec<&str> = settings.policy.roles.iter().map(AsRef::as_ref).collect();
        let unknown = self.roles.iter().filter(|role| !known.contains(&role.as_str()));
        let hint = match known.is_empty() {
            true => "write [access.roles.NAME] for each role into the configuration".to_owned(),
            false => format!("known: {}", known.join(", ")),
        };
        let unknown =
            unknown.map(|role| Fault::of("--role", format!("there is no role {}", shown(role)), &*hint));
        let is_plain = !self.name.trim().is_empty()
            && self.name.chars().count() <= LONGEST_NAME
            && !self.name.chars().any(char::is_control);
        let name = (!is_plain).then(|| {
            Fault::of(
                "NAME",
                format!("{} is no name", shown(&self.name)),
                "write 1 to 64 letters, without line breaks",
            )
        });
        unknown.chain(name).collect()
    }
}

/// The arguments of `veedel key revoke`.
#[derive(Debug, Args)]
pub struct RevokeKey {
    /// The name of the key, or the eight digits behind vdl_
    #[arg(value_name = "NAME")]
    pub key: String,
    #[command(flatten)]
    #[allow(missing_docs)] // the type says it
    pub of: OfConfiguration,
}

/// The arguments of `veedel key forget`.
#[derive(Debug, Args)]
pub struct ForgetKey {
    /// The name of the key, or the eight digits behind vdl_
    #[arg(value_name = "NAME")]
    pub key: String,
    #[command(flatten)]
    #[allow(missing_docs)] // the type says it
    pub of: OfConfiguration,
}

impl KeyAction {
    /// The configuration that is meant.
    pub fn of(&self) -> &OfConfiguration {
        match self {
            KeyAction::Add(AddKey { of, .. })
            | KeyAction::Revoke(RevokeKey { of, .. })
            | KeyAction::Forget(ForgetKey { of, .. })
            | KeyAction::List(of) => of,
        }
    }
}
