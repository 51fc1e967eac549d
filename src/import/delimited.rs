//! Reads tables as text, such as CSV, with or without coordinates.
//!
//! Fields are separated by commas, semicolons or tabs. The encoding is UTF-8 or UTF-16, with or
//! without a byte order mark, or else Windows-1252. The file may be gzipped. Numbers follow the
//! rules of a folder's CSV tables. A row that is too short is filled with NULL and counted. A row
//! that is too long is an error, since it is unknown which fields are superfluous.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, StringRecord};
use encoding_rs::{UTF_8, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::read::MultiGzDecoder;
use gdal::vector::Geometry;

use super::coordinates::{self, CoordinateColumns};
use super::letters::Letters;
use super::row::{Cell, Column, Damage, FileRow, Visit};
use crate::catalog::ColumnType;
use crate::error::{Error, Kind, Result};
use crate::source::folder::{Guess, Notation, readings, separator, separator_line};

/// The number of bytes at the beginning in which the separator is searched.
const LONGEST_HEADER: usize = 1 << 16;
/// The extensions of such files, before `.gz`.
const ENDINGS: [&str; 4] = ["csv", "tsv", "tab", "txt"];

/// A file of delimited text.
#[derive(Clone, Debug)]
pub struct Table {
    path: PathBuf,
    separator: u8,
    /// The encoding of its texts.
    letters: Letters,
    /// The number of the row with the names, if the user gives it; 0 for none.
    header: Option<u32>,
    /// The columns, with the types that all values fit.
    pub columns: Vec<Column>,
    /// The notation of each column's numbers, as values and as coordinates.
    notations: Vec<[Notation; 2]>,
    /// Where the coordinates are.
    pub coordinates: CoordinateColumns,
    /// The number of rows.
    pub rows: u64,
    /// Notes about what is unusual.
    pub notes: Vec<String>,
}

/// Returns whether this reader reads the file, by its name.
pub fn is_delimited(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    ENDINGS.iter().any(|ending| name.strip_suffix(ending).is_some_and(|stem| stem.ends_with('.')))
}

impl Table {
    /// Reads the whole file to find its encoding, its columns and their types.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or has no rows of fields.
    pub fn look(path: &Path, header: Option<u32>) -> Result<Table> {
        let mut table = Table {
            path: path.to_owned(),
            separator: b',',
            letters: Letters { encoding: UTF_8 },
            header,
            columns: vec![],
            notations: vec![],
            coordinates: CoordinateColumns::None,
            rows: 0,
            notes: vec![],
        };
        table.survey()?;
        Ok(table)
    }

    fn survey(&mut self) -> Result<()> {
        let mut rows = self.rows()?;
        let mut names: Vec<String> = rows.record.iter().map(|name| name.trim().to_owned()).collect();
        if rows.is_ahead {
            names.iter_mut().for_each(String::clear);
        }
        let separator = rows.separator;
        self.separator = separator;
        let mut guesses = vec![Guess::default(); names.len()];
        let mut wkt = coordinates::WktGuess::new(&names);
        self.rows = 0;
        while rows.next(names.len())? {
            self.rows += 1;
            for (at, guess) in guesses.iter_mut().enumerate() {
                let text = rows.record.get(at).unwrap_or_default();
                guess.see(text);
                wkt.see(at, text);
            }
        }
        let readings = readings(&guesses, names.iter().map(String::as_str), separator);
        self.notations = readings
            .iter()
            .map(|reading| [reading.notation, reading.notation_as(ColumnType::Double)])
            .collect();
        self.coordinates = coordinates::find(&names, &wkt);
        self.notes.extend(readings.iter().filter_map(|reading| reading.note.clone()));
        let kinds = readings.iter().map(|reading| reading.kind);
        self.columns = names.into_iter().zip(kinds).map(|(name, kind)| Column { name, kind }).collect();
        if rows.short > 0 {
            let what = format!("{} rows have fewer fields than the header; the rest is NULL", rows.short);
            self.notes.push(what);
        }
        // If UTF-8 occurs at all, texts in another encoding are the exception and reported one by
        // one.
        if rows.odd > 0 && rows.is_utf8 == 0 {
            self.letters.encoding = WINDOWS_1252;
            self.notes.push("it is not UTF-8, and was read as Windows-1252".into());
        }
        Ok(())
    }

    /// Reads all rows and passes each to `visit`.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or `visit` fails.
    pub fn each(&self, visit: Visit<'_>) -> Result<()> {
        let mut rows = self.rows()?;
        let (mut number, mut cells) = (0, Vec::new());
        while rows.next(self.columns.len())? {
            number += 1;
            cells.clear();
            for (at, (column, [notation, _])) in self.columns.iter().zip(&self.notations).enumerate() {
                let text = rows.record.get(at).unwrap_or_default();
                cells.push(cell(&notation.plain(text), column.kind));
            }
            let notation = |column: usize| self.notations.get(column).map(|[_, notation]| *notation);
            let notation = |column| notation(column).unwrap_or_default();
            let geometry = self.coordinates.shape(&rows.record, notation, Geometry::from_wkt);
            visit(FileRow { number, cells: &cells, damaged: &rows.damaged, geometry })?;
        }
        match number == self.rows {
            true => Ok(()),
            false => Err(Error::new(Kind::Unavailable, "it changed while it was being read")),
        }
    }

    /// Opens the rows; the current record is the header.
    fn rows(&self) -> Result<DelimitedRows> {
        let file = File::open(&self.path).map_err(|why| unreadable(&why))?;
        let is_gzipped = self.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        let bytes: Box<dyn Read> = match is_gzipped {
            true => Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file))),
            false => Box::new(file),
        };
        // UTF-16 is recognized by its byte order mark. All other bytes are passed unchanged.
        let mut decoder = DecodeReaderBytesBuilder::new();
        decoder.bom_sniffing(true).strip_bom(true).utf8_passthru(true);
        let mut text: Box<dyn Read> = Box::new(decoder.build(bytes));
        let number = self.header.unwrap_or(1).max(1);
        let start = first_lines(&mut text, number + 1).map_err(|why| unreadable(&why))?;
        let said = separator_line(&start);
        let start = start.get(said.map_or(0, |(_, length)| length)..).unwrap_or_default();
        // Lines above the header are not part of the table, whatever they contain.
        let start = match start.splitn(number as usize, |&byte| byte == b'\n').nth(number as usize - 1) {
            Some(start) => start,
            None => return Err(Error::invalid("--header", format!("it has no line {number}"))),
        };
        let separator = said.map_or_else(|| separator(start), |(byte, _)| byte);
        let text: Box<dyn Read> = Box::new(Cursor::new(start.to_vec()).chain(text));
        let reader =
            ReaderBuilder::new().delimiter(separator).flexible(true).has_headers(false).from_reader(text);
        let mut rows = DelimitedRows {
            reader,
            separator,
            letters: self.letters,
            record: StringRecord::new(),
            damaged: vec![],
            is_ahead: self.header == Some(0),
            lines_before: u64::from(number) - 1 + u64::from(said.is_some()),
            short: 0,
            is_utf8: 0,
            odd: 0,
        };
        rows.read()?;
        Ok(rows)
    }
}

