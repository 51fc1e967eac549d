//! Tables as text: CSV with a header line, in UTF-8, separated by commas, semicolons or tabs.
//!
//! The types are inferred from all values, and an empty field is NULL. Numbers may be written in
//! German. The sidecar can name other types. Such a table has no geometry: columns of coordinates
//! remain numbers.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

use ::csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};

use super::file::{Input, unreadable};
use super::infer::{Guess, Numbers, readings};
use super::progress::ProgressOf;
use super::schema::{Described, unique_names};
use super::values;
use crate::catalog::{Collection, ColumnSchema};
use crate::error::{Error, Kind, Result};
use crate::layer::{LayerBuilder, Value};

/// The maximum number of bytes of a field. A longer one is due to a forgotten quotation mark.
const MAX_FIELD: usize = 1 << 20;
/// The maximum number of bytes of a row. The reader stops there, before it fills the memory.
const MAX_ROW: u64 = 16 << 20;
/// The number of bytes at the beginning in which the separator is searched.
const MAX_HEADER: usize = 1 << 16;
/// The number of rows between two calls of the progress function.
const STEP: u64 = 4096;

/// Reads all rows to find the columns and their types.
///
/// # Errors
///
/// Fails if the text is not UTF-8, a row has another number of fields than the header, or a name
/// occurs twice.
pub fn look(input: Input) -> Result<Described> {
    let bytes = input.length();
    let mut table = Table::open(input)?;
    let mut guesses = vec![Guess::default(); table.names.len()];
    let mut rows = 0;
    while table.next()? {
        for (number, guess) in guesses.iter_mut().enumerate() {
            guess.see(table.text(number));
        }
        rows += 1;
    }
    let readings = readings(&guesses, table.names.iter().map(String::as_str), table.separator);
    let columns = table.names.iter().zip(&readings).zip(guesses).map(|((name, reading), guess)| {
        let column = ColumnSchema::new(name, reading.kind);
        ColumnSchema { nullable: guess.has_nulls, ..column }
    });
    Ok(Described { columns: columns.collect(), readings, rows, bytes, ..Described::default() })
}

/// Reads all rows of the file that `collection` was found in. `numbers` says how the numbers of
/// each column are written.
///
/// # Errors
///
/// Fails if the file does not have the columns that it was found with, or cannot be read.
pub fn load(
    input: Input,
    collection: &Collection,
    numbers: &[Numbers],
    progress: ProgressOf<'_>,
) -> Result<LayerBuilder> {
    let mut table = Table::open(input)?;
    if !table.names.iter().eq(collection.columns.iter().map(|column| &column.name)) {
        return Err(Error::new(Kind::Unavailable, "its columns changed while it was being read"));
    }
    let mut builder = LayerBuilder::new(collection)?;
    for (column, numbers) in collection.columns.iter().zip(numbers) {
        numbers.note.iter().for_each(|words| builder.note(&column.name, words));
    }
    let mut scratch = String::new();
    while table.next()? {
        for (number, column) in collection.columns.iter().enumerate() {
            let value = match table.text(number) {
                "" => Value::Null,
                text => {
                    let notation = numbers.get(number).map(|numbers| numbers.notation).unwrap_or_default();
                    let text = notation.plain(text);
                    let value = values::parse(&text, column.kind, &mut scratch);
                    builder.cell(number, value.unwrap_or(values::misfit(column.kind)));
                    continue;
                }
            };
            builder.cell(number, value);
        }
        builder.end_row()?;
        if u64::from(builder.rows()).is_multiple_of(STEP) {
            progress(builder.rows().into());
        }
    }
    progress(builder.rows().into());
    Ok(builder)
}

/// A table whose header line has been read.
struct Table {
    names: Vec<String>,
    separator: u8,
    reader: Reader<Metered>,
    record: StringRecord,
    /// The number of bytes read from the file since the current row began.
    used: Rc<Cell<u64>>,
    /// The number of bytes before the header: a byte order mark, or a line that names the
    /// separator.
    mark: u64,
    /// The number of lines before the header.
    lines_before: u64,
}

