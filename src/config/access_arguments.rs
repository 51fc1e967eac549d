//! The arguments of `veedel access`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What to say of who may see what.
#[derive(Debug, Subcommand)]
pub enum AccessAction {
    /// Say in words what a role may see and do of a collection
    Explain(Explain),
    /// Print for each collection with rules what each role may see and do
    Matrix(Matrix),
}

/// The arguments of `veedel access explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A role; again for a caller in several; without any, everyone
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// The collection, as [collections.ID] names it
    #[arg(long, value_name = "ID")]
    pub collection: String,
    /// The configuration file [default: veedel.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The arguments of `veedel access matrix`.
#[derive(Debug, Args)]
pub struct Matrix {
    /// The configuration file [default: veedel.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl AccessAction {
    /// The configuration file that is meant.
    pub fn config(&self) -> Option<&PathBuf> {
        match self {
            AccessAction::Explain(Explain { config, .. }) | AccessAction::Matrix(Matrix { config }) => {
                config.as_ref()
            }
        }
    }
}
