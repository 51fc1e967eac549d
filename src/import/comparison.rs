//! Compares the files of a layer in a folder with those they replace: rows and columns.
//!
//! Both sides are read back from the files, so that the comparison shows what readers will see.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use gdal::vector::{Feature, FieldValue, LayerAccess};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use super::manifest::WITHOUT_GEOMETRY;
use super::messages::failed;
use super::report::{self, Changes};
use super::table::Table;
use crate::catalog::ColumnType;
use crate::error::{Error, Kind, Result};
use crate::source::folder::separator;
use crate::source::folder::sidecar::Sidecar;

/// The content of a layer in a folder: its columns, and a hash for each row.
struct Side {
    columns: Vec<String>,
    rows: Vec<(Option<String>, u64)>,
    /// The number of values in each column.
    values: HashMap<String, u64>,
}

/// Returns how the layer in the folder `new` differs from the layer of the same name in `old`; None
/// if there was none.
///
/// # Errors
///
/// Fails if one of the files cannot be read.
pub fn changes(old: &Path, new: &Path, table: &Table) -> Result<Option<Changes>> {
    let was = columns(old, &table.name)?;
    if was.is_empty() {
        return Ok(None);
    }
    let is = columns(new, &table.name)?;
    let key = table.key.and_then(|key| table.columns.get(key)).map(|column| column.name.as_str());
    let key = key.filter(|key| was.iter().any(|name| name == key));
    let common: Vec<String> = is.iter().filter(|name| was.contains(name)).cloned().collect();
    let common: Vec<&str> = common.iter().map(String::as_str).collect();
    let one = side(old, &table.name, &common, key, was)?;
    let other = side(new, &table.name, &common, key, is)?;
    let mut changes = match key {
        Some(_) => by_key(&one, &other).unwrap_or_else(|| by_values(&one, &other)),
        None => by_values(&one, &other),
    };
    changes.columns = column_changes(old, &one, &other, table);
    Ok(Some(changes))
}

/// Compares rows by their key; None if the key does not tell the old rows apart.
fn by_key(old: &Side, new: &Side) -> Option<Changes> {
    let mut before = HashMap::with_capacity(old.rows.len());
    for (key, values) in &old.rows {
        if before.insert(key.as_deref()?, values).is_some() {
            return None;
        }
    }
    let (mut fresh, mut changed, mut met) = (0, 0, 0);
    for (key, values) in &new.rows {
        match before.get(key.as_deref()?) {
            None => fresh += 1,
            Some(old) => {
                met += 1;
                changed += u64::from(*old != values);
            }
        }
    }
    let gone = (before.len() as u64).saturating_sub(met);
    Some(Changes { new: fresh, changed: Some(changed), gone, columns: vec![] })
}

/// Compares rows as multisets, by all of their values.
fn by_values(old: &Side, new: &Side) -> Changes {
    let mut counts: HashMap<u64, i64> = HashMap::new();
    new.rows.iter().for_each(|(_, values)| *counts.entry(*values).or_default() += 1);
    old.rows.iter().for_each(|(_, values)| *counts.entry(*values).or_default() -= 1);
    let sum = |sign: i64| counts.values().map(|count| (count * sign).max(0).unsigned_abs()).sum();
    Changes { new: sum(1), changed: None, gone: sum(-1), columns: vec![] }
}

fn column_changes(folder: &Path, old: &Side, new: &Side, table: &Table) -> Vec<String> {
    let sidecar = std::fs::read_to_string(folder.join(format!("{}.schema.toml", table.name))).ok();
    let sidecar = sidecar.and_then(|text| Sidecar::parse(&text).ok()).unwrap_or_default();
    let mut all = vec![];
    for column in &table.columns {
        let kind = column.kind.name();
        let was = sidecar.column(&column.name).and_then(|words| words.kind).map(ColumnType::name);
        match was {
            _ if !old.columns.contains(&column.name) => {
                all.push(format!("the column {} ({kind}) is new", column.name));
            }
            Some(was) if was != kind => {
                let values = new.values.get(&column.name).copied().unwrap_or(0);
                all.push(report::retyped(&column.name, was, kind, values));
            }
            _ => {}
        }
    }
    let gone = old.columns.iter().filter(|name| !new.columns.contains(name));
    all.extend(gone.map(|name| format!("the column {name} is gone")));
    all
}

