//! `veedel import`: files as an office has them become layers that veedel serves.
//!
//! Each layer is read twice: first to learn what must be known of all rows (`survey`), then to
//! write them. Reading is GDAL's part (`ogr`), but for text files of rows (`delimited`); both give
//! `row::Row`s, and `folder` and `postgis` take them. No row is lost in silence: as many are
//! written as read, and the `report` lists what was changed or found wrong.

mod comparison;
mod coordinates;
mod delimited;
mod dependents;
mod existing;
mod fence;
mod folder;
mod letters;
mod located;
mod manifest;
mod messages;
mod names;
mod ogr;
mod one;
mod origin;
mod packed;
mod plan;
mod postgis;
mod raw;
mod report;
mod request;
mod row;
mod shapefile;
mod spreadsheet;
mod statement;
mod survey;
mod systems;
mod table;
mod writing;

pub use report::Entry;
pub use request::{Destination, How, Import};

use std::path::Path;

use crate::error::{Error, Kind, Result};
use origin::Origin;

/// Files that belong to a Shapefile: read with it, not for themselves.
const COMPANIONS: [&str; 9] = ["dbf", "shx", "prj", "cpg", "qpj", "sbn", "sbx", "qix", "xml"];

/// Imports all files, telling `said` of each layer when it is done, and writes the report. What
/// fails does not stop the others. Answers how many layers or files were not taken; an error is one
/// of the report or of the arguments.
pub fn run(
    import: &Import,
    said: &dyn Fn(&Entry),
    progress: &dyn Fn(&str, u64, Option<u64>),
) -> Result<usize> {
    messages::listen();
    fence::close().map_err(|why| messages::failed("GDAL cannot be set up", &why))?;
    let files = import.files.iter().filter(|file| !is_companion(file));
    let mut origins = Vec::new();
    let mut entries = Vec::new();
    for file in files {
        match layers(file, import) {
            Ok(layers) => origins.extend(layers),
            Err(why) => {
                let entry = Entry { failed: Some(why.to_string()), ..one::began(file, None) };
                said(&entry);
                entries.push(entry);
            }
        }
    }
    if import.name.is_some() && origins.len() > 1 {
        let what = format!("one name cannot be given to {} layers", origins.len());
        return Err(Error::invalid("--name", what));
    }
    for origin in &origins {
        let name = import.name.clone().unwrap_or_else(|| origin.name());
        let entry = match entries.iter().find(|entry| entry.name.as_ref() == Some(&name)) {
            Some(other) => {
                let why = format!("{} has become {name} already; import it apart, with --name", other.file);
                Entry { failed: Some(why), ..one::began(&origin.file, origin.layer.as_deref()) }
            }
            None => one::import(origin, &name, import, progress),
        };
        said(&entry);
        entries.push(entry);
    }
    if let Some(report) = &import.report {
        report::write(report, &entries)?;
    }
    Ok(entries.iter().filter(|entry| entry.failed.is_some()).count())
}

/// Whether the file is part of a Shapefile beside it.
fn is_companion(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is = |ending: &&str| name.to_lowercase().ends_with(&format!(".{ending}"));
    // Also NAME.shp.xml.
    let stem = name.split('.').next().unwrap_or_default();
    COMPANIONS.iter().any(is)
        && ["shp", "SHP"].iter().any(|ending| {
            file.with_extension(ending).is_file() || file.with_file_name(format!("{stem}.{ending}")).is_file()
        })
}

/// The layers of a file. Those of which there are several are named with the file's name before
/// their own.
fn layers(file: &Path, import: &Import) -> Result<Vec<Origin>> {
    let condition = import.condition.as_deref();
    match std::fs::metadata(file) {
        Err(why) => return Err(Error::new(Kind::Invalid, format!("it cannot be read: {why}"))),
        Ok(it) if it.is_dir() => {
            return Err(Error::new(Kind::Invalid, "it is a folder").hint("name the files in it"));
        }
        Ok(_) => {}
    }
    packed::check(file, packed::BOUNDS)?;
    if delimited::is_delimited(file) {
        if condition.is_some() {
            return Err(Error::invalid("--where", "rows of a CSV file cannot be chosen"));
        }
        if import.layer.is_some() {
            return Err(Error::invalid("--layer", "a CSV file is one layer, which has no name in it"));
        }
        let table = delimited::Table::look(file, import.header)?;
        return Ok(vec![Origin {
            file: file.to_owned(),
            layer: None,
            reader: origin::Reader::Delimited(table),
        }]);
    }
    if spreadsheet::is_workbook(file) {
        return sheets(file, import);
    }
    if import.header.is_some() {
        return Err(Error::invalid("--header", "only spreadsheets and CSV have a row with names"));
    }
    let mut layers = ogr::layers(file, condition)?;
    // One of several is named so whether or not it is taken alone: two of them are two layers.
    let several = layers.len() > 1;
    if let Some(wanted) = &import.layer {
        let names: Vec<String> = layers.iter().map(|layer| layer.name.clone()).collect();
        layers.retain(|layer| layer.name == *wanted);
        if layers.is_empty() {
            return Err(no_layer(wanted, &names));
        }
    }
    let origin = |layer: ogr::Layer| Origin {
        file: file.to_owned(),
        layer: several.then(|| layer.name.clone()),
        reader: origin::Reader::Ogr(layer),
    };
    Ok(layers.into_iter().map(origin).collect())
}

fn sheets(file: &Path, import: &Import) -> Result<Vec<Origin>> {
    if import.condition.is_some() {
        return Err(Error::invalid("--where", "rows of a spreadsheet cannot be chosen"));
    }
    let mut sheets = spreadsheet::sheets(file, import.header)?;
    let several = sheets.len() > 1;
    if let Some(wanted) = &import.layer {
        let names: Vec<String> = sheets.iter().map(|sheet| sheet.name.clone()).collect();
        sheets.retain(|sheet| sheet.name == *wanted);
        if sheets.is_empty() {
            return Err(no_layer(wanted, &names));
        }
    }
    let origin = |sheet: spreadsheet::Sheet| Origin {
        file: file.to_owned(),
        layer: several.then(|| sheet.name.clone()),
        reader: origin::Reader::Sheet(sheet),
    };
    Ok(sheets.into_iter().map(origin).collect())
}

fn no_layer(wanted: &str, names: &[String]) -> Error {
    let error = Error::invalid("--layer", format!("there is no layer {wanted:?} in it"));
    error.hint(format!("its layers: {}", names.join(", ")))
}
