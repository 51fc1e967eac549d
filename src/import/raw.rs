//! Calls to GDAL that its Rust crate does not offer. Besides `encode::geopackage::raw`, this is the
//! only `unsafe` code in veedel, as SECURITY.md says.

#![allow(unsafe_code)]

use std::ffi::CStr;

use gdal::vector::{Defn, LayerAccess};

/// The subtype of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subtype {
    /// No subtype that matters here.
    Plain,
    /// An integer that is a boolean.
    Boolean,
    /// A text that is JSON.
    Json,
    /// A text that is a UUID.
    Uuid,
}

/// Returns the subtypes of all fields, in order. Without them, `true` in a GeoJSON file would
/// become a number.
pub fn subtypes(definition: &Defn) -> Vec<Subtype> {
    // SAFETY: the pointer belongs to `definition`, which outlives this call. It is only read, and
    // the index stays below the count that GDAL returns for it.
    unsafe {
        let pointer = definition.c_defn();
        (0..gdal_sys::OGR_FD_GetFieldCount(pointer))
            .map(|at| match gdal_sys::OGR_Fld_GetSubType(gdal_sys::OGR_FD_GetFieldDefn(pointer, at)) {
                gdal_sys::OGRFieldSubType::OFSTBoolean => Subtype::Boolean,
                gdal_sys::OGRFieldSubType::OFSTJSON => Subtype::Json,
                gdal_sys::OGRFieldSubType::OFSTUUID => Subtype::Uuid,
                _ => Subtype::Plain,
            })
            .collect()
    }
}

/// Returns the name of the column with the features' identifiers, if the format has one: the
/// primary key of a GeoPackage is not among its fields.
pub fn identifier_column(layer: &impl LayerAccess) -> Option<String> {
    // SAFETY: the layer outlives this call. GDAL returns a NUL-terminated string of its own, which
    // is copied before anything else is called. It is never a null pointer, which is checked
    // nevertheless.
    let name = unsafe {
        let pointer = gdal_sys::OGR_L_GetFIDColumn(layer.c_layer());
        if pointer.is_null() {
            return None;
        }
        CStr::from_ptr(pointer).to_string_lossy().into_owned()
    };
    (!name.is_empty()).then_some(name)
}
