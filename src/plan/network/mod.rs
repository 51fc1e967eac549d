//! The network in memory: lines of a collection as a graph that people walk on.
//!
//! A [`Network`] is built once from a layer of lines; a [`Graph`] is the network as one profile may
//! use it; [`snap`] finds the place of a point on it, and [`field`] the ways from some places to
//! everywhere.

mod build;
mod edges;
pub mod field;
pub mod graph;
pub mod nearby;
pub mod snap;

pub use build::{Line, build};
pub use edges::{Edge, Junctions, Network};
pub use field::{Access, Field};
pub use graph::Graph;
pub use snap::{EdgeIndex, Snap};
