//! Workbooks as offices have them.

use std::io::Write;
use std::path::{Path, PathBuf};

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

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Imports; the report's entry about `name`, and its rows.
    fn import(&self, file: &Path, name: &str, more: &[&str]) -> (Value, Vec<Value>) {
        let out = self.out();
        let arguments = [file.to_str().unwrap(), "--into", out.to_str().unwrap(), "--name", name];
        let report = imported(&[&arguments, more].concat(), &out.join("import-report.json"));
        let rows = items(&Server::ready(&[out.to_str().unwrap()]), name);
        (entry(&report, name).clone(), rows.iter().map(|row| row["properties"].clone()).collect())
    }

    /// An XLSX with these rows, as XML, in its only sheet; `more` comes after them.
    fn workbook(&self, properties: &str, rows: &str, more: &str) -> PathBuf {
        let path = self.folder.path().join("mappe.xlsx");
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        let mut add = |name: &str, content: &str| {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(format!(r#"<?xml version="1.0"?>{content}"#).as_bytes()).unwrap();
        };
        const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
        add(
            "[Content_Types].xml",
            &format!(
                r#"<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>"#
            ),
        );
        add(
            "_rels/.rels",
            &format!(
                r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        );
        add(
            "xl/_rels/workbook.xml.rels",
            &format!(
                r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>"#
            ),
        );
        add(
            "xl/workbook.xml",
            &format!(
                r#"<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets><sheet name="Blatt" sheetId="1" r:id="r1"/></sheets></workbook>"#
            ),
        );
        add(
            "xl/styles.xml",
            &format!(
                r#"<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>"#
            ),
        );
        add(
            "xl/worksheets/sheet1.xml",
            &format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{more}</worksheet>"#),
        );
        archive.finish().unwrap();
        path
    }
}

/// A row of texts.
fn texts(number: u32, cells: &[&str]) -> String {
    let cells =
        cells.iter().zip('A'..).filter(|(text, _)| !text.is_empty()).map(|(text, column)| {
            format!(r#"<c r="{column}{number}" t="inlineStr"><is><t>{text}</t></is></c>"#)
        });
    format!(r#"<row r="{number}">{}</row>"#, cells.collect::<String>())
}

#[test]
fn days_count_from_1904_where_the_workbook_does() {
    let place = Place::new();
    let rows = texts(1, &["name", "tag"])
        + r#"<row r="2"><c r="A2" t="inlineStr"><is><t>a</t></is></c><c r="B2" s="1"><v>43957</v></c></row>"#;
    for (properties, day) in [(r#"<workbookPr date1904="1"/>"#, "2024-05-07"), ("", "2020-05-06")] {
        let (_, read) = place.import(&place.workbook(properties, &rows, ""), "mappe", &[]);
        assert_eq!(read, [json!({"name": "a", "tag": day})]);
    }
}

#[test]
fn rich_text_is_whole() {
    let place = Place::new();
    let rows = texts(1, &["name", "n"])
        + r#"<row r="2"><c r="A2" t="inlineStr"><is><r><t xml:space="preserve">Große </t></r><r><rPr><b/></rPr><t>Gasse</t></r></is></c><c r="B2"><v>1</v></c></row>"#;
    let (_, read) = place.import(&place.workbook("", &rows, ""), "mappe", &[]);
    assert_eq!(read, [json!({"name": "Große Gasse", "n": 1})]);
}

#[test]
fn the_row_with_names_is_found_or_said() {
    let place = Place::new();
    let rows = texts(1, &["name", "ort"]) + &texts(2, &["a", "Köln"]) + &texts(3, &["b", ""]);
    let (_, read) = place.import(&place.workbook("", &rows, ""), "mappe", &[]);
    assert_eq!(read, [json!({"name": "a", "ort": "Köln"}), json!({"name": "b", "ort": null})]);

    // A title above, and a row of numbers alone.
    let titled = texts(1, &["Kitas in Köln"]) + &texts(3, &["name", "ort"]) + &texts(4, &["a", "Köln"]);
    let (it, read) = place.import(&place.workbook("", &titled, ""), "mappe", &[]);
    assert_eq!(read, [json!({"name": "a", "ort": "Köln"})]);
    assert!(it["notes"].to_string().contains("1 rows above"), "{it:#}");

    let numbers = r#"<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>0.5</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>"#;
    let (it, read) = place.import(&place.workbook("", numbers, ""), "mappe", &[]);
    assert_eq!(read, [json!({"column_1": 1, "column_2": 0.5}), json!({"column_1": 2, "column_2": null})]);
    assert!(
        it["notes"].to_string().contains("--header N") && it["notes"].to_string().contains("column_1"),
        "{it:#}"
    );

    let (_, read) = place.import(&place.workbook("", &rows, ""), "mappe", &["--header", "2"]);
    assert_eq!(read, [json!({"a": "b", "koeln": null})]);
    let (_, read) = place.import(&place.workbook("", &rows, ""), "mappe", &["--header", "0"]);
    assert_eq!(read.len(), 3);
}

#[test]
fn a_csv_may_name_its_separator_and_begin_with_a_title() {
    let place = Place::new();
    let file = place.folder.path().join("mappe.csv");
    std::fs::write(&file, "sep=;\r\na,b;c\r\n1;2\r\n").unwrap();
    assert_eq!(place.import(&file, "mappe", &[]).1, [json!({"a_b": 1, "c": 2})]);
    std::fs::write(&file, "Kitas, \"alle\n\na;b\n1;2\n").unwrap();
    assert_eq!(place.import(&file, "mappe", &["--header", "3"]).1, [json!({"a": 1, "b": 2})]);
    std::fs::write(&file, "Kitas\na;b\n1;2;3\n").unwrap();
    for (header, word) in [("2", "line 3 has 3 fields"), ("9", "it has no line 9")] {
        let output =
            import(&[file.to_str().unwrap(), "--header", header, "--into", place.out().to_str().unwrap()]);
        assert!(text(&output.stdout).contains(word), "{}", text(&output.stdout));
    }
    std::fs::write(&file, "1;2\n3;4\n").unwrap();
    let (it, rows) = place.import(&file, "mappe", &["--header", "0"]);
    assert_eq!(rows, [json!({"column_1": 1, "column_2": 2}), json!({"column_1": 3, "column_2": 4})]);
    assert!(it["notes"].to_string().contains("column_1"), "{it:#}");
}

#[test]
fn a_large_sheet_with_merged_cells_is_read_and_they_are_said() {
    let place = Place::new();
    let mut rows = texts(1, &["gruppe", "n"]);
    for number in 2..=65_000 {
        let group = if number % 2 == 0 {
            format!(r#"<c r="A{number}" t="inlineStr"><is><t>g{number}</t></is></c>"#)
        } else {
            String::new()
        };
        rows += &format!(r#"<row r="{number}">{group}<c r="B{number}"><v>{number}</v></c></row>"#);
    }
    let merged: String =
        (1..32_500).map(|pair| format!(r#"<mergeCell ref="A{}:A{}"/>"#, pair * 2, pair * 2 + 1)).collect();
    let (it, _) =
        place.import(&place.workbook("", &rows, &format!("<mergeCells>{merged}</mergeCells>")), "mappe", &[]);
    assert_eq!(it["rows_written"], 64_999);
    assert!(it["notes"].to_string().contains("32499 areas of merged cells"), "{it:#}");
}

#[test]
fn what_is_no_workbook_is_said() {
    let place = Place::new();
    let file = place.folder.path().join("kaputt.xlsx");
    for content in [&b"no workbook"[..], b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"] {
        std::fs::write(&file, content).unwrap();
        let output = import(&[file.to_str().unwrap(), "--into", place.out().to_str().unwrap()]);
        let said = text(&output.stdout);
        assert!(!output.status.success() && said.contains("not imported: it cannot be opened"), "{said}");
    }
}
