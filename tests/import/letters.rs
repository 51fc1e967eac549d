//! Texts in other code pages than a file says, or in several.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{entry, imported, items, ogr2ogr};
use crate::server::Server;

const ROADS: &str = r#"{"type": "FeatureCollection", "features": [
{"type": "Feature", "properties": {"n": 1, "Straße": "Große Gasse ü"}, "geometry": {"type": "Point", "coordinates": [6.9, 50.9]}},
{"type": "Feature", "properties": {"n": 2, "Straße": "Kurze Gasse"}, "geometry": {"type": "Point", "coordinates": [6.9, 50.9]}},
{"type": "Feature", "properties": {"n": 3, "Straße": "Äußere Gasse"}, "geometry": {"type": "Point", "coordinates": [6.9, 50.9]}}]}"#;

/// Imports as `roads`: the report's entry, and the names in the order of `n`.
fn read(folder: &Path, file: &Path, more: &[&str]) -> (Value, Vec<String>) {
    let out = folder.join("out");
    let arguments = [file.to_str().unwrap(), "--name", "roads", "--into", out.to_str().unwrap()];
    let report = imported(&[&arguments, more].concat(), &out.join("import-report.json"));
    let server = Server::ready(&[out.to_str().unwrap()]);
    let mut rows = items(&server, "roads");
    rows.sort_by_key(|row| row["properties"]["n"].as_i64());
    let names = rows.iter().map(|row| row["properties"]["strasse"].as_str().unwrap().to_owned());
    (entry(&report, "roads").clone(), names.collect())
}

/// A Shapefile in this encoding, of which the .cpg says something else, or nothing.
fn shapefile(folder: &Path, encoding: &str, said: Option<&str>) -> PathBuf {
    let file = folder.join(format!("{encoding}-{}.shp", said.unwrap_or("nothing").replace(' ', "")));
    ogr2ogr(&file, ROADS, &["-f", "ESRI Shapefile", "-lco", &format!("ENCODING={encoding}")]);
    let mut table = std::fs::read(file.with_extension("dbf")).unwrap();
    table[29] = 0;
    std::fs::write(file.with_extension("dbf"), table).unwrap();
    match said {
        Some(said) => std::fs::write(file.with_extension("cpg"), said).unwrap(),
        None => drop(std::fs::remove_file(file.with_extension("cpg"))),
    }
    file
}

const NAMES: [&str; 3] = ["Große Gasse ü", "Kurze Gasse", "Äußere Gasse"];

#[test]
fn a_code_page_that_is_named_wrongly_is_found_out_by_row() {
    let folder = tempfile::tempdir().unwrap();
    for (encoding, said, odd) in [
        ("CP1252", Some("UTF-8"), 2),
        ("CP1252", Some("1258"), 0),
        ("CP1252", Some("ANSI 1252"), 0),
        ("CP1252", None, 0),
        ("UTF-8", Some("1252"), 2),
        ("UTF-8", Some("UTF-8"), 0),
        ("UTF-8", None, 0),
    ] {
        let (it, names) = read(folder.path(), &shapefile(folder.path(), encoding, said), &[]);
        assert_eq!(names, NAMES, "{encoding} as {said:?}");
        assert_eq!(it["damaged_texts"]["count"].as_u64().unwrap_or(0), odd, "{encoding} as {said:?}: {it:#}");
    }
    let file = folder.path().join("CP1252-UTF-8.shp");
    assert_eq!(read(folder.path(), &file, &["--where", "\"Straße\" = 'Äußere Gasse'"]).1, ["Äußere Gasse"]);
    let file = folder.path().join("UTF-8-UTF-8.shp");
    assert_eq!(read(folder.path(), &file, &["--where", "\"Straße\" = 'Äußere Gasse'"]).1, ["Äußere Gasse"]);
}

#[test]
fn a_zipped_shapefile_is_read_as_an_unzipped_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = shapefile(folder.path(), "CP1252", None);
    let zipped = folder.path().join("roads.zip");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&zipped).unwrap());
    for ending in ["shp", "shx", "dbf", "prj"] {
        archive.start_file(format!("roads.{ending}"), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&std::fs::read(file.with_extension(ending)).unwrap()).unwrap();
    }
    archive.finish().unwrap();
    assert_eq!(read(folder.path(), &zipped, &[]).1, NAMES);
}

#[test]
fn one_odd_byte_changes_one_field() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roads.csv");
    let mut bytes =
        "n,Straße,lon,lat\n1,Große Gasse ü,6.9,50.9\n2,Kurze Gasse,6.9,50.9\n".as_bytes().to_vec();
    bytes.extend(b"3,\xC4u\xDFere Gasse,6.9,50.9\n");
    std::fs::write(&file, &bytes).unwrap();
    let (it, names) = read(folder.path(), &file, &[]);
    assert_eq!(names, NAMES);
    assert_eq!(
        (&it["damaged_texts"]["count"], &it["damaged_texts"]["rows"][0]["row"]),
        (&json!(1), &json!(3))
    );
    assert!(it["damaged_texts"]["rows"][0]["what"].to_string().contains("Windows-1252"), "{it:#}");

    // The last of many.
    let mut text = String::from("n,Straße,lon,lat\n");
    (1..5000).for_each(|n| text += &format!("{n},Köln,6.9,50.9\n"));
    let mut bytes = text.into_bytes();
    bytes.extend(b"5000,M\xFClheim,6.9,50.9");
    std::fs::write(&file, &bytes).unwrap();
    let out = folder.path().join("out");
    let arguments = [file.to_str().unwrap(), "--name", "many", "--into", out.to_str().unwrap()];
    let report = imported(&arguments, &out.join("import-report.json"));
    let it = entry(&report, "many");
    assert_eq!(
        (&it["damaged_texts"]["count"], &it["damaged_texts"]["rows"][0]["row"]),
        (&json!(1), &json!(5000))
    );
}

#[test]
fn letters_that_are_lost_already_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let text = "n,Straße,lon,lat\n1,Gro\u{FFFD}e Gasse,6.9,50.9\n2,KÃ¶ln,6.9,50.9\n3,Köln,6.9,50.9\n";
    let csv = folder.path().join("roads.csv");
    std::fs::write(&csv, text).unwrap();
    let json = folder.path().join("roads.geojson");
    std::fs::write(&json, ROADS.replace("Gasse ü", "Gasse \u{FFFD}").replace("Kurze", "KÃ¼rze")).unwrap();
    for file in [csv, json] {
        let (it, _) = read(folder.path(), &file, &[]);
        let rows: Vec<&Value> =
            it["damaged_texts"]["rows"].as_array().unwrap().iter().map(|it| &it["row"]).collect();
        assert_eq!(rows, [1, 2], "{it:#}");
    }
}
