//! The two things GDAL knows and its Rust crate does not ask it for. With `encode::geopackage::raw`
//! the only `unsafe` in veedel, as SECURITY.md says.

#![allow(unsafe_code)]

use std::ffi::CStr;

use gdal::vector::{Defn, LayerAccess};

/// What a field is beyond its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subtype {
    /// Nothing that matters here.
    Plain,
    /// An integer that is true or false.
    Boolean,
    /// Text that is JSON.
    Json,
    /// Text that is a UUID.
    Uuid,
}

/// The subtypes of all fields, in order. Without them the `true` of a GeoJSON file would become a
/// number.
pub fn subtypes(definition: &Defn) -> Vec<Subtype> {
    // SAFETY: the pointer belongs to `definition`, which outlives this call; it is only read, and
    // the index stays below the count that GDAL itself gives for it.
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

/// The column that holds the features' identifiers, where the format has one: a GeoPackage's
/// primary key is not among its fields.
pub fn identifier_column(layer: &impl LayerAccess) -> Option<String> {
    // SAFETY: the layer outlives this call, and GDAL answers a string of its own that ends in NUL,
    // which is copied before anything else is called; never a null pointer, which is looked for all
    // the same.
    let name = unsafe {
        let pointer = gdal_sys::OGR_L_GetFIDColumn(layer.c_layer());
        if pointer.is_null() {
            return None;
        }
        CStr::from_ptr(pointer).to_string_lossy().into_owned()
    };
    (!name.is_empty()).then_some(name)
}
