//! `/api`: the OpenAPI 3.0 document of all addresses, written from the table that the router is made of
//! (`crate::web::routes`), and a page to try it.
//!
//! Features of each collection have a path of their own, with all parameters written out (no `$ref`): that is where
//! QGIS looks for the properties it may filter by, and what OGC's tests read the limits from. Of very many collections
//! (`api_collections`) one path stands for all, and `/collections/{collectionId}/queryables` has the columns.

pub mod address;
pub mod catalog;
mod components;
mod document;
pub mod downloads;
pub mod features;
mod filters;
mod formats;
mod get;
pub mod operation;
pub mod others;
mod parameters;
pub mod planning;

pub use get::get;
