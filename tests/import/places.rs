//! Coordinates that are not of the system that is named, or of none.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{entry, import, imported, items, ogr2ogr, text};
use crate::server::Server;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, content: &str) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name).display().to_string()
    }

    /// Imports as `orte`; the report's entry.
    fn import(&self, arguments: &[&str]) -> Value {
        let out = self.path("out").display().to_string();
        let all = [arguments, &["--name", "orte", "--into", &out]].concat();
        entry(&imported(&all, &self.path("out/import-report.json")), "orte").clone()
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let out = self.path("out").display().to_string();
        let output = import(&[arguments, &["--into", &out]].concat());
        assert!(!output.status.success());
        text(&output.stdout)
    }

    fn served(&self) -> Vec<Value> {
        items(&Server::ready(&[self.path("out").to_str().unwrap()]), "orte")
    }
}

fn points(points: &[(f64, f64)]) -> String {
    let features: Vec<String> = points
        .iter()
        .map(|(x, y)| {
            format!(
                r#"{{"type": "Feature", "properties": {{}}, "geometry": {{"type": "Point", "coordinates": [{x}, {y}]}}}}"#
            )
        })
        .collect();
    format!(r#"{{"type": "FeatureCollection", "features": [{}]}}"#, features.join(","))
}

#[test]
fn metres_that_are_called_degrees_are_found_out() {
    let place = Place::new();
    let near = [(356_000.0, 5_645_000.0), (356_100.0, 5_645_100.0)];
    let it = place.import(&[&place.file("a.geojson", &points(&near))]);
    assert_eq!((&it["crs"], &it["source_crs_guessed"]), (&json!("EPSG:25832"), &json!(true)), "{it:#}");
    assert!(it["notes"].to_string().contains("its coordinates are no degrees"), "{it:#}");
    let longitude = place.served()[0]["geometry"]["coordinates"][0].as_f64().unwrap();
    assert!((6.9..7.0).contains(&longitude), "{longitude}");
    // Of no place in Germany, and half of each.
    for odd in [&[(1e6, 2e6)][..], &[(6.9, 50.9), (356_000.0, 5_645_000.0)]] {
        let said = place.refused(&[&place.file("b.geojson", &points(odd))]);
        assert!(said.contains("no degrees (x from") && said.contains("--source-srs"), "{said}");
    }
    let said = place.refused(&[&place.file("c.csv", "id,x,y\n1,356000,5645000\n"), "--source-srs", "4326"]);
    assert!(said.contains("--source-srs says EPSG:4326") && said.contains("no degrees"), "{said}");
}

#[test]
fn degrees_that_are_called_metres_are_found_out() {
    let place = Place::new();
    let text = points(&[(6.9, 50.9), (7.0, 51.0)]).replacen(
        '{',
        r#"{"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}, "#,
        1,
    );
    let it = place.import(&[&place.file("a.geojson", &text)]);
    assert_eq!(it["source_crs_guessed"], true, "{it:#}");
    assert!(it["notes"].to_string().contains("its coordinates are degrees"), "{it:#}");
}

#[test]
fn one_that_is_beyond_every_degree_is_said_by_row_and_not_written() {
    let place = Place::new();
    let mut all = vec![(6.9, 50.9); 40];
    all[7] = (356_000.0, 5_645_000.0);
    all[8] = (180.2, 0.0);
    for srs in ["25832", "4326"] {
        let it = place.import(&[&place.file("a.geojson", &points(&all)), "--srs", srs]);
        let rows: Vec<&Value> =
            it["unreadable_geometries"]["rows"].as_array().unwrap().iter().map(|it| &it["row"]).collect();
        assert_eq!(rows, [8, 9], "{it:#}");
        assert_eq!((&it["rows_written"], &it["rows_without_geometry"]), (&json!(40), &json!(2)));
        for feature in place.served() {
            assert!(feature["geometry"]["coordinates"][0].as_f64().unwrap().abs() <= 180.1, "{feature}");
        }
    }
}

#[test]
fn one_stray_point_does_not_decide() {
    let place = Place::new();
    let mut text = String::from("id;ostwert;nordwert\n");
    for id in 1..=200 {
        let _ = writeln!(text, "{id};{};{}", 356_000 + id, 5_645_000 + id);
    }
    text += "201;0;0\n";
    let it = place.import(&[&place.file("a.csv", &text), "--source-srs", "25832", "--srs", "25832"]);
    assert_eq!(it["crs"], "EPSG:25832", "{it:#}");
    assert_eq!(it["distant_geometries"]["rows"], json!([{"row": 201, "what": "at 0, 0"}]), "{it:#}");
    let it = place.import(&[&place.file("b.csv", &text)]);
    assert_eq!((&it["crs"], &it["distant_geometries"]["count"]), (&json!("EPSG:25832"), &json!(1)), "{it:#}");
}

#[test]
fn a_geopackage_without_a_system_is_found_out_or_says_what_to_do() {
    let place = Place::new();
    for (name, code, x, y) in [("metres", 0, 356_000.0, 5_645_000.0), ("plan", -1, 356_000.0, 5_645_000.0)] {
        let file = place.path(&format!("{name}.gpkg"));
        ogr2ogr(&file, &points(&[(x, y)]), &["-f", "GPKG", "-a_srs", "EPSG:25832"]);
        for table in ["gpkg_contents", "gpkg_geometry_columns"] {
            let statement = format!("UPDATE {table} SET srs_id = {code}");
            let mut command = std::process::Command::new("ogrinfo");
            assert!(command.arg(&file).args(["-sql", &statement]).output().unwrap().status.success());
        }
        let it = place.import(&[file.to_str().unwrap()]);
        assert_eq!((&it["crs"], &it["source_crs_guessed"]), (&json!("EPSG:25832"), &json!(true)), "{it:#}");
    }
    let file = place.path("nowhere.gpkg");
    ogr2ogr(&file, &points(&[(1e6, 2e6)]), &["-f", "GPKG", "-a_srs", "EPSG:25832"]);
    for table in ["gpkg_contents", "gpkg_geometry_columns"] {
        let mut command = std::process::Command::new("ogrinfo");
        command.arg(&file).args(["-sql", &format!("UPDATE {table} SET srs_id = 0")]).output().unwrap();
    }
    let said = place.refused(&[file.to_str().unwrap()]);
    assert!(said.contains("--source-srs") && !said.contains("GEOGCS"), "{said}");
}

/// What counts more rows than it has is whole all the same; what is cut is not.
#[test]
fn rows_that_are_marked_as_deleted_or_counted_wrongly_are_no_damage() {
    let place = Place::new();
    let three = points(&[(6.9, 50.9), (6.95, 50.9), (7.0, 50.9)]);
    let file = place.path("a.shp");
    ogr2ogr(
        &file,
        &three.replace(r#""properties": {}"#, r#""properties": {"n": 1}"#),
        &["-f", "ESRI Shapefile"],
    );
    let mut table = std::fs::read(file.with_extension("dbf")).unwrap();
    let (start, length) = (usize::from(table[8]) + 256 * usize::from(table[9]), usize::from(table[10]));
    table[start + length] = b'*';
    std::fs::write(file.with_extension("dbf"), table).unwrap();
    assert_eq!(place.import(&[file.to_str().unwrap()])["rows_written"], 2);
    let shapes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &shapes[..shapes.len() - 30]).unwrap();
    assert!(place.refused(&[file.to_str().unwrap()]).contains("whole"));

    let file = place.path("b.gpkg");
    ogr2ogr(&file, &three, &["-f", "GPKG"]);
    let mut command = std::process::Command::new("ogrinfo");
    let output =
        command.arg(&file).args(["-sql", "UPDATE gpkg_ogr_contents SET feature_count = 99"]).output();
    assert!(output.unwrap().status.success());
    assert_eq!(place.import(&[file.to_str().unwrap()])["rows_written"], 3);
}
