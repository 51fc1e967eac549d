//! The same tables as XLSX, XLS, XLSB and ODS: their rows are the same.

use serde_json::{Value, json};

use super::books::{self, Cell, Sheet};
use super::{entry, imported, items};
use crate::server::Server;

fn tables() -> [Sheet; 3] {
    use Cell::{Boolean, Date, Empty, Error, Joined, Number, Sum, Text};
    let names = ["id", "Straße", "plz", "Fläche", "am", "offen", "Anteil", "Summe", "Text", "Gruppe"];
    let rows = vec![
        vec![Text("Straßen in Köln – Übersicht")],
        vec![],
        names.map(Text).to_vec(),
        vec![
            Number(1.0),
            Text("Große Brückenstraße"),
            Text("00501"),
            Text("1.234,56"),
            Date(45_418.0, "2024-05-06"),
            Boolean(true),
            Number(1.5),
            Sum(3.0),
            Joined("ä ö ü"),
            Text("A"),
        ],
        vec![],
        vec![
            Number(2.0),
            Text("Ägidienstr."),
            Text("50667"),
            Text("12,5"),
            Date(36_526.0, "2000-01-01"),
            Boolean(false),
            Error,
            Sum(-12.0),
            Joined("€"),
            Empty,
        ],
        vec![Number(3.0), Empty, Text("05315"), Empty, Empty, Empty, Number(0.25), Error, Empty, Text("B")],
    ];
    // A title over three columns, and a group of two rows.
    let merged = vec![[0, 0, 0, 2], [3, 5, 9, 9]];
    [
        Sheet { name: "Straßen", rows, merged },
        Sheet { name: "Leer", rows: vec![vec![Empty]], merged: vec![] },
        Sheet {
            name: "Zweites Blatt",
            // What only looks like an error is what somebody wrote.
            rows: vec![vec![Text("a"), Text("b")], vec![Number(1.0), Text("#DIV/0!")]],
            merged: vec![],
        },
    ]
}

#[test]
fn the_same_table_is_the_same_in_every_format() {
    let streets = [
        json!({"id": 1, "strasse": "Große Brückenstraße", "plz": "00501", "flaeche": "1.234,56", "am": "2024-05-06",
            "offen": true, "anteil": 1.5, "summe": 3, "text": "ä ö ü", "gruppe": "A"}),
        json!({"id": 2, "strasse": "Ägidienstr.", "plz": "50667", "flaeche": "12,5", "am": "2000-01-01",
            "offen": false, "anteil": null, "summe": -12, "text": "€", "gruppe": null}),
        json!({"id": 3, "strasse": null, "plz": "05315", "flaeche": null, "am": null,
            "offen": null, "anteil": 0.25, "summe": null, "text": null, "gruppe": "B"}),
    ];
    for format in ["xlsx", "xlsm", "xls", "xlsb", "ods"] {
        let folder = tempfile::tempdir().unwrap();
        let (file, out) = (folder.path().join(format!("mappe.{format}")), folder.path().join("out"));
        books::write(&file, &tables());
        let arguments = [file.to_str().unwrap(), "--into", out.to_str().unwrap()];
        let report = imported(&arguments, &out.join("import-report.json"));
        let server = Server::ready(&[out.to_str().unwrap()]);
        let rows = |name: &str| {
            items(&server, name).iter().map(|row| row["properties"].clone()).collect::<Vec<Value>>()
        };
        assert_eq!(rows("mappe_strassen"), streets, "{format}");
        assert_eq!(rows("mappe_zweites_blatt"), [json!({"a": 1, "b": "#DIV/0!"})], "{format}");
        let schema = std::fs::read_to_string(out.join("mappe_strassen.schema.toml")).unwrap();
        for (column, kind) in [("am", "date"), ("offen", "boolean"), ("plz", "text"), ("summe", "integer")] {
            assert!(schema.contains(&format!("[columns.{column}]\ntype = \"{kind}\"")), "{format}: {schema}");
        }
        let notes = entry(&report, "mappe_strassen")["notes"].to_string();
        assert!(notes.contains("1 rows above that with the names"), "{format}: {notes}");
        assert!(
            notes.contains("2 cells hold an error of the workbook's; they are NULL"),
            "{format}: {notes}"
        );
        // Of the others, the reader does not say which cells are merged.
        let says_merged = ["xlsx", "xlsm", "xls"].contains(&format);
        assert_eq!(notes.contains("2 areas of merged cells"), says_merged, "{format}: {notes}");
    }
}
