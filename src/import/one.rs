//! The import of one layer.

use std::collections::BTreeMap;
use std::path::Path;

use gdal::spatial_ref::SpatialRef;

use super::crs::{self, Guess, Target};
use super::located::{target, transformed};
use super::origin::{Look, Origin};
use super::report::Entry;
use super::request::{Destination, Import};
use super::row::Column;
use super::survey::{Doubt, Survey};
use super::table::{Table, TableGeometry};
use super::{folder, messages, names, postgis, statement};
use crate::catalog::ColumnType;
use crate::error::{Error, Result};
use crate::source::folder::KEY_NAMES;

/// The number of rows between two calls of the progress function.
const STEP: u64 = 4096;

/// Makes an entry about a layer of which nothing is known yet.
pub fn began(file: &Path, layer: Option<&str>) -> Entry {
    Entry {
        file: file.display().to_string(),
        layer: layer.map(str::to_owned),
        imported: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        ..Entry::default()
    }
}

/// Imports a layer under a name, and returns an entry about the result.
pub fn import(
    origin: &Origin,
    name: &str,
    import: &Import,
    progress: &dyn Fn(&str, u64, Option<u64>),
) -> Entry {
    let mut entry = Entry { format: origin.format().into(), ..began(&origin.file, origin.layer.as_deref()) };
    messages::take();
    match take(origin, name, import, progress, &mut entry) {
        Ok(()) => entry.name = Some(name.to_owned()),
        Err(why) => entry.failed = Some(why.to_string()),
    }
    entry
}

fn take(
    origin: &Origin,
    name: &str,
    import: &Import,
    progress: &dyn Fn(&str, u64, Option<u64>),
    entry: &mut Entry,
) -> Result<()> {
    let look = origin.look()?;
    entry.notes.extend(look.notes.iter().cloned());
    entry.notes.extend(import.condition.iter().map(|condition| format!("only rows where {condition}")));
    let usable = names::of_columns(
        look.columns.iter().map(|column| column.name.as_str()),
        &[statement::GEOMETRY, "geometry"],
    );
    entry.notes.extend(made_up(&look.columns, &usable));
    let key = key(&look.columns, &usable, import.key.as_deref())?;
    let said = stated_crs(import, &look)?;
    let mut survey = Survey::new(look.columns.len(), key, Guess::new(import.srs), doubt(said.as_ref()));
    origin.each(&look, &mut |row| {
        if row.number.is_multiple_of(STEP) {
            progress(name, row.number / 2, look.rows);
        }
        survey.see(&row, &look.columns);
        Ok(())
    })?;
    // Guessing may have replaced the listener. The second reading repeats all messages of the
    // first.
    messages::listen();
    messages::take();
    let target = target(origin, &survey, said, import, entry)?;
    let mut table = table(name, &look, &usable, &survey, target.as_ref());
    table.key = key.filter(|_| survey.duplicate_keys.is_empty() && survey.rows > 0);
    describe(entry, &look, &table, &survey);
    tell_key(entry, &table, key.and_then(|key| usable.get(key)), &survey);
    let kind = survey.geometry_type();
    let (mut written, mut loose) = (0, 0);
    let fill = &mut |put: super::writing::Put<'_>| {
        origin.each(&look, &mut |row| {
            let geometry = match &target {
                Some(target) => transformed(row.number, row.geometry, target, kind, entry),
                None => None,
            };
            loose += u64::from(geometry.is_none());
            put(row.cells, geometry)?;
            written += 1;
            if written % STEP == 0 {
                progress(name, (survey.rows + written) / 2, look.rows);
            }
            Ok(())
        })
    };
    let done = match &import.destination {
        Destination::Folder(path) => folder::write(path, &table, import.how, fill)?,
        Destination::Postgis(url) => postgis::write(url, &table, import.how, fill)?,
    };
    entry.dry_run = import.how.is_dry;
    entry.changes = done.changes;
    entry.notes.extend(done.notes);
    entry.notes.extend(messages::take());
    entry.rows_written = written;
    entry.rows_without_geometry = if target.is_some() { loose } else { 0 };
    Ok(())
}