/// An open table, at one of its rows.
struct DelimitedRows {
    reader: Reader<Box<dyn Read>>,
    separator: u8,
    letters: Letters,
    record: StringRecord,
    /// The fields of the current row that are not in the file's encoding.
    damaged: Vec<Damage>,
    /// Whether the first record is a row, and not the header.
    is_ahead: bool,
    /// The number of lines before the header.
    lines_before: u64,
    /// The number of rows that had fewer fields than the header.
    short: u64,
    /// The number of rows with UTF-8 characters, and the number of fields with others.
    is_utf8: u64,
    odd: u64,
}

impl DelimitedRows {
    /// Moves to the next row; returns false at the end.
    fn next(&mut self, columns: usize) -> Result<bool> {
        if !std::mem::take(&mut self.is_ahead) && !self.read()? {
            return Ok(false);
        }
        self.short += u64::from(self.record.len() < columns);
        if self.record.iter().skip(columns).any(|field| !field.is_empty()) {
            let line = self.lines_before + self.record.position().map_or(0, |position| position.line());
            let what =
                format!("line {line} has {} fields, but the header names {columns}", self.record.len());
            return Err(Error::new(Kind::Invalid, what).hint("is a quotation mark missing?"));
        }
        Ok(true)
    }

    fn read(&mut self) -> Result<bool> {
        let mut bytes = std::mem::take(&mut self.record).into_byte_record();
        self.damaged.clear();
        let is_row = self.reader.read_byte_record(&mut bytes).map_err(|why| match why.kind() {
            ErrorKind::Io(why) => unreadable(why),
            _ => Error::new(Kind::Invalid, why.to_string()),
        })?;
        let position = bytes.position().cloned();
        // UTF-8 characters in a file of another encoding are reported as well.
        let is_plain = self.letters.encoding == UTF_8 || bytes.as_slice().is_ascii();
        match StringRecord::from_byte_record(bytes) {
            Ok(record) if is_plain => {
                self.is_utf8 += u64::from(!record.as_slice().is_ascii());
                self.record = record;
            }
            Ok(record) => self.decode(&record.into_byte_record()),
            Err(why) => self.decode(&why.into_byte_record()),
        }
        self.record.set_position(position);
        Ok(is_row)
    }

    fn decode(&mut self, bytes: &ByteRecord) {
        self.record = StringRecord::with_capacity(bytes.as_slice().len() * 2, bytes.len());
        for (column, field) in bytes.iter().enumerate() {
            let (text, odd) = self.letters.decode(field);
            self.is_utf8 += u64::from(odd.is_none() && !text.is_ascii());
            self.odd += u64::from(odd.is_some());
            self.damaged.extend(odd.map(|what| Damage { column, what }));
            self.record.push_field(&text);
        }
    }
}

/// Reads at least the first `wanted` lines. A decoder may return as few bytes at a time as it
/// likes.
fn first_lines(text: &mut impl Read, wanted: u32) -> io::Result<Vec<u8>> {
    let (mut lines, mut chunk) = (Vec::new(), [0; 4096]);
    let breaks = |text: &[u8]| text.iter().filter(|&&byte| byte == b'\n').count();
    while lines.len() < LONGEST_HEADER && breaks(&lines) < wanted as usize {
        match text.read(&mut chunk)? {
            0 => break,
            read => lines.extend_from_slice(chunk.get(..read).unwrap_or_default()),
        }
    }
    Ok(lines)
}

fn unreadable(why: &std::io::Error) -> Error {
    Error::new(Kind::Invalid, format!("it cannot be read: {why}"))
}

fn cell(text: &str, kind: ColumnType) -> Cell {
    match kind {
        _ if text.is_empty() => Cell::Null,
        ColumnType::Integer | ColumnType::BigInteger => text.parse().map_or(Cell::Null, Cell::Integer),
        ColumnType::Double => text.parse().map_or(Cell::Null, Cell::Double),
        ColumnType::Timestamp => Cell::Text(text.replacen(' ', "T", 1)),
        _ => Cell::Text(text.into()),
    }
}
