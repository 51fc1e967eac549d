//! The network in memory: the lines of a collection as a graph of nodes and edges.
//!
//! A [`Network`] is built once from a layer of lines. A [`Graph`] contains the edges that are open
//! to one profile. [`snap`] finds the nearest open edge of a point, and a [`DistanceField`]
//! contains the distances of all nodes from the nearest of some sources.

mod build;
pub mod distance_field;
mod edges;
pub mod graph;
pub mod nearby;
pub mod snap;

pub use build::{Line, build};
pub use distance_field::{Access, DistanceField};
pub use edges::{Edge, Junctions, Network};
pub use graph::Graph;
pub use snap::{EdgeIndex, Snap};
