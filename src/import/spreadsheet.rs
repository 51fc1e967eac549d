//! Reads workbooks (XLSX, XLS, XLSB and ODS), in which each sheet is a table.
//!
//! Cells have types, so nothing is guessed from text: a column has the type of all its cells, or
//! text if they differ. The row with the names of the columns is found, or given by the user.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{Data, DataRef, ExcelDateTime, Range, Reader, Sheets, open_workbook_auto};

use super::row::{Cell, Column, FileRow, Shape, Visit};
use crate::catalog::ColumnType;
use crate::error::{Error, Kind, Result};

/// The extensions of workbooks.
const ENDINGS: [&str; 5] = ["xlsx", "xlsm", "xls", "xlsb", "ods"];
/// The maximum number of cells in a sheet. A larger one must be saved as CSV.
const MOST_CELLS: u64 = 50_000_000;
/// The largest number up to which all whole numbers are exact in a float, 2⁵³.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The values of cells whose formula failed.
const ERRORS: [&str; 10] =
    ["#DIV/0!", "#N/A", "#NV", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#BEZUG!", "#VALUE!", "#WERT!"];

/// A sheet of a workbook.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The name of the sheet.
    pub name: String,
    /// The columns, with the types that all cells have.
    pub columns: Vec<Column>,
    /// Notes about what is unusual.
    pub notes: Vec<String>,
    /// The rows, each with its cells and their columns.
    rows: Vec<Vec<(u32, Value)>>,
    /// The position of each column in the sheet.
    positions: Vec<u32>,
}

/// The value of a cell.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Number(f64),
    Boolean(bool),
    Date(String),
    Moment(String),
    Time(String),
    Text(String),
}

/// Returns whether this reader reads the file, by its name.
pub fn is_workbook(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// Returns the sheets that are not empty. `header` is the number of the row with the names of the
/// columns; 0 for none.
///
/// # Errors
///
/// Fails if the workbook cannot be read, or a sheet is too large.
pub fn sheets(path: &Path, header: Option<u32>) -> Result<Vec<Sheet>> {
    let unreadable = |why: String| Error::new(Kind::Invalid, format!("it cannot be opened: {why}"));
    // A damaged workbook must not end the whole import.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mut book = open_workbook_auto(path).map_err(|why| unreadable(why.to_string()))?;
        let names = book.sheet_names();
        names.iter().map(|name| sheet(&mut book, name, header)).collect::<Result<Vec<_>>>()
    }));
    let sheets = read.map_err(|_| unreadable("it is damaged".into()))??;
    let sheets: Vec<Sheet> = sheets.into_iter().flatten().collect();
    match sheets.is_empty() {
        true => Err(Error::new(Kind::Invalid, "there is no sheet with cells in it")),
        false => Ok(sheets),
    }
}

type Book = Sheets<std::io::BufReader<std::fs::File>>;

/// Reads one sheet; None if it is empty.
fn sheet(book: &mut Book, name: &str, header: Option<u32>) -> Result<Option<Sheet>> {
    let mut raw = Raw::default();
    let failed = |why: &dyn std::fmt::Display| {
        Error::new(Kind::Invalid, format!("its sheet {name} cannot be read: {why}"))
    };
    if let Sheets::Xlsx(book) = book {
        let merged = book.merge_cells_by_sheet_name(name);
        raw.merged = merged.map_or(0, |merged| merged.len());
        let mut cells = book.worksheet_cells_reader(name).map_err(|why| failed(&why))?;
        while let Some(cell) = cells.next_cell().map_err(|why| failed(&why))? {
            raw.add(cell.get_position(), cell.get_value())?;
        }
    } else {
        if let Sheets::Xls(book) = book {
            raw.merged = book.merge_cells_by_sheet_name(name).map_or(0, |merged| merged.len());
        }
        let range = book.worksheet_range(name).map_err(|why| failed(&why))?;
        let errors = errors(book, name, &range);
        raw.errors = errors.len() as u64;
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, cell) in range.used_cells() {
            let position = (top + row as u32, left + column as u32);
            if !errors.contains(&position) {
                raw.add(position, &by_reference(cell))?;
            }
        }
    }
    match header.filter(|number| *number > 0) {
        _ if raw.rows.is_empty() => Ok(None),
        Some(number) if raw.rows.iter().all(|(row, _)| row + 1 != number) => {
            Err(Error::invalid("--header", format!("the row {number} of its sheet {name} is empty")))
        }
        _ => Ok(Some(raw.sheet(name, header))),
    }
}

