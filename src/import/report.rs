//! What an import took, what it changed and what it could not take: for each layer, in a JSON file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// So many rows are listed of each sort; all are counted.
const LISTED: usize = 1000;

/// What became of one layer.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Entry {
    /// The file read, as it was named.
    pub file: String,
    /// The layer in it, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The format, in GDAL's words.
    pub format: String,
    /// What it is served as: the name of the file or table written. None if it was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why it was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// When, in UTC.
    pub imported: String,
    /// Whether this was only tried, and nothing written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// What became of the rows and columns that were there under the name; None where there were
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// Rows in the file.
    pub rows_read: u64,
    /// Rows written: the same, or nothing was.
    pub rows_written: u64,
    /// Rows written without a geometry, where others have one; in a folder these are in a table of
    /// their own.
    pub rows_without_geometry: u64,
    /// The coordinate system read; None for a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_crs: Option<String>,
    /// Whether that was found out from the coordinates, as nothing said it.
    pub source_crs_guessed: bool,
    /// The coordinate system written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// The types of geometry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub geometry_types: Vec<String>,
    /// Columns with another name than in the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed_columns: BTreeMap<String, String>,
    /// The column that identifies a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Rows without a value of their own in the column that was to be the key, with the value.
    #[serde(default, skip_serializing_if = "Listed::is_empty")]
    pub duplicate_keys: Listed,
    /// Rows with texts whose letters are lost or of another code page than those of the file: the
    /// column, the text as it was written, and what is the matter.
    #[serde(default, skip_serializing_if = "Listed::is_empty")]
    pub damaged_texts: Listed,
    /// Rows whose geometry is empty, such as `POINT EMPTY`: written without.
    #[serde(default, skip_serializing_if = "Listed::is_empty")]
    pub empty_geometries: Listed,
    /// Rows whose geometry is invalid by the rules of OGC Simple Features, and why: written as they
    /// are.
    #[serde(default, skip_serializing_if = "Listed::is_empty")]
    pub invalid_geometries: Listed,
    /// Rows whose coordinates cannot be read or brought to the coordinate system: written without
    /// geometry.
    #[serde(default, skip_serializing_if = "Listed::is_empty")]
    pub unreadable_geometries: Listed,
    /// Rows whose geometry lies far beyond the area of the coordinate system written: written as it
    /// is.
    #[serde(default, skip_serializing_if = "Listed::is_empty")]
    pub distant_geometries: Listed,
    /// What else was odd.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// How a delivery differs from the one before.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Changes {
    /// Rows that were not there.
    pub new: u64,
    /// Rows with other values; None where no key tells which row was which, and such a row counts
    /// as one gone and one new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<u64>,
    /// Rows that are there no longer.
    pub gone: u64,
    /// Columns that are new, gone or of another type, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

impl Changes {
    /// In English and German.
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

/// A column that has another type than before.
pub fn retyped(name: &str, old: &str, new: &str, values: u64) -> String {
    format!("{name} was {old} and is {new} now ({} values)", grouped(values))
}

/// A number with commas between its thousands.
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

/// Rows with something in common: all counted, the first thousand listed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Listed {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub rows: Vec<ListedRow>,
}

/// A row and what is the matter with it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ListedRow {
    /// Its place in the file, from 1, the header line not counted.
    pub row: u64,
    /// What is the matter.
    pub what: String,
}

impl Listed {
    /// One more.
    pub fn add(&mut self, row: u64, what: impl Into<String>) {
        self.count += 1;
        if self.rows.len() < LISTED {
            self.rows.push(ListedRow { row, what: what.into() });
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Entry {
    /// What a person should know at once: a line, and one more for each thing that is not as in the
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

/// Writes entries to the report, in place of those about the same names there; other entries stay.
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
