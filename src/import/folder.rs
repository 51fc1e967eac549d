//! Imports into a folder: a FlatGeobuf file for rows with geometry, a CSV file for rows without,
//! and a sidecar for types that these formats do not keep.
//!
//! All files are written to a hidden folder next to their destination, and moved there when they
//! are complete.

use super::manifest::{MARK, Manifest, WITHOUT_GEOMETRY, unwritten};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use gdal::DriverManager;
use gdal::vector::{Defn, Feature, Geometry, LayerAccess, LayerOptions, OGRFieldType};

use super::messages::failed;
use super::request::How;
use super::row::{Cell, Column};
use super::table::Table;
use super::writing::{Fill, Written};
use super::{comparison, crs};
use crate::catalog::ColumnType;
use crate::error::Result;

/// Writes a table into the folder. It replaces a table of the same name that import made.
///
/// # Errors
///
/// Fails if a file cannot be read or written, or if there are files of this name that import did
/// not make.
pub fn write(folder: &Path, table: &Table, how: How, fill: Fill<'_>) -> Result<Written> {
    let mut manifest = Manifest::read(folder);
    if !how.replaces {
        check(folder, &manifest, &table.name)?;
    }
    let draft = Draft::new(folder, how.is_dry)?;
    let mut written = Written::default();
    if table.geometry.is_some() {
        write_features(&draft.path, table, fill)?;
    } else {
        let mut rows = CsvFile::create(&draft.path.join(format!("{}.csv", table.name)), table)?;
        fill(&mut |cells, _| rows.row(cells))?;
        rows.finish()?;
    }
    match comparison::changes(folder, &draft.path, table) {
        Ok(changes) => written.changes = changes,
        Err(why) => written.notes.push(format!("what was there before cannot be compared: {why}")),
    }
    let loose = format!("{}{WITHOUT_GEOMETRY}", table.name);
    let has_loose = draft.path.join(format!("{loose}.csv")).is_file();
    for name in [Some(&table.name), has_loose.then_some(&loose)].into_iter().flatten() {
        let sidecar = folder.join(format!("{name}.schema.toml"));
        match std::fs::read_to_string(&sidecar) {
            Ok(text) if !text.starts_with(MARK) => {
                written.notes.push(format!("{name}.schema.toml was kept as it is"))
            }
            _ => {
                let is_whole = *name == table.name;
                put(&draft.path, &format!("{name}.schema.toml"), &sidecar_text(table, is_whole))?
            }
        }
    }
    if !how.is_dry {
        draft.publish(folder, table)?;
        data_files(&table.name).iter().try_for_each(|(file, _)| manifest.note(folder, file))?;
        manifest.write(folder)?;
    }
    Ok(written)
}

/// Returns the data files that a layer may have, each with its sidecar.
fn data_files(name: &str) -> [(String, String); 3] {
    let loose = format!("{name}{WITHOUT_GEOMETRY}");
    let sidecar = format!("{name}.schema.toml");
    let beside = format!("{loose}.schema.toml");
    [
        (format!("{name}.fgb"), sidecar.clone()),
        (format!("{name}.csv"), sidecar),
        (format!("{loose}.csv"), beside),
    ]
}

fn check(folder: &Path, manifest: &Manifest, name: &str) -> Result<()> {
    data_files(name).iter().try_for_each(|(file, sidecar)| manifest.check(folder, file, sidecar))
}

fn write_features(draft: &Path, table: &Table, fill: Fill<'_>) -> Result<()> {
    let Some(geometry) = &table.geometry else { return Ok(()) };
    let write = |why: &gdal::errors::GdalError| failed("its FlatGeobuf file cannot be written", why);
    let path = draft.join(format!("{}.fgb", table.name));
    let driver = DriverManager::get_driver_by_name("FlatGeobuf").map_err(|why| write(&why))?;
    let mut dataset = driver.create_vector_only(&path).map_err(|why| write(&why))?;
    let crs = crs::of_code(geometry.code)?;
    let options = LayerOptions {
        name: &table.name,
        srs: Some(&crs),
        ty: geometry.kind,
        options: Some(&["SPATIAL_INDEX=YES"]),
    };
    // FlatGeobuf with an index cannot contain rows without geometry. These go to a table of their
    // own, which is made when it is needed.
    let beside = draft.join(format!("{}{WITHOUT_GEOMETRY}.csv", table.name));
    let mut loose = None;
    let layer = dataset.create_layer(options).map_err(|why| write(&why))?;
    let fields: Vec<_> =
        table.columns.iter().map(|column| (column.name.as_str(), field_type(column))).collect();
    layer.create_defn_fields(&fields).map_err(|why| write(&why))?;
    let definition = Defn::from_layer(&layer);
    fill(&mut |cells, geometry| match (geometry, &mut loose) {
        (Some(geometry), _) => {
            feature(&definition, cells, geometry).and_then(|it| it.create(&layer)).map_err(|why| write(&why))
        }
        (None, Some(loose)) => CsvFile::row(loose, cells),
        (None, empty) => empty.insert(CsvFile::create(&beside, table)?).row(cells),
    })?;
    loose.map_or(Ok(()), CsvFile::finish)?;
    dataset.close().map_err(|why| write(&why))
}

