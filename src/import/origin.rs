//! A layer to be imported, and its reader.

use std::path::PathBuf;

use gdal::spatial_ref::SpatialRef;

use super::coordinates::CoordinateColumns;
use super::row::{Column, Visit};
use super::{delimited, names, ogr, spreadsheet};
use crate::error::{Error, Result};

/// A layer to be imported.
pub struct Origin {
    /// The path of the file.
    pub file: PathBuf,
    /// The name of the layer, if the file has several.
    pub layer: Option<String>,
    /// The reader for its format.
    pub reader: Reader,
}

/// The reader of a layer.
pub enum Reader {
    /// GDAL, for all formats but these.
    Ogr(ogr::Layer),
    /// The reader of delimited text.
    Delimited(delimited::Table),
    /// The reader of workbooks.
    Sheet(spreadsheet::Sheet),
}

/// What a layer says about itself, regardless of its reader.
pub(super) struct Look {
    pub(super) columns: Vec<Column>,
    pub(super) crs: Option<SpatialRef>,
    pub(super) rows: Option<u64>,
    pub(super) notes: Vec<String>,
    pub(super) ogr: Option<ogr::Look>,
}

impl Origin {
    /// Returns the name of the layer if the user gives none.
    pub fn name(&self) -> String {
        let file = self.file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        names::of_layer(file, self.layer.as_deref())
    }

    /// Returns the format, as the report names it.
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
                    crs: look.crs.clone(),
                    rows: look.rows,
                    notes,
                    ogr: Some(look),
                })
            }
            Reader::Sheet(sheet) => Ok(Look {
                columns: sheet.columns.clone(),
                crs: None,
                rows: Some(sheet.count()),
                notes: sheet.notes.clone(),
                ogr: None,
            }),
            Reader::Delimited(table) => Ok(Look {
                columns: table.columns.clone(),
                crs: None,
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

    /// Returns whether the geometry is only made from columns, so that nothing is lost without it.
    pub fn is_made_of_columns(&self) -> bool {
        matches!(&self.reader, Reader::Delimited(table) if table.coordinates != CoordinateColumns::None)
    }
}
