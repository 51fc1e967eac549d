//! What is wrong with files, and what happens a second time.

use serde_json::json;

use super::{entry, import, imported, items, text};
use crate::server::Server;

/// Runs an import of one file with this content; answers the report's entries and what was said.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    fn out(&self) -> String {
        self.folder.path().join("out").display().to_string()
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    fn import(&self, arguments: &[&str]) -> serde_json::Value {
        let into = self.out();
        let all: Vec<&str> = arguments.iter().copied().chain(["--into", &into]).collect();
        imported(&all, &self.folder.path().join("out/import-report.json"))
    }

    /// What it says of what it does not take.
    fn refused(&self, arguments: &[&str]) -> String {
        let into = self.out();
        let all: Vec<&str> = arguments.iter().copied().chain(["--into", &into]).collect();
        let output = import(&all);
        assert!(!output.status.success());
        format!("{}{}", text(&output.stdout), text(&output.stderr))
    }
}

fn geojson(features: &[(&str, &str)]) -> String {
    let features = features.iter().map(|(properties, geometry)| {
        format!(r#"{{"type": "Feature", "properties": {properties}, "geometry": {geometry}}}"#)
    });
    format!(r#"{{"type": "FeatureCollection", "features": [{}]}}"#, features.collect::<Vec<_>>().join(","))
}

const SQUARE: &str =
    r#"{"type": "Polygon", "coordinates": [[[6.9,50.9],[7,50.9],[7,51],[6.9,51],[6.9,50.9]]]}"#;
const BOWTIE: &str =
    r#"{"type": "Polygon", "coordinates": [[[6.9,50.9],[7,51],[7,50.9],[6.9,51],[6.9,50.9]]]}"#;
const EMPTY: &str = r#"{"type": "GeometryCollection", "geometries": []}"#;

#[test]
fn the_report_names_what_is_odd_and_no_row_is_lost() {
    let place = Place::new();
    let file = place.file(
        "flächen.geojson",
        &geojson(&[
            (r#"{"KLRID": 1, "A b": [1, 2], "a_b": {"c": null}}"#, SQUARE),
            (r#"{"KLRID": 1}"#, BOWTIE),
            (r#"{"KLRID": null}"#, "null"),
            (r#"{"KLRID": 3}"#, EMPTY),
        ]),
    );
    let report = place.import(&[&file, "--key", "KLRID"]);
    let it = entry(&report, "flaechen");
    assert_eq!(
        (&it["rows_read"], &it["rows_written"], &it["rows_without_geometry"]),
        (&json!(4), &json!(4), &json!(2))
    );
    assert_eq!(it["renamed_columns"], json!({"KLRID": "klrid", "A b": "a_b", "a_b": "a_b_2"}));
    assert_eq!(
        it["duplicate_keys"]["rows"],
        json!([{"row": 2, "what": "1"}, {"row": 3, "what": "no value"}])
    );
    assert!(it["key"].is_null());
    assert_eq!(
        (&it["invalid_geometries"]["count"], &it["invalid_geometries"]["rows"][0]["row"]),
        (&json!(1), &json!(2))
    );
    assert!(it["invalid_geometries"]["rows"][0]["what"].as_str().unwrap().contains("intersection"), "{it:#}");
    assert_eq!(it["empty_geometries"]["rows"][0]["row"], 4);

    let server = Server::ready(&[&place.out()]);
    let all = items(&server, "flaechen");
    assert_eq!(all.len(), 2);
    let first = all.iter().find(|it| !it["properties"]["a_b"].is_null()).unwrap();
    assert_eq!(
        (&first["properties"]["a_b"], &first["properties"]["a_b_2"]),
        (&json!([1, 2]), &json!({"c": null}))
    );
    assert_eq!(items(&server, "flaechen_ohne_geometrie").len(), 2);
}

#[test]
fn a_second_run_replaces_and_leaves_what_a_person_wrote() {
    let place = Place::new();
    let one = place.file("a.geojson", &geojson(&[(r#"{"n": 1}"#, SQUARE), (r#"{"n": 2}"#, "null")]));
    place.import(&[&one]);
    let out = place.folder.path().join("out");
    assert!(out.join("a_ohne_geometrie.csv").is_file());
    let sidecar = out.join("a.schema.toml");
    std::fs::write(&sidecar, "title = \"Flächen\"\n").unwrap();
    let server = Server::ready(&[&place.out()]);
    assert_eq!(items(&server, "a")[0]["properties"], json!({"n": 1}));

    let two = place.file("a.geojson", &geojson(&[(r#"{"n": 3}"#, SQUARE)]));
    let report = place.import(&[&two]);
    assert!(entry(&report, "a")["notes"].to_string().contains("a.schema.toml was kept"));
    assert_eq!(report.as_array().unwrap().len(), 1, "{report:#}");
    assert_eq!(std::fs::read_to_string(&sidecar).unwrap(), "title = \"Flächen\"\n");
    assert!(!out.join("a_ohne_geometrie.csv").exists());
    assert!(!out.join("a_ohne_geometrie.schema.toml").exists());
    server.wait_for("the new file", |server| {
        (items(server, "a")[0]["properties"] == json!({"n": 3})).then_some(())
    });

    // A layer that has become a table.
    let three = place.file("a.csv", "n\n4\n");
    place.import(&[&three]);
    assert!(out.join("a.csv").is_file() && !out.join("a.fgb").exists());
    let left: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".veedel-import-")), "{left:?}");
}

#[test]
fn what_cannot_be_taken_is_said_and_leaves_the_old() {
    let place = Place::new();
    let good = place.file("a.csv", "id,name\n1,x\n");
    place.import(&[&good]);
    let bad = place.file("a.csv", "id,name\n1,x,y\n");
    let said = place.refused(&[&bad]);
    assert!(said.contains("line 2 has 3 fields"), "{said}");
    assert_eq!(std::fs::read_to_string(place.folder.path().join("out/a.csv")).unwrap(), "id,name\n1,x\n");
    let away = place.refused(&["/nowhere/x.shp", &place.file("b.csv", "n\n1\n")]);
    assert!(away.contains("/nowhere/x.shp: not imported") && away.contains("b.csv → b: 1 rows"), "{away}");
    let nonsense = place.file("c.geojson", "{\"type\": \"FeatureCollection\", \"features\": [{");
    assert!(place.refused(&[&nonsense]).contains("cannot be opened"));
    let twice = place.refused(&[&place.file("d.csv", "n\n1\n"), &place.file("D.tsv", "n\n1\n")]);
    assert!(twice.contains("has become d already"), "{twice}");
    let good = place.file("e.csv", "n\n1\n");
    assert!(place.refused(&[&good, "--key", "nix"]).contains("there is no column \"nix\""));
}

#[test]
fn coordinates_without_a_system_are_not_invented() {
    let place = Place::new();
    let file = place.file("a.csv", "name,x,y\na,1,2\nb,3,4\n");
    let report = place.import(&[&file]);
    assert!(entry(&report, "a")["crs"].is_null());
    assert!(entry(&report, "a")["notes"].to_string().contains("--source-srs"));
    assert!(place.folder.path().join("out/a.csv").is_file());
    let report = place.import(&[&file, "--source-srs", "EPSG:4326"]);
    // West Africa is beyond UTM 32's area in the north, so it stays in degrees.
    assert_eq!(entry(&report, "a")["crs"], "EPSG:4326");
    let report = place.import(&[&file, "--source-srs", "25832", "--srs", "4326"]);
    assert_eq!(
        (&entry(&report, "a")["crs"], &entry(&report, "a")["rows_written"]),
        (&json!("EPSG:4326"), &json!(2))
    );
}

#[test]
fn a_file_with_a_line_feed_in_its_name_writes_no_line() {
    let place = Place::new();
    let name = "a\n\u{1b}[31mforged.geojson";
    let file = place.file(name, &geojson(&[("{}", r#"{"type": "Point", "coordinates": [7, 51]}"#)]));
    let into = place.out();
    for arguments in
        [vec![file.as_str(), "--into", &into], vec![&file, "--layer", "x\nforged", "--into", &into]]
    {
        let output = import(&arguments);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(said.contains(r"a\n\u{1b}[31mforged.geojson"), "{said}");
        assert!(!said.contains('\u{1b}') && !said.lines().any(|line| line.starts_with("forged")), "{said}");
    }
}
