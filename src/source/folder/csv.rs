//! Tables as text: CSV with a header line, in UTF-8, separated by commas, semicolons or tabs.
//!
//! The types are inferred from all values; an empty field is NULL. Numbers may be written in
//! German. Whoever wants it otherwise says so in the sidecar. There is no geometry in such a table:
//! columns of coordinates stay numbers.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

use ::csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};

use super::infer::{Guess, Numbers, readings};
use super::place::{Input, unreadable};
use super::progress::ProgressOf;
use super::schema::{Described, unique_names};
use super::values;
use crate::catalog::{Collection, ColumnSchema};
use crate::error::{Error, Kind, Result};
use crate::layer::{LayerBuilder, Value};

/// A longer field is a quotation mark that was forgotten.
const MAX_FIELD: usize = 1 << 20;
/// A row may take this many bytes of the file: the reader is stopped here, before it fills the
/// memory.
const MAX_ROW: u64 = 16 << 20;
/// The header line is looked at this far to find the separator.
const MAX_HEADER: usize = 1 << 16;
/// How often progress is told, in rows.
const STEP: u64 = 4096;

/// The columns and their types, from all rows.
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

/// Reads all rows of the file that `collection` was found in; `numbers` says how those of each
/// column are written.
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

/// An open table behind its header line.
struct Table {
    names: Vec<String>,
    separator: u8,
    reader: Reader<Metered>,
    record: StringRecord,
    /// Bytes read from the file since the row began.
    used: Rc<Cell<u64>>,
    /// The length of what stands before the header: a byte order mark, a line that names the
    /// separator.
    mark: u64,
    /// How many lines that is.
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

    /// Goes to the next row; false at the end.
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

    /// A field of the current row.
    fn text(&self, number: usize) -> &str {
        self.record.get(number).unwrap_or_default()
    }

    /// The line the current row begins in, counted from 1. After this no more rows can be read.
    fn line(&mut self) -> u64 {
        let at = self.record.position().map_or(0, |position| position.byte());
        self.line_at(at)
    }

    /// The line of the row found from byte `at` on. Counted in the file anew, as the CSV reader
    /// counts neither empty lines nor the second half of a CR LF before it has read on.
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

/// The separator that a first line `sep=;` names, as Excel reads it, and the length of that line.
pub fn separator_line(start: &[u8]) -> Option<(u8, usize)> {
    match start.strip_prefix(b"sep=")? {
        [separator @ (b',' | b';' | b'\t'), b'\n', ..] => Some((*separator, 6)),
        [separator @ (b',' | b';' | b'\t'), b'\r', b'\n', ..] => Some((*separator, 7)),
        _ => None,
    }
}

/// The separator that occurs most often in the first line, outside of quotation marks.
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

/// A reader that stops when one row takes too much.
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
