//! Spreadsheets as text: CSV and its kin, with or without coordinates.
//!
//! Separated by commas, semicolons or tabs; in UTF-8 or UTF-16 with or without a byte order mark,
//! else taken for Windows-1252; gzipped or not; numbers by the rules of the folder's own tables. A
//! short row is filled with NULL and counted; a long one is an error, as nothing says which of its
//! fields are too many.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, StringRecord};
use encoding_rs::{UTF_8, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::read::MultiGzDecoder;
use gdal::vector::Geometry;

use super::coordinates::{self, Place};
use super::letters::Letters;
use super::row::{Cell, Column, Damage, Row, Visit};
use crate::catalog::ColumnType;
use crate::error::{Error, Kind, Result};
use crate::source::folder::{Guess, Notation, readings, separator, separator_line};

/// The header line is looked at this far to find the separator.
const LONGEST_HEADER: usize = 1 << 16;
/// The endings of such files, before `.gz`.
const ENDINGS: [&str; 4] = ["csv", "tsv", "tab", "txt"];

/// A file of rows.
#[derive(Clone, Debug)]
pub struct Table {
    path: PathBuf,
    separator: u8,
    /// The encoding of its texts.
    letters: Letters,
    /// The number of the row with names, if the person says it; 0 for none.
    header: Option<u32>,
    /// Its columns, with the types that all values fit.
    pub columns: Vec<Column>,
    /// How a column's numbers are written, as they are and as coordinates.
    notations: Vec<[Notation; 2]>,
    /// Which columns are its coordinates.
    pub place: Place,
    /// How many rows there are.
    pub rows: u64,
    /// What was odd.
    pub notes: Vec<String>,
}

/// Whether the file is read here, by its name.
pub fn is_delimited(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    ENDINGS.iter().any(|ending| name.strip_suffix(ending).is_some_and(|stem| stem.ends_with('.')))
}

impl Table {
    /// Reads the whole file once: its encoding, its columns and their types.
    pub fn look(path: &Path, header: Option<u32>) -> Result<Table> {
        let mut table = Table {
            path: path.to_owned(),
            separator: b',',
            letters: Letters { encoding: UTF_8 },
            header,
            columns: vec![],
            notations: vec![],
            place: Place::None,
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
        self.place = coordinates::find(&names, &wkt);
        self.notes.extend(readings.iter().filter_map(|reading| reading.note.clone()));
        let kinds = readings.iter().map(|reading| reading.kind);
        self.columns = names.into_iter().zip(kinds).map(|(name, kind)| Column { name, kind }).collect();
        if rows.short > 0 {
            let what = format!("{} rows have fewer fields than the header; the rest is NULL", rows.short);
            self.notes.push(what);
        }
        // Where UTF-8 occurs at all, the other texts are the odd ones, and said each.
        if rows.odd > 0 && rows.is_utf8 == 0 {
            self.letters.encoding = WINDOWS_1252;
            self.notes.push("it is not UTF-8, and was read as Windows-1252".into());
        }
        Ok(())
    }

    /// Reads its rows.
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
            let geometry = self.place.shape(&rows.record, notation, Geometry::from_wkt);
            visit(Row { number, cells: &cells, damaged: &rows.damaged, geometry })?;
        }
        match number == self.rows {
            true => Ok(()),
            false => Err(Error::new(Kind::Unavailable, "it changed while it was being read")),
        }
    }

    /// Its rows; the record is the header.
    fn rows(&self) -> Result<Rows> {
        let file = File::open(&self.path).map_err(|why| unreadable(&why))?;
        let is_gzipped = self.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        let bytes: Box<dyn Read> = match is_gzipped {
            true => Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file))),
            false => Box::new(file),
        };
        // UTF-16 is known by its mark; all other bytes pass as they are.
        let mut decoder = DecodeReaderBytesBuilder::new();
        decoder.bom_sniffing(true).strip_bom(true).utf8_passthru(true);
        let mut text: Box<dyn Read> = Box::new(decoder.build(bytes));
        let number = self.header.unwrap_or(1).max(1);
        let start = first_lines(&mut text, number + 1).map_err(|why| unreadable(&why))?;
        let said = separator_line(&start);
        let start = start.get(said.map_or(0, |(_, length)| length)..).unwrap_or_default();
        // The lines above the header are none of the table, whatever they hold.
        let start = match start.splitn(number as usize, |&byte| byte == b'\n').nth(number as usize - 1) {
            Some(start) => start,
            None => return Err(Error::invalid("--header", format!("it has no line {number}"))),
        };
        let separator = said.map_or_else(|| separator(start), |(byte, _)| byte);
        let text: Box<dyn Read> = Box::new(Cursor::new(start.to_vec()).chain(text));
        let reader =
            ReaderBuilder::new().delimiter(separator).flexible(true).has_headers(false).from_reader(text);
        let mut rows = Rows {
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
struct Rows {
    reader: Reader<Box<dyn Read>>,
    separator: u8,
    letters: Letters,
    record: StringRecord,
    /// The fields of the row that are not in the file's encoding.
    damaged: Vec<Damage>,
    /// Whether the first record is a row and not the header.
    is_ahead: bool,
    /// How many lines stand before the header.
    lines_before: u64,
    /// How many rows had fewer fields than the header.
    short: u64,
    /// How many rows had letters of UTF-8, and how many fields others.
    is_utf8: u64,
    odd: u64,
}

impl Rows {
    /// Goes to the next row; false at the end.
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
        // A letter of UTF-8 in a file that has another encoding is said too.
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

/// So many lines from the beginning, and perhaps more: a decoder gives as little at a time as it
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
