//! Restricts what reading a file may access to the file and those that belong to it. The network is
//! not accessed.
//!
//! Formats that refer to other places are not read (VRT, descriptions of services, connections,
//! virtual tables of SpatiaLite). References in other formats are not followed: a GeoJSON file may
//! contain a URL for its coordinate system, a GML file one for its schema, and a GeoPackage may
//! have a table that reads another file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The formats that are read, by the names of GDAL's drivers. All have their data in the file
/// itself, or in files of the same name.
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
/// MapInfo's interchange format, recognized by its extension. Files with `.tab` are not read, since
/// they may be lists of other tables.
const MAP_INFO: &str = "MapInfo File";
/// The address of a proxy that does not exist. It is used for all hosts, except those in the
/// environment variable `no_proxy`.
const NOWHERE: &str = "127.0.0.1:1";
/// GDAL's options: no host is accessed, no schema is fetched, and neither tables of a database nor
/// XML entities read other files.
const CLOSED: [(&str, &str); 7] = [
    ("GDAL_HTTP_PROXY", NOWHERE),
    ("GDAL_HTTPS_PROXY", NOWHERE),
    ("CPL_VSIL_CURL_ALLOWED_FILENAME", "none"),
    ("GML_DOWNLOAD_WFS_SCHEMA", "NO"),
    ("GML_PARSER", "EXPAT"),
    ("SPATIALITE_LOAD", "NO"),
    ("OGR_SQLITE_LOAD_EXTENSIONS", ""),
];

/// Restricts GDAL for the whole process from now on.
///
/// # Errors
///
/// Fails if GDAL does not accept an option.
pub fn close() -> gdal::errors::Result<()> {
    CLOSED.iter().try_for_each(|(key, value)| gdal::config::set_config_option(key, value))
}

/// Returns the formats that a file with this name may have.
pub fn drivers(path: &Path) -> Vec<&'static str> {
    let is_mif = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("mif"));
    DRIVERS.into_iter().chain(is_mif.then_some(MAP_INFO)).collect()
}

/// Returns GDAL's message, or a clearer one if the restriction caused it.
pub fn explained(message: &str) -> &str {
    match message.contains("127.0.0.1 port 1") || message.contains(NOWHERE) {
        true => "it names an address on the network, and import asks no other host",
        false => message,
    }
}

/// Returns the name of a file for GDAL. It is the absolute path, which cannot be taken for another
/// kind of name (`PG:…`, `https://…`). A compressed file is named as its content.
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
