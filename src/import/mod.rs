//! `veedel import`: converts files from offices to layers that veedel serves.
//!
//! Each layer is read twice: first to find what must be known about all rows (`survey`), and then
//! to write them. GDAL reads most formats (`ogr`); text and workbooks have readers of their own
//! (`delimited`, `spreadsheet`). All of them return rows, which `folder` and `postgis` write. As
//! many rows are written as are read, and the `report` lists everything that was changed or is
//! wrong.

mod comparison;
mod coordinates;
mod crs;
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
mod table;
mod writing;

pub use report::Entry;
pub use request::{Destination, How, Import};

use std::path::Path;

use crate::error::{Error, Kind, Result};
use origin::Origin;

/// The extensions of files that belong to a Shapefile and are read with it.
const COMPANIONS: [&str; 9] = ["dbf", "shx", "prj", "cpg", "qpj", "sbn", "sbx", "qix", "xml"];

/// Imports all files and writes the report. `said` is called with a text about each layer when it
/// is done. A file that fails does not stop the others. Returns the number of layers or files that
/// were not imported.
///
/// # Errors
///
/// Fails if the arguments contradict each other or the report cannot be written.
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

/// Returns whether the file belongs to a Shapefile next to it.
fn is_companion(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is = |ending: &&str| name.to_lowercase().ends_with(&format!(".{ending}"));
    // This includes NAME.shp.xml.
    let stem = name.split('.').next().unwrap_or_default();
    COMPANIONS.iter().any(is)
        && ["shp", "SHP"].iter().any(|ending| {
            file.with_extension(ending).is_file() || file.with_file_name(format!("{stem}.{ending}")).is_file()
        })
}

/// Returns the layers of a file. If there are several, their names begin with that of the file.
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
    // The name does not depend on whether one or several of the layers are imported.
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
