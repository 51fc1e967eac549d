//! What to import, and how.

use std::path::PathBuf;

/// How what is there already is treated.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// Whether what import did not make may be replaced.
    pub replaces: bool,
    /// Whether nothing is written: all is read, and reported as if it had been.
    pub is_dry: bool,
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
