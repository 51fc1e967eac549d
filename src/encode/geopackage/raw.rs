//! Calls to GDAL that its Rust crate does not offer: fields with a subtype, and a transaction that
//! outlives a function call. Besides `import::raw`, this is the only `unsafe` code in veedel.

#![allow(unsafe_code)]

use std::ffi::CString;

use gdal::Dataset;
use gdal::vector::{Layer, LayerAccess};
use gdal_sys::{OGRErr, OGRFieldSubType, OGRFieldType};

use crate::error::{Error, Result};

/// One of GDAL's field types, with its subtype.
pub type FieldType = (OGRFieldType::Type, OGRFieldSubType::Type);

/// Adds a field to a layer.
///
/// # Errors
///
/// Fails if GDAL does.
pub fn add_field(layer: &Layer<'_>, name: &str, (kind, subtype): FieldType) -> Result<()> {
    let failed = || Error::internal(format!("the GeoPackage took no column {name:?}"));
    let text = CString::new(name).map_err(|_| failed())?;
    // SAFETY: the definition is made here, used only by calls that copy it, and destroyed once. The
    // layer outlives these calls.
    let answer = unsafe {
        let field = gdal_sys::OGR_Fld_Create(text.as_ptr(), kind);
        if field.is_null() {
            return Err(failed());
        }
        gdal_sys::OGR_Fld_SetSubType(field, subtype);
        let answer = gdal_sys::OGR_L_CreateField(layer.c_layer(), field, 1);
        gdal_sys::OGR_Fld_Destroy(field);
        answer
    };
    if answer == OGRErr::OGRERR_NONE { Ok(()) } else { Err(failed()) }
}

/// Begins a transaction. Without [`commit`] it is rolled back when the dataset is closed.
///
/// # Errors
///
/// Fails if GDAL does.
pub fn begin(dataset: &Dataset) -> Result<()> {
    // SAFETY: the dataset is open and outlives the call.
    let answer = unsafe { gdal_sys::GDALDatasetStartTransaction(dataset.c_dataset(), 0) };
    if answer == OGRErr::OGRERR_NONE {
        return Ok(());
    }
    Err(Error::internal("the GeoPackage began no transaction"))
}

/// Commits the transaction.
///
/// # Errors
///
/// Fails if GDAL does.
pub fn commit(dataset: &Dataset) -> Result<()> {
    // SAFETY: as above.
    let answer = unsafe { gdal_sys::GDALDatasetCommitTransaction(dataset.c_dataset()) };
    if answer == OGRErr::OGRERR_NONE {
        return Ok(());
    }
    Err(Error::internal("the GeoPackage could not be written"))
}
