//! The import of one layer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gdal::spatial_ref::SpatialRef;
use gdal::vector::{Geometry, OGRwkbGeometryType, geometry_type_flatten};

use super::coordinates::Place;
use super::report::Entry;
use super::row::{Column, Shape, Visit};
use super::survey::{Doubt, Survey, promoted};
use super::systems::{self, Guess, Target};
use super::table::{Table, TableGeometry};
use super::{Destination, Import, delimited, folder, messages, names, ogr, postgis};
use crate::catalog::ColumnType;
use crate::error::{Error, Result};
use crate::source::folder::KEY_NAMES;

/// How often progress is told, in rows.
const STEP: u64 = 4096;

/// A layer to be imported.
pub struct Origin {
    /// The file.
    pub file: PathBuf,
    /// The layer in it, where there are several.
    pub layer: Option<String>,
    /// What reads it.
    pub reader: Reader,
}

/// What reads a layer.
pub enum Reader {
    /// GDAL.
    Ogr(ogr::Layer),
    /// The reader of text files.
    Delimited(delimited::Table),
}

/// What a layer says of itself, whoever reads it.
struct Look {
    columns: Vec<Column>,
    system: Option<SpatialRef>,
    rows: Option<u64>,
    notes: Vec<String>,
    ogr: Option<ogr::Look>,
}

impl Origin {
    /// The name it gets if none is given.
    pub fn name(&self) -> String {
        let file = self.file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        names::of_layer(file, self.layer.as_deref())
    }

    fn format(&self) -> &str {
        match &self.reader {
            Reader::Ogr(layer) => &layer.driver,
            Reader::Delimited(_) => "CSV",
        }
    }

    fn look(&self) -> Result<Look> {
        match &self.reader {
            Reader::Ogr(layer) => {
                let mut look = layer.look()?;
                let mut notes = std::mem::take(&mut look.notes);
                notes.extend(
                    layer.found_encoding().map(|encoding| format!("its texts were read as {encoding}")),
                );
                Ok(Look {
                    columns: look.columns.clone(),
                    system: look.system.clone(),
                    rows: look.rows,
                    notes,
                    ogr: Some(look),
                })
            }
            Reader::Delimited(table) => Ok(Look {
                columns: table.columns.clone(),
                system: None,
                rows: Some(table.rows),
                notes: table.notes.clone(),
                ogr: None,
            }),
        }
    }

    fn each(&self, look: &Look, visit: Visit<'_>) -> Result<()> {
        match (&self.reader, &look.ogr) {
            (Reader::Ogr(layer), Some(look)) => layer.each(look, visit),
            (Reader::Delimited(table), _) => table.each(visit),
            (Reader::Ogr(_), None) => Err(Error::internal("a layer was not looked at")),
        }
    }

    /// Whether the geometry is only made of columns, and may be left out without losing anything.
    fn is_made_of_columns(&self) -> bool {
        matches!(&self.reader, Reader::Delimited(table) if table.place != Place::None)
    }
}

/// An entry about a layer of which nothing is known yet.
pub fn began(file: &Path, layer: Option<&str>) -> Entry {
    Entry {
        file: file.display().to_string(),
        layer: layer.map(str::to_owned),
        imported: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        ..Entry::default()
    }
}

