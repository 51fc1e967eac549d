//! The arguments of `veedel audit`.

use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::key_arguments::OfConfiguration;

/// What to do with the record.
#[derive(Debug, Subcommand)]
pub enum AuditAction {
    /// Check that no entry was changed or taken out, and say what each month holds
    Verify(Verify),
    /// Print the entries as lines of JSON, after checking them
    Export(Export),
}

/// The arguments of `veedel audit verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The head that an earlier check printed: fails if the end was cut off since
    #[arg(long, value_name = "HASH")]
    pub head: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)] // the type says it
    pub of: OfConfiguration,
}

/// The arguments of `veedel audit export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The first day (UTC), such as 2026-12-01; without it, all there is
    #[arg(long, value_name = "DAY")]
    pub since: Option<Date>,
    #[command(flatten)]
    #[allow(missing_docs)] // the type says it
    pub of: OfConfiguration,
}

impl AuditAction {
    /// The configuration that is meant.
    pub fn of(&self) -> &OfConfiguration {
        match self {
            AuditAction::Verify(Verify { of, .. }) | AuditAction::Export(Export { of, .. }) => of,
        }
    }
}
