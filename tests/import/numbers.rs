//! Numbers as people write them: by import and by the folder's own reading alike.

use serde_json::{Value, json};

use super::{entry, imported, items};
use crate::server::Server;

/// The values of a column of a table of this text, imported and then served, and what the report
/// says; and the values that the folder gives by itself.
fn read(content: &str, column: &str) -> (Vec<Value>, String, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let (own, out) = (folder.path().join("own"), folder.path().join("out"));
    std::fs::create_dir(&own).unwrap();
    let file = own.join("tabelle.csv");
    std::fs::write(&file, content).unwrap();
    let report = out.join("import-report.json");
    let report = imported(&[file.to_str().unwrap(), "--into", out.to_str().unwrap()], &report);
    let notes = entry(&report, "tabelle")["notes"].to_string();
    let values = |folder: &std::path::Path| {
        let server = Server::ready(&[folder.to_str().unwrap()]);
        let rows = items(&server, "tabelle");
        rows.iter().map(|row| row["properties"][column].clone()).collect::<Vec<_>>()
    };
    (values(&out), notes, values(&own))
}

#[test]
fn points_between_thousands_and_decimal_commas_are_read() {
    let (imported, notes, own) = read("gebiet;einwohner\n101;27.515\n102;38.416\n103;987\n", "einwohner");
    assert_eq!(imported, [json!(27515), json!(38416), json!(987)]);
    assert_eq!(own, imported);
    assert!(notes.contains("einwohner: 27.515 is read as 27515"), "{notes}");

    let (imported, _, own) = read("gebiet;anteil\n101;1.234,5\n102;987,25\n103;\n", "anteil");
    assert_eq!(imported, [json!(1234.5), json!(987.25), Value::Null]);
    assert_eq!(own, imported);
}

#[test]
fn where_nothing_tells_it_is_text_and_said() {
    let (imported, notes, own) = read("gebiet\teinwohner\n101\t27.515\n102\t38.416\n", "einwohner");
    assert_eq!(imported, [json!("27.515"), json!("38.416")]);
    assert_eq!(own, imported);
    assert!(notes.contains("einwohner: text, as nothing says"), "{notes}");
}

#[test]
fn a_decimal_point_stays_one_and_so_do_the_files_of_import_itself() {
    let (imported, _, own) = read("gebiet,hoehe,breite\n101,12.345,0.5\n102,7,0.25\n", "hoehe");
    assert_eq!(imported.iter().map(|value| value.as_f64().unwrap()).collect::<Vec<_>>(), [12.345, 7.0]);
    assert_eq!(own, imported);
    let (imported, notes, _) = read("gebiet,hoehe\n101,12.345\n102,7\n", "hoehe");
    assert_eq!(imported[0], json!(12.345));
    assert!(notes.contains("12.345 is read with a decimal point"), "{notes}");
}

#[test]
fn codes_that_look_like_powers_stay_codes() {
    let (imported, notes, own) = read("raum;kapa\n1E2;10\n2E3;20\n", "raum");
    assert_eq!(imported, [json!("1E2"), json!("2E3")]);
    assert_eq!(own, imported);
    assert!(notes.contains("raum: text, as 1E2 may be a code"), "{notes}");
}

#[test]
fn coordinates_may_be_written_in_german() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("orte.csv"), folder.path().join("out"));
    std::fs::write(&file, "id;ostwert;nordwert\n1;356.123,5;5.645.000\n2;356.200;5.645.100,25\n").unwrap();
    let report = out.join("import-report.json");
    let report = imported(&[file.to_str().unwrap(), "--into", out.to_str().unwrap()], &report);
    assert_eq!(entry(&report, "orte")["source_crs"], "EPSG:25832 (ETRS89 / UTM zone 32N)", "{report:#}");
    assert_eq!(entry(&report, "orte")["rows_without_geometry"], 0);
}
