//! The resident engine: layers that are packed in memory, and the world that contains them.
//!
//! A [`Layer`] is the data of one collection at one moment, and never changes. It does not know
//! where its features come from: `source` fills a [`LayerBuilder`], and `boot` adds the result to
//! the [`World`].

pub mod aggregate;
pub mod build;
pub mod column;
pub mod derived;
mod derived_slots;
pub mod difference;
pub mod evaluate;
pub mod filter;
pub mod first_zoom;
pub mod geometries;
pub mod importance;
pub mod in_box;
pub mod key;
pub mod label_point;
mod label_points;
mod largest;
pub mod made;
pub mod membership;
pub mod order;
pub mod packed_rtree;
pub mod patch;
pub mod report;
pub mod representative;
mod resident;
pub mod seen;
mod seen_beyond;
pub mod simplify;
pub mod splice;
pub mod subset;
pub mod sum;
pub mod text;
pub mod tile_id;
pub mod tile_versions;
pub mod value_text;
pub mod view;
pub mod world;

pub use build::LayerBuilder;
pub use column::{Column, ColumnBuilder, Value};
pub use derived::{Derived, DerivedChange};
pub use difference::Difference;
pub use geometries::{Geometries, GeometryRef};
pub use key::Key;
pub use patch::{Changes, Patched};
pub use report::{LoadReport, Note};
pub use resident::Layer;
pub use view::View;
pub use world::{State, World};