/// Returns the cells whose formulas failed and which the reader does not tell apart: in ODS it
/// returns them as texts, and in XLSB not at all.
fn errors(book: &mut Book, name: &str, range: &Range<Data>) -> HashSet<(u32, u32)> {
    let is_failed = |position| match range.get_value(position) {
        Some(Data::String(text)) => is_error(text),
        value => value.is_none_or(|value| *value == Data::Empty),
    };
    let may_be = match book {
        Sheets::Xlsb(_) => true,
        Sheets::Ods(_) => {
            range.used_cells().any(|(.., cell)| matches!(cell, Data::String(text) if is_error(text)))
        }
        _ => false,
    };
    // What somebody typed into a cell is a text, whatever it looks like.
    let formulas = may_be.then(|| book.worksheet_formula(name).ok()).flatten().unwrap_or_default();
    let (top, left) = formulas.start().unwrap_or_default();
    let positions = formulas.used_cells().map(|(row, column, _)| (top + row as u32, left + column as u32));
    positions.filter(|position| is_failed(*position)).collect()
}

/// Returns whether LibreOffice displays an error in this way, in English or German.
fn is_error(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_digit());
    ERRORS.contains(&text)
        || ["Err:", "Fehler:"].iter().any(|before| text.strip_prefix(before).is_some_and(is_number))
}

fn by_reference(cell: &Data) -> DataRef<'_> {
    match cell {
        Data::Int(value) => DataRef::Int(*value),
        Data::Float(value) => DataRef::Float(*value),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(value) => DataRef::DateTime(*value),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(why) => DataRef::Error(why.clone()),
        _ => DataRef::Empty,
    }
}

/// A sheet as it is read: rows with their numbers.
#[derive(Default)]
struct Raw {
    rows: Vec<(u32, Vec<(u32, Value)>)>,
    cells: u64,
    errors: u64,
    merged: usize,
}

impl Raw {
    fn add(&mut self, (row, column): (u32, u32), cell: &DataRef<'_>) -> Result<()> {
        self.errors += u64::from(matches!(cell, DataRef::Error(_)));
        let Some(value) = value(cell) else { return Ok(()) };
        self.cells += 1;
        if self.cells > MOST_CELLS {
            let error = Error::new(Kind::TooLarge, format!("a sheet has more than {MOST_CELLS} cells"));
            return Err(error.hint("save it as CSV"));
        }
        match self.rows.last_mut() {
            Some((last, cells)) if *last == row => cells.push((column, value)),
            _ => self.rows.push((row, vec![(column, value)])),
        }
        Ok(())
    }

    fn sheet(mut self, name: &str, header: Option<u32>) -> Sheet {
        let mut notes = vec![];
        let named = match header {
            Some(number) => self.rows.iter().position(|(row, _)| Some(*row) == number.checked_sub(1)),
            None => self.header(),
        };
        let names = match named {
            Some(at) => {
                let above = self.rows.drain(..at).len();
                if above > 0 {
                    notes
                        .push(format!("{above} rows above that with the names of the columns were left out"));
                }
                self.rows.drain(..1).next().map(|(_, cells)| cells).unwrap_or_default()
            }
            None => {
                notes.push("no row names its columns; if one does, say which: --header N".into());
                vec![]
            }
        };
        if self.errors > 0 {
            notes.push(format!("{} cells hold an error of the workbook's; they are NULL", self.errors));
        }
        if self.merged > 0 {
            notes.push(format!(
                "{} areas of merged cells: the first cell has the value, the rest is NULL",
                self.merged
            ));
        }
        let rows: Vec<Vec<(u32, Value)>> = self.rows.into_iter().map(|(_, cells)| cells).collect();
        let mut positions: Vec<u32> =
            rows.iter().chain([&names]).flatten().map(|(column, _)| *column).collect();
        positions.sort_unstable();
        positions.dedup();
        let mut kinds: Vec<Sort> = vec![Sort::default(); positions.len()];
        for (column, value) in rows.iter().flatten() {
            if let Ok(at) = positions.binary_search(column)
                && let Some(kind) = kinds.get_mut(at)
            {
                kind.see(value);
            }
        }
        let name_of = |position: &u32| {
            names.iter().find(|(column, _)| column == position).map(|(_, name)| written(name))
        };
        let columns = positions.iter().zip(kinds).map(|(position, sort)| Column {
            name: name_of(position).unwrap_or_default().trim().to_owned(),
            kind: sort.kind(),
        });
        Sheet { name: name.to_owned(), columns: columns.collect(), notes, rows, positions }
    }

    /// Returns the first row that is as wide as the sheet, if it contains names. There may be a
    /// title above it.
    fn header(&self) -> Option<usize> {
        let widest = self.rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
        let at = self.rows.iter().position(|(_, cells)| cells.len() * 2 > widest)?;
        let (_, cells) = self.rows.get(at)?;
        let is_name = |(_, value): &(u32, Value)| match value {
            Value::Text(_) => true,
            // Years, as in statistics.
            Value::Number(number) => number.fract() == 0.0 && (1800.0..2200.0).contains(number),
            _ => false,
        };
        let has_text = cells.iter().any(|(_, value)| matches!(value, Value::Text(_)));
        (has_text && cells.iter().all(is_name)).then_some(at)
    }
}

