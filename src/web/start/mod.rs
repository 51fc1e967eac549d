//! The entry points for clients: landing page, conformance, functions, and the files of the pages.

pub mod assets;
pub mod conformance;
pub mod functions;
pub mod landing;
