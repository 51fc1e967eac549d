//! The lines of a network in the plane: nodes, edges between them, and their vertices.

use crate::plan::plane::{Point, between};

/// Where lines are joined to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Junctions {
    /// At their ends only: lines that cross in between are a bridge or a tunnel.
    Ends,
    /// At every vertex that two lines share, as OpenStreetMap draws ways. Lines that cross without
    /// a common vertex are a bridge or a tunnel.
    Vertices,
}

/// One edge of a network: a polyline between two nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The node at its beginning.
    pub from: u32,
    /// The node at its end.
    pub to: u32,
    /// Its length along the polyline in metres.
    pub length: f64,
    /// The row of its line in the layer.
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
    /// How far along its edge each vertex lies.
    pub(super) along: Vec<f64>,
    /// Line ends that were taken for one node although they do not lie at one place.
    pub merged: usize,
    /// Lines without length or with a vertex that is no number.
    pub skipped: usize,
}

impl Network {
    /// The places of nodes.
    pub fn nodes(&self) -> &[Point] {
        &self.nodes
    }

    /// The edges, in the order of rows.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The edge with this number.
    pub fn edge(&self, edge: u32) -> Option<&Edge> {
        self.edges.get(edge as usize)
    }

    /// The vertices of an edge, and how far along it each lies.
    pub fn line(&self, edge: &Edge) -> (&[Point], &[f64]) {
        let range = edge.first as usize..edge.last as usize;
        (self.vertices.get(range.clone()).unwrap_or_default(), self.along.get(range).unwrap_or_default())
    }

    /// The point of an edge this far along it.
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

    /// The part of an edge between two marks, from the first to the second, whichever is greater.
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

    /// The bytes it holds in memory.
    pub fn memory(&self) -> usize {
        self.nodes.capacity() * size_of::<Point>()
            + self.edges.capacity() * size_of::<Edge>()
            + self.vertices.capacity() * (size_of::<Point>() + size_of::<f64>())
    }
}
