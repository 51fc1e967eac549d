//! Workbooks of all four formats, written byte by byte as their specifications say.

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
        "xlsx" | "xlsm" => zipped(path, &xlsx(sheets)),
        "xlsb" => zipped(path, &xlsb(sheets)),
        "ods" => zipped(path, &ods(sheets)),
        "xls" => std::fs::write(path, compound(&xls(sheets))).unwrap(),
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

fn xlsx(sheets: &[Sheet]) -> Parts {
    let mut parts = package("xml", sheets.len());
    let names: String = (1..)
        .zip(sheets)
        .map(|(n, sheet)| format!(r#"<sheet name="{}" sheetId="{n}" r:id="r{n}"/>"#, sheet.name))
        .collect();
    let book = format!(r#"<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>"#);
    let styles = format!(
        r#"<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>"#
    );
    parts.push(("xl/workbook.xml".into(), book.into_bytes()));
    parts.push(("xl/styles.xml".into(), styles.into_bytes()));
    for (n, sheet) in (1..).zip(sheets) {
        let cell = |at: String, cell| match cell {
            Cell::Empty => String::new(),
            Cell::Text(text) => format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#),
            Cell::Number(number) => format!(r#"<c r="{at}"><v>{number}</v></c>"#),
            Cell::Date(days, _) => format!(r#"<c r="{at}" s="1"><v>{days}</v></c>"#),
            Cell::Boolean(is) => format!(r#"<c r="{at}" t="b"><v>{}</v></c>"#, u8::from(is)),
            Cell::Error => format!(r#"<c r="{at}" t="e"><f>1/0</f><v>#DIV/0!</v></c>"#),
            Cell::Sum(number) => format!(r#"<c r="{at}"><f>1+2</f><v>{number}</v></c>"#),
            Cell::Joined(text) => format!(r#"<c r="{at}" t="str"><f>A1&amp;B1</f><v>{text}</v></c>"#),
        };
        let rows: String = sheet
            .cells()
            .map(|(row, cells)| {
                let cells: String = cells.map(|(column, it)| cell(place(row, column), it)).collect();
                format!(r#"<row r="{}">{cells}</row>"#, row + 1)
            })
            .collect();
        let merged: String = sheet
            .merged
            .iter()
            .map(|[top, bottom, left, right]| {
                format!(r#"<mergeCell ref="{}:{}"/>"#, place(*top, *left), place(*bottom, *right))
            })
            .collect();
        let merged = if merged.is_empty() { merged } else { format!("<mergeCells>{merged}</mergeCells>") };
        let text = format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{merged}</worksheet>"#);
        parts.push((format!("xl/worksheets/sheet{n}.xml"), text.into_bytes()));
    }
    parts
}

/// A record of MS-XLSB: number and length, seven bits to a byte.
fn record(out: &mut Vec<u8>, number: u16, content: &[u8]) {
    match number {
        0..0x80 => out.push(number as u8),
        _ => out.extend([(number & 0x7f) as u8 | 0x80, (number >> 7) as u8]),
    }
    let mut length = content.len();
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(content);
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A text with the number of its letters before it, in four bytes.
fn wide(text: &str) -> Vec<u8> {
    let letters = utf16(text);
    [&(letters.len() as u32 / 2).to_le_bytes()[..], &letters].concat()
}

fn integers(all: &[usize]) -> Vec<u8> {
    all.iter().flat_map(|one| (*one as u32).to_le_bytes()).collect()
}

fn xlsb(sheets: &[Sheet]) -> Parts {
    let mut parts = package("bin", sheets.len());
    let mut book = vec![];
    record(&mut book, 0x83, &[]);
    record(&mut book, 0x8f, &[]);
    for (n, sheet) in (1..).zip(sheets) {
        let content = [integers(&[0, n]), wide(&format!("r{n}")), wide(sheet.name)].concat();
        record(&mut book, 0x9c, &content);
    }
    record(&mut book, 0x90, &[]);
    record(&mut book, 0x84, &[]);
    let mut styles = vec![];
    record(&mut styles, 0x116, &[]);
    record(&mut styles, 0x269, &integers(&[2]));
    for format in [0_u8, 14] {
        let mut style = [0; 16];
        style[2] = format;
        record(&mut styles, 0x2f, &style);
    }
    record(&mut styles, 0x26a, &[]);
    record(&mut styles, 0x117, &[]);
    parts.push(("xl/workbook.bin".into(), book));
    parts.push(("xl/styles.bin".into(), styles));
    for (n, sheet) in (1..).zip(sheets) {
        let mut out = vec![];
        record(&mut out, 0x81, &[]);
        record(&mut out, 0x94, &integers(&[0, sheet.rows.len() - 1, 0, sheet.width() - 1]));
        record(&mut out, 0x91, &[]);
        for (row, cells) in sheet.cells() {
            record(&mut out, 0x00, &[integers(&[row, 0]), vec![0; 9]].concat());
            for (column, cell) in cells {
                let style = usize::from(matches!(cell, Cell::Date(..)));
                // What comes behind the value of a formula: flags, the formula `1/0`, and no more.
                let formula = [0, 0, 7, 0, 0, 0, 0x1e, 1, 0, 0x1e, 0, 0, 6, 0, 0, 0, 0];
                let (number, value) = match cell {
                    Cell::Empty => (0x01, vec![]),
                    Cell::Text(text) => (0x06, wide(text)),
                    Cell::Number(number) | Cell::Date(number, _) => (0x05, number.to_le_bytes().to_vec()),
                    Cell::Boolean(is) => (0x04, vec![u8::from(is)]),
                    Cell::Error => (0x0b, [&[0x07][..], &formula].concat()),
                    Cell::Sum(number) => (0x09, [&number.to_le_bytes()[..], &formula].concat()),
                    Cell::Joined(text) => (0x08, [&wide(text)[..], &formula].concat()),
                };
                record(&mut out, number, &[integers(&[column, style]), value].concat());
            }
        }
        record(&mut out, 0x92, &[]);
        record(&mut out, 0xb1, &integers(&[sheet.merged.len()]));
        sheet.merged.iter().for_each(|area| record(&mut out, 0xb0, &integers(area)));
        record(&mut out, 0xb2, &[]);
        record(&mut out, 0x82, &[]);
        parts.push((format!("xl/worksheets/sheet{n}.bin"), out));
    }
    parts
}

fn ods(sheets: &[Sheet]) -> Parts {
    let mut tables = String::new();
    for sheet in sheets {
        let mut rows = String::new();
        for (row, cells) in sheet.rows.iter().enumerate() {
            rows += "<table:table-row>";
            for column in 0..sheet.width() {
                let area = sheet.merged.iter().find(|[top, bottom, left, right]| {
                    (*top..=*bottom).contains(&row) && (*left..=*right).contains(&column)
                });
                let spans = match area {
                    Some([top, bottom, left, right]) if (*top, *left) == (row, column) => format!(
                        r#" table:number-rows-spanned="{}" table:number-columns-spanned="{}""#,
                        bottom - top + 1,
                        right - left + 1
                    ),
                    Some(_) => {
                        rows += "<table:covered-table-cell/>";
                        continue;
                    }
                    None => String::new(),
                };
                let (value, shown) = match cells.get(column).copied().unwrap_or(Cell::Empty) {
                    Cell::Empty => (String::new(), String::new()),
                    Cell::Text(text) => (r#" office:value-type="string""#.into(), text.into()),
                    Cell::Number(number) => {
                        let shown = number.to_string().replace('.', ",");
                        (format!(r#" office:value-type="float" office:value="{number}""#), shown)
                    }
                    Cell::Date(_, day) => {
                        (format!(r#" office:value-type="date" office:date-value="{day}""#), day.into())
                    }
                    Cell::Boolean(is) => (
                        format!(r#" office:value-type="boolean" office:boolean-value="{is}""#),
                        if is { "WAHR" } else { "FALSCH" }.into(),
                    ),
                    Cell::Error => (
                        r#" table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error""#.into(),
                        "#DIV/0!".into(),
                    ),
                    Cell::Sum(number) => (
                        format!(r#" table:formula="of:=1+2" office:value-type="float" office:value="{number}""#),
                        number.to_string(),
                    ),
                    Cell::Joined(text) => {
                        (r#" table:formula="of:=[.A1]&amp;[.B1]" office:value-type="string""#.into(), text.into())
                    }
                };
                let shown = if shown.is_empty() { shown } else { format!("<text:p>{shown}</text:p>") };
                rows += &format!("<table:table-cell{spans}{value}>{shown}</table:table-cell>");
            }
            rows += r#"<table:table-cell table:number-columns-repeated="16370"/></table:table-row>"#;
        }
        // So LibreOffice ends each sheet.
        rows += r#"<table:table-row table:number-rows-repeated="1048560"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>"#;
        tables += &format!(r#"<table:table table:name="{}">{rows}</table:table>"#, sheet.name);
    }
    const NAMES: &str = "urn:oasis:names:tc:opendocument:xmlns";
    let content = format!(
        r#"<?xml version="1.0"?><office:document-content xmlns:office="{NAMES}:office:1.0" xmlns:table="{NAMES}:table:1.0" xmlns:text="{NAMES}:text:1.0" xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" office:version="1.3"><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"#
    );
    let kind = "application/vnd.oasis.opendocument.spreadsheet";
    let manifest = format!(
        r#"<?xml version="1.0"?><manifest:manifest xmlns:manifest="{NAMES}:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"#
    );
    [("mimetype", kind.to_owned()), ("META-INF/manifest.xml", manifest), ("content.xml", content)]
        .map(|(name, text)| (name.to_owned(), text.into_bytes()))
        .into()
}

/// A record of MS-XLS: number and length in two bytes each.
fn biff(out: &mut Vec<u8>, number: u16, content: &[&[u8]]) {
    let content = content.concat();
    out.extend(number.to_le_bytes());
    out.extend((content.len() as u16).to_le_bytes());
    out.extend(content);
}

/// The stream of a workbook of Excel 97.
fn xls(sheets: &[Sheet]) -> Vec<u8> {
    let texts: Vec<&str> = sheets
        .iter()
        .flat_map(|sheet| sheet.rows.iter().flatten())
        .filter_map(|cell| if let Cell::Text(text) = cell { Some(*text) } else { None })
        .collect();
    let globals = |starts: &[usize]| {
        let mut out = vec![];
        biff(&mut out, 0x0809, &[&[0, 6, 5, 0], &[0; 12]]);
        biff(&mut out, 0x0042, &[&1200_u16.to_le_bytes()]);
        for format in [0_u8, 14] {
            biff(&mut out, 0x00e0, &[&[0, 0, format, 0], &[0; 16]]);
        }
        for (sheet, start) in sheets.iter().zip(starts) {
            let name = utf16(sheet.name);
            let head = [&(*start as u32).to_le_bytes()[..], &[0, 0, (name.len() / 2) as u8, 1]].concat();
            biff(&mut out, 0x0085, &[&head, &name]);
        }
        let count = (texts.len() as u32).to_le_bytes();
        let mut table = [count, count].concat();
        for text in &texts {
            let letters = utf16(text);
            table.extend((letters.len() as u16 / 2).to_le_bytes());
            table.push(1);
            table.extend(letters);
        }
        biff(&mut out, 0x00fc, &[&table]);
        biff(&mut out, 0x000a, &[]);
        out
    };
    let (mut streams, mut text) = (vec![], 0_u32);
    for sheet in sheets {
        let mut out = vec![];
        biff(&mut out, 0x0809, &[&[0, 6, 0x10, 0], &[0; 12]]);
        let (height, width) = (sheet.rows.len() as u32, sheet.width() as u16);
        biff(&mut out, 0x0200, &[&[0; 4], &height.to_le_bytes(), &[0; 2], &width.to_le_bytes(), &[0; 2]]);
        for (row, cells) in sheet.cells() {
            for (column, cell) in cells {
                let style = u16::from(matches!(cell, Cell::Date(..)));
                let at: Vec<u8> =
                    [row as u16, column as u16, style].iter().flat_map(|n| n.to_le_bytes()).collect();
                // Flags, and a formula that is the number 1.
                let formula = [0, 0, 0, 0, 0, 0, 3, 0, 0x1e, 1, 0];
                match cell {
                    Cell::Empty => {}
                    Cell::Text(_) => {
                        biff(&mut out, 0x00fd, &[&at, &text.to_le_bytes()]);
                        text += 1;
                    }
                    Cell::Number(number) | Cell::Date(number, _) => {
                        biff(&mut out, 0x0203, &[&at, &number.to_le_bytes()]);
                    }
                    Cell::Boolean(is) => biff(&mut out, 0x0205, &[&at, &[u8::from(is), 0]]),
                    Cell::Error => {
                        biff(&mut out, 0x0006, &[&at, &[2, 0, 0x07, 0, 0, 0, 0xff, 0xff], &formula]);
                    }
                    Cell::Sum(number) => biff(&mut out, 0x0006, &[&at, &number.to_le_bytes(), &formula]),
                    Cell::Joined(text) => {
                        biff(&mut out, 0x0006, &[&at, &[0, 0, 0, 0, 0, 0, 0xff, 0xff], &formula]);
                        let letters = utf16(text);
                        let count = (letters.len() as u16 / 2).to_le_bytes();
                        biff(&mut out, 0x0207, &[&count, &[1], &letters]);
                    }
                }
            }
        }
        let areas: Vec<u8> = sheet.merged.iter().flatten().flat_map(|n| (*n as u16).to_le_bytes()).collect();
        biff(&mut out, 0x00e5, &[&(sheet.merged.len() as u16).to_le_bytes(), &areas]);
        biff(&mut out, 0x000a, &[]);
        streams.push(out);
    }
    let first = globals(&vec![0; sheets.len()]).len();
    let ends = streams.iter().scan(first, |end, stream| {
        *end += stream.len();
        Some(*end)
    });
    let starts: Vec<usize> = std::iter::once(first).chain(ends).collect();
    [globals(&starts), streams.concat()].concat()
}

/// A compound file (MS-CFB) with nothing but the stream of a workbook, which lies behind the table
/// of sectors and the directory.
fn compound(stream: &[u8]) -> Vec<u8> {
    const SECTOR: usize = 512;
    const END: u32 = 0xffff_fffe;
    const FREE: u32 = 0xffff_ffff;
    // A stream that is shorter would have to lie elsewhere.
    let length = stream.len().max(4096).next_multiple_of(SECTOR);
    let sectors = (length / SECTOR) as u32;
    let mut out = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    out.extend([0; 16]);
    for number in [0x3e_u16, 3, 0xfffe, 9, 6, 0, 0, 0] {
        out.extend(number.to_le_bytes());
    }
    // Directory sectors, sectors of the table, where the directory is, and what is not there.
    for number in [0, 1, 1, 0, 4096, END, 0, END, 0, 0] {
        out.extend(number.to_le_bytes());
    }
    (1..109).for_each(|_| out.extend(FREE.to_le_bytes()));
    // The table: itself, the directory, then the stream, each sector naming the next.
    let mut table = vec![0xffff_fffd, END];
    table.extend((0..sectors).map(|n| if n + 1 == sectors { END } else { n + 3 }));
    table.resize(SECTOR / 4, FREE);
    table.iter().for_each(|number| out.extend(number.to_le_bytes()));
    for (name, kind, child, first, bytes) in [
        ("Root Entry", 5_u8, 1, END, 0),
        ("Workbook", 2, FREE, 2, length as u32),
        ("", 0, FREE, 0, 0),
        ("", 0, FREE, 0, 0),
    ] {
        let mut entry = utf16(name);
        let named = if name.is_empty() { 0 } else { entry.len() as u16 + 2 };
        entry.resize(64, 0);
        entry.extend(named.to_le_bytes());
        entry.extend([kind, 1]);
        for number in [FREE, FREE, child] {
            entry.extend(number.to_le_bytes());
        }
        entry.extend([0; 36]);
        for number in [first, bytes, 0] {
            entry.extend(number.to_le_bytes());
        }
        out.extend(entry);
    }
    out.extend(stream);
    out.resize(SECTOR * (3 + sectors as usize), 0);
    out
}
