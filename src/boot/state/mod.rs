//! Where keys and the record are kept: a folder, or a database that several servers share; and
//! `veedel state`.

pub mod audit_database;
pub mod audit_folder;
pub mod key_file;
pub mod key_ring;
pub mod key_store;

use std::path::PathBuf;

use super::database;
use super::print::say;
use crate::config::command_line::StateAction;
use crate::error::{Error, Result};
use crate::source::postgis::Dsn;
use crate::source::postgis::state::{check as check_database, install};

/// Where keys and the record are kept.
#[derive(Clone, Debug)]
pub enum State {
    /// In files of a folder.
    Folder(PathBuf),
    /// In the schema `veedel` of a database.
    Database(Box<Dsn>),
}

impl State {
    /// Returns the place that the configuration names.
    ///
    /// # Errors
    ///
    /// Fails if the URL of the database cannot be understood.
    pub fn of(configured: &crate::config::State) -> Result<State> {
        Ok(match configured {
            crate::config::State::Folder(folder) => State::Folder(folder.clone()),
            crate::config::State::Database(url) => State::Database(Box::new(database::named(url.expose())?)),
        })
    }
}

/// Executes `veedel state`. Returns the number of faults, which is 0.
///
/// # Errors
///
/// Fails if the state is no database, or the database rejects the command.
pub async fn state(action: &StateAction, configured: &crate::config::State) -> Result<usize> {
    let StateAction::Install(asked) = action;
    match State::of(configured)? {
        State::Folder(folder) => {
            let what = format!("{} is a folder, which needs no installation", folder.display());
            Err(Error::invalid("state", what).hint("write state = \"postgresql://USER@HOST/DATABASE\""))
        }
        State::Database(dsn) => {
            install(&dsn, &asked.roles, &asked.managers).await?.iter().for_each(|line| say(line));
            Ok(0)
        }
    }
}

/// Prints whether a database is ready to keep keys and the record. Returns the number of faults.
pub async fn check(configured: &crate::config::State) -> usize {
    let dsn = match State::of(configured) {
        Ok(State::Folder(_)) => return 0,
        Ok(State::Database(dsn)) => Ok(dsn),
        Err(why) => Err(why),
    };
    say(&format!("state {configured}"));
    let found = match dsn {
        Ok(dsn) => check_database(&dsn).await,
        Err(why) => Err(why),
    };
    match found {
        Ok(None) => {
            say("  keys are read there, and the record is appended to");
            0
        }
        Ok(Some(warning)) => {
            say(&format!("  warning: {warning}"));
            0
        }
        Err(why) => {
            say(&format!("  cannot be used: {why}"));
            1
        }
    }
}
