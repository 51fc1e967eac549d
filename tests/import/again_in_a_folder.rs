//! A second import into a folder: what a person put there stays, and what changed is said.

use serde_json::{Value, json};

use super::{entry, import, imported, items, text};
use crate::server::Server;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    fn out(&self) -> std::path::PathBuf {
        self.folder.path().join("out")
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    fn import(&self, arguments: &[&str]) -> Value {
        let (out, report) = (self.out().display().to_string(), self.folder.path().join("report.json"));
        let end = ["--into", &out, "--report", report.to_str().unwrap()];
        imported(&[arguments, &end].concat(), &report)
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let out = self.out().display().to_string();
        let output = import(&[arguments, &["--into", &out]].concat());
        assert!(!output.status.success());
        text(&output.stdout)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.out().join(name)).unwrap()
    }
}

#[test]
fn rows_and_columns_are_compared_with_those_before() {
    let place = Place::new();
    let first = "id,name,ags,lon,lat\n1,a,05315,6.9,50.9\n2,b,05315,,\n3,c,,6.9,50.9\n";
    assert!(entry(&place.import(&[&place.file("orte.csv", first)]), "orte")["changes"].is_null());
    // The second row gets a place, and so goes to another file; the third moves; the fourth is new.
    let second = "id,name,ags,lon,lat,neu\n2,b,5315,6.9,50.9,x\n3,c,,6.91,50.9,\n4,d,,,,\n";
    let it = place.import(&[&place.file("orte.csv", second)]);
    let changes = &entry(&it, "orte")["changes"];
    assert_eq!(
        (&changes["new"], &changes["changed"], &changes["gone"]),
        (&json!(1), &json!(2), &json!(1)),
        "{changes:#}"
    );
    let columns = changes["columns"].to_string();
    assert!(columns.contains("ags was text and is integer now (1 values)"), "{columns}");
    assert!(columns.contains("the column neu (text) is new"), "{columns}");
    let it = place.import(&[&place.file("orte.csv", second)]);
    assert_eq!(entry(&it, "orte")["changes"], json!({"new": 0, "changed": 0, "gone": 0}));

    place.import(&[&place.file("ohne.csv", "a,b\n1,x\n1,x\n2,y\n")]);
    let it = place.import(&[&place.file("ohne.csv", "a,b\n1,x\n3,z\n")]);
    assert_eq!(entry(&it, "ohne")["changes"], json!({"new": 1, "gone": 2}));
}

#[test]
fn files_of_a_person_are_not_replaced_unless_told() {
    let place = Place::new();
    std::fs::create_dir(place.out()).unwrap();
    std::fs::write(place.out().join("orte.csv"), "id,name\n1,mine\n").unwrap();
    let file = place.file("orte.csv", "id,name\n1,theirs\n");
    let said = place.refused(&[&file]);
    assert!(
        said.contains("orte.csv already that veedel import did not make") && said.contains("--replace"),
        "{said}"
    );
    // Nor is it put aside for a layer with geometry.
    let points = place.file("orte.geojson", r#"{"type": "Point", "coordinates": [6.9, 50.9]}"#);
    assert!(place.refused(&[&points]).contains("did not make"));
    assert_eq!(place.read("orte.csv"), "id,name\n1,mine\n");
    let it = place.import(&[&file, "--replace"]);
    assert_eq!(entry(&it, "orte")["changes"], json!({"new": 0, "changed": 1, "gone": 0}));
    // Edited by hand since.
    std::fs::write(place.out().join("orte.csv"), "id,name\n1,edited\n").unwrap();
    assert!(place.refused(&[&file]).contains("was changed since"));
    assert_eq!(place.read("orte.csv"), "id,name\n1,edited\n");
    place.import(&[&file, "--replace"]);
    place.import(&[&file]);
}

#[test]
fn a_dry_run_writes_nothing() {
    let place = Place::new();
    let file = place.file("orte.csv", "id,name\n1,a\n");
    let it = place.import(&[&file, "--dry-run"]);
    assert_eq!(entry(&it, "orte")["dry_run"], true);
    assert!(!place.out().exists());
    place.import(&[&file]);
    let before = place.read("orte.csv");
    let listed = || std::fs::read_dir(place.out()).unwrap().count();
    let count = listed();
    let file = place.file("orte.csv", "id,name\n1,b\n2,c\n");
    let output = import(&[&file, "--into", place.out().to_str().unwrap(), "--dry-run"]);
    let said = text(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 new, 1 changed, 0 gone (1 neu, 1 geändert, 0 weg)"),
        "{said}"
    );
    assert!(said.contains("tried and not written") && !said.contains("The report is"), "{said}");
    assert_eq!((place.read("orte.csv"), listed()), (before, count));
}

#[test]
fn each_of_several_layers_has_a_name_of_its_own_and_keeps_that_of_its_geometry() {
    let place = Place::new();
    let file = place.folder.path().join("stadt.gpkg");
    for layer in ["kitas", "schulen"] {
        let source = place.file("source.geojson", r#"{"type": "Point", "coordinates": [6.9, 50.9]}"#);
        let options = ["-f", "GPKG", "-update", "-nln", layer, "-lco", "GEOMETRY_NAME=lage"];
        let mut command = std::process::Command::new("ogr2ogr");
        let options = if file.exists() { &options[..] } else { &[&options[..2], &options[3..]].concat() };
        let output = command.args(options).arg(&file).arg(source).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let path = file.to_str().unwrap();
    place.import(&[path, "--layer", "kitas"]);
    let it = place.import(&[path, "--layer", "schulen"]);
    assert_eq!(it.as_array().unwrap().len(), 2, "{it:#}");
    let server = Server::ready(&[place.out().to_str().unwrap()]);
    for name in ["stadt_kitas", "stadt_schulen"] {
        assert_eq!(items(&server, name).len(), 1);
        let filter = "S_INTERSECTS(lage,BBOX(6,50,7,51))";
        let answer = server.get(&format!("/collections/{name}/items?filter={filter}"));
        assert_eq!((answer.status, &answer.json()["numberMatched"]), (200, &json!(1)), "{}", answer.text());
    }
}
