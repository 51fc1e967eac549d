//! Spreadsheets as text: CSV and its kin, with or without coordinates.
//!
//! Separated by commas, semicolons or tabs; in UTF-8 or UTF-16 with or without a byte order mark, else taken for
//! Windows-1252; gzipped or not; with decimal commas where the separator is none. A short row is filled with
//! NULL and counted; a long one is an error, as nothing says which of its fields are too many.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use encoding_rs::WINDOWS_1252;
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::read::MultiGzDecoder;
use gdal::vector::Geometry;

use super::coordinates::{self, Place};
use super::row::{Cell, Column, Row, Visit};
use crate::catalog::ColumnType;
use crate::error::{Error, Kind, Result};
use crate::source::folder::{Guess, separator};

/// The header line is looked at this far to find the separator.
const LONGEST_HEADER: usize = 1 << 16;
/// The endings of such files, before `.gz`.
const ENDINGS: [&str; 4] = ["csv", "tsv", "tab", "txt"];

/// A file of rows.
#[derive(Clone, Debug)]
pub struct Table {
    path: PathBuf,
    separator: u8,
    /// Whether it is read as Windows-1252, as it is not UTF-8.
    is_windows: bool,
    /// Its columns, with the types that all values fit.
    pub columns: Vec<Column>,
    /// Whether a column's numbers have decimal commas.
    commas: Vec<bool>,
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
    pub fn look(path: &Path) -> Result<Table> {
        let mut table = Table {
            path: path.to_owned(),
            separator: b',',
            is_windows: false,
            columns: vec![],
            commas: vec![],
            place: Place::None,
            rows: 0,
            notes: vec![],
        };
        match table.survey() {
            Err(Fault::NotUtf8) => {
                table.is_windows = true;
                table.survey().map_err(Fault::error)?;
                table.notes.push("it is not UTF-8, and was read as Windows-1252".into());
            }
            other => other.map_err(Fault::error)?,
        }
        Ok(table)
    }

    fn survey(&mut self) -> std::result::Result<(), Fault> {
        let (mut reader, separator) = self.reader()?;
        let header = reader.headers().map_err(Fault::of)?.clone();
        let names: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        self.separator = separator;
        let (mut plain, mut comma) =
            (vec![Guess::default(); names.len()], vec![Guess::default(); names.len()]);
        let (mut record, mut short, mut scratch) = (StringRecord::new(), 0u64, String::new());
        let mut wkt = coordinates::WktGuess::new(&names);
        self.rows = 0;
        while next(&mut reader, &mut record, names.len(), &mut short)? {
            self.rows += 1;
            for (at, (plain, comma)) in plain.iter_mut().zip(&mut comma).enumerate() {
                let text = record.get(at).unwrap_or_default();
                plain.see(text);
                wkt.see(at, text);
                comma.see(if separator == b',' { text } else { with_point(text, &mut scratch) });
            }
        }
        let kinds = plain.iter().zip(&comma).map(|(plain, comma)| (plain.kind(), comma.kind()));
        let kinds = kinds.map(|(plain, comma)| match (plain, comma) {
            (ColumnType::Text, ColumnType::Double) => (ColumnType::Double, true),
            (plain, _) => (plain, false),
        });
        self.commas = kinds.clone().map(|(_, has_comma)| has_comma).collect();
        self.place = coordinates::find(&names, &wkt);
        self.columns = names.into_iter().zip(kinds).map(|(name, (kind, _))| Column { name, kind }).collect();
        if short > 0 {
            self.notes.push(format!("{short} rows have fewer fields than the header; the rest is NULL"));
        }
        Ok(())
    }

