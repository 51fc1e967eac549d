//! Workbooks as XLS of Excel 97 (MS-XLS in MS-CFB).

use super::{Cell, Sheet, utf16};

/// A record of MS-XLS: number and length in two bytes each.
fn biff(out: &mut Vec<u8>, number: u16, content: &[&[u8]]) {
    let content = content.concat();
    out.extend(number.to_le_bytes());
    out.extend((content.len() as u16).to_le_bytes());
    out.extend(content);
}

/// The stream of a workbook of Excel 97.
pub fn xls(sheets: &[Sheet]) -> Vec<u8> {
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
pub fn compound(stream: &[u8]) -> Vec<u8> {
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