/// Which types the values of a column have.
#[derive(Clone, Debug, Default)]
struct Sort {
    numbers: u64,
    fractions: u64,
    large: u64,
    booleans: u64,
    dates: u64,
    moments: u64,
    times: u64,
    all: u64,
}

impl Sort {
    fn see(&mut self, value: &Value) {
        self.all += 1;
        match value {
            Value::Number(number) => {
                self.numbers += 1;
                self.fractions += u64::from(number.fract() != 0.0 || number.abs() > EXACT);
                self.large += u64::from(number.abs() > f64::from(i32::MAX));
            }
            Value::Boolean(_) => self.booleans += 1,
            Value::Date(_) => self.dates += 1,
            Value::Moment(_) => self.moments += 1,
            Value::Time(_) => self.times += 1,
            Value::Text(_) => {}
        }
    }

    fn kind(&self) -> ColumnType {
        match self.all {
            0 => ColumnType::Text,
            all if all == self.booleans => ColumnType::Boolean,
            all if all == self.dates => ColumnType::Date,
            all if all == self.dates + self.moments => ColumnType::Timestamp,
            all if all == self.times => ColumnType::Time,
            all if all > self.numbers => ColumnType::Text,
            _ if self.fractions > 0 => ColumnType::Double,
            _ if self.large > 0 => ColumnType::BigInteger,
            _ => ColumnType::Integer,
        }
    }
}

impl Sheet {
    /// Returns the number of rows.
    pub fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Reads all rows and passes each to `visit`.
    ///
    /// # Errors
    ///
    /// Fails if `visit` fails.
    pub fn each(&self, visit: Visit<'_>) -> Result<()> {
        let mut cells = Vec::new();
        for (row, number) in self.rows.iter().zip(1..) {
            cells.clear();
            for (position, column) in self.positions.iter().zip(&self.columns) {
                let value = row.iter().find(|(column, _)| column == position).map(|(_, value)| value);
                cells.push(value.map_or(Cell::Null, |value| cell(value, column.kind)));
            }
            visit(FileRow { number, cells: &cells, damaged: &[], geometry: Shape::None })?;
        }
        Ok(())
    }
}

fn cell(value: &Value, kind: ColumnType) -> Cell {
    match (value, kind) {
        (Value::Number(number), ColumnType::Integer | ColumnType::BigInteger) => {
            Cell::Integer(*number as i64)
        }
        (Value::Number(number), ColumnType::Double) => Cell::Double(*number),
        (Value::Date(date), ColumnType::Timestamp) => Cell::Text(format!("{date}T00:00:00")),
        _ => Cell::text(written(value)),
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Boolean(is) => is.to_string(),
        Value::Date(text) | Value::Moment(text) | Value::Time(text) | Value::Text(text) => text.clone(),
    }
}

fn value(cell: &DataRef<'_>) -> Option<Value> {
    Some(match cell {
        DataRef::Int(number) => Value::Number(*number as f64),
        DataRef::Float(number) => Value::Number(*number),
        DataRef::String(text) if !text.is_empty() => Value::Text(text.clone()),
        DataRef::SharedString(text) if !text.is_empty() => Value::Text((*text).to_owned()),
        DataRef::Bool(is) => Value::Boolean(*is),
        DataRef::DateTime(moment) => dated(moment),
        DataRef::DateTimeIso(text) if text.len() == 10 => Value::Date(text.clone()),
        DataRef::DateTimeIso(text) => Value::Moment(text.clone()),
        DataRef::DurationIso(text) => lasting(text),
        _ => return None,
    })
}

/// Returns a date, a time, or both. A number of days that is none of these remains a number.
fn dated(moment: &ExcelDateTime) -> Value {
    let days = moment.as_f64();
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let time = match milli {
        0 => format!("{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}.{milli:03}"),
    };
    let narrow = |part: u8| i8::try_from(part).unwrap_or(-1);
    let date = jiff::civil::Date::new(i16::try_from(year).unwrap_or(-1), narrow(month), narrow(day));
    match date {
        _ if (0.0..1.0).contains(&days) => Value::Time(time),
        Ok(date) if moment.is_datetime() && time == "00:00:00" => Value::Date(date.to_string()),
        Ok(date) if moment.is_datetime() => Value::Moment(format!("{date}T{time}")),
        _ => Value::Number(days),
    }
}

/// Returns `PT07H08M09S` as a time of day. A longer duration remains as it is.
fn lasting(text: &str) -> Value {
    let parts = text.strip_prefix("PT").and_then(|rest| {
        let (hours, rest) = rest.split_once('H')?;
        let (minutes, rest) = rest.split_once('M')?;
        let seconds = rest.strip_suffix('S')?;
        let two = |part: &str| part.parse::<u8>().ok();
        Some((two(hours)?, two(minutes)?, two(seconds.split('.').next()?)?))
    });
    match parts {
        Some((hours @ 0..24, minutes, seconds)) => {
            Value::Time(format!("{hours:02}:{minutes:02}:{seconds:02}"))
        }
        _ => Value::Text(text.to_owned()),
    }
}
