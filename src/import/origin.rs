//! A layer to be imported, and who reads it.

use std::path::PathBuf;

use gdal::spatial_ref::SpatialRef;

use super::coordinates::Place;
use super::row::{Column, Visit};
use super::{delimited, names, ogr, spreadsheet};
use crate::error::{Error, Result};

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
    /// The reader of workbooks.
    Sheet(spreadsheet::Sheet),
}

/// What a layer says of itself, whoever reads it.
pub(super) struct Look {
    pub(super) columns: Vec<Column>,
    pub(super) system: Option<SpatialRef>,
    pub(super) rows: Option<u64>,
    pub(super) notes: Vec<String>,
    pub(super) ogr: Option<ogr::Look>,
}

impl Origin {
    /// The name it gets if none is given.
    pub fn name(&self) -> String {
        let file = self.file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        names::of_layer(file, self.layer.as_deref())
    }

    /// The format, as the report names it.
    pub fn format(&self) -> &str {
        match &self.reader {
            Reader::Sheet(_) => "spreadsheet",
            Reader::Ogr(layer) => &layer.driver,
            Reader::Delimited(_) => "CSV",
        }
    }

    pub(super) fn look(&self) -> Result<Look> {
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
            Reader::Sheet(sheet) => Ok(Look {
                columns: sheet.columns.clone(),
                system: None,
                rows: Some(sheet.count()),
                notes: sheet.notes.clone(),
                ogr: None,
            }),
            Reader::Delimited(table) => Ok(Look {
                columns: table.columns.clone(),
                system: None,
                rows: Some(table.rows),
                notes: table.notes.clone(),
                ogr: None,
            }),
        }
    }

    pub(super) fn each(&self, look: &Look, visit: Visit<'_>) -> Result<()> {
        match (&self.reader, &look.ogr) {
            (Reader::Ogr(layer), Some(look)) => layer.each(look, visit),
            (Reader::Delimited(table), _) => table.each(visit),
            (Reader::Sheet(sheet), _) => sheet.each(visit),
            (Reader::Ogr(_), None) => Err(Error::internal("a layer was not looked at")),
        }
    }

    /// Whether the geometry is only made of columns, and may be left out without losing anything.
    pub fn is_made_of_columns(&self) -> bool {
        matches!(&self.reader, Reader::Delimited(table) if table.place != Place::None)
    }
}
