//! `veedel import`: files as an office has them become layers that veedel serves.
//!
//! Each layer is read twice: first to learn what must be known of all rows (`survey`), then to write them.
//! Reading is GDAL's part (`ogr`), but for text files of rows (`delimited`); both give `row::Row`s, and
//! `folder` and `postgis` take them. No row is lost in silence: as many are written as read, and the
//! `report` lists what was changed or found wrong.

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
mod packed;
mod postgis;
mod raw;
mod report;
mod row;
mod shapefile;
mod spreadsheet;
mod statement;
mod survey;
mod systems;
mod table;

use std::path::{Path, PathBuf};

use gdal::vector::Geometry;

use self::one::Origin;
use self::row::Cell;
use crate::error::{Error, Kind, Result};

pub use report::Entry;

/// Puts a row into what is being written.
type Put<'a> = &'a mut dyn FnMut(&[Cell], Option<Geometry>) -> Result<()>;
/// Puts all rows, one after the other.
type Fill<'a> = &'a mut dyn FnMut(Put<'_>) -> Result<()>;

/// How what is there already is treated.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// Whether what import did not make may be replaced.
    pub replaces: bool,
    /// Whether nothing is written: all is read, and reported as if it had been.
    pub is_dry: bool,
}

/// What a writer tells of its work.
#[derive(Debug, Default)]
struct Written {
    notes: Vec<String>,
    /// How it differs from what was there before, if something was.
    changes: Option<report::Changes>,
}

/// What to import, and how.
#[derive(Clone, Debug)]
pub struct Import {
    /// The files, in order.
    pub files: Vec<PathBuf>,
    /// Where they go.
    pub destination: Destination,
    /// The EPSG code that coordinates are written with.
    pub srs: u32,
    /// The EPSG code of coordinates that do not say theirs, or say it wrongly.
    pub source_srs: Option<u32>,
    /// The name to give, of a single layer.
    pub name: Option<String>,
    /// The column that identifies a row, by its usable name or that in the file.
    pub key: Option<String>,
    /// The number of the row that names the columns, in spreadsheets and CSV; 0 for none.
    pub header: Option<u32>,
    /// Only the layer of this name in its file.
    pub layer: Option<String>,
    /// Only rows for which this holds, in GDAL's SQL.
    pub condition: Option<String>,
    /// How what is there already is treated.
    pub how: How,
    /// Where the report goes; None for none.
    pub report: Option<PathBuf>,
}

/// Where layers go.
#[derive(Clone)]
pub enum Destination {
    /// A folder, which is made if there is none.
    Folder(PathBuf),
    /// A database, by its `postgresql://` URL.
    Postgis(String),
}

impl std::fmt::Debug for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Destination::Folder(path) => f.debug_tuple("Folder").field(path).finish(),
            Destination::Postgis(_) => f.write_str("Postgis(…)"),
        }
    }
}

/// Files that belong to a Shapefile: read with it, not for themselves.
const COMPANIONS: [&str; 9] = ["dbf", "shx", "prj", "cpg", "qpj", "sbn", "sbx", "qix", "xml"];

/// Imports all files, telling `said` of each layer when it is done, and writes the report. What fails does not
/// stop the others. Answers how many layers or files were not taken; an error is one of the report or of the
/// arguments.
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

/// The layers of a file. Those of which there are several are named with the file's name before their own.
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
            reader: one::Reader::Delimited(table),
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
        reader: one::Reader::Ogr(layer),
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
        reader: one::Reader::Sheet(sheet),
    };
    Ok(sheets.into_iter().map(origin).collect())
}

fn no_layer(wanted: &str, names: &[String]) -> Error {
    let error = Error::invalid("--layer", format!("there is no layer {wanted:?} in it"));
    error.hint(format!("its layers: {}", names.join(", ")))
}
