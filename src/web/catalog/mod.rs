//! The catalogue: what is published, in the words of catalogues.
//!
//! `/catalog` is a page for people, a catalogue of OGC API – Records (20-004r1) and, as JSON-LD and Turtle, a catalogue
//! by DCAT-AP.de 3.0, from which GovData and Open.NRW gather. Its records are searched at `/collections/catalog/items`,
//! where clients of Records look; the catalogue is not listed in `/collections`, so that no client of Features takes it
//! for a layer.
//!
//! Nothing is made up: what neither a source nor the configuration says is missing, and the page tells what is.

mod dcat;
mod documents;
pub mod edition;
mod graph;
mod record;
mod search;

pub use documents::{get, item, items};
