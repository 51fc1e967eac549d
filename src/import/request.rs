//! The request of an import: the files, the destination and the choices.

use std::path::PathBuf;

/// How existing files and tables are treated.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// Whether those that import did not make may be replaced.
    pub replaces: bool,
    /// Whether it is a dry run: everything is read and reported, and nothing is written.
    pub is_dry: bool,
}

/// The request of an import.
#[derive(Clone, Debug)]
pub struct Import {
    /// The paths of the files, in order.
    pub files: Vec<PathBuf>,
    /// Where the layers are written to.
    pub destination: Destination,
    /// The EPSG code of the coordinates that are written.
    pub srs: u32,
    /// The EPSG code of the files' coordinates, if the files do not state it or state it wrongly.
    pub source_srs: Option<u32>,
    /// The name of the layer, if there is only one.
    pub name: Option<String>,
    /// The column that identifies rows, by its name in the file or its usable name.
    pub key: Option<String>,
    /// The number of the row with the names of the columns, in spreadsheets and CSV; 0 for none.
    pub header: Option<u32>,
    /// The name of the layer to import; None for all.
    pub layer: Option<String>,
    /// The condition for rows to import, in GDAL's SQL.
    pub condition: Option<String>,
    /// How existing files and tables are treated.
    pub how: How,
    /// The path of the report; None for none.
    pub report: Option<PathBuf>,
}

/// Where layers are written to.
#[derive(Clone)]
pub enum Destination {
    /// A folder, which is made if it does not exist.
    Folder(PathBuf),
    /// A database, given by its `postgresql://` URL.
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