impl Table {
    fn open(input: Input) -> Result<Table> {
        let mut input = BufReader::with_capacity(MAX_HEADER, input);
        let start = input.fill_buf().map_err(|why| unreadable(&why))?;
        let mark = if start.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let rest = start.get(mark..).unwrap_or_default();
        let said = separator_line(rest);
        let separator = said.map_or_else(|| separator(rest), |(separator, _)| separator);
        let mark = mark + said.map_or(0, |(_, length)| length);
        input.consume(mark);
        let used = Rc::new(Cell::new(0));
        let reader = ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(Metered { input, used: used.clone() });
        let record = StringRecord::new();
        let (mark, lines_before) = (mark as u64, said.is_some().into());
        let mut table = Table { names: vec![], separator, reader, record, used, mark, lines_before };
        if !table.read()? {
            return Err(Error::new(Kind::Invalid, "it is empty").hint("the first line must name the columns"));
        }
        table.names = table.record.iter().map(|name| name.trim().to_owned()).collect();
        unique_names(&table.names.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(table)
    }

    /// Moves to the next row; returns false at the end.
    fn next(&mut self) -> Result<bool> {
        if !self.read()? {
            return Ok(false);
        }
        let (fields, columns) = (self.record.len(), self.names.len());
        if fields != columns {
            let line = self.line();
            let what = format!("line {line} has {fields} fields, but the header names {columns} columns");
            return Err(Error::new(Kind::Invalid, what));
        }
        Ok(true)
    }

    fn read(&mut self) -> Result<bool> {
        self.used.set(0);
        let start = self.reader.position().byte();
        match self.reader.read_record(&mut self.record) {
            Ok(_) if self.record.iter().any(|field| field.len() > MAX_FIELD) => {
                let what = format!("a field in line {} is longer than 1 MiB", self.line());
                Err(Error::new(Kind::TooLarge, what).hint("is there a quotation mark missing?"))
            }
            Ok(is_row) => Ok(is_row),
            Err(why) => {
                let what = match why.kind() {
                    ErrorKind::Utf8 { .. } => "is not UTF-8; save the file as UTF-8".to_owned(),
                    ErrorKind::Io(why) => format!("cannot be read: {why}"),
                    _ => format!("cannot be read: {why}"),
                };
                Err(Error::new(Kind::Invalid, format!("line {} {what}", self.line_at(start))))
            }
        }
    }

    /// Returns a field of the current row.
    fn text(&self, number: usize) -> &str {
        self.record.get(number).unwrap_or_default()
    }

    /// Returns the number of the line in which the current row begins, from 1. After this no more
    /// rows can be read.
    fn line(&mut self) -> u64 {
        let at = self.record.position().map_or(0, |position| position.byte());
        self.line_at(at)
    }

    /// Returns the line of the row that begins at or after byte `at`. Lines are counted in the file
    /// again, because the CSV reader counts neither empty lines nor, before it reads on, the second
    /// half of a CR LF.
    fn line_at(&mut self, at: u64) -> u64 {
        let input = &mut self.reader.get_mut().input;
        if input.seek(SeekFrom::Start(self.mark)).is_err() {
            return 0;
        }
        let bytes = input.bytes().map_while(|byte| byte.ok()).zip(0..);
        let before = bytes.take_while(|(byte, place)| *place < at || matches!(byte, b'\r' | b'\n'));
        1 + self.lines_before + before.filter(|(byte, _)| *byte == b'\n').count() as u64
    }
}

/// Returns the separator that a first line `sep=;` names for Excel, and the length of this line.
pub fn separator_line(start: &[u8]) -> Option<(u8, usize)> {
    match start.strip_prefix(b"sep=")? {
        [separator @ (b',' | b';' | b'\t'), b'\n', ..] => Some((*separator, 6)),
        [separator @ (b',' | b';' | b'\t'), b'\r', b'\n', ..] => Some((*separator, 7)),
        _ => None,
    }
}

/// Returns the separator that occurs most often in the first line outside of quotation marks.
pub fn separator(start: &[u8]) -> u8 {
    let (mut counts, mut quoted) = ([0u32; 3], false);
    for byte in start {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            b',' if !quoted => counts[0] += 1,
            b';' if !quoted => counts[1] += 1,
            b'\t' if !quoted => counts[2] += 1,
            _ => {}
        }
    }
    let [commas, semicolons, tabs] = counts;
    match commas.max(semicolons).max(tabs) {
        most if most == commas => b',',
        most if most == semicolons => b';',
        _ => b'\t',
    }
}

