//! Reads tables of TOML and collects all faults instead of stopping at the first.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, FilePosition, Wrong, nearest, position, shown};
use crate::catalog::Words;

/// A value in the file, with its position.
pub type Value<'a> = Spanned<DeValue<'a>>;

/// The faults that were found in one file.
pub struct Faults<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    /// Makes an empty list of faults in `text`, the content of `file`.
    pub fn new(file: &'a str, text: &'a str) -> Faults<'a> {
        Faults { file, text, found: Vec::new() }
    }

    /// Returns the position where a span begins.
    pub fn position(&self, span: &Range<usize>) -> FilePosition {
        position(self.file, self.text, span)
    }

    /// Adds a fault at a span.
    pub fn add(&mut self, span: &Range<usize>, wrong: Wrong) {
        self.found.push(wrong.at(&self.position(span)));
    }

    /// Returns all faults, including those of the TOML itself (`syntax`), in the order of the file.
    pub fn finish(mut self, syntax: Vec<(Range<usize>, Wrong)>) -> Vec<Fault> {
        for (span, wrong) in syntax {
            self.add(&span, wrong);
        }
        self.found.sort_by_key(|fault| (fault.line, fault.column));
        self.found
    }
}

/// One table of the file. A key that is never read is a fault at the end.
pub struct Section<'a> {
    table: &'a DeTable<'a>,
    asked: BTreeSet<&'static str>,
}

impl<'a> Section<'a> {
    /// Makes a section of a table.
    pub fn new(table: &'a DeTable<'a>) -> Section<'a> {
        Section { table, asked: BTreeSet::new() }
    }

    /// Returns the span of its first key, for a fault about a missing key.
    pub fn span(&self) -> Range<usize> {
        self.table.keys().map(|key| key.span()).min_by_key(|span| span.start).unwrap_or_default()
    }

    /// Returns the value of a key, if there is one.
    pub fn value(&mut self, key: &'static str) -> Option<&'a Value<'a>> {
        self.asked.insert(key);
        self.table.get(key)
    }

    /// Returns the value of a key as `read` returns it; None if it is missing, or wrong, which is
    /// added as a fault.
    pub fn read<T>(
        &mut self,
        key: &'static str,
        faults: &mut Faults<'_>,
        read: impl FnOnce(&'a DeValue<'a>) -> Result<T, Wrong>,
    ) -> Option<T> {
        let value = self.value(key)?;
        let result = read(value.get_ref());
        result.map_err(|wrong| faults.add(&value.span(), named(key, wrong))).ok()
    }

    /// Returns the table under a key; None if it is missing, or no table, which is added as a
    /// fault.
    pub fn section(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Option<&'a DeTable<'a>> {
        let header = Wrong::new("", format!("write [{key}] on a line of its own and its settings below"));
        self.read(key, faults, |value| table(value).map_err(|wrong| Wrong { hint: header.hint, ..wrong }))
    }

    /// Adds a fault for each key that was not read.
    pub fn finish(self, faults: &mut Faults<'_>) {
        for (key, value) in self.table.iter().filter(|(key, _)| !self.asked.contains(key.get_ref().as_ref()))
        {
            let hint = match nearest(key.get_ref(), self.asked.iter().copied()) {
                Some(name) => format!("did you mean \"{name}\"?"),
                None => {
                    let known: Vec<&str> = self.asked.iter().copied().collect();
                    format!("known here: {}", known.join(", "))
                }
            };
            let what = match value.get_ref() {
                DeValue::Table(_) => "unknown section",
                _ => "unknown key",
            };
            faults.add(&key.span(), Wrong::new(format!("{what} {}", shown(key.get_ref())), hint));
        }
    }
}

/// Puts the name of the key before what is wrong.
pub fn named(key: &str, wrong: Wrong) -> Wrong {
    Wrong { what: format!("{key}: {}", wrong.what), hint: wrong.hint }
}

