//! The report of an import, a JSON file: for each layer what was imported, what was changed, and
//! what is wrong.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The maximum number of rows that are listed for each problem; all are counted.
const LISTED: usize = 1000;

/// The result for one layer.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Entry {
    /// The file that was read, as it was named.
    pub file: String,
    /// The name of the layer, if the file has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The format, by the name of GDAL's driver.
    pub format: String,
    /// The name of the file or table that was written; None if the layer was not imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The reason why the layer was not imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// The time of the import, in UTC.
    pub imported: String,
    /// Whether it was a dry run, which writes nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// How the rows and columns differ from those that were there before; None if there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// The number of rows in the file.
    pub rows_read: u64,
    /// The number of rows written: the same, or 0.
    pub rows_written: u64,
    /// The number of rows written without a geometry, if other rows have one. In a folder these are
    /// in a table of their own.
    pub rows_without_geometry: u64,
    /// The coordinate system of the file; None for a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_crs: Option<String>,
    /// Whether it was guessed from the coordinates, because nothing states it.
    pub source_crs_guessed: bool,
    /// The coordinate system that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// The geometry types that occur.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub geometry_types: Vec<String>,
    /// The columns whose name differs from that in the file: the new name by the old one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed_columns: BTreeMap<String, String>,
    /// The column that identifies rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The rows without a unique value in the column that was intended as the key, with this value.
    #[serde(default, skip_serializing_if = "Listed::is_empty")]
    pub duplicate_keys: Listed,
    /// The rows with texts that lost characters or were decoded with a wrong code page: the column,
    /// the text and the problem.
    #[serde(default, skip_serializing_if = "Listed::is_empty")]
    pub damaged_texts: Listed,
    /// The rows with an empty geometry, such as `POINT EMPTY`, which are written without geometry.
    #[serde(default, skip_serializing_if = "Listed::is_empty")]
    pub empty_geometries: Listed,
    /// The rows with an invalid geometry by OGC Simple Features, and the reason. They are written
    /// unchanged.
    #[serde(default, skip_serializing_if = "Listed::is_empty")]
    pub invalid_geometries: Listed,
    /// The rows whose coordinates cannot be read or transformed. They are written without geometry.
    #[serde(default, skip_serializing_if = "Listed::is_empty")]
    pub unreadable_geometries: Listed,
    /// The rows whose geometry is far outside the area of the coordinate system that was written.
    /// They are written unchanged.
    #[serde(default, skip_serializing_if = "Listed::is_empty")]
    pub distant_geometries: Listed,
    /// Notes about everything else that is unusual.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The differences between a delivery and the previous one.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Changes {
    /// The number of rows that are new.
    pub new: u64,
    /// The number of rows with other values; None if no key tells rows apart. Then such a row
    /// counts as deleted and as new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<u64>,
    /// The number of rows that no longer exist.
    pub gone: u64,
    /// Sentences about columns that are new, gone or of another type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

impl Changes {
    /// Returns a summary in English and German.
    fn summary(&self) -> String {
        let Changes { new, gone, .. } = self;
        match self.changed {
            Some(changed) => {
                format!(
                    "{new} new, {changed} changed, {gone} gone ({new} neu, {changed} geändert, {gone} weg)"
                )
            }
            None => format!("{new} new, {gone} gone, by their values ({new} neu, {gone} weg)"),
        }
    }
}

/// Returns a sentence about a column whose type has changed.
pub fn retyped(name: &str, old: &str, new: &str, values: u64) -> String {
    format!("{name} was {old} and is {new} now ({} values)", grouped(values))
}

/// Returns a number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Rows with the same problem: all are counted, and the first thousand listed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Listed {
    /// The number of rows.
    pub count: u64,
    /// The first rows, with details.
    pub rows: Vec<ListedRow>,
}

/// A row and its problem.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ListedRow {
    /// The number of the row in the file, from 1, without the header.
    pub row: u64,
    /// The problem in words.
    pub what: String,
}

impl Listed {
    /// Adds a row.
    pub fn add(&mut self, row: u64, what: impl Into<String>) {
        self.count += 1;
        if self.rows.len() < LISTED {
            self.rows.push(ListedRow { row, what: what.into() });
        }
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Entry {
    /// Returns a summary: one line about the layer, and one for each thing that differs from the
    /// file.
    pub fn summary(&self) -> Vec<String> {
        let source = match &self.layer {
            Some(layer) => format!("{} ({layer})", self.file),
            None => self.file.clone(),
        };
        let Some(name) = &self.name else {
            let why = self.failed.as_deref().unwrap_or("nothing is known of it");
            return vec![format!("{source}: not imported: {why}")];
        };
        let what = self.crs.as_deref().unwrap_or("table");
        let tried = if self.dry_run { ", tried and not written" } else { "" };
        let mut lines = vec![format!("{source} → {name}: {} rows, {what}{tried}", self.rows_written)];
        if let Some(changes) = &self.changes {
            lines.push(changes.summary());
            lines.extend(changes.columns.iter().cloned());
        }
        if let (true, Some(crs)) = (self.source_crs_guessed, &self.source_crs) {
            lines.push(format!("coordinates taken for {crs}, by where they lie"));
        }
        for (what, count) in [
            ("rows without geometry", self.rows_without_geometry),
            ("empty geometries", self.empty_geometries.count),
            ("invalid geometries, kept as they are", self.invalid_geometries.count),
            ("geometries that cannot be read or projected", self.unreadable_geometries.count),
            ("geometries far away from where they should be", self.distant_geometries.count),
            ("rows without a key of their own", self.duplicate_keys.count),
        ] {
            if count > 0 {
                lines.push(format!("{what}: {count}"));
            }
        }
        if let Some(first) = self.damaged_texts.rows.first() {
            let count = self.damaged_texts.count;
            lines.push(format!(
                "texts with odd letters: {count}, the first in row {}: {}",
                first.row, first.what
            ));
        }
        lines.extend(self.notes.iter().cloned());
        lines.iter_mut().skip(1).for_each(|line| line.insert_str(0, "  "));
        lines
    }
}

/// Writes entries to the report. They replace those of the same name; other entries stay.
///
/// # Errors
///
/// Fails if the report cannot be read or written.
pub fn write(path: &Path, entries: &[Entry]) -> Result<()> {
    let old: Vec<Entry> =
        std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let is_new = |old: &Entry| {
        entries.iter().any(|new| {
            new.file == old.file && new.layer == old.layer || old.name.is_some() && new.name == old.name
        })
    };
    let mut all: Vec<&Entry> = old.iter().filter(|old| !is_new(old)).chain(entries).collect();
    all.sort_by(|one, other| (&one.name, &one.file).cmp(&(&other.name, &other.file)));
    let text = serde_json::to_string_pretty(&all).map_err(|why| Error::internal(why.to_string()))?;
    std::fs::write(path, text + "\n").map_err(|why| {
        Error::invalid("--report", format!("the report {} cannot be written: {why}", path.display()))
    })
}