/// Returns the names of the columns, those of rows with geometry first; empty if there is no file.
fn columns(folder: &Path, name: &str) -> Result<Vec<String>> {
    let mut all: Vec<String> = vec![];
    if let Some(dataset) = features(folder, name)? {
        let layer = dataset.layer(0).map_err(|why| failed("it has no layer", &why))?;
        all.extend(layer.defn().fields().map(|field| field.name()));
    }
    for name in [name.to_owned(), format!("{name}{WITHOUT_GEOMETRY}")] {
        if let Some(mut reader) = rows(folder, &name)? {
            let header = reader.headers().map_err(unreadable)?;
            let fresh: Vec<String> = header
                .iter()
                .filter(|name| all.iter().all(|known| known != name))
                .map(str::to_owned)
                .collect();
            all.extend(fresh);
        }
    }
    Ok(all)
}

fn side(folder: &Path, name: &str, common: &[&str], key: Option<&str>, columns: Vec<String>) -> Result<Side> {
    let mut side = Side { columns, rows: vec![], values: HashMap::new() };
    if let Some(dataset) = features(folder, name)? {
        let mut layer = dataset.layer(0).map_err(|why| failed("it has no layer", &why))?;
        let fields: Vec<Option<usize>> =
            common.iter().map(|name| layer.defn().field_index(name).ok()).collect();
        for feature in layer.features() {
            let texts = fields.iter().map(|field| field.and_then(|field| text(&feature, field)));
            let texts: Vec<Option<String>> = texts.collect();
            let geometry = feature.geometry_by_index(0).ok().and_then(|geometry| geometry.wkb().ok());
            side.add(common, key, &texts, geometry);
        }
    }
    for name in [name.to_owned(), format!("{name}{WITHOUT_GEOMETRY}")] {
        let Some(mut reader) = rows(folder, &name)? else { continue };
        let header = reader.headers().map_err(unreadable)?.clone();
        let fields: Vec<Option<usize>> =
            common.iter().map(|name| header.iter().position(|field| field == *name)).collect();
        for record in reader.records() {
            let record = record.map_err(unreadable)?;
            let texts = fields.iter().map(|field| {
                field.and_then(|field| record.get(field)).filter(|text| !text.is_empty()).map(str::to_owned)
            });
            let texts: Vec<Option<String>> = texts.collect();
            side.add(common, key, &texts, None);
        }
    }
    Ok(side)
}

impl Side {
    fn add(
        &mut self,
        common: &[&str],
        key: Option<&str>,
        texts: &[Option<String>],
        geometry: Option<Vec<u8>>,
    ) {
        let mut hasher = DefaultHasher::new();
        (texts, &geometry).hash(&mut hasher);
        let mut own = None;
        for (name, text) in common.iter().zip(texts) {
            if Some(*name) == key {
                own.clone_from(text);
            }
            if text.is_some() {
                match self.values.get_mut(*name) {
                    Some(count) => *count += 1,
                    None => drop(self.values.insert((*name).to_owned(), 1)),
                }
            }
        }
        self.rows.push((own, hasher.finish()));
    }
}

/// Returns a value as import writes it into a CSV file, so that rows that move from one file to the
/// other are equal. The text is checked first, because a missing number reads as 0.
fn text(feature: &Feature<'_>, field: usize) -> Option<String> {
    let text = feature.field_as_string(field).ok()??;
    match feature.field(field).ok()?? {
        _ if text.is_empty() => None,
        // The text has only 15 digits.
        FieldValue::RealValue(number) => Some(number.to_string()),
        _ => Some(text),
    }
}

fn features(folder: &Path, name: &str) -> Result<Option<Dataset>> {
    let path = folder.join(format!("{name}.fgb"));
    if !path.is_file() {
        return Ok(None);
    }
    let how = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_READONLY,
        allowed_drivers: Some(&["FlatGeobuf"]),
        ..DatasetOptions::default()
    };
    let path = std::path::absolute(&path).unwrap_or(path);
    Dataset::open_ex(path, how).map(Some).map_err(|why| failed("it cannot be opened", &why))
}

fn rows(folder: &Path, name: &str) -> Result<Option<csv::Reader<std::fs::File>>> {
    let path = folder.join(format!("{name}.csv"));
    if !path.is_file() {
        return Ok(None);
    }
    let start = std::fs::File::open(&path).and_then(|file| {
        let mut start = vec![];
        std::io::Read::read_to_end(&mut std::io::Read::take(file, 1 << 16), &mut start)?;
        Ok(start)
    });
    let separator = separator(&start.map_err(unreadable)?);
    let mut reader = csv::ReaderBuilder::new();
    reader.delimiter(separator).flexible(true).from_path(&path).map(Some).map_err(unreadable)
}

fn unreadable(why: impl std::fmt::Display) -> Error {
    Error::new(Kind::Invalid, format!("it cannot be read: {why}"))
}