    /// Reads its rows.
    pub fn each(&self, visit: Visit<'_>) -> Result<()> {
        let (mut reader, _) = self.reader().map_err(Fault::error)?;
        reader.headers().map_err(|why| Fault::of(why).error())?;
        let (mut record, mut short, mut number) = (StringRecord::new(), 0, 0);
        let (mut cells, mut scratch) = (Vec::new(), String::new());
        while next(&mut reader, &mut record, self.columns.len(), &mut short).map_err(Fault::error)? {
            number += 1;
            cells.clear();
            for (at, (column, has_comma)) in self.columns.iter().zip(&self.commas).enumerate() {
                let text = record.get(at).unwrap_or_default();
                let text = if *has_comma { with_point(text, &mut scratch) } else { text };
                cells.push(cell(text, column.kind));
            }
            let geometry = self.place.shape(&record, self.separator != b',', Geometry::from_wkt);
            visit(Row { number, cells: &cells, geometry })?;
        }
        match number == self.rows {
            true => Ok(()),
            false => Err(Error::new(Kind::Unavailable, "it changed while it was being read")),
        }
    }

    fn reader(&self) -> std::result::Result<(Reader<impl Read + use<>>, u8), Fault> {
        let file = File::open(&self.path).map_err(|why| Fault::Other(unreadable(&why)))?;
        let is_gzipped = self.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        let bytes: Box<dyn Read> = match is_gzipped {
            true => Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file))),
            false => Box::new(file),
        };
        let mut decoder = DecodeReaderBytesBuilder::new();
        decoder.bom_sniffing(true).strip_bom(true).utf8_passthru(true);
        if self.is_windows {
            decoder.encoding(Some(WINDOWS_1252));
        }
        let mut text = decoder.build(bytes);
        let header = first_line(&mut text).map_err(|why| Fault::Other(unreadable(&why)))?;
        let separator = separator(&header);
        let text = Cursor::new(header).chain(text);
        let reader = ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text);
        Ok((reader, separator))
    }
}

/// What stands before the first line break, and perhaps more: a decoder gives as little at a time as it likes.
fn first_line(text: &mut impl Read) -> io::Result<Vec<u8>> {
    let (mut line, mut chunk) = (Vec::new(), [0; 4096]);
    while line.len() < LONGEST_HEADER && !line.contains(&b'\n') {
        match text.read(&mut chunk)? {
            0 => break,
            read => line.extend_from_slice(chunk.get(..read).unwrap_or_default()),
        }
    }
    Ok(line)
}

/// What can be wrong with the text.
enum Fault {
    NotUtf8,
    Other(Error),
}

impl Fault {
    fn of(why: csv::Error) -> Fault {
        match why.kind() {
            ErrorKind::Utf8 { .. } => Fault::NotUtf8,
            ErrorKind::Io(why) => Fault::Other(unreadable(why)),
            _ => Fault::Other(Error::new(Kind::Invalid, why.to_string())),
        }
    }

    fn error(self) -> Error {
        match self {
            Fault::NotUtf8 => Error::new(Kind::Invalid, "it is not text"),
            Fault::Other(error) => error,
        }
    }
}

fn unreadable(why: &std::io::Error) -> Error {
    Error::new(Kind::Invalid, format!("it cannot be read: {why}"))
}

/// Goes to the next row; false at the end.
fn next(
    reader: &mut Reader<impl Read>,
    record: &mut StringRecord,
    columns: usize,
    short: &mut u64,
) -> std::result::Result<bool, Fault> {
    if !reader.read_record(record).map_err(Fault::of)? {
        return Ok(false);
    }
    *short += u64::from(record.len() < columns);
    if record.iter().skip(columns).any(|field| !field.is_empty()) {
        let line = record.position().map_or(0, |position| position.line());
        let what = format!("line {line} has {} fields, but the header names {columns}", record.len());
        return Err(Fault::Other(Error::new(Kind::Invalid, what).hint("is a quotation mark missing?")));
    }
    Ok(true)
}

/// A number with a decimal comma as one with a point; any other text as it is.
fn with_point<'a>(text: &'a str, scratch: &'a mut String) -> &'a str {
    match text.split_once(',') {
        Some((whole, fraction)) if !whole.contains('.') && !fraction.contains([',', '.']) => {
            scratch.clear();
            scratch.push_str(whole);
            scratch.push('.');
            scratch.push_str(fraction);
            scratch
        }
        _ => text,
    }
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
