//! A folder of FlatGeobuf files and CSV tables, each with an optional schema sidecar, or the same
//! compiled into the binary.
//!
//! A look reads the headers, and all rows of CSV tables, since their types depend on all values. It
//! does not fail because of one file: a file that cannot be served becomes a refusal.

mod csv;
mod embedded;
mod file;
mod flatgeobuf;
mod infer;
mod notation;
mod progress;
mod schema;
pub mod sidecar;
#[cfg(test)]
pub(crate) mod tests;
mod values;

pub(crate) use self::progress::ProgressOf;
pub use file::{FileLocation, Format, Locator};

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::found::{Found, Look};
use crate::catalog::{Freshness, Overrides, Refusal};
use crate::error::{Error, Kind, Result};
use crate::layer::Layer;
use schema::Naming;
use sidecar::Sidecar;

#[cfg(feature = "gdal")]
pub(crate) use {
    csv::{separator, separator_line},
    infer::{Guess, readings},
    notation::Notation,
    schema::KEY_NAMES,
    values::has_offset,
};

/// The end of a sidecar's name, in the place of `.fgb` or `.csv`.
const SIDECAR: &str = ".schema.toml";
/// The name of the embedded city in qualified names.
const EMBEDDED: &str = "rheinfurt";

/// Returns the configuration of a collection, given its short and its qualified name.
pub type Configured<'a> = &'a dyn Fn(&str, &str) -> Overrides;

/// Looks at the files directly in `folder`.
///
/// # Errors
///
/// Fails if the folder itself cannot be read.
pub fn look(folder: &Path, overrides: Configured<'_>) -> Result<Look<Locator>> {
    let name = folder_name(folder);
    let source = folder.display().to_string();
    let mut files = vec![];
    let mut unnamed = vec![];
    for entry in entries(folder)? {
        match entry.to_str() {
            Some(file) => files.push(file.to_owned()),
            None => unnamed.push(entry.to_string_lossy().into_owned()),
        }
    }
    let (mut candidates, mut outside) = (vec![], vec![]);
    for (file, stem, format) in
        files.iter().filter_map(|file| data_file(file).map(|(stem, format)| (file, stem, format)))
    {
        let (data, sidecar) = (folder.join(file), folder.join(format!("{stem}{SIDECAR}")));
        match file::within(folder, &data).and_then(|()| file::within(folder, &sidecar)) {
            Ok(()) => {
                let sidecar = file::existing(&sidecar);
                candidates.push((stem.to_owned(), Locator::new(FileLocation::File(data), sidecar, format)));
            }
            Err(why) => outside.push(Refusal { name: format!("{name}.{stem}"), why }),
        }
    }
    let mut look = examine_all(candidates.into_iter(), &name, &source, Freshness::File, overrides);
    look.refusals.extend(outside);
    look.refusals.extend(unnamed.iter().filter(|file| data_file(file).is_some()).map(|file| Refusal {
        name: format!("{name}.{file}"),
        why: Error::new(Kind::Invalid, "its name is not UTF-8").hint("rename it"),
    }));
    Ok(look)
}

/// Returns a text that changes when another look may find something else: the names, sizes and
/// times of the files. This is much cheaper than a look.
///
/// # Errors
///
/// Fails if the folder cannot be read.
pub fn stamp(folder: &Path) -> Result<String> {
    let mut stamps = vec![];
    for name in entries(folder)? {
        let is_ours = name.to_str().is_some_and(|name| data_file(name).is_some() || name.ends_with(SIDECAR));
        if is_ours {
            // A file that disappeared since the folder was listed changes the stamp as well.
            let stamp = FileLocation::File(folder.join(&name)).stamp().unwrap_or_default();
            stamps.push(format!("{}={stamp}", name.to_string_lossy()));
        }
    }
    Ok(stamps.join("\n"))
}

/// Looks at the files that are compiled into the binary.
pub fn look_embedded(overrides: Configured<'_>) -> Look<Locator> {
    let files = embedded::files();
    let location =
        |name: &str| files.iter().find(|(file, _)| file == name).map(|(_, location)| location.clone());
    let candidates = files.iter().filter_map(|(file, data)| {
        let (stem, format) = data_file(file)?;
        let sidecar = location(&format!("{stem}{SIDECAR}"));
        Some((stem.to_owned(), Locator::new(data.clone(), sidecar, format)))
    });
    examine_all(candidates, EMBEDDED, "embedded", Freshness::Embedded, overrides)
}