/// A reader that stops when one row takes too many bytes.
struct Metered {
    input: BufReader<Input>,
    used: Rc<Cell<u64>>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.used.get() > MAX_ROW {
            return Err(io::Error::other("it is longer than 16 MiB; is there a quotation mark missing?"));
        }
        let count = self.input.read(buffer)?;
        self.used.set(self.used.get() + count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ColumnType;
    use crate::source::folder::tests::{collection_of, rows};

    fn described(text: &str) -> Result<Described> {
        look(Input::of_bytes(text.as_bytes().to_vec()))
    }

    fn fault(text: impl Into<Vec<u8>>) -> String {
        look(Input::of_bytes(text.into())).unwrap_err().what.to_string()
    }

    #[test]
    fn types_and_values_are_found() {
        let text = "\u{feff}gebiet;stichtag;anzahl;anteil;aktiv\nOst;2024-12-31;1200;0.5;true\n\"West; \"\"Hof\"\"\";;;;false\r\n";
        let found = described(text).unwrap();
        use ColumnType::*;
        let kinds: Vec<ColumnType> = found.columns.iter().map(|column| column.kind).collect();
        assert_eq!(kinds, [Text, Date, Integer, Double, Boolean]);
        assert_eq!(found.columns[0].name, "gebiet");
        assert_eq!((found.columns[0].nullable, found.columns[1].nullable, found.rows), (false, true, 2));
        let collection = collection_of(&found, "");
        let layer = load(Input::of_bytes(text.as_bytes().to_vec()), &collection, &[], &|_| {}).unwrap();
        let expected = [
            "Text(\"Ost\") Date(20088) Integer(1200) Double(0.5) Boolean(true)",
            "Text(\"West; \\\"Hof\\\"\") Null Null Null Boolean(false)",
        ];
        assert_eq!(rows(layer), expected);
    }

    #[test]
    fn the_sidecar_retypes_and_what_does_not_fit_is_null() {
        let text = "a,b\n007,x\n1,00000000-0000-0000-0000-000000000001\n";
        let collection = collection_of(
            &described(text).unwrap(),
            "[columns.a]\ntype=\"integer\"\n[columns.b]\ntype=\"uuid\"",
        );
        let builder = load(Input::of_bytes(text.as_bytes().to_vec()), &collection, &[], &|_| {}).unwrap();
        assert_eq!(rows(builder), ["Integer(7) Null", "Integer(1) Uuid(1)"]);
    }

    #[test]
    fn a_line_that_names_the_separator_is_none_of_the_table() {
        let found = described("sep=;\r\na,b;c\r\n1;2\r\n").unwrap();
        assert_eq!((found.columns[0].name.as_str(), found.columns.len(), found.rows), ("a,b", 2, 1));
        assert!(fault("sep=;\na;b\n1\n").contains("line 3 has 1 fields"));
    }

    #[test]
    fn separators_are_found() {
        for (line, found) in
            [("a,b;c,d", b','), ("a;b", b';'), ("a\tb,c\td", b'\t'), ("a", b','), ("\"a,b,c\";d", b';')]
        {
            assert_eq!(separator(line.as_bytes()), found, "{line}");
        }
    }

    #[test]
    fn faults_are_named() {
        assert!(fault("").contains("empty"));
        assert!(fault("a,b,a\n").contains("\"a\""));
        assert!(fault("a,,b\n").contains("column 2"));
        assert!(fault("a,b\n1,2\n\n1,2,3\n").contains("line 4 has 3 fields"));
        assert!(fault("a,b\r\n1,\"x\r\ny\"\r\n1,2,3\r\n").contains("line 4 has 3 fields"));
        assert!(fault(b"a\nb\n\xff\n".to_vec()).contains("line 3 is not UTF-8"));
        assert!(fault(format!("a\n{}", "x".repeat(MAX_FIELD + 1))).contains("line 2"));
        assert!(fault(format!("a\n\"{}", "x\n".repeat(MAX_ROW as usize))).contains("line 2"));
        let many: Vec<String> = (0..1601).map(|number| format!("c{number}")).collect();
        assert!(fault(many.join(",")).contains("1601"));
    }

    #[test]
    fn any_bytes_are_a_table_or_an_error() {
        bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
            let _ = look(Input::of_bytes(bytes.to_vec()));
            let _ = look(Input::of_bytes([b"a;b\n", bytes].concat()));
        });
    }
}
