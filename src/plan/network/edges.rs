//! The nodes of a network in the plane, the edges between them, and their vertices.

use crate::plan::plane::{Point, between};

/// The places where lines are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Junctions {
    /// Lines are connected at their ends only. A crossing in between is a bridge or a tunnel.
    Ends,
    /// Lines are connected at all vertices that they share, as in OpenStreetMap. A crossing without
    /// a shared vertex is a bridge or a tunnel.
    Vertices,
}

/// An edge of a network: a polyline between two nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The index of the node at its beginning.
    pub from: u32,
    /// The index of the node at its end.
    pub to: u32,
    /// The length of the polyline in metres.
    pub length: f64,
    /// The row of the line in the layer.
    pub row: u32,
    pub(super) first: u32,
    pub(super) last: u32,
}

/// Nodes, edges and their polylines in the plane.
#[derive(Debug, Default)]
pub struct Network {
    pub(super) nodes: Vec<Point>,
    pub(super) edges: Vec<Edge>,
    pub(super) vertices: Vec<Point>,
    /// The distance of each vertex from the beginning of its edge in metres.
    pub(super) along: Vec<f64>,
    /// The number of ends that became one node although they are not at the same place.
    pub merged: usize,
    /// The number of lines that have no length or a vertex that is not a number.
    pub skipped: usize,
}

impl Network {
    /// Returns the places of the nodes.
    pub fn nodes(&self) -> &[Point] {
        &self.nodes
    }

    /// Returns the edges in the order of rows.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Returns the edge with this index.
    pub fn edge(&self, edge: u32) -> Option<&Edge> {
        self.edges.get(edge as usize)
    }

    /// Returns the vertices of an edge, and the distance of each from its beginning in metres.
    pub fn line(&self, edge: &Edge) -> (&[Point], &[f64]) {
        let range = edge.first as usize..edge.last as usize;
        (self.vertices.get(range.clone()).unwrap_or_default(), self.along.get(range).unwrap_or_default())
    }

    /// Returns the point of an edge that is `along` metres from its beginning.
    pub fn point(&self, edge: &Edge, along: f64) -> Point {
        let (line, marks) = self.line(edge);
        let next = marks.partition_point(|mark| *mark < along).clamp(1, line.len().max(2) - 1);
        match (line.get(next - 1..=next), marks.get(next - 1..=next)) {
            (Some([a, b]), Some([from, to])) if to > from => {
                between(*a, *b, ((along - from) / (to - from)).clamp(0.0, 1.0))
            }
            _ => line.first().copied().unwrap_or([f64::NAN; 2]),
        }
    }

    /// Returns the part of an edge between two distances from its beginning in metres. It goes from
    /// the first to the second, even if the second is smaller.
    pub fn stretch(&self, edge: &Edge, from: f64, to: f64) -> Vec<Point> {
        let (line, marks) = self.line(edge);
        let (low, high) = (from.min(to), from.max(to));
        let inner = line.iter().zip(marks).filter(|(_, mark)| **mark > low && **mark < high);
        let mut stretch = vec![self.point(edge, low)];
        stretch.extend(inner.map(|(point, _)| *point));
        stretch.push(self.point(edge, high));
        if from > to {
            stretch.reverse();
        }
        stretch
    }

    /// Returns the memory that the network takes in bytes.
    pub fn memory(&self) -> usize {
        self.nodes.capacity() * size_of::<Point>()
            + self.edges.capacity() * size_of::<Edge>()
            + self.vertices.capacity() * (size_of::<Point>() + size_of::<f64>())
    }
}
