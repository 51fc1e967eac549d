//! The manifest of a folder: a hidden file that lists the files that import made, with digests of
//! their content.
//!
//! A file that is not listed, or whose content has changed since, is a person's work.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Kind, Result};

/// The end of the names of tables for rows without geometry.
pub const WITHOUT_GEOMETRY: &str = "_ohne_geometrie";

/// The first line of a sidecar that import made. If it is missing, a person has edited the file.
pub const MARK: &str = "# Written by veedel import. Remove this line to keep your changes.";

/// The name of the manifest.
const NAME: &str = ".veedel-import.json";

/// The files that import made, by name, with the digest of each.
#[derive(Debug, Default)]
pub struct Manifest {
    files: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads the manifest of a folder; empty if there is none.
    pub fn read(folder: &Path) -> Manifest {
        let text = std::fs::read(folder.join(NAME)).ok();
        let files = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Manifest { files }
    }

    /// Checks that a file may be replaced.
    ///
    /// `sidecar` lies next to the file. Before there were manifests, import recognized its own
    /// files by the first line of this.
    ///
    /// # Errors
    ///
    /// Fails if import did not make the file, or if it was changed since.
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

    /// Records the present content of a file, or that it does not exist.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read.
    pub fn note(&mut self, folder: &Path, file: &str) -> Result<()> {
        let path = folder.join(file);
        match path.is_file() {
            true => drop(self.files.insert(file.to_owned(), digest_of(&path)?)),
            false => drop(self.files.remove(file)),
        }
        Ok(())
    }

    /// Writes the manifest into the folder.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
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

/// Converts an error from writing to the folder.
pub fn unwritten(why: impl std::fmt::Display) -> Error {
    Error::invalid("--into", format!("it cannot be written: {why}"))
}
