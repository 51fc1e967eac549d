//! Tables for people and their spreadsheets: CSV that German Excel opens correctly, and XLSX.

use std::io::{Cursor, Seek, SeekFrom, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::formula;
use crate::error::{Error, Kind, Result, said};
use crate::limits::Key;
use crate::work;

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A day.
    Date(jiff::civil::Date),
}

impl Cell {
    /// Returns the cell as text: numbers with a decimal point, days in ISO 8601.
    pub fn text(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => number.to_string(),
            Cell::Date(day) => day.to_string(),
        }
    }
}

/// A table, with the evidence for it.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The title, which is also the name of its sheet.
    pub title: String,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
    /// The evidence: names and values, on a sheet of its own.
    pub evidence: Vec<(String, Cell)>,
}

/// Returns CSV in UTF-8 with a byte order mark, semicolons and decimal commas, which German Excel
/// and LibreOffice open on a click.
///
/// # Errors
///
/// Fails with an internal error if the CSV library does.
pub fn csv(table: &Table) -> Result<Vec<u8>> {
    let fault = |fault: csv::Error| Error::internal("a table could not be written").because(fault);
    let mut writer = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    writer
        .write_record(table.columns.iter().map(|name| formula::defused(name).into_owned()))
        .map_err(fault)?;
    for row in &table.rows {
        let cells = row.iter().map(|cell| match cell {
            Cell::Empty => String::new(),
            Cell::Text(text) => formula::defused(text).into_owned(),
            Cell::Number(number) => number.to_string().replace('.', ","),
            Cell::Date(day) => day.strftime("%d.%m.%Y").to_string(),
        });
        writer.write_record(cells).map_err(fault)?;
    }
    writer
        .into_inner()
        .map_err(|fault| Error::internal(format!("a table could not be written: {}", fault.error())))
}

/// Returns an Excel workbook: the table, and a sheet with its evidence, named `evidence_title`.
///
/// # Errors
///
/// Fails if the workbook is larger than
/// [`spreadsheet_bytes`](crate::limits::Limits::spreadsheet_bytes), because building a sheet cannot
/// be interrupted.
pub fn xlsx(table: &Table, evidence_title: &str) -> Result<Vec<u8>> {
    let limits = work::limits();
    let (bytes, most) = (size(table), limits.spreadsheet_bytes);
    if bytes > most {
        let what = said!("the workbook would hold some {} bytes, more than {}", bytes, most);
        let error = Error { parameter: Some("f".into()), ..Error::new(Kind::TooLarge, what) };
        return Err(error.hint("ask for CSV").reached(limits.reached(Key::spreadsheet_bytes)));
    }
    write_xlsx(table, evidence_title)
        .map_err(|fault| Error::internal("a workbook could not be written").because(fault))
}

/// The number of bytes of a cell in a sheet, without its text.
const CELL_BYTES: usize = 60;

/// Returns the number of bytes of all cells in a sheet, before compression.
fn size(table: &Table) -> usize {
    let cell = |cell: &Cell| match cell {
        Cell::Empty => 0,
        Cell::Text(text) => CELL_BYTES + text.len(),
        Cell::Number(_) | Cell::Date(_) => CELL_BYTES,
    };
    table.rows.iter().flatten().chain(table.evidence.iter().map(|(_, value)| value)).map(cell).sum()
}

/// A buffer in memory that counts each written piece as work.
struct Spending(Cursor<Vec<u8>>);

/// Units of work for each written byte, which was compressed.
const BYTE: usize = 20;

