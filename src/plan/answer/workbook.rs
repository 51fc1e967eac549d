//! The sheet of a workbook that tells people what an answer is based on: sentence, warnings,
//! question, request and evidence, line by line.

use serde_json::Value;

use crate::catalog::Language;
use crate::encode::table::Cell;
use crate::plan::words::SHARED;

/// The members of the document that the sheet shows, in this order.
const PARTS: [&str; 2] = ["question", "evidence"];

/// Returns the name of the sheet.
pub fn title(language: Language) -> String {
    label("sheet", language)
}

/// Returns the lines of the sheet: a name in the reader's language, and a number, a day or a text.
pub fn evidence(document: &Value, address: &str, language: Language) -> Vec<(String, Cell)> {
    let mut lines = vec![];
    let said = |text: &Value| text.get(language.tag()).and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(summary) = document.get("summary") {
        lines.push((label("answer", language), Cell::Text(said(summary))));
    }
    for warning in document.get("warnings").and_then(Value::as_array).into_iter().flatten() {
        lines.push((label("warning", language), Cell::Text(said(warning))));
    }
    if !address.is_empty() {
        lines.push((label("address_of_answer", language), Cell::Text(address.to_owned())));
    }
    for part in PARTS {
        let name = if part == "evidence" { String::new() } else { label(part, language) };
        flatten(&name, document.get(part).unwrap_or(&Value::Null), language, &mut lines);
    }
    lines
}

/// Returns the name of a member for people, or the key itself if it has none.
fn label(key: &str, language: Language) -> String {
    let name = format!("label.{key}");
    let text = SHARED.text(language, &name);
    if text == name { key.to_owned() } else { text }
}

fn flatten(name: &str, value: &Value, language: Language, lines: &mut Vec<(String, Cell)>) {
    let below = |key: &str| {
        let own = label(key, language);
        if name.is_empty() { own } else { format!("{name}: {own}") }
    };
    match value {
        Value::Object(members) => {
            let is_said = members.contains_key("de") && members.contains_key("en");
            for (key, value) in members {
                match key.as_str() {
                    "de" | "en" if is_said => {
                        if key == language.tag() {
                            let text = value.as_str().unwrap_or_default();
                            lines.push((name.to_owned(), Cell::Text(text.to_owned())));
                        }
                    }
                    _ => flatten(&below(key), value, language, lines),
                }
            }
        }
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            let texts: Vec<String> = items.iter().map(plain).collect();
            lines.push((name.to_owned(), Cell::Text(texts.join("; "))));
        }
        Value::Array(items) => {
            for (number, item) in (1..).zip(items) {
                flatten(&format!("{name} {number}"), item, language, lines);
            }
        }
        Value::Null => {}
        other => lines.push((name.to_owned(), cell(other, language))),
    }
}

fn cell(value: &Value, language: Language) -> Cell {
    match value {
        Value::Bool(is) => Cell::Text(label(if *is { "yes" } else { "no" }, language)),
        Value::Number(number) => number.as_f64().map_or(Cell::Empty, Cell::Number),
        Value::String(text) => match text.parse::<jiff::civil::Date>() {
            // A longer text is an instant, which begins with its day.
            Ok(day) if text.len() <= 10 => Cell::Date(day),
            _ => Cell::Text(text.clone()),
        },
        other => Cell::Text(plain(other)),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_sheet_has_words_numbers_and_days() {
        let document = json!({
            "summary": { "de": "Von …", "en": "Of …" },
            "warnings": [{ "code": "no_match", "de": "Keine", "en": "None" }],
            "question": { "facilities": { "type": "grundschule" } },
            "evidence": { "population": { "date": "2012-12-31", "groups": ["6–9"], "areasElsewhere": 1 } },
        });
        let lines = evidence(&document, "", Language::German);
        let text = |text: &str| Cell::Text(text.into());
        assert_eq!(
            lines[..3],
            [
                ("Antwort".into(), text("Von …")),
                ("Hinweis".into(), text("Keine")),
                ("Frage: Einrichtungen: Art".into(), text("grundschule")),
            ]
        );
        assert_eq!(lines[3], ("Bevölkerung: Stand".into(), Cell::Date(jiff::civil::date(2012, 12, 31))));
        assert_eq!(lines[5].1, Cell::Number(1.0));
        assert_eq!(evidence(&document, "", Language::English)[0], ("Answer".into(), text("Of …")));
    }
}
