//! Workbooks as XLSX (ECMA-376).

use super::{Cell, MAIN, OFFICE, Parts, Sheet, package, place};

pub fn xlsx(sheets: &[Sheet]) -> Parts {
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
