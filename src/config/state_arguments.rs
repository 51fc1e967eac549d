//! The arguments of `veedel state`.

use clap::{Args, Subcommand};

use super::key_arguments::OfConfiguration;

/// What to do with the database in which keys and the record are kept.
#[derive(Debug, Subcommand)]
pub enum StateAction {
    /// Make the tables and functions in schema veedel, and grant the rights to them; again is safe
    Install(InstallState),
}

/// The arguments of `veedel state install`.
#[derive(Debug, Args)]
pub struct InstallState {
    /// The role by which servers connect: it may read keys and only append to the record; again
    /// for further roles
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// A role that may make and end keys and read the record, beside the one that installs; again
    /// for further roles
    #[arg(long = "manager", value_name = "ROLE")]
    pub managers: Vec<String>,
    #[command(flatten)]
    #[allow(missing_docs)] // the type says it
    pub of: OfConfiguration,
}

impl StateAction {
    /// The configuration that is meant.
    pub fn of(&self) -> &OfConfiguration {
        let StateAction::Install(install) = self;
        &install.of
    }
}
