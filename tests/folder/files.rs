//! Files for the tests: folders, FlatGeobuf written on the spot, names put into addresses.

use std::fs;
use std::path::{Path, PathBuf};

use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geozero::wkt::Wkt;
use geozero::{ColumnValue, GeozeroGeometry, PropertyProcessor};
use serde_json::Value;

use crate::server::{Answer, Server};

/// The committed city.
pub fn city_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/city")
}

/// The folder under another name, the same for all, since a source is told by its folder's name.
pub fn renamed(folder: tempfile::TempDir) -> (tempfile::TempDir, std::path::PathBuf) {
    let around = tempfile::tempdir().unwrap();
    let path = around.path().join("stadt");
    std::fs::rename(folder.keep(), &path).unwrap();
    (around, path)
}

/// A folder of its own with these files of the city and their sidecars.
pub fn some_of_the_city(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(city_folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if names.contains(&name.split('.').next().unwrap()) {
            fs::copy(&path, folder.path().join(name)).unwrap();
        }
    }
    folder
}

/// A FlatGeobuf file in EPSG:25832 with `id` counting from 1 and `name`, one feature for each WKT.
pub fn fgb(features: &[(&str, &str)], write_index: bool) -> Vec<u8> {
    fgb_in(features, write_index, FgbCrs { code: 25832, ..FgbCrs::default() })
}

/// The same in another system.
pub fn fgb_in(features: &[(&str, &str)], write_index: bool, crs: FgbCrs<'_>) -> Vec<u8> {
    let has_z = features.iter().any(|(wkt, _)| wkt.contains(" Z"));
    let features: Vec<(Wkt<&str>, &str)> = features.iter().map(|(wkt, name)| (Wkt(*wkt), *name)).collect();
    fgb_of(features, write_index, has_z, crs)
}

/// The same of anything that is a geometry.
pub fn fgb_of<G: GeozeroGeometry>(
    features: Vec<(G, &str)>,
    write_index: bool,
    has_z: bool,
    crs: FgbCrs<'_>,
) -> Vec<u8> {
    let options = FgbWriterOptions {
        write_index,
        has_z,
        detect_type: false,
        promote_to_multi: false,
        crs,
        ..Default::default()
    };
    let mut writer = FgbWriter::create_with_options("x", GeometryType::Unknown, options).unwrap();
    writer.add_column("id", ColumnType::Int, |_, column| column.primary_key = true);
    writer.add_column("name", ColumnType::String, |_, _| {});
    for ((shape, name), id) in features.into_iter().zip(1..) {
        writer
            .add_feature_geom(shape, |feature| {
                feature.property(0, "id", &ColumnValue::Int(id)).unwrap();
                feature.property(1, "name", &ColumnValue::String(name)).unwrap();
            })
            .unwrap();
    }
    let mut bytes = vec![];
    writer.write(&mut bytes).unwrap();
    bytes
}

/// A small file of one point with this name.
pub fn one_point(name: &str) -> Vec<u8> {
    fgb(&[("POINT(392622.598 5620879.121)", name)], true)
}

/// Puts a file into a folder at once, as careful people do.
pub fn replace(folder: &Path, name: &str, bytes: &[u8]) {
    let beside = folder.join(format!(".{name}.part"));
    fs::write(&beside, bytes).unwrap();
    fs::rename(beside, folder.join(name)).unwrap();
}

/// A name as a step of an address.
pub fn step(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The path of an absolute link of this server.
pub fn path_of<'a>(server: &Server, href: &'a str) -> &'a str {
    href.strip_prefix(server.base.as_str()).unwrap_or_else(|| panic!("{href} is not of {}", server.base))
}

/// The link of a document with this `rel`, where there is one.
pub fn link<'a>(document: &'a Value, rel: &str) -> Option<&'a str> {
    let links = document["links"].as_array().expect("links");
    links.iter().find(|link| link["rel"] == rel).and_then(|link| link["href"].as_str())
}

/// What the header `Link` of an answer says, field by field.
pub fn link_headers(answer: &Answer) -> Vec<String> {
    answer.headers.get_all("link").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// All features of a collection at once, in this system.
pub fn all_features(server: &Server, id: &str, query: &str) -> Vec<Value> {
    let answer = server.get(&format!("/collections/{id}/items?limit=10000{query}"));
    assert_eq!(answer.status, 200, "{id} {query}: {}", answer.text());
    let document = answer.json();
    assert_eq!(link(&document, "next"), None, "all of {id} on one page");
    document["features"].as_array().unwrap().clone()
}

/// The geometry of a GeoJSON object for the crate `geo`.
pub fn geometry(feature: &Value) -> geo::Geometry {
    use geozero::ToGeo;
    geozero::geojson::GeoJson(&feature["geometry"].to_string()).to_geo().unwrap()
}