/// Reads a whole file into a layer.
///
/// # Errors
///
/// Fails with [`Kind::Unavailable`] if the file has changed since the look; the next look will find
/// it again. Fails also if it is damaged.
pub fn load(found: &Found<Locator>, progress: ProgressOf<'_>) -> Result<Layer> {
    check_unchanged(found)?;
    let mut input = found.locator.data.open()?;
    let builder = match found.locator.format {
        Format::FlatGeobuf => flatgeobuf::load(&mut input, &found.collection, progress)?,
        Format::Csv => csv::load(input, &found.collection, &found.locator.numbers, progress)?,
    };
    check_unchanged(found)?;
    Ok(builder.finish(Timestamp::now()))
}

fn check_unchanged(found: &Found<Locator>) -> Result<()> {
    if found.locator.stamp()? == found.stamp {
        return Ok(());
    }
    Err(Error::unavailable("the file changed since it was looked at").hint("it is read again by itself"))
}

/// Returns the names in a folder, sorted, without hidden ones.
fn entries(folder: &Path) -> Result<Vec<std::ffi::OsString>> {
    let failed = |why: std::io::Error| {
        Error::new(Kind::Unavailable, format!("the folder {} cannot be read: {why}", folder.display()))
    };
    let mut names = vec![];
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if !name.as_encoded_bytes().starts_with(b".") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Returns stem and format of a file that may be served, by its name.
fn data_file(name: &str) -> Option<(&str, Format)> {
    let (stem, ending) = name.rsplit_once('.')?;
    let format = match ending.to_ascii_lowercase().as_str() {
        "fgb" => Format::FlatGeobuf,
        "csv" => Format::Csv,
        _ => return None,
    };
    (!stem.is_empty()).then_some((stem, format))
}

/// Returns the name of the folder itself, also for `.` and `..`.
fn folder_name(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    whole.file_name().map_or_else(|| "folder".into(), |name| name.to_string_lossy().into_owned())
}

fn examine_all(
    candidates: impl Iterator<Item = (String, Locator)>,
    folder: &str,
    source: &str,
    freshness: Freshness,
    overrides: Configured<'_>,
) -> Look<Locator> {
    let mut look = Look { found: vec![], refusals: vec![] };
    let mut taken = BTreeSet::new();
    // FlatGeobuf comes first, so that it is preferred to a table of the same name.
    let mut candidates: Vec<(String, Locator)> = candidates.collect();
    candidates.sort_by_key(|(_, locator)| locator.format == Format::Csv);
    for (short, locator) in candidates {
        let qualified = format!("{folder}.{short}");
        let naming = Naming { short: &short, qualified: &qualified, source, freshness };
        let found = match taken.insert(short.clone()) {
            true => examine(locator, naming, &overrides(&short, &qualified)),
            false => Err(Error::new(Kind::Invalid, "another file has the same name but for its ending")
                .hint("rename one of them")),
        };
        match found {
            Ok(found) => look.found.push(found),
            Err(why) => look.refusals.push(Refusal { name: qualified, why }),
        }
    }
    look.found.sort_by(|left, right| left.short.cmp(&right.short));
    look.refusals.sort_by(|left, right| left.name.cmp(&right.name));
    look
}

fn examine(mut locator: Locator, naming: Naming<'_>, overrides: &Overrides) -> Result<Found<Locator>> {
    let stamp = locator.stamp()?;
    let sidecar = locator.sidecar.as_ref().map(Sidecar::read).transpose()?.unwrap_or_default();
    let mut input = locator.data.open()?;
    let described = match locator.format {
        Format::FlatGeobuf => flatgeobuf::look(&mut input, &sidecar)?,
        Format::Csv => csv::look(input)?,
    };
    let collection = schema::collection(&described, &sidecar, overrides, naming)?;
    let kinds = collection.columns.iter().map(|column| column.kind);
    locator.numbers =
        described.readings.iter().zip(kinds).map(|(reading, kind)| reading.numbers(kind)).collect();
    let estimate = schema::estimate(&collection, described.rows, described.bytes);
    Ok(Found { short: naming.short.into(), estimate, rows: described.rows, stamp, locator, collection })
}
