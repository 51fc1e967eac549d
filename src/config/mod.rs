//! The configuration: the TOML file and the command line, read into checked [`Settings`].
//!
//! All faults are reported together, each with file, line, column and a hint. Checked settings have
//! no faults left to report later. Each key is documented at its field in [`Settings`], and by an
//! example in `veedel.example.toml` ([`documentation`]), which a test checks. Only `boot` and
//! `main` use this room.

mod access;
mod access_arguments;
mod audit_arguments;
mod base_map;
mod categories;
mod collections;
pub mod command_line;
mod environment;
mod fault;
mod feed_arguments;
mod file;
mod import_arguments;
mod key_arguments;
mod map;
mod memory;
mod public_url;
mod publication;
mod quantity;
mod reader;
mod roles;
mod rules;
mod settings;
mod source;
mod state;
mod state_arguments;
mod syntax;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
mod tiles_arguments;

pub use fault::Fault;
pub use public_url::PublicUrl;
pub use quantity::MemoryBudget;
pub use settings::{Map, Settings};
pub use source::{SecretUrl, Source};
pub use state::State;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use environment::Environment;
use fault::shown;

/// The file that is read if none is named.
const USUAL_FILE: &str = "veedel.toml";

/// The maximum number of bytes of the file.
const LONGEST_FILE: u64 = 1 << 20;

/// Reads the configuration: the file that is named, or else `veedel.toml` in the working folder if
/// it exists, or else the defaults.
///
/// # Errors
///
/// Fails with all faults. A file that is named and does not exist is a fault.
pub fn read(path: Option<&Path>) -> Result<Settings, Vec<Fault>> {
    read_with(path, &environment::of_the_process)
}

fn read_with(path: Option<&Path>, environment: Environment<'_>) -> Result<Settings, Vec<Fault>> {
    let usual = Path::new(USUAL_FILE);
    let name = path.unwrap_or(usual);
    let file = shown(&name.display().to_string()).trim_matches('"').to_owned();
    let content = match content(name) {
        Ok(content) => content,
        Err(error) if path.is_none() && error.kind() == io::ErrorKind::NotFound => {
            return Ok(Settings::default());
        }
        Err(error) => return Err(vec![unreadable(&file, &error)]),
    };
    let base = name.parent().unwrap_or(Path::new(""));
    match String::from_utf8(content) {
        Ok(text) => {
            let settings = file::parse(&file, &text, base, environment)?;
            let missing = map::missing_folders(&settings.map_positions);
            if missing.is_empty() { Ok(settings) } else { Err(missing) }
        }
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes());
            let position = fault::position(&file, &text, &(valid..valid));
            Err(vec![Fault::of("", "is no UTF-8 here", "save the file as UTF-8").at(&position)])
        }
    }
}

/// Returns the content of a file of at most [`LONGEST_FILE`] bytes.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(LONGEST_FILE + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LONGEST_FILE {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(content)
}

fn unreadable(file: &str, error: &io::Error) -> Fault {
    let (what, hint) = match error.kind() {
        io::ErrorKind::NotFound => ("there is no such file", "check the path, or leave out --config"),
        io::ErrorKind::PermissionDenied => ("may not be read", "give veedel's user the right to read it"),
        io::ErrorKind::IsADirectory => ("is a folder", "name the file within"),
        io::ErrorKind::FileTooLarge => ("is longer than 1 MiB", "name a configuration file"),
        _ => ("cannot be read", "check the file and its disk"),
    };
    Fault::of(file, what, hint)
}

/// Returns the content of `veedel.example.toml`, which shows every key by an example that is
/// commented out.
pub fn documentation() -> &'static str {
    include_str!("../../veedel.example.toml")
}
