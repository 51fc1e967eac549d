//! What reading a file may touch: that file, those that belong to it, and nothing on the network.
//!
//! Formats that point to other places are not read (VRT, service descriptions, connections,
//! SpatiaLite's virtual tables), and what others may point to is closed: a GeoJSON file may name an
//! address for its coordinate system, a GML file one for its schema, and a GeoPackage may hold a
//! table that reads another file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The formats that are read, by the names of GDAL's drivers. Each has its data in the file, or in
/// files of the same name.
const DRIVERS: [&str; 18] = [
    "ESRI Shapefile",
    "GPKG",
    "GeoJSON",
    "GeoJSONSeq",
    "ESRIJSON",
    "TopoJSON",
    "FlatGeobuf",
    "LIBKML",
    "KML",
    "GML",
    "GPX",
    "OSM",
    "XLSX",
    "ODS",
    "XLS",
    "CSV",
    "OpenFileGDB",
    "DXF",
];
/// MapInfo's interchange files only, of that ending: a `.tab` may be a list of other tables.
const MAP_INFO: &str = "MapInfo File";
/// Nobody listens there; a proxy at this address is asked in place of every host but those that the
/// environment's `no_proxy` takes from it.
const NOWHERE: &str = "127.0.0.1:1";
/// What GDAL is told once: no host is asked, no schema fetched, no table of a database reads
/// another file, and no entity of XML another.
const CLOSED: [(&str, &str); 7] = [
    ("GDAL_HTTP_PROXY", NOWHERE),
    ("GDAL_HTTPS_PROXY", NOWHERE),
    ("CPL_VSIL_CURL_ALLOWED_FILENAME", "none"),
    ("GML_DOWNLOAD_WFS_SCHEMA", "NO"),
    ("GML_PARSER", "EXPAT"),
    ("SPATIALITE_LOAD", "NO"),
    ("OGR_SQLITE_LOAD_EXTENSIONS", ""),
];

/// Closes what GDAL could touch beyond the files; from now on, for the whole process.
pub fn close() -> gdal::errors::Result<()> {
    CLOSED.iter().try_for_each(|(key, value)| gdal::config::set_config_option(key, value))
}

/// The formats that a file of this name may be of.
pub fn drivers(path: &Path) -> Vec<&'static str> {
    let is_mif = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("mif"));
    DRIVERS.into_iter().chain(is_mif.then_some(MAP_INFO)).collect()
}

/// What GDAL said, with our words for what the fence did.
pub fn explained(message: &str) -> &str {
    match message.contains("127.0.0.1 port 1") || message.contains(NOWHERE) {
        true => "it names an address on the network, and import asks no other host",
        false => message,
    }
}

/// How GDAL is told of a file: by its whole path, which no other form of a name can be taken for
/// (`PG:…`, `https://…`), and one that is packed as what lies in it.
pub fn name(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let prefix = match path.extension().and_then(|ending| ending.to_str()) {
        Some(ending) if ending.eq_ignore_ascii_case("gz") => "/vsigzip/",
        Some(ending) if ending.eq_ignore_ascii_case("zip") => "/vsizip/",
        _ => return absolute,
    };
    let mut name = OsString::from(prefix);
    name.push(absolute);
    name.into()
}
