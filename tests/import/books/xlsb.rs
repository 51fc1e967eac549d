//! Workbooks as XLSB (MS-XLSB).

use super::{Cell, Parts, Sheet, package, utf16};

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

/// A text with the number of its letters before it, in four bytes.
fn wide(text: &str) -> Vec<u8> {
    let letters = utf16(text);
    [&(letters.len() as u32 / 2).to_le_bytes()[..], &letters].concat()
}

fn integers(all: &[usize]) -> Vec<u8> {
    all.iter().flat_map(|one| (*one as u32).to_le_bytes()).collect()
}

pub fn xlsb(sheets: &[Sheet]) -> Parts {
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
