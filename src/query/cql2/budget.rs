//! What a filter may hold, counted while it is read.

use super::expression::Place;
use super::fault::fault;
use crate::error::{Result, Said, said, template};
use crate::geo::Shape;
use crate::geo::edges::Edges;
use crate::limits::{Key, Limits};

/// What is left of the limits on one filter.
#[derive(Debug)]
pub struct Budget<'a> {
    limits: &'a Limits,
    nesting: usize,
    nodes: usize,
    vertices: usize,
    parts: usize,
    segment_pairs: usize,
    crossings: usize,
}

impl<'a> Budget<'a> {
    /// The whole budget for a filter of so many bytes, or the error that it has too many.
    pub fn new(bytes: usize, limits: &'a Limits) -> Result<Budget<'a>> {
        if bytes > limits.filter_bytes {
            let what = said!("is longer than {} bytes", limits.filter_bytes);
            return Err(fault(Place(0), what).reached(limits.reached(Key::filter_bytes)));
        }
        Ok(Budget { limits, nesting: 0, nodes: 0, vertices: 0, parts: 0, segment_pairs: 0, crossings: 0 })
    }

    /// Goes one bracket or operator deeper; each is followed by one [`leave`](Self::leave).
    pub fn enter(&mut self, place: Place) -> Result<()> {
        self.nesting += 1;
        self.height(self.nesting, place)
    }

    /// Comes back from there.
    pub fn leave(&mut self) {
        self.nesting -= 1;
    }

    /// Whether a tree may be so high.
    pub fn height(&self, height: usize, place: Place) -> Result<()> {
        let most = self.limits.filter_depth;
        if height <= most {
            return Ok(());
        }
        let what = said!("is nested deeper than {} levels", most);
        Err(fault(place, what).reached(self.limits.reached(Key::filter_depth)))
    }

    /// Counts a node.
    pub fn node(&mut self, place: Place) -> Result<()> {
        self.nodes += 1;
        let most = self.limits.filter_nodes;
        within(self.nodes, (most, Key::filter_nodes), template!("conditions, values and names"), place)
    }

    /// Whether a list may have so many items.
    pub fn items(&self, count: usize, place: Place) -> Result<()> {
        within(count, (self.limits.filter_items, Key::filter_items), template!("items in one list"), place)
    }

    /// Counts a vertex of a geometry.
    pub fn vertex(&mut self, place: Place) -> Result<()> {
        self.vertices += 1;
        within(
            self.vertices,
            (self.limits.filter_vertices, Key::filter_vertices),
            template!("vertices"),
            place,
        )
    }

    /// Counts a line, a ring or a run of points.
    pub fn part(&mut self, place: Place) -> Result<()> {
        self.parts += 1;
        within(
            self.parts,
            (self.limits.filter_parts, Key::filter_parts),
            template!("parts of geometries"),
            place,
        )
    }

    /// Counts how often the segments of a geometry may meet each other, and do.
    pub fn geometry(&mut self, shape: &Shape, place: Place) -> Result<()> {
        let (most, most_crossings) = (self.limits.filter_segment_pairs, self.limits.filter_crossings);
        let left = |most: usize, counted: usize| (most - counted).saturating_add(1);
        let edges = Edges::new(shape.runs());
        let (pairs, crossings) =
            edges.own_pairs(left(most, self.segment_pairs), left(most_crossings, self.crossings));
        self.segment_pairs += pairs;
        self.crossings += crossings;
        let what = template!("places where a geometry crosses itself");
        within(self.crossings, (most_crossings, Key::filter_crossings), what, place)?;
        let what = template!("pairs of segments of one geometry that may meet");
        within(self.segment_pairs, (most, Key::filter_segment_pairs), what, place)
    }

    /// How deep a tree may be.
    pub fn most_depth(&self) -> usize {
        self.limits.filter_depth
    }
}

fn within(count: usize, (most, key): (usize, Key), of_what: &'static str, place: Place) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    Err(fault(place, said!("has more than {} {}", most, Said::from(of_what)))
        .reached(key.reached(most as u64)))
}