/// Reads a text.
pub fn text<'a>(value: &'a DeValue<'a>) -> Result<&'a str, Wrong> {
    match value {
        DeValue::String(text) => Ok(text),
        other => Err(wrong_type(other, "a text", "put it in double quotes")),
    }
}

/// Reads a boolean.
pub fn boolean(value: &DeValue<'_>) -> Result<bool, Wrong> {
    match value {
        DeValue::Boolean(boolean) => Ok(*boolean),
        other => Err(wrong_type(other, "true or false", "write true or false without quotes")),
    }
}

/// Reads a whole number within `allowed`.
pub fn whole_number(value: &DeValue<'_>, allowed: std::ops::RangeInclusive<u64>) -> Result<u64, Wrong> {
    let hint = format!("write a whole number from {} to {}", allowed.start(), allowed.end());
    let DeValue::Integer(integer) = value else {
        return Err(wrong_type(value, "a whole number", &hint));
    };
    match u64::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(number) if allowed.contains(&number) => Ok(number),
        _ => Err(Wrong::new(format!("{integer} is not allowed"), hint)),
    }
}

/// Reads a table.
pub fn table<'a>(value: &'a DeValue<'a>) -> Result<&'a DeTable<'a>, Wrong> {
    match value {
        DeValue::Table(table) => Ok(table),
        other => Err(wrong_type(other, "a section", "write it as a section with a [header]")),
    }
}

/// Returns the same text for both languages.
pub fn alike(text: &str) -> Words {
    Words { de: text.into(), en: text.into() }
}

/// Reads a text for people: one, or one for each language, `{ de = "ein Titel", en = "a title" }`.
pub fn words(value: &DeValue<'_>) -> Result<Words, Wrong> {
    let members = match value {
        DeValue::Table(members) => members,
        other => return text(other).map(alike),
    };
    let word = |key: &str| members.get(key).map(|value| text(value.get_ref()).map(str::to_owned)).transpose();
    match (word("de")?, word("en")?, members.len()) {
        (Some(de), Some(en), 2) => Ok(Words { de, en }),
        _ => Err(Wrong::new("is no title", "write a text, or { de = \"…\", en = \"…\" }")),
    }
}

/// Reads a date.
pub fn day(value: &DeValue<'_>) -> Result<Date, Wrong> {
    let text = text(value)?;
    text.parse().map_err(|_| Wrong::new(format!("{} is no day", shown(text)), "write it as \"2026-08-01\""))
}

/// Reads one text or a list of texts, each with its position. Each value that is no text is a
/// fault, and so is an empty list, or one that contains a text twice.
pub fn texts<'a>(key: &str, value: &'a Value<'a>, faults: &mut Faults<'_>) -> Vec<(&'a str, Range<usize>)> {
    let mut all: Vec<(&str, Range<usize>)> = Vec::new();
    let items = match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => vec![value],
    };
    if items.is_empty() {
        faults.add(
            &value.span(),
            Wrong::new(format!("{key}: the list is empty"), "name something, or remove the line"),
        );
    }
    for item in items {
        match text(item.get_ref()) {
            Err(wrong) => faults.add(&item.span(), named(key, wrong)),
            Ok(text) if all.iter().any(|(other, _)| *other == text) => {
                let what = format!("{key}: {} is named twice", shown(text));
                faults.add(&item.span(), Wrong::new(what, "remove one of the two"));
            }
            Ok(text) => all.push((text, item.span())),
        }
    }
    all
}

fn wrong_type(value: &DeValue<'_>, expected: &str, hint: &str) -> Wrong {
    let found = match value {
        DeValue::String(text) => return Wrong::new(format!("{} is not {expected}", shown(text)), hint),
        DeValue::Integer(number) => return Wrong::new(format!("{number} is not {expected}"), hint),
        DeValue::Float(number) => return Wrong::new(format!("{number} is not {expected}"), hint),
        DeValue::Boolean(boolean) => return Wrong::new(format!("{boolean} is not {expected}"), hint),
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    };
    Wrong::new(format!("{found} is not {expected}"), hint)
}
