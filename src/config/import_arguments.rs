//! The arguments of `veedel import`.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::Args;

use super::environment;
use super::fault::Fault;
use super::source::Source;

const IMPORT_EXAMPLES: &str = "\
Examples:
  veedel import ~/downloads/*.shp schulen.xlsx --into ~/geodata
  veedel import adressen.csv --into ~/geodata --source-srs 25832 --key id
  veedel import gruen.shp --into ~/geodata --name spielplaetze --where 'Objekttyp = 4'
  PGPASSWORD=… veedel import kitas.gpkg --into postgresql://editor@localhost/city

What import made before is brought to the new rows and columns, when these are whole, and keeps what hangs
on it; what it did not make is refused without --replace. Each layer says what is new, changed and gone.";

/// The arguments of `veedel import`. Their `Debug` leaves the destination out, which may hold a
/// password.
#[derive(Args)]
#[command(after_help = IMPORT_EXAMPLES)]
pub struct Import {
    /// Shapefile, GeoPackage, GeoJSON, TopoJSON, Esri JSON, KML, GML, OpenStreetMap extract, XLSX,
    /// XLS, XLSB, ODS, CSV; .gz, .zip
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// A folder, or a postgresql:// URL of a database with PostGIS
    #[arg(long, value_name = "FOLDER|URL")]
    pub into: OsString,
    /// The EPSG code that coordinates are written with
    #[arg(long, value_name = "CODE", default_value = "25832", value_parser = epsg)]
    pub srs: u32,
    /// The EPSG code of the files' coordinates, where they do not say it or say it wrongly
    #[arg(long, value_name = "CODE", value_parser = epsg)]
    pub source_srs: Option<u32>,
    /// What to call the layer; only with one
    #[arg(long, value_name = "NAME", value_parser = layer_name)]
    pub name: Option<String>,
    /// The column that identifies a row
    #[arg(long, value_name = "COLUMN")]
    pub key: Option<String>,
    /// The row with the names of the columns, of spreadsheets and CSV; 0 if there is none [default:
    /// found out]
    #[arg(long, value_name = "N")]
    pub header: Option<u32>,
    /// Take only the layer of this name, of files that have several; not for CSV
    #[arg(long, value_name = "NAME")]
    pub layer: Option<String>,
    /// Take only rows for which this holds, in GDAL's SQL with the file's own names; not for CSV
    /// and spreadsheets
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
    /// Also replace files and tables that veedel import did not make, or that were changed since
    #[arg(long)]
    pub replace: bool,
    /// Read everything and say what would change, but write nothing; a report only with --report
    #[arg(long)]
    pub dry_run: bool,
    /// Where to write what was taken, changed and found wrong [default: import-report.json, in the
    /// folder]
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Reads `25832` or `EPSG:25832`.
fn epsg(text: &str) -> Result<u32, String> {
    let digits = text.strip_prefix("EPSG:").or(text.strip_prefix("epsg:")).unwrap_or(text);
    digits.parse().map_err(|_| "write an EPSG code, such as 25832".into())
}

/// Reads a name that needs no quotation marks anywhere.
fn layer_name(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    let begins_well = text.starts_with(|first: char| first.is_ascii_lowercase());
    match begins_well && text.len() <= 48 && text.bytes().all(is_plain) {
        true => Ok(text.into()),
        false => Err("write up to 48 lower case letters, digits and underscores, a letter first".into()),
    }
}

impl Import {
    /// Returns the destination of the files: a folder or a database.
    ///
    /// # Errors
    ///
    /// Fails if it is neither.
    pub fn destination(&self) -> Result<Source, Fault> {
        Source::from_argument(&self.into, &environment::of_the_process).map_err(|wrong| wrong.of("--into"))
    }
}

impl fmt::Debug for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import").field("files", &self.files).finish_non_exhaustive()
    }
}
