//! Counts what a filter contains while it is read, and stops at the limits.

use super::expression::TextPosition;
use super::fault::fault;
use crate::error::{Result, Said, said, template};
use crate::geo::Shape;
use crate::geo::edges::Edges;
use crate::limits::{Key, Limits};

/// What is left of the limits on one filter. Every parser of filters counts here before it builds
/// anything, so that a filter cannot take more memory or depth than the limits allow.
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
    /// Returns the whole budget for a filter of `bytes` bytes.
    ///
    /// # Errors
    ///
    /// Fails if the filter has more bytes than `filter_bytes`.
    pub fn new(bytes: usize, limits: &'a Limits) -> Result<Budget<'a>> {
        if bytes > limits.filter_bytes {
            let what = said!("is longer than {} bytes", limits.filter_bytes);
            return Err(fault(TextPosition(0), what).reached(limits.reached(Key::filter_bytes)));
        }
        Ok(Budget { limits, nesting: 0, nodes: 0, vertices: 0, parts: 0, segment_pairs: 0, crossings: 0 })
    }

    /// Enters a bracket or an operator; each call is followed by one of [`leave`](Self::leave).
    ///
    /// # Errors
    ///
    /// Fails if the filter nests deeper than `filter_depth`.
    pub fn enter(&mut self, position: TextPosition) -> Result<()> {
        self.nesting += 1;
        self.height(self.nesting, position)
    }

    /// Leaves the bracket or operator that was entered last.
    pub fn leave(&mut self) {
        self.nesting -= 1;
    }

    /// Checks the height of a tree of operators.
    ///
    /// # Errors
    ///
    /// Fails if it exceeds `filter_depth`.
    pub fn height(&self, height: usize, position: TextPosition) -> Result<()> {
        let most = self.limits.filter_depth;
        if height <= most {
            return Ok(());
        }
        let what = said!("is nested deeper than {} levels", most);
        Err(fault(position, what).reached(self.limits.reached(Key::filter_depth)))
    }

    /// Counts one node of the tree: a name, a value or an operator.
    ///
    /// # Errors
    ///
    /// Fails if there are more than `filter_nodes`.
    pub fn node(&mut self, position: TextPosition) -> Result<()> {
        self.nodes += 1;
        let most = self.limits.filter_nodes;
        within(self.nodes, (most, Key::filter_nodes), template!("conditions, values and names"), position)
    }

    /// Checks the number of items of one list.
    ///
    /// # Errors
    ///
    /// Fails if there are more than `filter_items`.
    pub fn items(&self, count: usize, position: TextPosition) -> Result<()> {
        within(count, (self.limits.filter_items, Key::filter_items), template!("items in one list"), position)
    }

    /// Counts one vertex of a geometry.
    ///
    /// # Errors
    ///
    /// Fails if there are more than `filter_vertices`.
    pub fn vertex(&mut self, position: TextPosition) -> Result<()> {
        self.vertices += 1;
        within(
            self.vertices,
            (self.limits.filter_vertices, Key::filter_vertices),
            template!("vertices"),
            position,
        )
    }

    /// Counts one line, ring or set of points of a geometry.
    ///
    /// # Errors
    ///
    /// Fails if there are more than `filter_parts`.
    pub fn part(&mut self, position: TextPosition) -> Result<()> {
        self.parts += 1;
        within(
            self.parts,
            (self.limits.filter_parts, Key::filter_parts),
            template!("parts of geometries"),
            position,
        )
    }

    /// Counts the pairs of segments of a geometry that may meet, and those that cross.
    ///
    /// # Errors
    ///
    /// Fails if there are more than `filter_segment_pairs`, or more than `filter_crossings`.
    pub fn geometry(&mut self, shape: &Shape, position: TextPosition) -> Result<()> {
        let (most, most_crossings) = (self.limits.filter_segment_pairs, self.limits.filter_crossings);
        let left = |most: usize, counted: usize| (most - counted).saturating_add(1);
        let edges = Edges::new(shape.runs());
        let (pairs, crossings) =
            edges.own_pairs(left(most, self.segment_pairs), left(most_crossings, self.crossings));
        self.segment_pairs += pairs;
        self.crossings += crossings;
        let what = template!("places where a geometry crosses itself");
        within(self.crossings, (most_crossings, Key::filter_crossings), what, position)?;
        let what = template!("pairs of segments of one geometry that may meet");
        within(self.segment_pairs, (most, Key::filter_segment_pairs), what, position)
    }

    /// Returns how deep a tree may nest.
    pub fn most_depth(&self) -> usize {
        self.limits.filter_depth
    }
}

fn within(
    count: usize,
    (most, key): (usize, Key),
    of_what: &'static str,
    position: TextPosition,
) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    Err(fault(position, said!("has more than {} {}", most, Said::from(of_what)))
        .reached(key.reached(most as u64)))
}
