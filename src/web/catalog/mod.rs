//! The catalogue: metadata of the published collections, in the standards of catalogues.
//!
//! `/catalog` is an HTML page, a catalogue of OGC API – Records (20-004r1) and, as JSON-LD and
//! Turtle, a catalogue of DCAT-AP.de 3.0 for harvesters such as GovData and Open.NRW. Its records
//! can be searched at `/collections/catalog/items`, where clients of OGC API – Records look for
//! them. `/collections` does not list the catalogue, so that clients of OGC API – Features do not
//! take it for a layer.
//!
//! No metadata is made up: a member that neither the source nor the configuration provides is left
//! out, and the HTML page lists what is missing.

mod dcat;
mod documents;
pub mod edition;
mod graph;
mod record;
mod search;

pub use documents::{get, item, items};
