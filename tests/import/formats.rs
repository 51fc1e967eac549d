//! Each format, made by ogr2ogr from one invented file or written here.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::{entry, imported, items};
use crate::server::Server;

/// Three Kitas of an invented place near Cologne, with a value of every sort.
const KITAS: &str = r#"{"type": "FeatureCollection", "features": [
{"type": "Feature", "properties": {"Nummer": 7, "Straße": "Große Gasse", "Plätze": 40, "Quote": 0.1, "seit": "2013-02-01", "geprüft": "2024-05-06T07:08:09", "städtisch": true},
 "geometry": {"type": "Point", "coordinates": [6.95, 50.94]}},
{"type": "Feature", "properties": {"Nummer": 8, "Straße": "Weg; krumm, \"alt\"", "Plätze": null, "Quote": 0.30000000000000004, "seit": "1999-12-31", "geprüft": "2024-05-06T00:00:00", "städtisch": false},
 "geometry": {"type": "Point", "coordinates": [6.96, 50.95]}},
{"type": "Feature", "properties": {"Nummer": 9, "Straße": "007", "Plätze": 3000000000, "Quote": null, "seit": null, "geprüft": null, "städtisch": null},
 "geometry": {"type": "Point", "coordinates": [6.97, 50.96]}}]}"#;

struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    fn new() -> Folder {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        Folder { folder }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join("in").join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn ogr2ogr(&self, name: &str, options: &[&str]) -> PathBuf {
        let source = self.file("source.geojson", KITAS);
        let path = self.folder.path().join("in").join(name);
        let output = Command::new("ogr2ogr").args(options).arg(&path).arg(&source).output();
        let output = output.expect("ogr2ogr, of the package gdal-bin");
        assert!(output.status.success(), "{}", super::text(&output.stderr));
        path
    }

    /// Imports and serves.
    fn serve(&self, arguments: &[&str]) -> (serde_json::Value, Server) {
        let out = self.folder.path().join("out");
        let into = out.to_str().unwrap();
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--into", into]).collect();
        let report = imported(&arguments, &out.join("import-report.json"));
        (report, Server::ready(&[into]))
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Imports one file and answers the properties and coordinates of its features in the order of the file.
fn features(folder: &Folder, file: &Path, more: &[&str]) -> Vec<serde_json::Value> {
    let arguments: Vec<&str> = [path(file), "--name", "kitas"].iter().chain(more).copied().collect();
    let (_, server) = folder.serve(&arguments);
    let mut all = items(&server, "kitas");
    all.sort_by_key(|feature| feature["properties"]["nummer"].as_i64());
    all
}

fn check_places(features: &[serde_json::Value]) {
    assert_eq!(features.len(), 3);
    for (feature, (x, y)) in features.iter().zip([(6.95, 50.94), (6.96, 50.95), (6.97, 50.96)]) {
        let coordinates = &feature["geometry"]["coordinates"];
        assert!((coordinates[0].as_f64().unwrap() - x).abs() < 1e-8, "{coordinates}");
        assert!((coordinates[1].as_f64().unwrap() - y).abs() < 1e-8, "{coordinates}");
    }
}

#[test]
fn geojson_keeps_every_type() {
    let folder = Folder::new();
    let file = folder.file("kitas.geojson", KITAS);
    let all = features(&folder, &file, &[]);
    check_places(&all);
    assert_eq!(
        all.iter().map(|feature| feature["properties"].clone()).collect::<Vec<_>>(),
        [
            json!({"nummer": 7, "strasse": "Große Gasse", "plaetze": 40, "quote": 0.1, "seit": "2013-02-01",
                "geprueft": "2024-05-06T07:08:09", "staedtisch": true}),
            json!({"nummer": 8, "strasse": "Weg; krumm, \"alt\"", "plaetze": null, "quote": 0.30000000000000004,
                "seit": "1999-12-31", "geprueft": "2024-05-06T00:00:00", "staedtisch": false}),
            json!({"nummer": 9, "strasse": "007", "plaetze": 3_000_000_000_u32, "quote": null, "seit": null,
                "geprueft": null, "staedtisch": null}),
        ]
    );
}

#[test]
fn geopackage_is_the_same_and_has_its_key() {
    let folder = Folder::new();
    let file = folder.ogr2ogr("kitas.gpkg", &["-f", "GPKG"]);
    let all = features(&folder, &file, &[]);
    check_places(&all);
    assert_eq!(all[0]["id"], 1);
    assert_eq!(all[1]["properties"]["seit"], "1999-12-31");
    assert_eq!(all[0]["properties"]["staedtisch"], true);
    assert_eq!(all[1]["properties"]["quote"], 0.30000000000000004);
}

#[test]
fn rows_are_chosen_where_asked_and_the_report_says_so() {
    let folder = Folder::new();
    let file = folder.file("kitas.geojson", KITAS);
    let (report, server) =
        folder.serve(&[path(&file), "--where", "Nummer > 7 AND \"städtisch\" IS NOT NULL"]);
    let entry = entry(&report, "kitas");
    assert_eq!((&entry["rows_read"], &entry["rows_written"]), (&json!(1), &json!(1)));
    assert!(entry["notes"].to_string().contains("only rows where Nummer > 7"));
    assert_eq!(items(&server, "kitas")[0]["properties"]["nummer"], 8);
    let output = super::import(&[path(&file), "--where", "Nummer >", "--into", path(folder.folder.path())]);
    assert!(!output.status.success());
    assert!(super::text(&output.stdout).contains("--where cannot be read"));
}

#[test]
fn shapefiles_in_three_encodings() {
    let folder = Folder::new();
    for (name, options) in [
        ("utf.shp", &["-lco", "ENCODING=UTF-8"][..]),
        ("latin.shp", &["-lco", "ENCODING=ISO-8859-1"]),
        ("windows.shp", &["-lco", "ENCODING=CP1252"]),
    ] {
        let file = folder.ogr2ogr(name, &[&["-f", "ESRI Shapefile"], options].concat());
        // As it often comes: the one file that says the encoding is missing.
        let _ = std::fs::remove_file(file.with_extension("cpg"));
        let mut table = std::fs::read(file.with_extension("dbf")).unwrap();
        table[29] = 0;
        std::fs::write(file.with_extension("dbf"), table).unwrap();
        // Its companions, which a shell's * names too, are read with it.
        let companion = file.with_extension("dbf");
        let all = features(&folder, &file, &[path(&companion)]);
        check_places(&all);
        assert_eq!(all[0]["properties"]["strasse"], "Große Gasse", "{name}");
        assert_eq!(all[0]["properties"]["seit"], "2013-02-01", "{name}");
    }
}

#[test]
fn kml_gml_and_zip() {
    let folder = Folder::new();
    let all = features(&folder, &folder.ogr2ogr("kitas.kml", &["-f", "KML"]), &[]);
    assert_eq!(all.len(), 3);
    assert!((all[0]["geometry"]["coordinates"][1].as_f64().unwrap() - 50.94).abs() < 1e-8);
    // GML writes EPSG:4326 with the latitude first.
    let all = features(&folder, &folder.ogr2ogr("kitas.gml", &["-f", "GML", "-dsco", "FORMAT=GML3.2"]), &[]);
    assert_eq!(all.len(), 3);
    assert!((all[0]["geometry"]["coordinates"][1].as_f64().unwrap() - 50.94).abs() < 1e-8);
    folder.ogr2ogr("a.shp", &["-f", "ESRI Shapefile"]);
    let zip = folder.folder.path().join("in/a.zip");
    let python = "import sys, zipfile, glob\n\
        with zipfile.ZipFile(sys.argv[1], 'w') as z: [z.write(f, f[-5:]) for f in glob.glob(sys.argv[2])]";
    let parts = folder.folder.path().join("in/a.???");
    let made = Command::new("python3").args(["-c", python, path(&zip), path(&parts)]).status();
    match made {
        Ok(status) if status.success() => check_places(&features(&folder, &zip, &[])),
        _ => eprintln!("skipped: no python3 to make a .zip with"),
    }
}

#[test]
fn spreadsheets_are_tables_or_points() {
    let folder = Folder::new();
    let file = folder.ogr2ogr("kitas.xlsx", &["-f", "XLSX"]);
    let (report, server) = folder.serve(&[path(&file), "--name", "kitas"]);
    assert!(entry(&report, "kitas")["crs"].is_null());
    let all = items(&server, "kitas");
    assert_eq!(all.len(), 3);
    assert_eq!(all[0]["properties"]["strasse"], "Große Gasse");
    assert_eq!(all[0]["properties"]["nummer"], 7);
    drop(server);

    let file = folder.ogr2ogr("kitas.csv", &["-f", "CSV", "-lco", "GEOMETRY=AS_WKT"]);
    check_places(&features(&folder, &file, &["--source-srs", "4326"]));
}

#[test]
fn csv_as_excel_writes_it() {
    let folder = Folder::new();
    let text = "Nummer;Straße;Ostwert;Nordwert;Anteil;Schlüssel\r\n\
                7;Große Gasse;356000,5;5645000,25;0,5;05315000\r\n\
                8;\"Weg; krumm\";;;12;007\r\n\
                9;Kurz;k.A.;5645000\r\n";
    let windows: Vec<u8> = text.chars().map(|letter| u32::from(letter) as u8).collect();
    let utf16: Vec<u8> =
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut gzip = flate2_of(format!("\u{feff}{text}").as_bytes());
    for (name, bytes) in [("a.csv", windows), ("b.csv", utf16), ("c.csv.gz", std::mem::take(&mut gzip))] {
        let file = folder.file(name, bytes);
        let (report, server) = folder.serve(&[path(&file), "--name", "kitas"]);
        let entry = entry(&report, "kitas");
        assert_eq!(entry["source_crs"], "EPSG:25832 (ETRS89 / UTM zone 32N)", "{name}");
        assert_eq!((&entry["rows_read"], &entry["rows_without_geometry"]), (&json!(3), &json!(2)), "{name}");
        assert_eq!(entry["unreadable_geometries"]["rows"][0]["row"], 3, "{name}");
        assert!(entry["notes"].to_string().contains("fewer fields"), "{name}: {entry:#}");
        let properties = items(&server, "kitas")[0]["properties"].clone();
        assert_eq!(properties["strasse"], "Große Gasse", "{name}");
        assert_eq!(
            (&properties["anteil"], &properties["schluessel"]),
            (&json!(0.5), &json!("05315000")),
            "{name}"
        );
        let beside = items(&server, "kitas_ohne_geometrie");
        assert_eq!(beside.len(), 2, "{name}");
        assert_eq!(beside[0]["properties"]["strasse"], "Weg; krumm", "{name}");
        assert_eq!(beside[1]["properties"]["schluessel"], serde_json::Value::Null, "{name}");
    }
}

/// A gzip file of stored blocks: no compressor needed to test a decompressor.
fn flate2_of(bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new("gzip")
        .arg("-c")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), bytes).unwrap();
    child.wait_with_output().unwrap().stdout
}

