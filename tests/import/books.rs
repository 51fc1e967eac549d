//! Workbooks of all four formats, written byte by byte as their specifications say.

#[path = "books/ods.rs"]
mod ods;
#[path = "books/xls.rs"]
mod xls;
#[path = "books/xlsb.rs"]
mod xlsb;
#[path = "books/xlsx.rs"]
mod xlsx;

use std::io::Write;
use std::path::Path;

/// A cell as a workbook has it.
#[derive(Clone, Copy)]
pub enum Cell {
    Empty,
    Text(&'static str),
    Number(f64),
    /// Days since 1899-12-30, and as ODS writes it.
    Date(f64, &'static str),
    Boolean(bool),
    /// A formula that divides by zero, as it was computed last.
    Error,
    /// A formula with the value that it had last.
    Sum(f64),
    /// A formula with the text that it had last.
    Joined(&'static str),
}

/// A sheet: rows, and areas of merged cells by their first and last row and column.
pub struct Sheet {
    pub name: &'static str,
    pub rows: Vec<Vec<Cell>>,
    pub merged: Vec<[usize; 4]>,
}

impl Sheet {
    fn cells(&self) -> impl Iterator<Item = (usize, impl Iterator<Item = (usize, Cell)>)> {
        self.rows.iter().enumerate().filter(|(_, cells)| !cells.is_empty()).map(|(row, cells)| {
            (row, cells.iter().copied().enumerate().filter(|(_, cell)| !matches!(cell, Cell::Empty)))
        })
    }

    fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0)
    }
}

/// Writes a workbook of the format that the name's ending says.
pub fn write(path: &Path, sheets: &[Sheet]) {
    match path.extension().unwrap().to_str().unwrap() {
        "xlsx" | "xlsm" => zipped(path, &xlsx::xlsx(sheets)),
        "xlsb" => zipped(path, &xlsb::xlsb(sheets)),
        "ods" => zipped(path, &ods::ods(sheets)),
        "xls" => std::fs::write(path, xls::compound(&xls::xls(sheets))).unwrap(),
        other => panic!("{other} is no workbook"),
    }
}

type Parts = Vec<(String, Vec<u8>)>;

fn zipped(path: &Path, parts: &Parts) {
    let mut archive = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, content) in parts {
        archive.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap();
}

const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// The parts that say which others there are, of workbooks whose parts end so.
fn package(ending: &str, count: usize) -> Parts {
    let types = format!(
        r#"<?xml version="1.0"?><Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="{ending}" ContentType="application/octet-stream"/></Types>"#
    );
    let root = format!(
        r#"<?xml version="1.0"?><Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r0" Type="{OFFICE}/officeDocument" Target="xl/workbook.{ending}"/></Relationships>"#
    );
    let sheets: String = (1..=count)
        .map(|n| {
            format!(
                r#"<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.{ending}"/>"#
            )
        })
        .collect();
    let book = format!(
        r#"<?xml version="1.0"?><Relationships xmlns="{PACKAGE}/relationships">{sheets}<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.{ending}"/></Relationships>"#
    );
    [
        ("[Content_Types].xml".to_owned(), types),
        ("_rels/.rels".to_owned(), root),
        (format!("xl/_rels/workbook.{ending}.rels"), book),
    ]
    .map(|(name, text)| (name, text.into_bytes()))
    .into()
}

fn place(row: usize, column: usize) -> String {
    format!("{}{}", char::from(b'A' + column as u8), row + 1)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