/// Returns the stated coordinate system: by the user, or else by the layer.
fn stated_crs(import: &Import, look: &Look) -> Result<Option<SpatialRef>> {
    Ok(match import.source_srs {
        Some(code) => Some(crs::of_code(code)?),
        None => look.crs.clone().filter(|crs| !crs::is_undefined(crs)),
    })
}

/// Returns which coordinates contradict the stated coordinate system.
fn doubt(said: Option<&SpatialRef>) -> Doubt {
    match said {
        None => Doubt::All,
        Some(crs) if crs.is_geographic() => Doubt::NoDegrees,
        Some(_) => Doubt::Degrees,
    }
}

/// Reports the key, or why the intended column cannot be the key.
fn tell_key(entry: &mut Entry, table: &Table, name: Option<&String>, survey: &Survey) {
    match (&table.key, name) {
        (Some(_), name) => entry.key = name.cloned(),
        (None, Some(name)) if survey.rows > 0 => {
            entry.notes.push(format!("{name} does not identify its rows, and is not the key"));
        }
        _ => {}
    }
}

/// Returns a line about columns that have no name in the file.
fn made_up(columns: &[Column], usable: &[String]) -> Option<String> {
    let unnamed = columns.iter().zip(usable).filter(|(column, _)| column.name.is_empty());
    let names: Vec<&str> = unnamed.map(|(_, name)| name.as_str()).collect();
    (!names.is_empty()).then(|| format!("columns without a name were given one: {}", names.join(", ")))
}

/// Returns the column that may be the key: the one asked for, or else the first with the name of a
/// key.
fn key(columns: &[Column], usable: &[String], wanted: Option<&str>) -> Result<Option<usize>> {
    let Some(wanted) = wanted else {
        let is_key = |(name, column): (&String, &Column)| {
            KEY_NAMES.contains(&name.as_str()) && column.kind != ColumnType::Double
        };
        return Ok(usable.iter().zip(columns).position(is_key));
    };
    let is_wanted = |(name, column): (&String, &Column)| name == wanted || column.name == wanted;
    let position = usable.iter().zip(columns).position(is_wanted);
    position.map(Some).ok_or_else(|| Error::invalid("--key", format!("there is no column {wanted:?}")))
}

fn table(name: &str, look: &Look, usable: &[String], survey: &Survey, target: Option<&Target>) -> Table {
    let columns = survey.columns(&look.columns);
    let geometry_name = look.ogr.as_ref().and_then(|look| look.geometry_name.as_deref()).map(names::usable);
    let geometry_name = geometry_name.filter(|name| !name.is_empty() && !usable.contains(name));
    let renamed = columns.iter().zip(usable);
    let titles: BTreeMap<String, String> = renamed
        .clone()
        .filter(|(column, name)| !column.name.is_empty() && !column.name.eq_ignore_ascii_case(name))
        .map(|(column, name)| (name.clone(), column.name.clone()))
        .collect();
    Table {
        name: name.to_owned(),
        columns: renamed.map(|(column, name)| Column { name: name.clone(), kind: column.kind }).collect(),
        titles,
        key: None,
        geometry: target.map(|target| TableGeometry {
            code: target.code,
            name: geometry_name,
            kind: survey.geometry_type(),
        }),
        rows: survey.rows,
    }
}

fn describe(entry: &mut Entry, look: &Look, table: &Table, survey: &Survey) {
    entry.rows_read = survey.rows;
    entry.damaged_texts = survey.damaged_texts.clone();
    entry.duplicate_keys = survey.duplicate_keys.clone();
    entry.geometry_types = survey.kinds();
    let renamed = look.columns.iter().zip(&table.columns).filter(|(old, new)| old.name != new.name);
    entry.renamed_columns = renamed.map(|(old, new)| (old.name.clone(), new.name.clone())).collect();
    if (1..survey.located).contains(&survey.high) {
        let flat = survey.located - survey.high;
        entry
            .notes
            .push(format!("{flat} geometries have no heights, where others have; theirs are written as 0"));
    }
}