#[test]
fn topojson_and_esri_json() {
    let folder = Folder::new();
    let topojson = r#"{"type": "Topology", "transform": {"scale": [0.01, 0.01], "translate": [6, 50]},
        "arcs": [[[95, 94], [1, 0], [0, 1], [-1, -1]]],
        "objects": {"areas": {"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "arcs": [[0]], "id": "05315", "properties": {"name": "Köln"}}]}}}"#;
    let file = folder.file("areas.topojson", topojson);
    let (_, server) = folder.serve(&[path(&file)]);
    let area = &items(&server, "areas")[0];
    assert_eq!((&area["properties"]["id"], &area["properties"]["name"]), (&json!("05315"), &json!("Köln")));
    assert!((area["geometry"]["coordinates"][0][0][0].as_f64().unwrap() - 6.95).abs() < 1e-8);
    drop(server);

    let esri = r#"{"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326},
        "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID"}, {"name": "SCHULART", "type": "esriFieldTypeString"}],
        "features": [{"attributes": {"OBJECTID": 5, "SCHULART": "Förderschule"}, "geometry": {"x": 6.95, "y": 50.94}}]}"#;
    let file = folder.file("schulen-in-x.arcgis.json", esri);
    let (_, server) = folder.serve(&[path(&file)]);
    let school = &items(&server, "schulen_in_x")[0];
    assert_eq!((&school["id"], &school["properties"]["schulart"]), (&json!(5), &json!("Förderschule")));
}