impl Write for Spending {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        work::spend(BYTE * bytes.len());
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for Spending {
    fn seek(&mut self, place: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(place)
    }
}

/// The greatest length of a sheet's name in characters.
const LONGEST_NAME: usize = 31;

fn write_xlsx(table: &Table, evidence_title: &str) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    let name: String =
        table.title.chars().filter(|letter| !"[]:*?/\\'".contains(*letter)).take(LONGEST_NAME).collect();
    sheet.set_name(if name.trim().is_empty() { "veedel" } else { &name })?;
    for (column, name) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(0, column, name, &bold)?;
    }
    for (row, cells) in (1..).zip(&table.rows) {
        work::spend(CELL_BYTES * cells.len());
        for (column, cell) in (0..).zip(cells) {
            write_cell(sheet, (row, column), cell)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofit();
    let sheet = book.add_worksheet();
    sheet.set_name(evidence_title)?;
    for (row, (name, value)) in (0..).zip(&table.evidence) {
        sheet.write_string_with_format(row, 0, name, &bold)?;
        write_cell(sheet, (row, 1), value)?;
    }
    sheet.autofit();
    work::look();
    let mut out = Spending(Cursor::new(vec![]));
    book.save_to_writer(&mut out)?;
    Ok(out.0.into_inner())
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
) -> std::result::Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            sheet.write_string(row, column, text)?;
        }
        Cell::Number(number) => {
            sheet.write_number(row, column, *number)?;
        }
        Cell::Date(day) => {
            match ExcelDateTime::from_ymd(day.year() as u16, day.month() as u8, day.day() as u8) {
                Ok(date) => {
                    let format = Format::new().set_num_format("dd.mm.yyyy");
                    sheet.write_datetime_with_format(row, column, &date, &format)?;
                }
                // Excel has no days before 1900.
                Err(_) => {
                    sheet.write_string(row, column, day.to_string())?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table {
            title: "Stadtteile: 1/2".into(),
            columns: vec!["Name".into(), "Anteil".into()],
            rows: vec![
                vec![Cell::Text("Sülz; \"Klettenberg\"".into()), Cell::Number(0.5)],
                vec![Cell::Text("=1+1".into()), Cell::Empty],
                vec![Cell::Text("*".into()), Cell::Number(1044555.0)],
            ],
            evidence: vec![("rule".into(), Cell::Text("1000 m".into()))],
        }
    }

    #[test]
    fn csv_is_what_german_excel_opens() {
        let bytes = csv(&table()).unwrap();
        insta::assert_snapshot!(String::from_utf8(bytes).unwrap().replace(['\r', '\u{feff}'], ""), @r#"
        Name;Anteil
        "Sülz; ""Klettenberg""";0,5
        '=1+1;
        *;1044555
        "#);
    }

    #[test]
    fn a_workbook_has_texts_as_they_are_and_no_formula() {
        let rows = ["=1+1", "@SUM(A1)", "+A1", "-5", "+49 221 2210", "http://example.org", "\t=1"];
        let rows = rows.map(|text| vec![Cell::Text(text.into())]);
        let bytes = xlsx(&Table { rows: rows.to_vec(), ..table() }, "Nachweis").unwrap();
        let mut book = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut read = |name: &str| std::io::read_to_string(book.by_name(name).unwrap()).unwrap();
        let sheet = read("xl/worksheets/sheet1.xml");
        assert!(!sheet.contains("<f") && sheet.matches("t=\"s\"").count() == 9, "{sheet}");
        let texts = read("xl/sharedStrings.xml");
        assert!(
            texts.contains(">=1+1<") && texts.contains(">-5<") && texts.contains(">+49 221 2210<"),
            "{texts}"
        );
    }

    #[test]
    fn a_workbook_that_is_too_large_is_refused() {
        let rows = vec![vec![Cell::Text("x".repeat(32_000))]; 530];
        let why = xlsx(&Table { rows, ..table() }, "Nachweis").unwrap_err();
        assert_eq!(why.kind, Kind::TooLarge);
        assert!(why.limit.is_some());
    }

    #[test]
    fn a_workbook_ends_with_its_asker() {
        let rows: Vec<Vec<Cell>> =
            (0..40_000).map(|row| vec![Cell::Text(format!("{row} {}", row * 7919 % 10_007)); 4]).collect();
        let table = Table { rows, ..table() };
        let lanes = std::sync::Arc::new(work::Lanes::new(2));
        let until = std::time::Instant::now() + std::time::Duration::from_millis(1);
        let (work, _asker) = work::Work::new(&lanes, &Default::default(), until, 0);
        let why = work.run(|| xlsx(&table, "Nachweis")).unwrap_err();
        assert_eq!(why.kind, Kind::Timeout);
    }

    #[test]
    fn xlsx_is_a_workbook_whatever_the_title() {
        for title in ["", "a:b", "x".repeat(99).as_str()] {
            let bytes = xlsx(&Table { title: title.into(), ..table() }, "Nachweis").unwrap();
            assert_eq!(&bytes[..2], b"PK");
        }
    }
}
