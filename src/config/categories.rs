//! Reads `colour_by` and `categories` of a collection: the colours of a column's values. Without
//! `categories`, the values that occur decide.

use toml::de::DeValue;

use super::fault::{Wrong, shown};
use super::reader::{Faults, Section, Value, named, table, text, texts};
use crate::catalog::{Categories, Category};

/// The maximum number of letters of a symbol, which must fit on a point.
const SYMBOL_LETTERS: usize = 3;

/// Reads both keys. It is a fault if only `categories` is set.
pub fn read(section: &mut Section<'_>, faults: &mut Faults<'_>) -> Option<Categories> {
    let (by, list) = (section.value("colour_by"), section.value("categories"));
    let (by, list) = match (by, list) {
        (None, None) => return None,
        (Some(by), Some(list)) => (by, list),
        (Some(by), None) => {
            let column = text(by.get_ref()).map(str::to_owned);
            let column = column.map_err(|wrong| faults.add(&by.span(), named("colour_by", wrong))).ok()?;
            return Some(Categories { column, list: vec![] });
        }
        (None, Some(alone)) => {
            faults.add(
                &alone.span(),
                Wrong::new("categories of which column?", "write colour_by = \"column\""),
            );
            return None;
        }
    };
    let column = match text(by.get_ref()) {
        Ok(column) => Some(column.to_owned()),
        Err(wrong) => {
            faults.add(&by.span(), named("colour_by", wrong));
            None
        }
    };
    let list = categories(list, faults)?;
    Some(Categories { column: column?, list })
}

fn categories(value: &Value<'_>, faults: &mut Faults<'_>) -> Option<Vec<Category>> {
    let DeValue::Array(items) = value.get_ref() else {
        let hint = "write categories = [{ value = \"…\", colour = \"#rrggbb\" }]";
        faults.add(&value.span(), Wrong::new("categories: is not a list", hint));
        return None;
    };
    let mut list: Vec<Category> = vec![];
    for item in items.iter() {
        let Some(category) = category(item, faults) else { continue };
        let is_taken = |value: &&String| list.iter().any(|other| other.values.contains(value));
        if let Some(value) = category.values.iter().find(is_taken) {
            let what = format!("categories: {} is in two of them", shown(value));
            faults.add(&item.span(), Wrong::new(what, "remove one of the two"));
        }
        list.push(category);
    }
    Some(list)
}

fn category(item: &Value<'_>, faults: &mut Faults<'_>) -> Option<Category> {
    let mut section = match table(item.get_ref()) {
        Ok(table) => Section::new(table),
        Err(wrong) => {
            faults.add(&item.span(), named("categories", wrong));
            return None;
        }
    };
    let values = section.value("value").map(|value| texts("value", value, faults));
    let values = values.map(|values| values.into_iter().map(|(value, _)| value.to_owned()).collect());
    let category = Category {
        values: values.unwrap_or_default(),
        title: section.read("title", faults, |value| text(value).map(str::to_owned)),
        colour: section.read("colour", faults, colour).unwrap_or_default(),
        symbol: section.read("symbol", faults, symbol),
    };
    for key in ["value", "colour"] {
        if section.value(key).is_none() {
            faults.add(
                &item.span(),
                Wrong::new(format!("categories: {key} is missing"), "name a value and its colour"),
            );
        }
    }
    section.finish(faults);
    Some(category)
}

fn colour(value: &DeValue<'_>) -> Result<String, Wrong> {
    let colour = text(value)?;
    let digits = colour.strip_prefix('#').unwrap_or_default();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let what = format!("{} is no colour", shown(colour));
        return Err(Wrong::new(what, "write it in six hexadecimal digits, such as \"#1a8a5a\""));
    }
    Ok(colour.to_ascii_lowercase())
}

fn symbol(value: &DeValue<'_>) -> Result<String, Wrong> {
    let symbol = text(value)?.trim();
    if !(1..=SYMBOL_LETTERS).contains(&symbol.chars().count()) {
        let what = format!("{} is no symbol", shown(symbol));
        return Err(Wrong::new(what, format!("write one to {SYMBOL_LETTERS} letters")));
    }
    Ok(symbol.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use std::path::Path;

    use super::super::file;
    use super::*;
    use crate::config::settings::Settings;

    fn parse(text: &str) -> Result<Settings, Vec<crate::config::fault::Fault>> {
        file::parse("veedel.toml", text, Path::new("/etc"), &|_| None)
    }

    #[test]
    fn categories_are_read_in_their_order() {
        let text = "[collections.schools]\n\
            colour_by = \"kind\"\n\
            categories = [\n\
              { value = [\"primary\", \"Primary\"], title = \"Grund\", colour = \"#1A8A5A\", symbol = \"G\" },\n\
              { value = \"other\", colour = \"#000000\" },\n\
            ]\n";
        let first = Category {
            values: vec!["primary".into(), "Primary".into()],
            title: Some("Grund".into()),
            colour: "#1a8a5a".into(),
            symbol: Some("G".into()),
        };
        let second =
            Category { values: vec!["other".into()], title: None, colour: "#000000".into(), symbol: None };
        let read = parse(text).unwrap().overrides_of("schools", "a.schools").categories;
        assert_eq!(read, Some(Categories { column: "kind".into(), list: vec![first, second] }));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, part) in [
            ("collections.a.categories = []", "categories of which column?"),
            ("collections.a = { colour_by = 1, categories = [] }", "colour_by: 1 is not a text"),
            ("collections.a = { colour_by = \"b\", categories = {} }", "categories: is not a list"),
            ("collections.a = { colour_by = \"b\", categories = [1] }", "categories: 1 is not a section"),
            (
                "collections.a = { colour_by = \"b\", categories = [{ colour = \"#000000\" }] }",
                "categories: value is missing",
            ),
            (
                "collections.a = { colour_by = \"b\", categories = [{ value = \"x\" }] }",
                "categories: colour is missing",
            ),
            (
                "collections.a = { colour_by = \"b\", categories = [{ value = \"x\", colour = \"red\" }] }",
                "colour: \"red\" is no colour",
            ),
            (
                "collections.a = { colour_by = \"b\", categories = [{ value = \"x\", colour = \"#000000\", symbol = \"long\" }] }",
                "symbol: \"long\" is no symbol",
            ),
            (
                "collections.a = { colour_by = \"b\", categories = [{ value = \"x\", colour = \"#000000\" }, { value = \"x\", colour = \"#000001\" }] }",
                "\"x\" is in two of them",
            ),
        ] {
            let faults = parse(line).expect_err(line);
            let text: Vec<String> = faults.iter().map(ToString::to_string).collect();
            assert!(text.iter().any(|fault| fault.contains(part)), "{line}: {text:?}");
        }
    }
}
