//! Workbooks as ODS (OpenDocument 1.2).

use super::{Cell, Parts, Sheet};

pub fn ods(sheets: &[Sheet]) -> Parts {
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
