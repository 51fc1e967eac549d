//! The arguments of `veedel key`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::access::LONGEST_NAME;
use super::fault::{Fault, shown};
use super::settings::Settings;

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

/// The configuration that names the state folder and the roles.
#[derive(Debug, Default, Args)]
pub struct OfConfiguration {
    /// The configuration file [default: veedel.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl OfConfiguration {
    /// Returns the settings, and the state folder they name.
    ///
    /// # Errors
    ///
    /// Fails with all faults of the file, or if it names no state folder.
    pub fn state(&self) -> Result<(Settings, PathBuf), Vec<Fault>> {
        let settings = super::read(self.config.as_deref())?;
        match settings.state.clone() {
            Some(folder) => Ok((settings, folder)),
            None => {
                let hint = "write state = \"/var/lib/veedel\", a folder in which keys are kept";
                Err(vec![Fault::of("state", "the configuration names no folder", hint)])
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