fn feature<'a>(
    definition: &'a Defn,
    cells: &[Cell],
    geometry: Geometry,
) -> gdal::errors::Result<Feature<'a>> {
    let mut feature = Feature::new(definition)?;
    for (at, cell) in cells.iter().enumerate() {
        match cell {
            Cell::Null => {}
            Cell::Integer(value) => feature.set_field_integer64(at, *value)?,
            Cell::Double(value) => feature.set_field_double(at, *value)?,
            Cell::Text(text) => feature.set_field_string(at, text)?,
        }
    }
    feature.set_geometry(geometry)?;
    Ok(feature)
}

fn field_type(column: &Column) -> OGRFieldType::Type {
    match column.kind {
        ColumnType::Integer => OGRFieldType::OFTInteger,
        ColumnType::BigInteger => OGRFieldType::OFTInteger64,
        ColumnType::Double => OGRFieldType::OFTReal,
        _ => OGRFieldType::OFTString,
    }
}

/// Returns the text of the sidecar. It contains all types, since a reader of CSV would have to
/// guess them.
fn sidecar_text(table: &Table, is_whole: bool) -> String {
    let mut text = format!("{MARK}\n");
    let named = table.geometry.as_ref().and_then(|geometry| geometry.name.as_deref());
    if let (true, Some(name)) = (is_whole, named) {
        let _ = writeln!(text, "geometry = \"{name}\"");
    }
    if let (true, Some(key)) = (is_whole, table.key.and_then(|key| table.columns.get(key))) {
        let _ = writeln!(text, "key = \"{}\"", key.name);
    }
    for column in &table.columns {
        let _ = write!(text, "\n[columns.{}]\ntype = \"{}\"\n", column.name, column.kind.name());
        // People know a column by its name in the file.
        if let Some(title) = table.titles.get(&column.name) {
            let _ = writeln!(text, "title = {}", toml::Value::from(title.as_str()));
        }
    }
    text
}

/// A CSV file that is being written: with commas, in UTF-8, and with empty fields for NULL.
struct CsvFile {
    writer: csv::Writer<std::fs::File>,
}

impl CsvFile {
    fn create(path: &Path, table: &Table) -> Result<CsvFile> {
        let mut writer = csv::Writer::from_path(path).map_err(unwritten)?;
        writer.write_record(table.columns.iter().map(|column| &column.name)).map_err(unwritten)?;
        Ok(CsvFile { writer })
    }

    fn row(&mut self, cells: &[Cell]) -> Result<()> {
        let texts = cells.iter().map(|cell| cell.written().unwrap_or_default());
        self.writer.write_record(texts).map_err(unwritten)
    }

    fn finish(mut self) -> Result<()> {
        self.writer.flush().map_err(unwritten)
    }
}

fn put(folder: &Path, name: &str, text: &str) -> Result<()> {
    std::fs::write(folder.join(name), text).map_err(unwritten)
}

/// The hidden folder in which files are made. It is deleted when this value is dropped.
struct Draft {
    path: PathBuf,
}

impl Draft {
    /// Makes a hidden folder within `folder`, so that files can be renamed, or elsewhere if they
    /// are never moved.
    fn new(folder: &Path, is_dry: bool) -> Result<Draft> {
        if is_dry {
            let path = tempfile::tempdir().map_err(unwritten)?.keep();
            return Ok(Draft { path });
        }
        let path = folder.join(format!(".veedel-import-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(unwritten)?;
        Ok(Draft { path })
    }

    /// Moves all files to their destination, sidecars first, and deletes files of the same layer
    /// that are no longer needed.
    fn publish(self, folder: &Path, table: &Table) -> Result<()> {
        let mut made = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(unwritten)? {
            made.push(entry.map_err(unwritten)?.file_name());
        }
        made.sort_by_key(|name| !name.to_string_lossy().ends_with(".toml"));
        for name in &made {
            std::fs::rename(self.path.join(name), folder.join(name)).map_err(unwritten)?;
        }
        let loose = format!("{}{WITHOUT_GEOMETRY}", table.name);
        for (old, _) in data_files(&table.name) {
            let path = folder.join(&old);
            if !made.iter().any(|name| *name == *old) && path.is_file() {
                std::fs::remove_file(path).map_err(unwritten)?;
            }
        }
        // Without its table, this sidecar describes nothing.
        let sidecar = folder.join(format!("{loose}.schema.toml"));
        let is_ours = std::fs::read_to_string(&sidecar).is_ok_and(|text| text.starts_with(MARK));
        if is_ours && !folder.join(format!("{loose}.csv")).is_file() {
            std::fs::remove_file(sidecar).map_err(unwritten)?;
        }
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