/// Imports a layer under a name; the entry says how that went.
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
        &[postgis::GEOMETRY, "geometry"],
    );
    let key = key(&look.columns, &usable, import.key.as_deref())?;
    let said = match import.source_srs {
        Some(code) => Some(systems::of_code(code)?),
        None => look.system.clone().filter(|system| !systems::is_undefined(system)),
    };
    let doubt = match &said {
        None => Doubt::All,
        Some(system) if system.is_geographic() => Doubt::NoDegrees,
        Some(_) => Doubt::Degrees,
    };
    let mut survey = Survey::new(look.columns.len(), key, Guess::new(import.srs), doubt);
    origin.each(&look, &mut |row| {
        if row.number.is_multiple_of(STEP) {
            progress(name, row.number / 2, look.rows);
        }
        survey.see(&row, &look.columns);
        Ok(())
    })?;
    // Guessing may have let another listener in; what the first reading said, the second will say again.
    messages::listen();
    messages::take();
    let target = place(origin, &survey, said, import, entry)?;
    let mut table = table(name, &look, &usable, &survey, target.as_ref());
    table.key = key.filter(|_| survey.duplicate_keys.is_empty() && survey.rows > 0);
    describe(entry, &look, &table, &survey);
    let key_name = key.and_then(|key| usable.get(key));
    match (&table.key, key_name) {
        (Some(_), name) => entry.key = name.cloned(),
        (None, Some(name)) if survey.rows > 0 => {
            entry.notes.push(format!("{name} does not identify its rows, and is not the key"));
        }
        _ => {}
    }
    let kind = survey.geometry_type();
    let (mut written, mut loose) = (0, 0);
    let fill = &mut |put: super::Put<'_>| {
        origin.each(&look, &mut |row| {
            let geometry = match &target {
                Some(target) => placed(row.number, row.geometry, target, kind, entry),
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

/// The column that may be the key: the one asked for, else the first with the name of one.
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

/// Where its coordinates go; None for a table.
fn place(
    origin: &Origin,
    survey: &Survey,
    said: Option<SpatialRef>,
    import: &Import,
    entry: &mut Entry,
) -> Result<Option<Target>> {
    if survey.located == 0 {
        return Ok(None);
    }
    let found = match said {
        Some(system) => believed(&survey.guess, survey, system, import, entry),
        // TopoJSON has GeoJSON's degrees, or numbers of a screen; GDAL says neither.
        None if origin.format() == "TopoJSON" && survey.is_mostly_degrees() => systems::of_code(4326),
        None => guessed(&survey.guess, entry),
    };
    let source = match found {
        Ok(source) => source,
        Err(why) if origin.is_made_of_columns() && import.source_srs.is_none() => {
            let what = "it became a table, though columns are named like coordinates";
            entry.notes.push(format!("{what}: {why}"));
            return Ok(None);
        }
        Err(why) => return Err(why),
    };
    entry.source_crs = Some(systems::described(&source));
    let target = systems::target(&source, &survey.boxes.boxes, import.srs)?;
    entry.crs = Some(format!("EPSG:{}", target.code));
    entry.notes.extend(target.kept.as_ref().map(|why| format!("it was left in EPSG:{}: {why}", target.code)));
    Ok(Some(target))
}

fn guessed(guess: &Guess, entry: &mut Entry) -> Result<SpatialRef> {
    let code = guess.found()?;
    entry.source_crs_guessed = true;
    systems::of_code(code)
}

/// The system that a file or a person states, unless its coordinates cannot be of it: metres that are called
/// degrees, and degrees that are called metres.
fn believed(
    guess: &Guess,
    survey: &Survey,
    system: SpatialRef,
    import: &Import,
    entry: &mut Entry,
) -> Result<SpatialRef> {
    let is_geographic = system.is_geographic();
    let may_be = match is_geographic {
        true => survey.is_mostly_degrees(),
        false => survey.in_degrees < survey.located || guess.found() != Ok(4326),
    };
    if may_be {
        return Ok(system);
    }
    let [west, south, east, north] = survey.extent.unwrap_or_default();
    let says = match import.source_srs {
        Some(_) => "--source-srs says",
        None => "it says",
    };
    let are = if is_geographic { "no degrees" } else { "degrees" };
    let what = format!(
        "{says} {}, but its coordinates are {are} (x from {west} to {east}, y from {south} to {north})",
        systems::described(&system)
    );
    // Some degrees among metres are of no system at all.
    let is_one = !is_geographic || survey.in_degrees * 20 <= survey.located;
    match guess.found() {
        Ok(code) if is_one && import.source_srs.is_none() => {
            entry.notes.push(what);
            entry.source_crs_guessed = true;
            systems::of_code(code)
        }
        _ => Err(Error::invalid("--source-srs", what)
            .hint("say which system they have with --source-srs, such as --source-srs 25832")),
    }
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

/// The geometry of a row as it is written; None where there is none to write, which the entry counts.
fn placed(
    number: u64,
    shape: Shape,
    target: &Target,
    kind: OGRwkbGeometryType::Type,
    entry: &mut Entry,
) -> Option<Geometry> {
    let mut geometry = match shape {
        Shape::None => return None,
        Shape::Unreadable(why) => {
            entry.unreadable_geometries.add(number, why);
            return None;
        }
        Shape::Is(geometry) if geometry.is_empty() => {
            entry.empty_geometries.add(number, geometry.geometry_name());
            return None;
        }
        Shape::Is(geometry) => geometry,
    };
    if target.is_from_degrees
        && let Some(why) = no_degrees(&geometry)
    {
        entry.unreadable_geometries.add(number, why);
        return None;
    }
    if geometry_type_flatten(geometry.geometry_type()) != OGRwkbGeometryType::wkbPoint {
        entry.notes.extend(messages::take());
        if !geometry.is_valid() {
            entry.invalid_geometries.add(number, messages::take().join("; "));
        }
    }
    if let Some(transform) = &target.transform
        && geometry.transform_inplace(transform).is_err()
    {
        entry.unreadable_geometries.add(number, messages::take().join("; "));
        return None;
    }
    let around = geometry.envelope();
    if ![around.MinX, around.MinY, around.MaxX, around.MaxY].iter().all(|number| number.is_finite()) {
        entry.unreadable_geometries.add(number, "its coordinates are not finite");
        return None;
    }
    if target.is_to_degrees
        && let Some(why) = no_degrees(&geometry)
    {
        entry.unreadable_geometries.add(number, why);
        return None;
    }
    if let Some([west, south, east, north]) = target.area
        && (around.MinX < west || around.MinY < south || around.MaxX > east || around.MaxY > north)
    {
        let place =
            format!("at {}, {}", (around.MinX + around.MaxX) / 2.0, (around.MinY + around.MaxY) / 2.0);
        entry.distant_geometries.add(number, place);
    }
    Some(promoted(geometry, kind))
}

/// Why the coordinates are no longitudes and latitudes, where they are none.
fn no_degrees(geometry: &Geometry) -> Option<String> {
    let around = geometry.envelope();
    let extent = [around.MinX, around.MinY, around.MaxX, around.MaxY];
    (!systems::is_degrees(extent)).then(|| {
        let [west, south, east, north] = extent;
        format!("it is no place in degrees: from {west}, {south} to {east}, {north}")
    })
}
