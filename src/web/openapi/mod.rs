//! `/api`: the OpenAPI 3.0 document of all addresses, written from the table that the router is
//! made from (`crate::web::routes`), and a page for trying it out.
//!
//! The features of each collection have a path of their own with all parameters written out (no
//! `$ref`). QGIS looks there for the properties it may filter by, and OGC's tests read the limits
//! there. If there are more collections than `api_collections`, one path stands for all of them,
//! and `/collections/{collectionId}/queryables` lists the columns.

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
pub mod styles;
pub mod tiles;

pub use get::get;
