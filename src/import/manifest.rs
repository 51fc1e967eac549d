//! Which files of a folder import made, and what they held then: a hidden file in it.
//!
//! A file that is not named there, or holds something else by now, is a person's work.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Kind, Result};

/// What the names of tables of rows without geometry end with.
pub const WITHOUT_GEOMETRY: &str = "_ohne_geometrie";

/// The first line of a sidecar that may be written anew: one without it was edited by a person.
pub const MARK: &str = "# Written by veedel import. Remove this line to keep your changes.";

/// What it is called.
const NAME: &str = ".veedel-import.json";

/// The files that import made, by name, each with the digest of its content.
#[derive(Debug, Default)]
pub struct Manifest {
    files: BTreeMap<String, String>,
}

impl Manifest {
    /// That of a folder; empty where there is none.
    pub fn read(folder: &Path) -> Manifest {
        let text = std::fs::read(folder.join(NAME)).ok();
        let files = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Manifest { files }
    }

    /// An error where a file is there that import did not make, or that was changed since.
    /// `sidecar` lies beside it: before there was a manifest, import told its own files by that.
    pub fn check(&self, folder: &Path, file: &str, sidecar: &str) -> Result<()> {
        let path = folder.join(file);
        if !path.is_file() {
            return Ok(());
        }
        let refused = |what: &str| {
            let hint = "give another name with --name, or replace it with --replace";
            Err(Error::new(Kind::Invalid, format!("there is a file {file} already that {what}")).hint(hint))
        };
        match self.files.get(file) {
            Some(digest) if *digest == digest_of(&path)? => Ok(()),
            Some(_) => refused("was changed since veedel import made it"),
            None => match std::fs::read_to_string(folder.join(sidecar)) {
                Ok(text) if text.starts_with(MARK) => Ok(()),
                _ => refused("veedel import did not make"),
            },
        }
    }

    /// Takes up what a file holds now, or that it is gone.
    pub fn note(&mut self, folder: &Path, file: &str) -> Result<()> {
        let path = folder.join(file);
        match path.is_file() {
            true => drop(self.files.insert(file.to_owned(), digest_of(&path)?)),
            false => drop(self.files.remove(file)),
        }
        Ok(())
    }

    /// Writes it into the folder.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.files).map_err(unwritten)?;
        std::fs::write(folder.join(NAME), text + "\n").map_err(unwritten)
    }
}

fn digest_of(path: &Path) -> Result<String> {
    let mut digest = Sha256::new();
    let copied =
        std::fs::File::open(path).and_then(|mut file| std::io::copy(&mut file, &mut Digested(&mut digest)));
    copied.map_err(unwritten)?;
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

struct Digested<'a>(&'a mut Sha256);

impl std::io::Write for Digested<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An error of writing to the folder.
pub fn unwritten(why: impl std::fmt::Display) -> Error {
    Error::invalid("--into", format!("it cannot be written: {why}"))
}
